//! Output files that exist: every command that writes one keeps it, and replaces it with `--force`.

use serde_json::Value;

use crate::support::{Run, TestEnv, port::ReservedPort, server::Server};

const CONTEXT: [&str; 6] = ["--user", "u", "--issuer", "did:x:i", "--schema", "s"];
const MANAGED: [&str; 4] = ["--managed", "vault", "--issuer", "did:x:i"];

/// Runs the command without and with `--force` while a file has its output's name.
fn check(env: &TestEnv, command: &[&str], out: &str, existing: &[u8]) {
    env.write(out, existing);
    let kept = env.air(command);
    kept.failed_with(1, &format!("{out} already exists"));
    kept.failed_with(1, "--force replaces it");
    assert!(kept.stdout.is_empty(), "{command:?}: {kept:?}");
    assert_eq!(env.read(out), existing, "{command:?}");
    env.air(&[command, &["--force"]].concat()).succeeded();
    assert_ne!(env.read(out), existing, "{command:?}");
}

/// A key in `key`, its public half, and a document sealed to it in `sealed`.
fn sealed(env: &TestEnv) -> String {
    env.write("key", "11".repeat(32));
    env.write("document", "the scan");
    let convert = ["cak", "convert", "--private-key-file", "key"];
    let public = env
        .air(&[&convert[..], &["--public", "--to", "hex"]].concat())
        .succeeded()
        .text()
        .to_owned();
    let seal = ["cak", "seal", "--public-key", &public];
    env.air(&[&seal[..], &CONTEXT, &["document", "sealed"]].concat())
        .succeeded();
    public
}

#[test]
fn commands_of_a_cak_replace_a_file_only_with_force() {
    let env = TestEnv::new();
    let public = sealed(&env);
    env.write("seed", "22".repeat(32));
    let derive = ["cak", "derive", "--seed-file", "seed", "--private-key-out", "out"];
    let convert = ["cak", "convert", "--private-key-file", "key", "--to", "pem"];
    let seal = ["cak", "seal", "--public-key", &public];
    let open = ["cak", "open", "--private-key-file", "key"];
    let rewrap = [
        "cak",
        "rewrap",
        "--private-key-file",
        "key",
        "--to-public-key",
        &public,
    ];
    for command in [
        [&derive[..], &CONTEXT].concat(),
        [&convert[..], &["--out", "out"]].concat(),
        [&convert[..], &["--public", "--out", "out"]].concat(),
        [&seal[..], &CONTEXT, &["document", "out"]].concat(),
        [&open[..], &CONTEXT, &["sealed", "out"]].concat(),
        [&rewrap[..], &CONTEXT, &["sealed", "out"]].concat(),
    ] {
        check(&env, &command, "out", b"mine");
    }
    // Names that the command derives, and a container that is replaced in place.
    let container = env.read("sealed");
    check(
        &env,
        &[&rewrap[..], &CONTEXT, &["sealed", "sealed"]].concat(),
        "sealed",
        &container,
    );
    check(
        &env,
        &[&seal[..], &CONTEXT, &["document"]].concat(),
        "document.sealed",
        b"mine",
    );
    check(
        &env,
        &[&open[..], &CONTEXT, &["document.sealed"]].concat(),
        "document",
        b"mine",
    );
}

