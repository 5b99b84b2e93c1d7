//! The platform on its own: ready line, seed, interruption, restart; and single commands against it.

use serde_json::{Value, json};

use crate::support::{
    TestEnv, example,
    port::ReservedPort,
    server::{Server, seeded_at},
};

/// A platform with data at this address, the partner's published keys, and the example seeded.
fn platform(env: &TestEnv, listen: &str) -> (Server, Server, Value) {
    let seed = serde_json::from_slice(&std::fs::read(example("seed.json")).unwrap()).unwrap();
    let (platform, jwks) = seeded_at(env, seed, listen, &["--data", "data"]);
    let ids = platform.ready["seeded"].clone();
    (platform, jwks, ids)
}

fn id<'v>(ids: &'v Value, member: &str) -> &'v str {
    ids.pointer(member)
        .and_then(Value::as_str)
        .unwrap_or_else(|| panic!("no {member} in {ids}"))
}

#[test]
fn single_commands_issue_anchor_and_verify_and_the_data_survives() {
    let env = TestEnv::new();
    let port = ReservedPort::new();
    let (platform, _jwks, ids) = platform(&env, &port.address());
    let url = platform.url().to_owned();
    let partner = |command: &'static str| {
        [
            command,
            "--url",
            &url,
            "--key",
            "key.pem",
            "--partner-id",
            id(&ids, "/partnerId"),
            "--json",
        ]
        .map(str::to_owned)
    };
    let air = |command: &'static str, more: &[&str]| {
        let partner = partner(command);
        let partner: Vec<&str> = partner.iter().map(String::as_str).collect();
        env.air(&[&partner, more].concat())
    };
    env.write("wallet", "11".repeat(32));
    let program = [
        "--issuer",
        id(&ids, "/issuerDid"),
        "--program",
        id(&ids, "/programs/kyc"),
    ];
    let holder = ["--email", "ada@example.com", "--wallet-key-file", "wallet"];
    let (subject, wrong) = (example("subject.json"), example("subject-wrong.json"));

    air("issue", &[&program[..], &holder, &[&wrong]].concat()).failed_with(3, "/favouriteColour");
    let issued = air(
        "issue",
        &[&program[..], &holder, &["--out", "vc", &subject]].concat(),
    )
    .succeeded();
    let issued = issued.json();
    let hash = id(&issued, "/coreClaimHash");
    assert!(!env.read("vc").is_empty());
    let status = air("status", &[hash, "--wait"]).succeeded().json();
    assert_eq!(status["vcStatus"], "ONCHAIN");
    let job = &status["sandbox"]["anchoring"];
    assert_eq!(job["state"], "anchored", "{job}");
    assert_eq!(job["history"][0]["at"], status["issuanceDate"]);
    let proved = air("status", &[hash, "--proof"]).succeeded().json();
    assert_eq!(proved["vcId"], status["vcId"]);
    assert_eq!(proved["consistency"]["from"]["root"], proved["inclusion"]["root"]);
    let keys = format!("{url}/sandbox/v1/issuers/{}/jwks.json", id(&ids, "/issuerDid"));
    let credential = [
        "credential",
        "verify",
        "--issuer",
        id(&ids, "/issuerDid"),
        "--issuer-jwks",
        &keys,
        "-",
    ];
    env.air_with(&credential, env.read("vc")).succeeded();
    let verification = ["--program", id(&ids, "/verificationPrograms/adult")];
    let verified = air("verify", &[&verification[..], &holder, &["--agree"]].concat())
        .succeeded()
        .json();
    assert_eq!(verified["status"], "Compliant");
    assert_eq!(verified["cakPrivateKeyReleased"], true);
    air("verify", &[&verification[..], &holder, &["--deny"]].concat()).failed_with(1, "denied consent");
    air("verify", &[&verification[..], &holder].concat()).failed_with(2, "--agree or --deny");
    air(
        "issue",
        &[&program[..], &["--on-behalf", "bob@example.com", &subject]].concat(),
    )
    .succeeded();
    env.air(&["keys", "generate", "--out", "other.pem"]).succeeded();
    let stranger = ["--key", "other.pem", "--partner-id", id(&ids, "/partnerId"), hash];
    env.air(&[&["status", "--url", &url], &stranger[..]].concat())
        .failed_with(4, "no key `");

    platform.interrupt();
    air("status", &[hash]).failed_with(5, "failed to connect");
    let listen = port.address();
    let again = Server::start(
        &env.path(""),
        &["sandbox", "up", "--listen", &listen, "--data", "data"],
    );
    assert_eq!(air("status", &[hash]).succeeded().json()["vcStatus"], "ONCHAIN");

    env.air_with(&credential, env.read("vc")).succeeded();
    let revoked = air("revoke", &[hash]).succeeded().json();
    assert_eq!(revoked["coreClaimHash"], hash);
    assert_eq!(air("revoke", &[hash]).succeeded().json(), revoked);
    env.air_with(&credential, env.read("vc"))
        .failed_with(4, "revoked");
    let status = air("status", &[hash]);
    status.failed_with(1, "the credential was revoked");
    let status = status.json();
    assert_eq!(status["sandbox"]["revokedAt"], revoked["revocationDate"]);
    let refused = air("verify", &[&verification[..], &holder, &["--agree"]].concat());
    refused.failed_with(1, "the credential was revoked");
    again.interrupt();
}

