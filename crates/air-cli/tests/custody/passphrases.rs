//! Shares under a passphrase, and in the plain form.

use serde_json::Value;

use super::{called, deal, join, strs};
use crate::support::{Run, TestEnv};

const PASSPHRASE: &str = "correct horse battery staple";

fn test_env() -> TestEnv {
    let env = TestEnv::new();
    env.write("pass", format!("{PASSPHRASE}\n"));
    env.write("wrong", "another");
    #[cfg(unix)]
    for name in ["pass", "wrong"] {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(env.path(name), std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    env
}

fn share(env: &TestEnv, name: &str) -> Value {
    serde_json::from_slice(&env.read(name)).unwrap()
}

fn partial(env: &TestEnv, number: &str, more: &[&str]) -> Run {
    let share = format!("share-{number}.json");
    let partial = ["custody", "partial", "--share", &share, "--group", "group.json"];
    env.air(&[&partial[..], more, &["sealed"]].concat())
}

fn seal(env: &TestEnv) {
    env.write("document", "the scan");
    let seal = ["cak", "seal", "--group", "group.json", "document", "sealed"];
    env.air(&seal).succeeded();
}

#[test]
fn a_passphrase_encrypts_the_shares_of_a_dealer() {
    let env = test_env();
    let dealt = deal(&env, &["--passphrase-file", "pass"]).succeeded();
    assert_eq!(dealt.stderr, "");
    let file = share(&env, "share-1.json");
    assert!(file["share"].is_null());
    assert_eq!(file["encryption"]["kdf"], "scrypt");
    assert_eq!(file["encryption"]["cipher"], "aes-256-gcm");
    assert_eq!(file["encryptedShare"].as_str().unwrap().len(), 120);
    seal(&env);
    partial(&env, "1", &[]).failed_with(3, "a passphrase is needed");
    partial(&env, "1", &[]).failed_with(3, "--passphrase-file FILE");
    partial(&env, "1", &["--passphrase-file", "wrong"]).failed_with(4, "does not decrypt the share");
    for number in ["1", "3"] {
        let made = partial(&env, number, &["--passphrase-file", "pass"]).succeeded();
        env.write(&format!("partial-{number}"), made.stdout);
    }
    let open = ["custody", "open", "--group", "group.json", "--partial"];
    let opened = env.air(&[&open[..], &["partial-1", "partial-3", "sealed", "-"]].concat());
    assert_eq!(opened.succeeded().stdout, b"the scan");
    let verify = [
        "custody",
        "verify",
        "--group",
        "group.json",
        "--share",
        "share-2.json",
    ];
    env.air(&verify).failed_with(3, "a passphrase is needed");
    env.air(&[&verify[..], &["--passphrase-file", "pass"]].concat())
        .succeeded();
    env.air(&[
        "custody",
        "partial",
        "--share",
        "share-1.json",
        "--group",
        "group.json",
        "--passphrase-file",
        "-",
        "-",
    ])
    .failed_with(2, "only one of");
}

#[test]
fn without_a_passphrase_the_plain_form_is_written_with_a_warning() {
    let env = test_env();
    let dealt = deal(&env, &[]).succeeded();
    assert_eq!(
        dealt.stderr.matches("the share is not encrypted").count(),
        1,
        "{}",
        dealt.stderr
    );
    let text = String::from_utf8(env.read("share-2.json")).unwrap();
    let number = share(&env, "share-2.json")["share"].as_str().unwrap().to_owned();
    assert_eq!(
        text.trim_end(),
        format!(
            "{{\n  \"curve\": \"secp256r1\",\n  \"issuer\": \"did:x:i\",\n  \"keyId\": \"vault\",\n  \"index\": 2,\n  \
             \"share\": \"{number}\"\n}}"
        )
    );
    let again = deal(&env, &[]);
    again.failed_with(1, "never overwritten");
    assert!(!again.stderr.contains("not encrypted"), "{}", again.stderr);
    let env = TestEnv::new();
    env.write("empty", "\n");
    let run = deal(&env, &["--passphrase-file", "empty"]);
    run.failed_with(3, "passphrase is empty");
}

#[test]
fn ceremonies_read_and_write_encrypted_shares() {
    let env = test_env();
    deal(&env, &["--passphrase-file", "pass"]).succeeded();
    let custodians = join(&env, "secp256r1", 3);
    let call = ["refresh", "--group", "group.json"];
    let id = called(&env, &call, "ceremony", &strs(&custodians));
    let contribute = [
        "custody",
        "contribute",
        "--ceremony",
        "ceremony",
        "--ceremony-id",
        &id,
    ];
    for number in ["1", "2"] {
        let (share, out) = (format!("share-{number}.json"), format!("dealing-{number}"));
        let own = ["--group", "group.json", "--share", &share, "--out", &out];
        env.air(&[&contribute[..], &own].concat())
            .failed_with(3, "a passphrase is needed");
        env.air(&[&contribute[..], &own, &["--passphrase-file", "pass"]].concat())
            .succeeded();
    }
    let finish = ["custody", "finish", "--ceremony", "ceremony", "--out", "new"];
    let with = ["--key", "secp256r1-custodian-1.pem", "--passphrase-file", "pass"];
    let dealings = ["--dealing", "dealing-1", "dealing-2"];
    env.air(&[&finish[..], &with, &dealings].concat()).succeeded();
    assert!(share(&env, "new/share-1.json")["share"].is_null());
    let verify = [
        "custody",
        "verify",
        "--group",
        "new/group.json",
        "--share",
        "new/share-1.json",
    ];
    env.air(&[&verify[..], &["--passphrase-file", "pass"]].concat())
        .succeeded();
}

#[test]
fn the_key_and_the_share_may_have_two_passphrases() {
    let env = test_env();
    env.write("key", "11".repeat(32));
    let convert = [
        "cak",
        "convert",
        "--private-key-file",
        "key",
        "--to",
        "encrypted-pem",
    ];
    let out = ["--new-passphrase-file", "wrong", "--out", "key.pem"];
    env.air(&[&convert[..], &out].concat()).succeeded();
    let key = ["--private-key-file", "key.pem"];
    deal(&env, &[&key[..], &["--passphrase-file", "pass"]].concat())
        .failed_with(4, "does not decrypt the private key");
    let two = ["--passphrase-file", "pass", "--key-passphrase-file", "wrong"];
    deal(&env, &[&key[..], &two].concat()).succeeded();
    seal(&env);
    partial(&env, "1", &["--passphrase-file", "pass"]).succeeded();
}

#[test]
fn a_custodians_key_follows_the_rule_of_shares() {
    let env = test_env();
    let join = ["custody", "join", "--out", "plain.pem"];
    let plain = env.air(&join).succeeded();
    assert!(
        plain.stderr.contains("warning: the key is not encrypted"),
        "{}",
        plain.stderr
    );
    let join = [
        "custody",
        "join",
        "--out",
        "key.pem",
        "--passphrase-file",
        "pass",
        "--json",
    ];
    let joined = env.air(&join).succeeded();
    assert_eq!(joined.stderr, "");
    let text = String::from_utf8(env.read("key.pem")).unwrap();
    assert!(
        text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"),
        "{text}"
    );

    let custodian = joined.json()["didKey"].as_str().unwrap().to_owned();
    let call = [
        "dkg",
        "--threshold",
        "2",
        "--issuer",
        "did:x:i",
        "--key-id",
        "vault",
    ];
    let others = self::join(&env, "secp256r1", 2);
    let id = called(&env, &call, "ceremony", &[&custodian, &others[0], &others[1]]);
    let contribute = [
        "custody",
        "contribute",
        "--ceremony",
        "ceremony",
        "--ceremony-id",
        &id,
        "--key",
        "key.pem",
        "--out",
        "dealing",
    ];
    env.air(&contribute).failed_with(3, "--passphrase-file FILE");
    env.air(&[&contribute[..], &["--passphrase-file", "wrong"]].concat())
        .failed_with(4, "does not decrypt");
    env.air(&[&contribute[..], &["--passphrase-file", "pass"]].concat())
        .succeeded();
}

fn change(env: &TestEnv, more: &[&str]) -> Run {
    let change = ["custody", "passphrase", "share-1.json", "--group", "group.json"];
    env.air(&[&change[..], more].concat())
}

#[test]
fn a_shares_passphrase_is_changed_in_place() {
    let env = test_env();
    deal(&env, &["--passphrase-file", "pass"]).succeeded();
    seal(&env);
    let old = env.read("share-1.json");
    change(&env, &["--new-passphrase-file", "wrong"]).failed_with(3, "a passphrase is needed");
    change(
        &env,
        &["--passphrase-file", "wrong", "--new-passphrase-file", "pass"],
    )
    .failed_with(4, "does not decrypt the share");
    change(&env, &["--passphrase-file", "pass"]).failed_with(2, "missing --new-passphrase-file");
    assert_eq!(env.read("share-1.json"), old);

    env.write("new", "a new passphrase");
    let files = [
        "--passphrase-file",
        "pass",
        "--new-passphrase-file",
        "new",
        "--json",
    ];
    let changed = change(&env, &files).succeeded().json();
    assert_eq!(
        changed,
        serde_json::json!({ "index": 1, "encrypted": true, "out": "share-1.json" })
    );
    partial(&env, "1", &["--passphrase-file", "pass"]).failed_with(4, "does not decrypt the share");
    partial(&env, "1", &["--passphrase-file", "new"]).succeeded();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(env.path("share-1.json"))
            .unwrap()
            .permissions()
            .mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let left: Vec<String> = env
        .names()
        .into_iter()
        .filter(|name| name.starts_with('.'))
        .collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn a_changed_share_goes_to_a_new_file_where_one_is_named() {
    let env = test_env();
    deal(&env, &[]).succeeded();
    seal(&env);
    let plain = env.read("share-1.json");
    let files = ["--new-passphrase-file", "pass", "--out", "share-4.json"];
    change(&env, &files).succeeded();
    assert_eq!(env.read("share-1.json"), plain);
    partial(&env, "4", &["--passphrase-file", "pass"]).succeeded();
    change(&env, &files).failed_with(1, "share-4.json already exists");
    env.write("other.json", env.read("share-2.json"));
    let swapped = [
        "custody",
        "passphrase",
        "other.json",
        "--group",
        "document",
        "--new-passphrase-file",
        "pass",
    ];
    env.air(&swapped).failed_with(3, "document: this is not a group");
    let both = [
        "custody",
        "passphrase",
        "-",
        "--group",
        "group.json",
        "--new-passphrase-file",
        "-",
    ];
    env.air(&both).failed_with(2, "only one of the share");
    let nameless = [
        "custody",
        "passphrase",
        "-",
        "--group",
        "group.json",
        "--new-passphrase-file",
        "pass",
    ];
    env.air(&nameless).failed_with(2, "missing --out");
}

/// Commands on a terminal of their own.
#[cfg(unix)]
mod terminal {
    use rexpect::{process::WaitStatus, session::PtySession, spawn_with_options};

    use crate::support::{TestEnv, binary};

    pub(super) fn start(env: &TestEnv, arguments: &[&str]) -> PtySession {
        let mut command = std::process::Command::new(binary());
        command.args(arguments).current_dir(env.path(""));
        let options = rexpect::reader::Options::new().timeout_ms(Some(60_000));
        spawn_with_options(command, options).unwrap()
    }

    /// The rest of the output, and the exit code.
    pub(super) fn end(mut session: PtySession) -> (String, i32) {
        let said = session.exp_eof().unwrap();
        match session.process().wait().unwrap() {
            WaitStatus::Exited(_, code) => (said, code),
            status => panic!("ended by {status:?}: {said}"),
        }
    }

    /// Runs a command, and answers its questions in order.
    pub(super) fn answer(env: &TestEnv, arguments: &[&str], answers: &[(&str, &str)]) -> (String, i32) {
        let mut session = start(env, arguments);
        for (question, answer) in answers {
            session.exp_string(question).unwrap();
            session.send_line(answer).unwrap();
        }
        end(session)
    }
}

#[cfg(unix)]
#[test]
fn at_a_terminal_a_custodians_passphrases_are_asked() {
    let env = test_env();
    let again = ("again: ", PASSPHRASE);
    let join = ["custody", "join", "--out", "key.pem"];
    let asked = [
        ("Passphrase for the key (empty: not encrypted): ", PASSPHRASE),
        again,
    ];
    let (said, code) = terminal::answer(&env, &join, &asked);
    assert_eq!(code, 0, "{said}");
    let text = String::from_utf8(env.read("key.pem")).unwrap();
    assert!(
        text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----"),
        "{text}"
    );
    let custodian = said
        .split_whitespace()
        .find(|word| word.starts_with("did:key:"))
        .unwrap()
        .to_owned();

    let other = self::join(&env, "secp256r1", 1);
    let call = [
        "dkg",
        "--threshold",
        "2",
        "--issuer",
        "did:x:i",
        "--key-id",
        "vault",
    ];
    let id = called(&env, &call, "ceremony", &[&custodian, &other[0]]);
    let contribute = [
        "custody",
        "contribute",
        "--ceremony",
        "ceremony",
        "--ceremony-id",
        &id,
    ];
    let own = ["--key", "key.pem", "--out", "dealing-1"];
    let asked = [("Passphrase of key.pem: ", PASSPHRASE)];
    let (said, code) = terminal::answer(&env, &[&contribute[..], &own].concat(), &asked);
    assert_eq!(code, 0, "{said}");
    let others = ["--key", "secp256r1-custodian-1.pem", "--out", "dealing-2"];
    env.air(&[&contribute[..], &others].concat()).succeeded();

    let finish = [
        "custody",
        "finish",
        "--ceremony",
        "ceremony",
        "--key",
        "key.pem",
        "--out",
        "new",
    ];
    let dealings = ["--dealing", "dealing-1", "dealing-2"];
    let asked = [
        ("Passphrase of key.pem: ", PASSPHRASE),
        ("Passphrase for the share", "of the share"),
        ("again: ", "of the share"),
    ];
    let (said, code) = terminal::answer(&env, &[&finish[..], &dealings].concat(), &asked);
    assert_eq!(code, 0, "{said}");

    let change = [
        "custody",
        "passphrase",
        "new/share-1.json",
        "--group",
        "new/group.json",
    ];
    let asked = [
        ("Passphrase of the share: ", "of the share"),
        ("Passphrase for the share", PASSPHRASE),
        again,
    ];
    let (said, code) = terminal::answer(&env, &change, &asked);
    assert_eq!(code, 0, "{said}");
    let verify = [
        "custody",
        "verify",
        "--group",
        "new/group.json",
        "--share",
        "new/share-1.json",
    ];
    env.air(&[&verify[..], &["--passphrase-file", "pass"]].concat())
        .succeeded();
}

#[cfg(unix)]
#[test]
fn at_a_terminal_the_passphrase_is_asked() {
    let env = test_env();
    let start = |arguments: &[&str]| terminal::start(&env, arguments);
    let end = terminal::end;
    let deal = [
        "custody",
        "deal",
        "--threshold",
        "2",
        "--shares",
        "2",
        "--issuer",
        "did:x:i",
        "--key-id",
        "vault",
        "--out",
        ".",
    ];
    for (second, code) in [("another", 1), (PASSPHRASE, 0)] {
        let mut session = start(&deal);
        session.exp_string("Passphrase for the share").unwrap();
        session.send_line(PASSPHRASE).unwrap();
        session.exp_string("again: ").unwrap();
        session.send_line(second).unwrap();
        let (said, ended) = end(session);
        assert_eq!(ended, code, "{said}");
        assert_eq!(env.path("share-1.json").exists(), code == 0);
    }
    seal(&env);
    let partial = [
        "custody",
        "partial",
        "--share",
        "share-1.json",
        "--group",
        "group.json",
        "sealed",
    ];
    let mut session = start(&partial);
    session.exp_string("Passphrase of the share: ").unwrap();
    session.send_line(PASSPHRASE).unwrap();
    let (said, ended) = end(session);
    assert_eq!(ended, 0, "{said}");
    assert!(said.contains("\"proof\""), "{said}");
}
