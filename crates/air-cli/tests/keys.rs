//! A partner's keys: made in every form, listed, rotated, published.

use serde_json::Value;

use crate::support::{Run, TestEnv, binary, server::Server};

const PARTNER: &str = "f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11";

fn kids(set: &Value) -> Vec<&str> {
    set["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| key["kid"].as_str().unwrap())
        .collect()
}

/// Moves every time in a folder's timetable back, as if so much time had passed.
fn age(env: &TestEnv, seconds: u64) {
    let mut index: Value = serde_json::from_slice(&env.read("keys/timetable.json")).unwrap();
    for key in index["keys"].as_array_mut().unwrap() {
        for (_, time) in key
            .as_object_mut()
            .unwrap()
            .iter_mut()
            .filter(|(_, time)| time.is_u64())
        {
            *time = (time.as_u64().unwrap() - seconds).into();
        }
    }
    env.write("keys/timetable.json", index.to_string());
}

fn phases(env: &TestEnv) -> Vec<(String, String)> {
    let listed = env.air(&["keys", "list", "--json"]).succeeded().json();
    listed["keys"]
        .as_array()
        .unwrap()
        .iter()
        .map(|key| {
            let text = |name: &str| key[name].as_str().unwrap().to_owned();
            (text("kid"), text("phase"))
        })
        .collect()
}

#[test]
fn a_key_of_each_algorithm_and_form_signs() {
    let env = TestEnv::new();
    for (algorithm, form, begins) in [
        ("ES256", "pkcs8", "-----BEGIN PRIVATE KEY"),
        ("ES256", "traditional", "-----BEGIN EC PRIVATE KEY"),
        ("RS256", "pkcs8", "-----BEGIN PRIVATE KEY"),
        ("RS256", "traditional", "-----BEGIN RSA PRIVATE KEY"),
        ("ES256", "jwk", "{"),
        ("RS256", "jwk", "{"),
    ] {
        let name = format!("{algorithm}.{form}");
        let made = [
            "keys",
            "generate",
            "--algorithm",
            algorithm,
            "--form",
            form,
            "--out",
            &name,
            "--json",
        ];
        let made = env.air(&made).succeeded().json();
        assert_eq!(made["algorithm"], algorithm);
        assert!(
            String::from_utf8(env.read(&name)).unwrap().starts_with(begins),
            "{name}"
        );
        let set = env.air(&["jwks", "export", "--key", &name]).succeeded();
        assert_eq!(kids(&set.json()), [made["kid"].as_str().unwrap()]);
        env.write("jwks.json", set.stdout);
        let sign = [
            "token",
            "sign",
            "--key",
            &name,
            "--partner-id",
            PARTNER,
            "--scope",
            "issue",
        ];
        let token = env.air(&sign).succeeded();
        env.air(&[
            "token",
            "verify",
            "--jwks",
            "jwks.json",
            "--scope",
            "issue",
            token.text(),
        ])
        .succeeded();
    }
    env.air(&["keys", "generate", "--out", "ES256.jwk"])
        .failed_with(1, "a key is never overwritten");
}

#[cfg(unix)]
#[test]
fn keys_are_their_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let env = TestEnv::new();
    env.air(&["keys", "generate", "--out", "key.pem"]).succeeded();
    env.air(&["keys", "generate", "--dir", "keys"]).succeeded();
    let mode = |name: &str| std::fs::metadata(env.path(name)).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode("key.pem"), 0o600);
    assert_eq!(mode("keys"), 0o700);
    let kid = phases(&env)[0].0.clone();
    assert_eq!(mode(&format!("keys/{kid}.pem")), 0o600);
}