#[test]
fn faults_are_set_shown_and_cleared() {
    let env = TestEnv::new();
    let platform = Server::start(&env.path(""), &["sandbox", "up", "--listen", "127.0.0.1:0"]);
    let faults = |more: &[&str], stdin: &str| {
        let faults = ["sandbox", "faults", "--url", platform.url()];
        env.air_with(&[&faults, more].concat(), stdin)
    };
    let rule = r#"{"rules":[{"path":"/readyz","times":9,"kind":"status","status":503}],"stuckChain":true}"#;
    faults(&["-"], rule).succeeded();
    let shown = faults(&[], "").succeeded().json();
    assert_eq!(shown["rules"][0]["status"], 503);
    assert_eq!(shown["stuckChain"], true);
    faults(&["-"], r#"{"rules":[{"path":"/","kind":"flood"}]}"#).failed_with(3, "is not a faults file");
    assert_eq!(
        faults(&["--clear"], "").succeeded().json()["rules"],
        serde_json::json!([])
    );
}

#[test]
fn seeds_a_running_platform() {
    let env = TestEnv::new();
    let platform = Server::start(&env.path(""), &["sandbox", "up", "--listen", "127.0.0.1:0"]);
    let seed = ["sandbox", "seed", &example("seed.json"), "--url", platform.url()];
    let ids = env.air(&seed).succeeded().json();
    for member in [
        "/partnerId",
        "/issuerDid",
        "/verifierDid",
        "/schemas/kyc",
        "/programs/kyc",
        "/verificationPrograms/adult",
    ] {
        assert!(!id(&ids, member).is_empty());
    }
    let seed = |file: &str| env.air(&["sandbox", "seed", file, "--url", platform.url()]);
    env.write("broken.json", r#"{"partner":{}}"#);
    seed("broken.json").failed_with(
        3,
        "broken.json is not a seed file: `partner`: missing field `name`",
    );
    let example = String::from_utf8(std::fs::read(example("seed.json")).unwrap()).unwrap();
    env.write("twice.json", example.repeat(2));
    seed("twice.json").failed_with(3, "twice.json is not a seed file: trailing characters");
    env.write("seed.json", example);
    env.air(&["sandbox", "seed", "seed.json", "--url", "http://127.0.0.1:1"])
        .failed_with(5, "failed to connect");
}

#[test]
fn a_wrong_member_of_a_seed_file_is_named_with_its_rule() {
    let env = TestEnv::new();
    let good = "http://127.0.0.1:9/jwks.json";
    let partner = |url: &str, origin: &str| json!({ "partner": { "name": "x", "jwksUrl": url, "allowedOrigins": ["https://a.example", origin] } });
    let program = json!({ "key": "p", "schema": "s", "publish": "yes" });
    let mut with_program = partner(good, "https://b.example");
    with_program["programs"] = json!([program]);
    for (seed, reason) in [
        (
            partner("http://intranet.example/jwks", "https://b.example"),
            "seed.json is not a seed file: `partner.jwksUrl`: invalid URL: must be https",
        ),
        (
            partner("intranet.example", "https://b.example"),
            "`partner.jwksUrl`: invalid URL: must be https",
        ),
        (
            partner(good, "https://b.example/path"),
            "`partner.allowedOrigins[1]`: ",
        ),
        (with_program, "`programs[0].publish`: invalid type"),
    ] {
        env.write("seed.json", seed.to_string());
        for command in [
            &["sandbox", "seed", "seed.json", "--url", "http://127.0.0.1:1"][..],
            &["sandbox", "up", "--listen", "127.0.0.1:0", "--seed", "seed.json"],
        ] {
            env.air(command).failed_with(3, reason);
        }
    }
    env.write("faults.json", r#"{"stuckChain":1}"#);
    let faults = ["sandbox", "faults", "faults.json", "--url", "http://127.0.0.1:1"];
    env.air(&faults)
        .failed_with(3, "faults.json is not a faults file: `stuckChain`: invalid type");
}

#[test]
fn a_used_port_and_an_unusable_folder_are_named() {
    let env = TestEnv::new();
    let platform = Server::start(&env.path(""), &["sandbox", "up", "--listen", "127.0.0.1:0"]);
    let listen = platform.url().trim_start_matches("http://").to_owned();
    env.air(&["sandbox", "up", "--listen", &listen])
        .failed_with(1, "failed to listen on");
    env.write("file", "x");
    env.air(&["sandbox", "up", "--listen", "127.0.0.1:0", "--data", "file"])
        .failed_with(1, "failed to open the data folder");
    env.write("broken.json", "{");
    env.air(&[
        "sandbox",
        "up",
        "--listen",
        "127.0.0.1:0",
        "--data",
        "fresh",
        "--seed",
        "broken.json",
    ])
    .failed_with(3, "broken.json is not a seed file");
    assert_eq!(env.names(), ["broken.json", "file"]);
}

#[test]
fn a_lost_answer_says_how_to_find_out_whether_it_was_issued() {
    let env = TestEnv::new();
    env.air(&["keys", "generate", "--out", "key.pem"]).succeeded();
    env.write("subject.json", "{}");
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    // Reads the beginning of each call and hangs up.
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let _ = std::io::Read::read(&mut stream, &mut [0; 64]);
        }
    });
    let issue = |more: &[&str]| {
        let common = [
            "issue",
            "--url",
            &url,
            "--key",
            "key.pem",
            "--partner-id",
            "7f0e5a1c-0000-4000-8000-000000000000",
            "--issuer",
            "did:web:issuer.example",
            "--program",
            "c21",
            "--on-behalf",
            "bob@example.com",
        ];
        env.air(&[&common, more].concat())
    };
    issue(&["--on-duplicate", "revoke", "subject.json"]).failed_with(5, "it may have been issued");
    let ignoring = issue(&["subject.json"]);
    ignoring.failed_with(5, "was lost");
    assert!(
        !ignoring.stderr.contains("may have been issued"),
        "{}",
        ignoring.stderr
    );
}

