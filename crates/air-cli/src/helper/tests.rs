//! Programs that break the protocol. Each is a script beside a link to `tests/programs/helper.sh`, since a
//! program can't be run while another thread writes it.

use std::{fs, os::unix::fs::symlink, process};

use serde_json::json;
use tempfile::TempDir;

use super::*;
use crate::exit::Exit;

const SCRIPT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/programs/helper.sh");

static KIND: HelperKind = HelperKind {
    name: "air-stand-in",
    variable: "AIR_STAND_IN",
    protocol: 1,
    needed: "the tests need",
    install: "`cargo install`",
};

fn helper(behaviour: &str, time_limit: Duration) -> (Helper, TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(KIND.name);
    fs::write(folder.path().join("behaviour"), behaviour).unwrap();
    symlink(SCRIPT, &path).unwrap();
    let helper = Helper {
        kind: &KIND,
        path,
        time_limit,
    };
    (helper, folder)
}

async fn ask(behaviour: &str) -> Result<Answer, Failure> {
    let (helper, _folder) = helper(behaviour, TIME_LIMIT);
    helper.ask(&json!({ "command": "verify" })).await
}

#[tokio::test]
async fn an_answer_is_passed_on_with_its_exit_code() {
    let answer = ask(r#"cat > "$folder/command"; echo '{"protocol":1,"valid":false}'; exit 4"#)
        .await
        .unwrap();
    assert_eq!(answer.exit_code, Some(4));
    assert_eq!(answer.document["valid"], false);
}

#[tokio::test]
async fn an_answer_that_is_not_one_is_an_error_that_says_how_to_install() {
    for (behaviour, expected) in [
        ("cat > /dev/null", "gave no answer (exit status: 0)"),
        ("exit 7", "gave no answer (exit status: 7)"),
        ("kill -KILL $$", "gave no answer (signal: 9 (SIGKILL))"),
        ("echo hello", "did not answer with a JSON object"),
        ("echo '[]'", "did not answer with a JSON object"),
        ("echo '{\"protocol\":1}{}'", "did not answer with a JSON object"),
        ("echo '{\"valid\":true}'", "is another version"),
        ("echo '{\"protocol\":2,\"valid\":true}'", "is another version"),
        ("echo '{\"protocol\":1,\"error\":7}'", "gave an unexpected answer"),
        ("cat /dev/zero", "wrote more than 4 MiB"),
    ] {
        let failure = ask(behaviour).await.unwrap_err();
        assert!(failure.message().contains(expected), "{behaviour}: {failure:?}");
        assert_eq!(failure.exit(), Exit::Failed, "{behaviour}");
        assert!(failure.hint().unwrap().contains("cargo install"), "{behaviour}");
    }
}

#[tokio::test]
async fn a_rejected_command_has_the_message_of_the_program() {
    let failure =
        ask(r#"echo '{"protocol":1,"error":{"code":"rejected","message":"too\u001b large"}}'; exit 3"#)
            .await
            .unwrap_err();
    assert_eq!(failure.exit(), Exit::InputRejected);
    assert_eq!(failure.message(), "too\u{fffd} large");
}

#[tokio::test]
async fn a_program_that_hangs_is_stopped() {
    let behaviour = r#"echo $$ > "$folder/pid"; kill -STOP $$"#;
    let (helper, folder) = helper(behaviour, Duration::from_secs(5));
    let failure = helper.ask(&json!({})).await.unwrap_err();
    assert_eq!(failure.exit(), Exit::Unreachable);
    assert!(failure.message().contains("did not answer within 5 s"));
    let pid = fs::read_to_string(folder.path().join("pid")).unwrap();
    let is_alive = process::Command::new("sh")
        .args(["-c", &format!("kill -0 {}", pid.trim())])
        .stderr(Stdio::null())
        .status()
        .unwrap();
    assert!(!is_alive.success());
}

/// A pipe has room for 64 KiB: neither side may wait for the other.
#[tokio::test]
async fn a_long_command_and_a_long_answer_do_not_block_each_other() {
    let (helper, _folder) = helper(
        r#"printf '{"protocol":1,"text":"'; head -c 200000 /dev/zero | tr '\0' x; printf '"}'; cat > /dev/null"#,
        TIME_LIMIT,
    );
    let answer = helper.ask(&json!({ "text": "y".repeat(500_000) })).await.unwrap();
    assert_eq!(answer.document["text"].as_str().unwrap().len(), 200_000);
    let failure = helper
        .ask(&json!({ "text": "y".repeat(COMMAND_LIMIT) }))
        .await
        .unwrap_err();
    assert_eq!(failure.exit(), Exit::InputRejected);
}

#[tokio::test]
async fn the_key_is_on_stdin_and_the_environment_is_empty() {
    let (helper, folder) = helper(
        r#"cat > "$folder/command"; env > "$folder/env"; echo "$# $*" > "$folder/arguments"; echo '{"protocol":1}'"#,
        TIME_LIMIT,
    );
    helper.ask(&json!({ "key": "secret-key" })).await.unwrap();
    let file = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    assert_eq!(file("command"), r#"{"key":"secret-key"}"#);
    assert_eq!(file("arguments").trim(), "0");
    let environment = file("env");
    assert!(!environment.contains("secret-key"));
    assert!(!environment.contains("CARGO_MANIFEST_DIR"), "{environment}");
}