#[test]
fn a_folder_rotates_by_its_timetable() {
    let env = TestEnv::new();
    env.air(&["keys", "list"])
        .failed_with(1, "it has no timetable.json");
    let first = env
        .air(&["keys", "generate", "--dir", "keys", "--json"])
        .succeeded()
        .json();
    let first = first["kid"].as_str().unwrap();
    env.air(&["keys", "generate", "--dir", "keys"])
        .failed_with(1, "has keys already");
    let server = Server::start(
        &env.path(""),
        &["jwks", "serve", "--key", "keys", "--listen", "127.0.0.1:0"],
    );
    let sign = || {
        let sign = [
            "token",
            "sign",
            "--key",
            "keys",
            "--partner-id",
            PARTNER,
            "--scope",
            "issue",
        ];
        env.air(&sign).succeeded().text().to_owned()
    };
    // The server follows the folder, request by request.
    let verify = |token: &str| env.air(&["token", "verify", "--jwks", server.url(), token]);
    let old = sign();
    verify(&old).succeeded();

    let second = env
        .air(&["keys", "rotate", "--kid", "second/key", "--json"])
        .succeeded()
        .json();
    assert_eq!(second["kid"], "second/key");
    let is = |expected: &[(&str, &str)]| {
        let found = phases(&env);
        let found: Vec<(&str, &str)> = found
            .iter()
            .map(|(kid, phase)| (kid.as_str(), phase.as_str()))
            .collect();
        assert_eq!(found, expected);
    };
    is(&[(first, "signing"), ("second/key", "published")]);
    env.air(&["keys", "rotate"]).failed_with(1, "does not sign yet");

    age(&env, 15 * 60);
    is(&[(first, "retired"), ("second/key", "signing")]);
    let new = sign();
    for token in [&old, &new] {
        verify(token).succeeded();
    }
    let export = env.air(&["jwks", "export", "--key", "keys"]).succeeded().json();
    assert_eq!(kids(&export), [first, "second/key"]);

    age(&env, 15 * 60);
    is(&[(first, "removed"), ("second/key", "signing")]);
    verify(&old).failed_with(4, "no key");
    verify(&new).succeeded();

    let third = env.air(&["keys", "rotate", "--json"]).succeeded().json();
    assert_eq!(third["destroyed"], serde_json::json!([first]));
    assert!(!env.path(&format!("keys/{first}.pem")).exists());
    let named = [
        "token",
        "sign",
        "--key",
        "keys",
        "--kid",
        first,
        "--partner-id",
        PARTNER,
        "--scope",
        "issue",
    ];
    env.air(&named).failed_with(2, "a key folder selects");
    env.air(&["jwks", "export", "--key", "keys", "--kid", "x"])
        .failed_with(2, "can't be combined");
    server.interrupt();
}

#[test]
fn a_compromised_key_is_replaced_at_once() {
    let env = TestEnv::new();
    env.air(&["keys", "generate", "--dir", "keys"]).succeeded();
    let old = phases(&env)[0].0.clone();
    let told = env.air(&["keys", "rotate", "--compromised"]).succeeded();
    assert!(
        told.text().contains("Destroyed the private half"),
        "{}",
        told.text()
    );
    let now = phases(&env);
    assert_eq!(now.len(), 1);
    assert_ne!(now[0].0, old);
    assert_eq!(now[0].1, "signing");
}

/// An RSA key takes so long to make that both processes have read the timetable by then, unless one
/// waits for the other.
#[test]
fn two_rotations_at_once_lose_neither_key() {
    use std::process::{Command, Stdio};

    for compromised in [false, true] {
        let env = TestEnv::new();
        env.air(&["keys", "generate", "--dir", "keys"]).succeeded();
        let rotations = [(); 2].map(|()| {
            Command::new(binary())
                .args(["keys", "rotate", "--algorithm", "RS256", "--json"])
                .args(compromised.then_some("--compromised"))
                .current_dir(env.path(""))
                .stdin(Stdio::null())
                .stdout(Stdio::piped())
                .stderr(Stdio::piped())
                .spawn()
                .unwrap()
        });
        let runs = rotations.map(|rotation| Run::from(rotation.wait_with_output().unwrap()));
        let (done, refused): (Vec<&Run>, Vec<&Run>) = runs.iter().partition(|run| run.code == 0);
        let listed: Vec<String> = phases(&env).into_iter().map(|(kid, _)| kid).collect();
        if compromised {
            // The second one replaces the key of the first.
            assert_eq!((done.len(), listed.len()), (2, 1), "{runs:?}");
            assert!(done.iter().any(|run| run.json()["kid"] == listed[0]), "{runs:?}");
        } else {
            // The second one sees the key of the first, which does not sign yet.
            assert_eq!((done.len(), listed.len()), (1, 2), "{runs:?}");
            assert_eq!(done[0].json()["kid"], listed[1]);
            refused[0].failed_with(1, "does not sign yet");
        }
        let files = std::fs::read_dir(env.path("keys")).unwrap();
        let paths = files.map(|entry| entry.unwrap().path());
        let keys = paths.filter(|path| path.extension().is_some_and(|extension| extension == "pem"));
        assert_eq!(keys.count(), listed.len(), "a key that no timetable has");
    }
}

