//! Files of a later version of their format: refused by name, and not changed.

use serde_json::{Value, json};

use crate::support::TestEnv;

/// Adds the member `version` of a later version to a file.
fn make_later(env: &TestEnv, name: &str) -> Vec<u8> {
    let mut file: Value = serde_json::from_slice(&env.read(name)).unwrap();
    file["version"] = json!(2);
    let text = file.to_string().into_bytes();
    env.write(name, &text);
    text
}

/// Runs a command that must refuse a file of version 2.
fn refuses(env: &TestEnv, name: &str, command: &[&str]) {
    let later = make_later(env, name);
    let run = env.air(command);
    run.failed_with(3, "is of version 2 of its format");
    assert!(run.stderr.contains(name), "{run:?}");
    assert!(run.stderr.contains("a later version of air wrote it"), "{run:?}");
    assert_eq!(env.read(name), later, "{name} was changed");
}

fn deal(env: &TestEnv) {
    let deal = [
        "custody",
        "deal",
        "--threshold",
        "2",
        "--shares",
        "3",
        "--out",
        ".",
    ];
    let key = ["--issuer", "did:x:i", "--key-id", "vault"];
    env.air(&[&deal[..], &key].concat()).succeeded();
    env.write("document", "the scan");
    env.air(&["cak", "seal", "--group", "group.json", "document", "sealed"])
        .succeeded();
}

#[test]
fn custody_refuses_a_group_a_share_and_a_partial_of_a_later_version() {
    let partial = [
        "custody",
        "partial",
        "--share",
        "share-1.json",
        "--group",
        "group.json",
        "sealed",
    ];
    let open = [
        "custody",
        "open",
        "--group",
        "group.json",
        "--partial",
        "partial-1.json",
        "partial-2.json",
    ];
    let open = [&open[..], &["sealed", "opened"]].concat();
    let env = TestEnv::new();
    deal(&env);
    for number in ["1", "2"] {
        let share = format!("share-{number}.json");
        let made = env.air(&[
            "custody",
            "partial",
            "--share",
            &share,
            "--group",
            "group.json",
            "sealed",
        ]);
        env.write(&format!("partial-{number}.json"), made.succeeded().stdout);
    }
    refuses(&env, "share-1.json", &partial);
    refuses(&env, "partial-2.json", &open);
    refuses(&env, "group.json", &open);
    assert!(!env.path("opened").exists());
}

#[test]
fn a_key_folder_and_a_status_list_of_a_later_version_are_refused() {
    let env = TestEnv::new();
    env.air(&["keys", "generate", "--dir", "keys"]).succeeded();
    refuses(&env, "keys/timetable.json", &["keys", "rotate", "--dir", "keys"]);

    let uri = ["--uri", "https://issuer.example/statuslist/1"];
    let new = ["status", "list", "new", "--out", "list.json"];
    env.air(&[&new[..], &uri].concat()).succeeded();
    refuses(
        &env,
        "list.json",
        &["status", "list", "allocate", "--list", "list.json"],
    );
}

#[test]
fn profiles_a_position_and_a_log_of_a_later_version_are_refused() {
    let env = TestEnv::new();
    env.write(
        "air.toml",
        "version = 2\nuse = \"a\"\n[profiles.a]\nurl = \"http://127.0.0.1:1\"\n",
    );
    env.air(&["use", "b"])
        .failed_with(3, "air.toml is of version 2 of its format");
    std::fs::remove_file(env.path("air.toml")).unwrap();

    env.write("listen.json", "{\"after\":1}");
    let listen = [
        "listen",
        "--forward-to",
        "http://127.0.0.1:1",
        "--state",
        "listen.json",
    ];
    refuses(
        &env,
        "listen.json",
        &[&listen[..], &["--url", "http://127.0.0.1:1"]].concat(),
    );

    env.write("log", "{\"version\":2,\"record\":{}}\n");
    env.air(&["custody", "log", "verify", "log"])
        .failed_with(3, "line 1 is of a later version of the format");
}
