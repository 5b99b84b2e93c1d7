//! Other implementations in Node and Python.

use std::{
    io::Write,
    process::{Command, Stdio},
};

use serde_json::Value;

/// Sends a question to a script of `tests/node` and returns its answer.
pub(crate) fn ask(script: &str, question: &Value) -> Value {
    ask_program("node", &format!("node/{script}"), question)
}

/// Sends a question to a program's script below `tests` and returns its answer.
pub(crate) fn ask_program(program: &str, script: &str, question: &Value) -> Value {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests");
    let mut peer = Command::new(program)
        .arg(script)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = peer.stdin.take().unwrap();
    stdin.write_all(question.to_string().as_bytes()).unwrap();
    drop(stdin);
    let output = peer.wait_with_output().unwrap();
    assert!(output.status.success());
    serde_json::from_slice(&output.stdout).unwrap()
}
