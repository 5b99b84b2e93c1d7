//! The service in a process of its own, which a test can kill at any statement of its database.

use std::{
    env,
    io::{BufRead, BufReader},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use air_fetch::{Fetcher, NetworkPolicy, Request, Response};
use serde_json::{Value, json};
use tokio::{
    sync::mpsc::{UnboundedReceiver, unbounded_channel},
    time::timeout,
};

use super::{ADMIN_KEY, API_KEY, TestEnv};

/// The ignored test that is the process.
const ENTRY: &str = "kills::process::serves_until_its_input_ends";
/// The variable with the path of `issuer.toml`.
pub(crate) const CONFIG: &str = "AIR_ISSUER_TEST_CONFIG";
/// The variable with the number of the statement after which the process stops.
pub(crate) const STOP_AT: &str = "AIR_ISSUER_TEST_STOP_AT";
/// The first statement of [`Service::mark`].
const MARK: &str = "SELECT revoked_at FROM";
/// Its second statement, on another connection. It may be reported before the first one.
const AFTER_MARK: &str = "SELECT nonce FROM revoked_nonces";
/// The time limit of a step.
const PATIENCE: Duration = Duration::from_mins(1);
const LIMIT: usize = 1 << 20;

/// A process. It is killed when it is dropped.
pub(crate) struct Process {
    child: Child,
    lines: UnboundedReceiver<String>,
    service: Service,
}

/// Calls to a process.
#[derive(Clone)]
pub(crate) struct Service {
    url: String,
    fetcher: Fetcher,
}

/// A statement that a process has executed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    /// Its place among all statements since the start.
    pub(crate) number: usize,
    /// Its first words.
    pub(crate) text: String,
}

impl Process {
    /// Starts an issuer of this env. It stops after the statement with this number, until it is killed.
    pub(crate) async fn start(env: &TestEnv, stop_at: Option<usize>) -> Self {
        let mut command = Command::new(env::current_exe().unwrap());
        command
            .args(["--exact", ENTRY, "--ignored"])
            .envs(env.variables())
            .env(CONFIG, env.write_toml())
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        if let Some(number) = stop_at {
            command.env(STOP_AT, number.to_string());
        }
        let mut child = command.spawn().unwrap();
        let output = BufReader::new(child.stderr.take().unwrap());
        let (sender, mut lines) = unbounded_channel();
        thread::spawn(move || {
            // The receiver may be dropped before the process ends.
            output
                .lines()
                .map_while(Result::ok)
                .try_for_each(|line| sender.send(line))
        });
        let url = next(&mut lines).await;
        let url = url
            .strip_prefix("url ")
            .unwrap_or_else(|| panic!("not started: {url}"));
        let service = Service {
            url: url.to_owned(),
            fetcher: Fetcher::new(NetworkPolicy::Any).unwrap(),
        };
        Self {
            child,
            lines,
            service,
        }
    }

    pub(crate) fn service(&self) -> Service {
        self.service.clone()
    }

    /// Kills it at once (`kill -9`).
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Kills it after the statement at which it stops.
    pub(crate) async fn kill_at(&mut self, number: usize) {
        while self.next_statement().await.number != number {}
        self.kill();
    }

    /// The statements between two marks, or up to the first.
    pub(crate) async fn statements_until_mark(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        loop {
            let statement = self.next_statement().await;
            if statement.text.starts_with(MARK) {
                return statements;
            }
            if !statement.text.starts_with(AFTER_MARK) {
                statements.push(statement);
            }
        }
    }

    async fn next_statement(&mut self) -> Statement {
        let line = next(&mut self.lines).await;
        let statement = line.strip_prefix("step ").and_then(|rest| {
            let (number, text) = rest.split_once(' ')?;
            Some(Statement {
                number: number.parse().ok()?,
                text: text.to_owned(),
            })
        });
        statement.unwrap_or_else(|| panic!("the process failed: {line}"))
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The next line, within the time limit.
async fn next(lines: &mut UnboundedReceiver<String>) -> String {
    timeout(PATIENCE, lines.recv())
        .await
        .expect("the process goes on")
        .expect("the process runs")
}

impl Service {
    /// Posts JSON with both keys. `None` if the process was killed.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Option<u16> {
        let url = format!("{}{path}", self.url);
        let request = Request::post(&url, "application/json", body.to_string())
            .with_header("x-api-key", API_KEY)
            .with_header("x-admin-api-key", ADMIN_KEY);
        Some(self.send(&request).await?.status)
    }

    pub(crate) async fn issue(&self, body: &Value) -> Option<u16> {
        self.post("/issue-vc", body).await
    }

    /// Revokes the only credential, after a mark.
    pub(crate) async fn revoke(&self) -> Option<()> {
        let url = format!("{}/admin/issuance-history", self.url);
        let request = Request::get(&url).with_header("x-admin-api-key", ADMIN_KEY);
        let history: Value = serde_json::from_slice(&self.send(&request).await?.bytes).unwrap();
        let nonce = &history["data"][0]["revocationNonce"];
        self.mark().await?;
        let status = self.post("/admin/revoke", &json!({ "nonce": nonce })).await?;
        assert_eq!(status, 201);
        Some(())
    }

    /// Executes a statement that separates the others.
    pub(crate) async fn mark(&self) -> Option<()> {
        let url = format!("{}/revocation-status/1", self.url);
        self.send(&Request::get(&url)).await.map(drop)
    }

    async fn send(&self, request: &Request<'_>) -> Option<Response> {
        self.fetcher.exchange_within(request, LIMIT, PATIENCE).await.ok()
    }
}
