//! The operator token: made at each start, found by `air` itself, required where it should be.

use std::process::Command;

use serde_json::Value;

use crate::support::{Run, TestEnv, binary, server::Server};

/// `air`, for a user who has no runtime folder of the platform's user.
fn as_another_user(env: &TestEnv, arguments: &[&str], token: Option<(&str, &str)>) -> Run {
    let mut command = Command::new(binary());
    command
        .args(arguments)
        .current_dir(env.path(""))
        .env("XDG_RUNTIME_DIR", env.path("other"))
        .env_remove("AIR_ADMIN_TOKEN")
        .env_remove("AIR_ADMIN_TOKEN_FILE");
    if let Some((name, value)) = token {
        command.env(name, value);
    }
    command.output().unwrap().into()
}

fn text<'v>(ready: &'v Value, member: &str) -> &'v str {
    ready[member]
        .as_str()
        .unwrap_or_else(|| panic!("no {member} in {ready}"))
}

#[test]
fn air_finds_the_token_of_its_own_users_platform() {
    let env = TestEnv::new();
    let up = [
        "sandbox",
        "up",
        "--listen",
        "127.0.0.1:0",
        "--data",
        "data",
        "--require-token",
    ];
    let platform = Server::start(&env.path(""), &up);
    let (url, token) = (
        platform.url().to_owned(),
        text(&platform.ready, "adminToken").to_owned(),
    );
    assert_eq!(platform.ready["adminTokenRequired"], true);
    assert!(text(&platform.ready, "dashboardUrl").contains("/dashboard/login?once="));
    let file = env.path(text(&platform.ready, "adminTokenFile"));
    assert_eq!(std::fs::read_to_string(&file).unwrap(), token);

    let clock = ["sandbox", "clock", "--url", &url];
    for command in [
        &clock[..],
        &["sandbox", "faults", "--clear", "--url", &url],
        &["sandbox", "snapshot", "save", "one", "--url", &url],
        &["sandbox", "reset", "--yes", "--url", &url],
        &["events", "list", "--url", &url],
        &["logs", "--url", &url],
    ] {
        env.air(command).succeeded();
        as_another_user(&env, command, None).failed_with(4, "operator token");
    }
    let by_file = ("AIR_ADMIN_TOKEN_FILE", file.to_str().unwrap());
    as_another_user(&env, &clock, Some(by_file)).succeeded();
    as_another_user(&env, &clock, Some(("AIR_ADMIN_TOKEN", &token))).succeeded();
    as_another_user(&env, &clock, Some(("AIR_ADMIN_TOKEN", "wrong"))).failed_with(4, "operator token");
    env.air(&["keys", "generate", "--out", "key.pem"]).succeeded();
    let doctor = env
        .air(&["doctor", "--key", "key.pem", "--url", &url, "--json"])
        .json();
    let finding = |check: &str| {
        let findings = doctor["findings"].as_array().unwrap();
        findings
            .iter()
            .find(|finding| finding["check"] == check)
            .unwrap()
            .clone()
    };
    assert_eq!(
        finding("operator")["message"],
        "set-up requires the operator token"
    );

    platform.interrupt();
    assert!(!file.exists(), "the token is of one start");
}

#[test]
fn a_platform_of_this_machine_alone_requires_no_token_and_doctor_says_what_that_means() {
    let env = TestEnv::new();
    let platform = Server::start(&env.path(""), &["sandbox", "up", "--listen", "127.0.0.1:0"]);
    let url = platform.url().to_owned();
    assert_eq!(platform.ready["adminTokenRequired"], false);
    assert_eq!(text(&platform.ready, "dashboardUrl"), format!("{url}/dashboard"));
    as_another_user(&env, &["sandbox", "clock", "--url", &url], None).succeeded();
    env.air(&["keys", "generate", "--out", "key.pem"]).succeeded();
    let told = env.air(&["doctor", "--key", "key.pem", "--url", &url]);
    let told = String::from_utf8(told.stdout).unwrap();
    assert!(told.contains("--require-token"), "{told}");

    let beyond = [
        "sandbox",
        "up",
        "--listen",
        "127.0.0.1:0",
        "--public-url",
        "https://air.example.com",
    ];
    let beyond = Server::start(&env.path(""), &beyond);
    assert_eq!(beyond.ready["adminTokenRequired"], true);
    assert!(text(&beyond.ready, "dashboardUrl").starts_with("https://air.example.com/dashboard/login?once="));
    let clock = ["sandbox", "clock", "--url", beyond.url()];
    as_another_user(&env, &clock, None).failed_with(4, "operator token");
    env.air(&clock).succeeded();
}

#[test]
fn a_wrong_and_a_missing_operator_token_have_their_own_messages() {
    let env = TestEnv::new();
    let up = ["sandbox", "up", "--listen", "127.0.0.1:0", "--require-token"];
    let platform = Server::start(&env.path(""), &up);
    for command in ["clock", "faults"] {
        let command = ["sandbox", command, "--url", platform.url()];
        as_another_user(&env, &command, None).failed_with(4, "send the operator token as bearer token");
        as_another_user(&env, &command, Some(("AIR_ADMIN_TOKEN", "earlier")))
            .failed_with(4, "the operator token is wrong");
    }
    let logs = ["logs", "--url", platform.url()];
    as_another_user(&env, &logs, Some(("AIR_ADMIN_TOKEN", "earlier")))
        .failed_with(4, "the operator token is wrong");
}