#[test]
fn https_needs_a_certificate_and_its_key() {
    let env = TestEnv::new();
    env.write("cert.pem", "no certificate");
    env.write("key.pem", "no key");
    let up = [
        "sandbox",
        "up",
        "--listen",
        "127.0.0.1:0",
        "--tls-cert",
        "cert.pem",
    ];
    env.air(&up).failed_with(2, "--tls-key");
    env.air(&[&up[..], &["--tls-key", "key.pem"]].concat())
        .failed_with(3, "a certificate chain and its private key are needed");
}

/// A database's URL may hold a password: no part of it is shown, right or wrong.
#[test]
fn a_database_url_is_refused_by_rule_and_never_shown() {
    let env = TestEnv::new();
    for (url, code, rule) in [
        ("postgres://air:S3cr3t@host:notaport/air", 2, "port"),
        ("postgres://air:S3/cr3t@host/air", 2, "%2F"),
        ("postgres://air:S3cr3t@[::1/air", 2, "without `]`"),
        ("mysql://air:S3cr3t@host/air", 2, "does not begin with"),
        ("postgres://air:S3cr3t@127.0.0.1:1/air", 5, "failed to connect"),
        ("postgres://air:S3cr3t@[::1]:1/air", 5, "failed to connect"),
        (
            "postgres://air:S3cr3t@/air?host=/nowhere/p:r:i",
            5,
            "failed to connect",
        ),
    ] {
        let up = ["sandbox", "up", "--listen", "127.0.0.1:0"];
        let from_option = env.air(&[&up[..], &["--database", url]].concat());
        let from_variable = std::process::Command::new(crate::support::binary())
            .args(up)
            .current_dir(env.path(""))
            .env("AIR_DATABASE", url)
            .output()
            .unwrap()
            .into();
        for run in [from_option, from_variable] {
            let run: crate::support::Run = run;
            run.failed_with(code, rule);
            assert!(run.stderr.contains("AIR_DATABASE"), "{}", run.stderr);
            assert!(
                !run.stderr.contains("S3") && !run.stderr.contains("cr3t"),
                "{}",
                run.stderr
            );
            assert!(run.stdout.is_empty());
        }
    }
}

#[cfg(unix)]
fn refuse_password(stream: impl std::io::Read + std::io::Write) -> std::io::Result<()> {
    refuse(
        stream,
        b"SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed\0\0",
    )
}

