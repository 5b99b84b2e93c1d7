//! The platform's request log on the command line.

use std::{
    io::{BufRead, BufReader},
    process::{Command, Stdio},
};

use serde_json::{Value, json};

use crate::support::{
    TestEnv, binary,
    server::{Server, interrupt},
};

fn platform(env: &TestEnv) -> Server {
    Server::start(&env.path(""), &["sandbox", "up", "--listen", "127.0.0.1:0"])
}

#[test]
fn failures_say_what_to_do() {
    let env = TestEnv::new();
    let platform = platform(&env);
    env.air(&["sandbox", "clock", "--url", platform.url()])
        .succeeded();
    let set = ["sandbox", "clock", "--set", "2020-01-01T00:00:00Z"];
    env.air(&[&set[..], &["--url", platform.url()]].concat())
        .failed_with(3, "move its clock forward");
    let logs = |more: &[&str]| env.air(&[&["logs", "--url", platform.url()], more].concat());
    let all = logs(&["--json"]).succeeded().json();
    let told: Vec<(&str, u64)> = all["requests"]
        .as_array()
        .unwrap()
        .iter()
        .map(|request| {
            (
                request["method"].as_str().unwrap(),
                request["status"].as_u64().unwrap(),
            )
        })
        .collect();
    assert_eq!(told, [("GET", 200), ("PUT", 400)]);
    let failed = logs(&["--failed"]).succeeded();
    let lines: Vec<&str> = failed.text().lines().collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].contains("400 PUT    /sandbox/v1/clock"), "{lines:?}");
    assert!(lines[1].contains("move its clock forward"), "{lines:?}");
}

#[test]
fn requests_are_followed_from_those_that_are_kept() {
    let env = TestEnv::new();
    let platform = platform(&env);
    let clock = ["sandbox", "clock", "--url", platform.url()];
    env.air(&clock).succeeded();
    let mut following = Command::new(binary())
        .args(["logs", "--follow", "--json", "--url", platform.url()])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(following.stdout.take().unwrap()).lines();
    let mut next = || -> Value { serde_json::from_str(&lines.next().unwrap().unwrap()).unwrap() };
    assert_eq!(next()["path"], json!("/sandbox/v1/clock"));
    env.air(&["sandbox", "snapshot", "list", "--url", platform.url()])
        .succeeded();
    assert_eq!(next()["path"], json!("/sandbox/v1/snapshots"));
    interrupt(following.id());
    assert!(following.wait().unwrap().success());
}