#[test]
fn a_spoiled_folder_is_told_and_leads_nowhere_else() {
    let env = TestEnv::new();
    env.air(&["keys", "generate", "--dir", "keys"]).succeeded();
    let honest = String::from_utf8(env.read("keys/timetable.json")).unwrap();
    let kid = phases(&env)[0].0.clone();
    env.write("keys/timetable.json", "{");
    env.air(&["keys", "list"]).failed_with(3, "timetable.json");
    env.write(
        "keys/timetable.json",
        honest.replace(&format!("{kid}.pem"), "../other.pem"),
    );
    env.air(&["keys", "list"])
        .failed_with(3, "is not the name of a key's file in the folder");
    env.write("keys/timetable.json", &honest);
    std::fs::remove_file(env.path(&format!("keys/{kid}.pem"))).unwrap();
    env.air(&["jwks", "export", "--key", "keys"])
        .failed_with(1, "failed to read");
}

/// Files are read and removed by the names in the timetable, so a timetable from elsewhere must not
/// lead out of the folder.
#[test]
fn a_timetable_removes_no_file_outside_its_folder() {
    let env = TestEnv::new();
    env.air(&["keys", "generate", "--dir", "keys"]).succeeded();
    env.write("victim.txt", "mine");
    let honest: Value = serde_json::from_slice(&env.read("keys/timetable.json")).unwrap();
    let own = honest["files"][0]["file"].as_str().unwrap();
    for name in [
        "../victim.txt",
        "..",
        ".",
        "/etc/passwd",
        "a/b.pem",
        "./a.pem",
        "a.pem/",
        "",
        "timetable.json",
        "timetable.json.lock",
        own,
    ] {
        let mut index = honest.clone();
        index["files"]
            .as_array_mut()
            .unwrap()
            .push(serde_json::json!({ "kid": "gone", "file": name }));
        env.write("keys/timetable.json", index.to_string());
        for command in [&["keys", "rotate", "--dir", "keys"][..], &["keys", "list"]] {
            env.air(command).failed_with(3, "timetable.json: `");
        }
    }
    assert_eq!(env.read("victim.txt"), b"mine");
    assert!(env.path(&format!("keys/{own}")).exists());
}

/// A name that was free when the command began and is taken when it ends: here while it waits for
/// its passphrase or its input.
#[cfg(unix)]
#[test]
fn a_file_that_appears_while_a_command_runs_is_not_replaced() {
    use std::process::{Command, Stdio};

    let seal = [
        "cak",
        "seal",
        "--public-key",
        PUBLIC_KEY,
        "--user",
        "u",
        "--issuer",
        "did:x:i",
        "--schema",
        "s",
        "pass",
    ];
    let named = [&seal[..], &["named.sealed"]].concat();
    let commands: [(&[&str], &str); 3] = [
        (
            &["custody", "join", "--passphrase-file", "pass", "--out", "key.pem"],
            "key.pem",
        ),
        (&seal, "pass.sealed"),
        (&named, "named.sealed"),
    ];
    for (arguments, taken) in commands {
        let env = TestEnv::new();
        let pipe = env.path("pass");
        assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
        let child = Command::new(binary())
            .args(arguments)
            .current_dir(env.path(""))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // Opening the pipe returns once the command reads from it, after it has seen that the name is free.
        let mut writer = std::fs::OpenOptions::new().write(true).open(&pipe).unwrap();
        env.write(taken, "mine");
        std::io::Write::write_all(&mut writer, b"secret").unwrap();
        drop(writer);
        let run: Run = child.wait_with_output().unwrap().into();
        run.failed_with(1, &format!("{taken} already exists"));
        assert_eq!(env.read(taken), b"mine");
    }
}

/// 2·G on secp256r1.
#[cfg(unix)]
const PUBLIC_KEY: &str = "047cf27b188d034f7e8a52380304b51ac3c08969e277f21b35a60b48fc4766997807775510db8ed040293d9ac69f7430dbba7dade63ce982299e04b79d227873d1";

#[cfg(unix)]
#[test]
fn a_link_that_leads_nowhere_is_a_name_that_is_taken() {
    let env = TestEnv::new();
    for arguments in [
        &["keys", "generate", "--out", "link"][..],
        &["custody", "join", "--out", "link"],
        &[
            "status",
            "list",
            "new",
            "--uri",
            "https://a.example/1",
            "--out",
            "link",
        ],
    ] {
        let _ = std::fs::remove_file(env.path("link"));
        std::os::unix::fs::symlink("elsewhere", env.path("link")).unwrap();
        env.air(arguments).failed_with(1, "link already exists");
        assert!(!env.path("elsewhere").exists());
    }
}

#[test]
fn serving_a_set_on_a_used_port_says_what_to_do() {
    let env = TestEnv::new();
    env.air(&["keys", "generate", "--out", "key.pem"]).succeeded();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let run = env.air(&["jwks", "serve", "--key", "key.pem", "--listen", &address]);
    run.failed_with(1, "failed to listen on 127.0.0.1:");
    run.failed_with(1, "choose another port with --listen");
}
