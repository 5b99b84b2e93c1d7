//! The whole story, and each of its other endings.

use std::process::Command;

use crate::support::{Run, TestEnv, assert_snapshot, binary, example, server::Server};

const ALL: &[&str] = &[
    "README.txt",
    "cak.json",
    "credential.sd-jwt",
    "inclusion-proof.json",
    "input",
    "issuer-jwks.json",
    "jwks.json",
    "opened",
    "partner-key.pem",
    "platform",
    "quickstart.json",
    "sealed",
    "wallet-key.hex",
];

fn names(env: &TestEnv, folder: &str) -> Vec<String> {
    let mut names: Vec<String> = std::fs::read_dir(env.path(folder))
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// The crate's package has only files of the crate's folder, so the binary embeds copies.
#[test]
fn embeds_exact_copies_of_the_example() {
    let copies = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/assets/kyc")).unwrap();
    for copy in copies.map(|entry| entry.unwrap().path()) {
        let name = copy.file_name().unwrap().to_str().unwrap();
        let is_equal = std::fs::read(&copy).unwrap() == std::fs::read(example(name)).unwrap();
        assert!(is_equal, "copy examples/kyc/{name} to crates/air-cli/assets/kyc");
    }
}

#[test]
fn tells_the_story_and_leaves_what_it_says() {
    let env = TestEnv::new();
    let run = env.air(&["quickstart"]).succeeded();
    for step in 1..=8 {
        assert!(run.text().contains(&format!("{step} ✓ ")), "{}", run.text());
    }
    assert_eq!(env.names(), ["air-quickstart"]);
    assert_eq!(names(&env, "air-quickstart"), ALL);
    for document in ["passport.jpg", "portrait.png"] {
        let original = std::fs::read(example(document)).unwrap();
        assert!(original.len() > 30_000);
        assert_eq!(env.read(&format!("air-quickstart/opened/{document}")), original);
        assert_ne!(
            env.read(&format!("air-quickstart/sealed/{document}.sealed")),
            original
        );
    }
    // A second run takes the place of the first.
    env.air(&["quickstart"]).succeeded();
    assert_eq!(env.names(), ["air-quickstart"]);
}

#[test]
fn its_output_matches_its_snapshot() {
    let run = TestEnv::new().air(&["quickstart"]).succeeded();
    assert_snapshot("quickstart.txt", &stable(run.text()));
}

/// The output without what differs between runs: times, ports, ids and line breaks within a step.
fn stable(text: &str) -> String {
    let steps = text.replace("\n  ", " ");
    let lines = steps.lines().map(|line| {
        let words: Vec<&str> = line.split_whitespace().collect();
        let follows = |at: usize| words.get(at + 1).copied().unwrap_or_default();
        let stable = words.iter().enumerate();
        let stable: Vec<&str> = stable.map(|(at, word)| stable_word(word, follows(at))).collect();
        stable.join(" ") + "\n"
    });
    lines.collect()
}

fn stable_word<'w>(word: &'w str, next: &str) -> &'w str {
    let has_digit = word.contains(|letter: char| letter.is_ascii_digit());
    // An ID may have no digit by chance.
    let is_alphanumeric = word.chars().all(|letter| letter.is_ascii_alphanumeric());
    if word.starts_with("http://") {
        "[URL]"
    } else if has_digit && (next.starts_with("ms") || next.starts_with("s)")) {
        "[TIME]"
    } else if (has_digit || is_alphanumeric) && word.chars().count() > 16 {
        "[ID]"
    } else {
        word
    }
}

#[test]
fn its_key_is_what_derive_gives_and_its_credential_verifies() {
    for curve in ["secp256r1", "secp256k1"] {
        let env = TestEnv::new();
        let report = env
            .air(&["quickstart", "--json", "--curve", curve])
            .succeeded()
            .json();
        let member = |name: &str| report[name].as_str().unwrap();
        let chain_id = report["chainId"].to_string();
        let context = [
            "--user",
            member("userUuid"),
            "--issuer",
            member("issuerDid"),
            "--schema",
            member("schemaId"),
            "--curve",
            curve,
        ];
        let wallet = [
            "--wallet-key-file",
            member("walletKeyFile"),
            "--chain-id",
            &chain_id,
            "--private-key-out",
            "key",
            "--json",
        ];
        let derived = env
            .air(&[&["cak", "derive"], &context[..], &wallet].concat())
            .succeeded()
            .json();
        assert_eq!(derived["publicKey"], report["cakPublicKey"]);

        let open = [
            "cak",
            "open",
            "--private-key-file",
            "key",
            "--label",
            "passport.jpg",
        ];
        let files = ["air-quickstart/sealed/passport.jpg.sealed", "passport.jpg"];
        env.air(&[&open, &context[..], &files].concat()).succeeded();
        assert_eq!(
            env.read("passport.jpg"),
            std::fs::read(example("passport.jpg")).unwrap()
        );

        let verify = [
            "credential",
            "verify",
            "--issuer",
            member("issuerDid"),
            "--issuer-jwks",
            "air-quickstart/issuer-jwks.json",
            "--vct",
            member("vct"),
            "-",
        ];
        let credential = env.read(member("credentialFile"));
        // The platform is gone, and its status list with it.
        env.air_with(&verify, credential.clone())
            .failed_with(5, "status list");
        let verify = [&verify[..], &["--no-status"]].concat();
        let verified = env.air_with(&verify, credential).succeeded().json();
        assert_eq!(verified["claims"]["familyName"], "Nordheim");

        assert_eq!(report["vcStatus"], "ONCHAIN");
        assert_eq!(report["verification"]["status"], "Compliant");
        assert_eq!(report["onBehalf"]["vcStatus"], "ONCHAIN");
        assert_ne!(report["onBehalf"]["userUuid"], report["userUuid"]);
        assert_eq!(report["verification"]["opened"].as_array().unwrap().len(), 2);
    }
}

