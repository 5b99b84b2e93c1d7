//! A service in a process of its own, so that its memory is its own.

use std::{
    ffi::OsStr,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use crate::calls::Failure;

pub(crate) struct Server {
    process: Child,
    pub(crate) url: String,
}

impl Server {
    /// Runs this program with these arguments. Its first line is its URL.
    fn start(arguments: &[&OsStr]) -> Result<Self, Failure> {
        let mut process = Command::new(std::env::current_exe()?)
            .args(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let mut url = String::new();
        let output = process.stdout.as_mut().ok_or("no output")?;
        BufReader::new(output).read_line(&mut url)?;
        Ok(Self {
            process,
            url: url.trim().to_owned(),
        })
    }

    /// Runs an issuer with its data in this folder, which uploads to this origin.
    pub(crate) fn start_issuer(folder: &Path, dstorage: &str) -> Result<Self, Failure> {
        Self::start(&[OsStr::new("issuer"), folder.as_os_str(), OsStr::new(dstorage)])
    }

    /// Runs a platform with its data in this folder.
    pub(crate) fn start_platform(folder: &Path) -> Result<Self, Failure> {
        Self::start(&[OsStr::new("platform"), folder.as_os_str()])
    }

    /// A line of the process's status in KiB, on Linux.
    pub(crate) fn memory(&self, name: &str) -> Option<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.process.id())).ok()?;
        let line = status.lines().find_map(|line| line.strip_prefix(name))?;
        line.split_whitespace().next()?.parse().ok()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}