#[test]
fn commands_of_custody_replace_a_file_only_with_force() {
    let env = TestEnv::new();
    let deal = ["custody", "deal", "--threshold", "2", "--shares", "2"];
    let names = ["--issuer", "did:x:i", "--key-id", "vault"];
    let group = env
        .air(&[&deal[..], &names, &["--out", "group", "--json"]].concat())
        .succeeded()
        .json();
    env.write("document", "the scan");
    let seal = [
        "cak",
        "seal",
        "--public-key",
        group["publicKey"].as_str().unwrap(),
    ];
    env.air(&[&seal[..], &MANAGED, &["document", "sealed"]].concat())
        .succeeded();
    let own_group = ["--group", "group/group.json"];
    for i in ["1", "2"] {
        let share = format!("group/share-{i}.json");
        let partial = ["custody", "partial", "--share", &share];
        let partial = env.air(&[&partial[..], &own_group, &["sealed"]].concat());
        env.write(&format!("partial-{i}"), partial.succeeded().stdout);
    }
    let keys = ["1", "2"].map(|i| {
        let join = ["custody", "join", "--json", "--out", i];
        let joined = env.air(&join).succeeded().json();
        joined["didKey"].as_str().unwrap().to_owned()
    });
    let custodians = ["--out", "out", "--custodian", &keys[0], "--custodian", &keys[1]];
    let dkg = ["custody", "dkg", "--threshold", "2"];
    let open = [
        "custody",
        "open",
        "--partial",
        "partial-1",
        "--partial",
        "partial-2",
    ];
    for command in [
        [&open[..], &own_group, &["sealed", "out"]].concat(),
        [&["custody", "refresh"], &own_group[..], &custodians].concat(),
        [
            &["custody", "reshare", "--threshold", "2"],
            &own_group[..],
            &custodians,
        ]
        .concat(),
        [&dkg[..], &names, &custodians].concat(),
    ] {
        check(&env, &command, "out", b"mine");
    }

    env.write("ceremony", env.read("out"));
    let contribute = ["custody", "contribute", "--ceremony", "ceremony", "--key", "1"];
    let fingerprint = fingerprint(&env.air(&contribute));
    let agreed = ["--ceremony-id", &fingerprint, "--out", "out"];
    check(&env, &[&contribute[..], &agreed].concat(), "out", b"mine");
    // The custodian is not asked for what can't be written.
    env.air(&[&contribute[..], &["--out", "out"]].concat())
        .failed_with(1, "out already exists");
}

/// The fingerprint of the ceremony that a custodian is asked to agree to.
fn fingerprint(unconfirmed: &Run) -> String {
    let line = unconfirmed
        .stderr
        .lines()
        .find_map(|line| line.trim().strip_prefix("ceremony"));
    line.unwrap().trim().to_owned()
}

#[test]
fn a_published_status_list_is_replaced_only_with_force() {
    let env = TestEnv::new();
    env.air(&["keys", "generate", "--out", "key.pem"]).succeeded();
    let list = ["status", "list"];
    let new = ["new", "--uri", "https://a.example/1", "--size", "1000"];
    env.air(&[&list[..], &new, &["--out", "list.json"]].concat())
        .succeeded();
    let publish = ["publish", "--list", "list.json", "--key", "key.pem", "--kid", "k"];
    let command = [&list[..], &publish, &["--out", "out"]].concat();
    check(&env, &command, "out", b"mine");
}