/// A server that speaks as much of PostgreSQL's protocol as it takes to refuse a connection with
/// these fields.
#[cfg(unix)]
fn refuse(mut stream: impl std::io::Read + std::io::Write, fields: &[u8]) -> std::io::Result<()> {
    loop {
        let mut head = [0; 8];
        stream.read_exact(&mut head)?;
        let [a, b, c, d, code @ ..] = head;
        let mut rest = vec![0; usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap() - 8];
        stream.read_exact(&mut rest)?;
        if u32::from_be_bytes(code) != 80_877_103 {
            break;
        }
        // No TLS here.
        stream.write_all(b"N")?;
    }
    let length = u32::try_from(fields.len() + 4).unwrap();
    stream.write_all(&[&b"E"[..], &length.to_be_bytes(), fields].concat())
}

#[cfg(unix)]
#[test]
fn a_refused_password_is_not_authorised_over_each_kind_of_address() {
    use std::{net::TcpListener, os::unix::net::UnixListener, thread};

    let env = TestEnv::new();
    let mut urls = Vec::new();
    for address in ["127.0.0.1", "[::1]"] {
        // A machine may have no IPv6.
        let Ok(listener) = TcpListener::bind(format!("{address}:0")) else {
            continue;
        };
        let port = listener.local_addr().unwrap().port();
        urls.push(format!("postgres://air:S3cr3t@{address}:{port}/air"));
        thread::spawn(move || listener.incoming().flatten().try_for_each(refuse_password));
    }
    let socket = UnixListener::bind(env.path(".s.PGSQL.5432")).unwrap();
    thread::spawn(move || socket.incoming().flatten().try_for_each(refuse_password));
    urls.push(format!(
        "postgres://air:S3cr3t@/air?host={}",
        env.path("").display()
    ));
    for url in urls {
        let run = env.air(&["sandbox", "up", "--listen", "127.0.0.1:0", "--database", &url]);
        run.failed_with(4, "the database refused the user name or the password");
        assert!(!run.stderr.contains("S3cr3t"), "{}", run.stderr);
    }
}

#[cfg(unix)]
#[test]
fn a_missing_database_is_created_by_a_command_that_the_hint_names() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let fields = b"SFATAL\0VFATAL\0C3D000\0Mdatabase \"vault\" does not exist\0\0";
    std::thread::spawn(move || {
        listener
            .incoming()
            .flatten()
            .try_for_each(|stream| refuse(stream, fields))
    });
    let url = format!("postgres://air:S3cr3t@127.0.0.1:{port}/vault");
    let run = TestEnv::new().air(&["sandbox", "up", "--listen", "127.0.0.1:0", "--database", &url]);
    run.failed_with(1, "has no database of this name");
    run.failed_with(1, "\"vault\" does not exist");
    run.failed_with(1, "createdb NAME");
    assert!(!run.stderr.contains("S3cr3t"), "{}", run.stderr);
}

#[test]
fn a_data_folder_that_a_platform_uses_is_refused_and_stays_as_it_is() {
    let env = TestEnv::new();
    let up = ["sandbox", "up", "--listen", "127.0.0.1:0", "--data", "data"];
    let mut platform = Server::start(&env.path(""), &up);
    let token = env.read("data/operator-token");
    env.air(&up).failed_with(
        1,
        "the data folder data is in use by another platform; stop that one",
    );
    assert_eq!(env.read("data/operator-token"), token);
    // The same command again, on the same port: the folder is the cause that helps.
    let address = platform.url().trim_start_matches("http://").to_owned();
    let same = ["sandbox", "up", "--listen", &address, "--data", "data"];
    env.air(&same)
        .failed_with(1, "the data folder data is in use by another platform");

    platform.kill();
    Server::start(&env.path(""), &up).interrupt();
}

#[test]
fn every_address_is_no_trusted_proxy() {
    for ranges in [&["0.0.0.0/0"][..], &["::/0"], &["0.0.0.0/1", "128.0.0.0/1"]] {
        let mut up = vec!["sandbox", "up", "--listen", "127.0.0.1:0"];
        for &range in ranges {
            up.extend(["--trusted-proxy", range]);
        }
        TestEnv::new()
            .air(&up)
            .failed_with(2, "the ranges of trusted proxies");
    }
}

#[test]
fn a_public_url_without_a_scheme_gets_an_example() {
    for url in [
        "air.example.com",
        "ftp://air.example.com",
        "https://air.example.com/?q",
    ] {
        let up = ["sandbox", "up", "--public-url", url];
        TestEnv::new()
            .air(&up)
            .failed_with(2, "such as https://air.example.com");
    }
}