#[test]
#[cfg(unix)]
fn what_is_secret_is_its_owners() {
    use std::os::unix::fs::PermissionsExt;
    let env = TestEnv::new();
    let run = env.air(&["quickstart", "--json"]).succeeded();
    for name in [
        "partner-key.pem",
        "wallet-key.hex",
        "credential.sd-jwt",
        "opened/passport.jpg",
        "platform/platform.sqlite",
    ] {
        let file = std::fs::metadata(env.path("air-quickstart").join(name)).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600, "{name}");
    }
    let wallet_key = String::from_utf8(env.read("air-quickstart/wallet-key.hex")).unwrap();
    assert!(!run.text().contains(&wallet_key));
}

#[test]
fn a_service_of_the_issuers_own_issues_what_the_user_opens() {
    let env = TestEnv::new();
    let report = env
        .air(&["quickstart", "--issuer-backend", "--json"])
        .succeeded()
        .json();
    let steps = report["steps"].as_array().unwrap();
    assert_eq!((steps.len(), &steps[8]["step"]), (9, &"Own backend".into()));
    let backend = &report["issuerBackend"];
    let did = backend["did"].as_str().unwrap();
    assert!(did.starts_with("did:web:localhost%3A"), "{did}");
    assert!(backend["storagePath"].as_str().unwrap().starts_with("vcs/"));
    let mut all: Vec<&str> = [ALL, &["issuer"]].concat();
    all.sort_unstable();
    assert_eq!(names(&env, "air-quickstart"), all);

    let credential = env.read("air-quickstart/issuer/credential.sd-jwt");
    let shown = env.air_with(&["credential", "show", "--json", "-"], credential);
    let shown = shown.succeeded().json();
    assert_eq!(shown["claims"]["iss"], did);
    assert_eq!(shown["claims"]["familyName"], "Nordheim");
    #[cfg(unix)]
    for name in ["credential-key.pem", "claims.ndjson", "credential.sd-jwt"] {
        use std::os::unix::fs::PermissionsExt;
        let file = std::fs::metadata(env.path("air-quickstart/issuer").join(name)).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600, "{name}");
    }
    // A run without it takes the place of the whole folder.
    env.air(&["quickstart"]).succeeded();
    assert_eq!(names(&env, "air-quickstart"), ALL);
}

#[test]
fn a_denied_consent_opens_nothing() {
    let env = TestEnv::new();
    let run = env.air(&["quickstart", "--deny"]);
    run.failed_with(1, "denied consent");
    assert!(run.text().contains("no key was released, nothing was opened"));
    assert!(!names(&env, "air-quickstart").contains(&"opened".to_owned()));
    let run = env.air(&["quickstart", "--deny", "--json"]);
    run.failed_with(1, "denied consent");
    let verification = &run.json()["verification"];
    assert_eq!(verification["consent"], "denied");
    assert_eq!(verification["cakPrivateKeyReleased"], false);
    assert!(verification["disclosedData"].is_null());
}

#[test]
fn a_wrong_subject_ends_it_with_every_violation() {
    let env = TestEnv::new();
    let run = env.air(&["quickstart", "--subject", &example("subject-wrong.json")]);
    run.failed_with(3, "5 rules broken");
    assert!(run.text().contains("4 ✗ Subject"), "{}", run.text());
    assert!(env.names().is_empty(), "{:?}", env.names());
}

#[test]
fn it_takes_ones_own_document() {
    let env = TestEnv::new();
    env.write("contract.pdf", vec![1; 200_000]);
    let report = env
        .air(&["quickstart", "--json", "--document", "contract.pdf"])
        .succeeded()
        .json();
    assert_eq!(
        report["verification"]["opened"],
        serde_json::json!(["contract.pdf"])
    );
    assert_eq!(env.read("air-quickstart/opened/contract.pdf"), vec![1; 200_000]);
}

#[test]
fn someone_elses_folder_is_left_alone() {
    let env = TestEnv::new();
    std::fs::create_dir(env.path("air-quickstart")).unwrap();
    env.write("air-quickstart/thesis.txt", "years of work");
    env.air(&["quickstart"])
        .failed_with(1, "is not the folder of an earlier run");
    assert_eq!(env.read("air-quickstart/thesis.txt"), b"years of work");
    env.air(&["quickstart", "--out", "/proc/air"])
        .failed_with(1, "failed to write /proc/air");
}