/// The platform that a quickstart left, where the partner's documents were opened once before.
#[test]
fn issued_credentials_are_replaced_only_with_force_and_opened_documents_never() {
    let env = TestEnv::new();
    let quickstart = ["quickstart", "--out", "run", "--json"];
    // Another program may get the port of the partner's keys when the quickstart ends.
    let (report, port) = loop {
        let report = env.air(&quickstart).succeeded().json();
        let jwks = report["jwksUrl"].as_str().unwrap();
        let jwks = jwks.trim_start_matches("http://").trim_end_matches("/jwks.json");
        if let Some(port) = ReservedPort::at(jwks) {
            break (report, port);
        }
    };
    let text = |name: &str| report[name].as_str().unwrap();
    let jwks = port.address();
    let serve = ["jwks", "serve", "--key", "run/partner-key.pem", "--listen", &jwks];
    let _jwks = Server::start(&env.path(""), &serve);
    let up = [
        "sandbox",
        "up",
        "--listen",
        "127.0.0.1:0",
        "--data",
        "run/platform",
    ];
    let platform = Server::start(&env.path(""), &up);
    let partner = [
        "--url",
        platform.url(),
        "--key",
        "run/partner-key.pem",
        "--partner-id",
        text("partnerId"),
    ];
    let holder = [
        "--email",
        text("email"),
        "--wallet-key-file",
        "run/wallet-key.hex",
    ];

    let program = ["--issuer", text("issuerDid"), "--program", text("credentialId")];
    let subject = ["--out", "run/credential.sd-jwt", "run/input/subject.json"];
    let issue = [&["issue"], &partner[..], &holder, &program, &subject].concat();
    let credential = env.read("run/credential.sd-jwt");
    let status = [&["status", "--json"], &partner[..], &[text("coreClaimHash")]].concat();
    let revoked_at = || env.air(&status).json()["sandbox"]["revokedAt"].clone();
    env.air(&issue)
        .failed_with(1, "run/credential.sd-jwt already exists");
    assert_eq!(env.read("run/credential.sd-jwt"), credential);
    // Nothing was issued: that would have revoked the first credential.
    assert_eq!(revoked_at(), Value::Null);

    let program = ["--program", text("verificationProgramId"), "--agree"];
    let verify = [&["verify"], &partner[..], &holder, &program].concat();
    let passport = env.read("run/opened/passport.jpg");
    std::fs::create_dir(env.path("out")).unwrap();
    // Nothing in the folder is replaced: a document whose name is taken gets a number.
    env.write("out/passport.jpg", "mine");
    let run = env.air(&[&verify[..], &["--out", "out"]].concat()).succeeded();
    for line in [
        "key          released",
        "documents    2 of 2 opened",
        "opened       out/passport-2.jpg",
        "opened       out/portrait.png",
    ] {
        assert!(run.text().contains(line), "{line}: {}", run.text());
    }
    let again = env
        .air(&[&verify[..], &["--out", "out", "--json"]].concat())
        .succeeded()
        .json();
    assert_eq!(again["documentsOpened"], 2);
    assert_eq!(
        again["opened"],
        serde_json::json!(["out/passport-3.jpg", "out/portrait-2.png"])
    );
    assert_eq!(env.read("out/passport.jpg"), b"mine");
    for name in ["passport-2.jpg", "passport-3.jpg"] {
        assert_eq!(env.read(&format!("out/{name}")), passport);
    }
    let unopened = env.air(&verify).succeeded();
    let line = "documents    0 of 2 opened; pass --out DIR";
    assert!(unopened.text().contains(line), "{}", unopened.text());

    let returned = env.air(&[&issue[..], &["--force"]].concat()).succeeded();
    assert!(returned.text().starts_with("Not issued"), "{}", returned.text());
    assert_eq!(revoked_at(), Value::Null);
    let revoke = ["--force", "--on-duplicate", "revoke"];
    let reissued = env.air(&[&issue[..], &revoke].concat()).succeeded();
    assert!(
        reissued.text().contains("Issued, and revoked"),
        "{}",
        reissued.text()
    );
    assert_ne!(env.read("run/credential.sd-jwt"), credential);
    assert!(revoked_at().is_string());
}

#[cfg(unix)]
#[test]
fn a_device_is_no_file_to_replace_and_a_link_is_never_written_through() {
    let env = TestEnv::new();
    let public = sealed(&env);
    let seal = |more: &[&str]| {
        let seal = ["cak", "seal", "--public-key", &public];
        env.air(&[&seal[..], &CONTEXT, &["document"], more].concat())
    };
    seal(&["/dev/null"]).succeeded();
    for target in ["document", "elsewhere"] {
        let _ = std::fs::remove_file(env.path("link"));
        std::os::unix::fs::symlink(target, env.path("link")).unwrap();
        seal(&["link"]).failed_with(1, "link already exists");
        seal(&["link", "--force"]).succeeded();
        assert!(env.path("link").symlink_metadata().unwrap().is_file());
    }
    assert_eq!(env.read("document"), b"the scan");
    assert!(!env.path("elsewhere").exists());
}
