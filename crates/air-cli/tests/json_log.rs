//! `--log-format json`: every line on stderr is an event, also those for people.

use serde_json::{Value, json};

use crate::{
    issuer_service::configure,
    support::{TestEnv, server::Server},
};

const INFO: [(&str, &str); 1] = [("RUST_LOG", "info")];

/// The events of a log whose every line is one.
#[track_caller]
fn events(log: &str) -> Vec<Value> {
    log.lines()
        .map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("no event: {line}\n{log}")))
        .collect()
}

fn with_message<'e>(events: &'e [Value], part: &str) -> &'e Value {
    let found = events
        .iter()
        .find(|event| event["message"].as_str().unwrap().contains(part));
    found.unwrap_or_else(|| panic!("no `{part}` in {events:?}"))
}

#[test]
fn the_notes_of_the_platform_are_events_without_the_link_that_logs_in() {
    let env = TestEnv::new();
    let up = ["sandbox", "up", "--listen", "127.0.0.1:0", "--require-token"];
    let json = [&up[..], &["--log-format", "json"]].concat();
    let log = Server::start_with_env(&env.path(""), &json, &INFO).interrupt_and_read();
    let events = events(&log);
    assert_eq!(with_message(&events, "stopped")["level"], "INFO");
    with_message(&events, "The dashboard is at http");
    assert!(!log.contains("/login?"), "{log}");

    let quiet = Server::start(&env.path(""), &json).interrupt_and_read();
    assert_eq!(quiet, "");
}

#[test]
fn the_notes_and_the_failure_of_the_issuers_service_are_events() {
    let env = TestEnv::new();
    configure(&env, "http://127.0.0.1:1", 0);
    let serve = ["issuer", "serve", "--log-format", "json", "--config"];
    let started = [&serve[..], &["issuer.toml"]].concat();
    let log = Server::start_with_env(&env.path(""), &started, &INFO).interrupt_and_read();
    with_message(&events(&log), "stopped");

    let failed = env.air(&[&serve[..], &["absent.toml"]].concat());
    assert_eq!(failed.code, 1, "{failed:?}");
    let events = events(&failed.stderr);
    assert_eq!(with_message(&events, "absent.toml")["level"], json!("ERROR"));
}
