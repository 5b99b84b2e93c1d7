//! A platform in a process of its own, which is killed.

use std::{
    env,
    io::{self, BufRead, BufReader, Write},
    process::{Child, Command, Stdio},
};

use tokio::task::spawn_blocking;

use crate::{
    platform::{Mailbox, PATIENCE, start},
    storage::{Storage, data},
};

/// The ignored test that is the process.
const ENTRY: &str = "process::serves_until_its_input_ends";
/// The variable with the address of the storage.
const STORAGE: &str = "AIR_YEAR_STORAGE";

/// A process. It is killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    pub(crate) url: String,
}

impl Process {
    /// Starts a platform on a storage that no other process uses.
    pub(crate) async fn start(storage: &Storage) -> Self {
        let mut child = Command::new(env::current_exe().unwrap())
            .args(["--exact", ENTRY, "--ignored", "--nocapture"])
            .env(STORAGE, storage.address())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let output = child.stderr.take().unwrap();
        let first = spawn_blocking(move || BufReader::new(output).lines().next());
        let first = tokio::time::timeout(PATIENCE, first).await;
        let line = first.expect("the process starts").unwrap().unwrap().unwrap();
        let url = line
            .strip_prefix("url ")
            .unwrap_or_else(|| panic!("not started: {line}"));
        Self {
            child,
            url: url.to_owned(),
        }
    }

    /// Kills it at once (`kill -9`).
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Is not a test: it does nothing unless a test starts it as a process.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[ignore = "the simulation starts it as a process"]
async fn serves_until_its_input_ends() {
    let Some(address) = env::var_os(STORAGE) else {
        return;
    };
    let platform = start(data(&address), Mailbox::default().into()).await;
    // The test harness does not capture this line.
    let line = format!("url {}\n", platform.url());
    io::stderr().write_all(line.as_bytes()).unwrap();
    spawn_blocking(|| io::stdin().lines().count()).await.unwrap();
}