#[test]
fn an_earlier_runs_folder_keeps_files_that_the_run_did_not_write() {
    let env = TestEnv::new();
    env.air(&["quickstart"]).succeeded();
    let report: serde_json::Value =
        serde_json::from_slice(&env.read("air-quickstart/quickstart.json")).unwrap();
    let listed = report["files"].as_object().unwrap();
    assert!(listed.contains_key("opened/passport.jpg") && listed.contains_key("platform/platform.sqlite"));
    let subject = env.read("air-quickstart/input/subject.json");
    for (name, content) in [
        ("notes.txt", &b"years of work"[..]),
        ("opened/contract.pdf", b"signed"),
        ("platform/snapshots/before.json", b"{}"),
        ("input/subject.json", b"{\"edited\": true}"),
    ] {
        let path = env.path("air-quickstart").join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, content).unwrap();
        let run = env.air(&["quickstart"]);
        run.failed_with(1, "has files that the quickstart did not write");
        run.failed_with(1, name);
        run.failed_with(1, "choose another folder with --out");
        assert_eq!(std::fs::read(&path).unwrap(), content, "{name}");
        assert!(env.path("air-quickstart/wallet-key.hex").exists(), "{name}");
        if name == "input/subject.json" {
            std::fs::write(&path, &subject).unwrap();
        } else {
            std::fs::remove_file(&path).unwrap();
        }
    }
    // A file that was deleted, and the files that SQLite leaves beside an open database, are no obstacle.
    std::fs::remove_file(env.path("air-quickstart/cak.json")).unwrap();
    env.write("air-quickstart/platform/platform.sqlite-wal", "");
    env.air(&["quickstart"]).succeeded();
    assert_eq!(names(&env, "air-quickstart"), ALL);
    assert_eq!(env.names(), ["air-quickstart"]);
    assert_eq!(
        names(&env, "air-quickstart/platform"),
        ["platform.lock", "platform.sqlite"]
    );
}

#[cfg(unix)]
#[test]
fn a_link_to_an_earlier_run_is_left_alone() {
    let env = TestEnv::new();
    env.air(&["quickstart", "--out", "first"]).succeeded();
    std::os::unix::fs::symlink("first", env.path("link")).unwrap();
    env.air(&["quickstart", "--out", "link"])
        .failed_with(1, "is not the folder of an earlier run");
    assert_eq!(names(&env, "first"), ALL);
}

/// `README.txt` promises a command for each step: all of them run, word for word.
#[test]
#[cfg(unix)]
fn the_guides_commands_repeat_each_step() {
    let env = TestEnv::new();
    env.air(&["quickstart", "--issuer-backend"]).succeeded();
    let folder = env.path("air-quickstart");
    let guide = String::from_utf8(env.read("air-quickstart/README.txt")).unwrap();
    let mut identity = Vec::new();
    let mut servers = Vec::new();
    let mut commands = 0;
    let blocks = indented_blocks(&guide);
    for block in &blocks {
        if let Some(variables) = block.strip_prefix("export ") {
            let pairs = variables.split_whitespace();
            identity.extend(pairs.filter_map(|pair| pair.split_once('=')));
        } else if block.contains("issuer serve") {
            let words: Vec<&str> = block.split_whitespace().skip(1).collect();
            servers.push(Server::start_with_env(&folder, &words, &identity));
        } else if block.contains("sandbox up") || block.contains("jwks serve") {
            let words: Vec<&str> = block.split_whitespace().skip(1).collect();
            servers.push(Server::start(&folder, &words));
        } else if block.starts_with("air ") || (block.starts_with("curl ") && has_curl()) {
            let path = format!(
                "{}:{}",
                binary().parent().unwrap().display(),
                std::env::var("PATH").unwrap()
            );
            let output = Command::new("bash")
                .args(["-c", &format!("set -e\n{block}")])
                .current_dir(&folder)
                .env("PATH", path)
                .envs(identity.iter().copied())
                .output();
            let run = Run::from(output.unwrap());
            assert_eq!(run.code, 0, "{block}\n{run:?}");
            commands += 1;
        }
    }
    assert_eq!(servers.len(), 3);
    assert!(commands >= 8, "{commands} commands in\n{guide}");
    let original = std::fs::read(example("passport.jpg")).unwrap();
    assert_eq!(env.read("air-quickstart/my-passport.jpg"), original);
    servers.into_iter().for_each(Server::interrupt);
}

fn has_curl() -> bool {
    Command::new("curl").arg("--version").output().is_ok()
}

/// The runs of lines that begin with four spaces, without them.
fn indented_blocks(text: &str) -> Vec<String> {
    text.split("\n\n")
        .map(|paragraph| {
            let lines: Vec<&str> = paragraph
                .lines()
                .filter_map(|line| line.strip_prefix("    "))
                .collect();
            lines.join("\n")
        })
        .filter(|block| !block.is_empty())
        .collect()
}
