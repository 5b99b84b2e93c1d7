//! `air doctor`: each cause by its own code, on a real platform where it can be, on a stand-in where not.

mod service;

use std::{
    io::{Read, Write},
    net::TcpListener,
};

use serde_json::Value;

use crate::support::{Run, TestEnv, example, server::Server};

/// A platform with the example seeded, its partner's key and set.
struct DoctorEnv {
    cli: TestEnv,
    jwks: Server,
    platform: Server,
}

impl DoctorEnv {
    fn new() -> Self {
        let cli = TestEnv::new();
        cli.air(&["keys", "generate", "--out", "key.pem"]).succeeded();
        let jwks = Server::start(
            &cli.path(""),
            &["jwks", "serve", "--key", "key.pem", "--listen", "127.0.0.1:0"],
        );
        let mut seed: Value = serde_json::from_slice(&std::fs::read(example("seed.json")).unwrap()).unwrap();
        seed["partner"]["jwksUrl"] = jwks.url().into();
        let mut draft = seed["programs"][0].clone();
        draft["key"] = "draft".into();
        draft["publish"] = false.into();
        seed["programs"].as_array_mut().unwrap().push(draft);
        cli.write("seed.json", seed.to_string());
        let platform = Server::start(
            &cli.path(""),
            &[
                "sandbox",
                "up",
                "--listen",
                "127.0.0.1:0",
                "--data",
                ":memory:",
                "--seed",
                "seed.json",
            ],
        );
        Self { cli, jwks, platform }
    }

    fn id(&self, pointer: &str) -> &str {
        self.platform.ready["seeded"]
            .pointer(pointer)
            .and_then(Value::as_str)
            .unwrap()
    }

    /// The whole set-up, but for what `changed` says otherwise.
    fn doctor(&self, changed: &[(&str, &str)]) -> Run {
        let usual = [
            ("--url", self.platform.url()),
            ("--key", "key.pem"),
            ("--partner-id", self.id("/partnerId")),
            ("--jwks-url", self.jwks.url()),
            ("--program", self.id("/programs/kyc")),
        ];
        let mut arguments = vec!["doctor", "--json"];
        for (name, value) in usual {
            let value = changed
                .iter()
                .find(|(other, _)| *other == name)
                .map_or(value, |(_, value)| value);
            arguments.extend([name, value]);
        }
        for (name, value) in changed {
            if !usual.iter().any(|(other, _)| other == name) {
                arguments.extend([name, value]);
            }
        }
        self.cli.air(&arguments)
    }
}

/// The findings, as (check, level or code).
fn found(run: &Run) -> Vec<(String, String)> {
    let told = run.json();
    let findings = told["findings"].as_array().unwrap();
    assert_eq!(told["healthy"], run.code == 0);
    findings
        .iter()
        .map(|finding| {
            if matches!(finding["level"].as_str(), Some("failed" | "warning")) {
                assert!(!finding["remedy"].as_str().unwrap().is_empty(), "{finding}");
            }
            let text = |name: &str| finding[name].as_str().map(ToOwned::to_owned);
            (text("check").unwrap(), text("code").or(text("level")).unwrap())
        })
        .collect()
}

#[track_caller]
fn assert_found(run: &Run, expected: &[(&str, &str)]) {
    let found = found(run);
    for (check, code) in expected {
        assert!(
            found.iter().any(|(a, b)| a == check && b == code),
            "{check}: {code} is not in {found:?}"
        );
    }
}

/// Options and their values, or checks and their codes.
type Pairs<'a> = &'a [(&'a str, &'a str)];

#[test]
fn names_each_cause_and_its_remedy() {
    let env = DoctorEnv::new();
    let healthy = env.doctor(&[]);
    assert_eq!(healthy.code, 0, "{healthy:?}");
    assert!(
        found(&healthy).iter().all(|(_, level)| level == "good"),
        "{healthy:?}"
    );

    let cli = &env.cli;
    cli.air(&["keys", "generate", "--out", "other.pem"]).succeeded();
    cli.write("none.pem", "no key");
    let kid = cli
        .air(&["jwks", "export", "--key", "key.pem"])
        .succeeded()
        .json();
    let kid = kid["keys"][0]["kid"].as_str().unwrap().to_owned();
    let (draft, schema) = (env.id("/programs/draft"), env.id("/schemas/kyc"));
    let nobody = "00000000-0000-4000-8000-000000000000";
    let cases: &[(Pairs, Pairs)] = &[
        (
            &[("--key", "other.pem")],
            &[("kid", "kid-unpublished"), ("token", "token-refused")],
        ),
        (
            &[("--key", "other.pem"), ("--kid", &kid)],
            &[("kid", "key-mismatch"), ("token", "token-refused")],
        ),
        (
            &[("--kid", "mine")],
            &[("kid", "kid-mismatch"), ("token", "token-refused")],
        ),
        (
            &[("--key", "none.pem")],
            &[("key", "key-unreadable"), ("token", "skipped")],
        ),
        (&[("--key", "absent.pem")], &[("key", "key-unreadable")]),
        (&[("--partner-id", nobody)], &[("token", "token-refused")]),
        (
            &[("--program", draft)],
            &[("program", "program-unpublished"), ("token", "good")],
        ),
        (&[("--program", schema)], &[("program", "program-unknown")]),
        (
            &[("--jwks-url", "http://127.0.0.1:1/jwks.json")],
            &[("jwks", "jwks-unreachable"), ("token", "good")],
        ),
        (
            &[("--jwks-url", "http://example.com/jwks.json")],
            &[("jwks", "jwks-url")],
        ),
        (
            &[("--url", "http://127.0.0.1:1")],
            &[("platform", "platform-unreachable"), ("token", "skipped")],
        ),
    ];
    for (changed, expected) in cases {
        let run = env.doctor(changed);
        assert_eq!(run.code, 1, "{changed:?}");
        assert_found(&run, expected);
    }
    let elsewhere = env.platform.url().to_owned() + "/absent";
    assert_found(
        &env.doctor(&[("--jwks-url", &elsewhere)]),
        &[("jwks", "jwks-status")],
    );
    let not_a_set = env.platform.url().to_owned() + "/healthz";
    assert_found(
        &env.doctor(&[("--jwks-url", &not_a_set)]),
        &[("jwks", "jwks-invalid")],
    );
}

#[test]
fn a_hosted_platform_can_not_fetch_from_this_machine() {
    let cli = TestEnv::new();
    cli.air(&["keys", "generate", "--out", "key.pem"]).succeeded();
    let run = cli.air(&[
        "doctor",
        "--json",
        "--url",
        "sandbox",
        "--key",
        "key.pem",
        "--jwks-url",
        "http://127.0.0.1:1/jwks.json",
    ]);
    assert_found(&run, &[("jwks", "jwks-not-public")]);
}

/// Answers every request with the same response.
fn stand_in(headers: &'static str, body: String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 8192]);
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 200 OK\r\n{headers}content-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
        }
    });
    url
}

#[test]
fn a_set_with_a_private_key_or_none_at_all_and_a_wrong_clock() {
    let cli = TestEnv::new();
    cli.air(&["keys", "generate", "--out", "key.jwk", "--form", "jwk"])
        .succeeded();
    let private = String::from_utf8(cli.read("key.jwk")).unwrap();
    let public = cli.air(&["jwks", "export", "--key", "key.jwk"]).succeeded();
    let doctor = |set: String| {
        let jwks = stand_in("", set);
        let platform = stand_in("date: Sun, 06 Nov 1994 08:49:37 GMT\r\n", String::new());
        cli.air(&[
            "doctor",
            "--json",
            "--url",
            &platform,
            "--key",
            "key.jwk",
            "--jwks-url",
            &jwks,
        ])
    };
    let leaked = doctor(format!(r#"{{"keys":[{private}]}}"#));
    assert_found(
        &leaked,
        &[
            ("jwks", "jwks-private-key"),
            ("kid", "good"),
            ("platform", "clock-skew"),
        ],
    );
    let secret: Value = serde_json::from_str(&private).unwrap();
    let shown = String::from_utf8(leaked.stdout).unwrap() + &leaked.stderr;
    assert!(!shown.contains(secret["d"].as_str().unwrap()));

    let others = doctor(r#"{"keys":[{"kty":"oct","kid":"x"}]}"#.to_owned());
    assert_found(
        &others,
        &[
            ("jwks", "jwks-key-skipped"),
            ("jwks", "jwks-empty"),
            ("kid", "kid-unpublished"),
        ],
    );
    let good = doctor(public.text().to_owned());
    assert_found(&good, &[("kid", "good"), ("platform", "clock-skew")]);
}

/// An issuer's backend that serves a document at the place of its own DID, and nothing else. Returns the DID.
fn issuer(document: impl Fn(&str) -> String) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let did = format!("did:web:localhost%3A{}", listener.local_addr().unwrap().port());
    let document = document(&did);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut request = [0; 8192];
            let length = stream.read(&mut request).unwrap_or_default();
            let is_document = request[..length].starts_with(b"GET /.well-known/did.json ");
            let (status, body) = if is_document {
                ("200 OK", document.as_str())
            } else {
                ("404 Not Found", "")
            };
            let length = body.len();
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
        }
    });
    did
}

#[test]
fn the_registered_backend_of_an_issuer_is_checked() {
    let env = DoctorEnv::new();
    let cli = &env.cli;
    let set = cli.air(&["jwks", "export", "--key", "key.pem"]).succeeded();
    cli.write("jwks.json", set.text());
    cli.write("api-key", "a-secret-of-the-backend");
    let document_of = |did: &str| {
        let made = cli.air(&["did", "document", "--did", did, "--jwks", "jwks.json"]);
        made.succeeded().text().to_owned()
    };
    let register = |did: &str| {
        let place = "http://localhost:3000/available-vc";
        let options = [
            ("--url", env.platform.url()),
            ("--did", did),
            ("--available-vc-url", place),
            ("--issue-vc-url", place),
            ("--api-key-file", "api-key"),
        ];
        let mut set = vec!["partner", "issuer", "set", env.id("/partnerId")];
        set.extend(options.iter().flat_map(|(name, value)| [name, value]));
        cli.air(&set).succeeded();
    };
    register(&issuer(document_of));
    let good = env.doctor(&[]);
    assert_eq!(good.code, 0, "{good:?}");
    assert_found(&good, &[("issuer", "good"), ("issuer", "skipped")]);

    let other = document_of("did:web:localhost%3A1");
    register(&issuer(|_| other.clone()));
    let run = env.doctor(&[]);
    assert_eq!(run.code, 1, "{run:?}");
    assert_found(&run, &[("issuer", "issuer-document"), ("token", "good")]);

    register("did:web:localhost%3A1");
    assert_found(&env.doctor(&[]), &[("issuer", "issuer-unreachable")]);
}

#[test]
fn people_read_a_line_for_each_thing_and_its_remedy() {
    let env = DoctorEnv::new();
    let (url, jwks) = (env.platform.url(), env.jwks.url());
    let told = env.cli.air(&[
        "doctor",
        "--url",
        url,
        "--key",
        "key.pem",
        "--kid",
        "mine",
        "--jwks-url",
        jwks,
    ]);
    told.failed_with(1, "1 check failed");
    assert!(told.text().contains("[kid-mismatch]"), "{}", told.text());
    assert!(told.text().contains("→ sign with --kid "), "{}", told.text());
    assert!(
        told.text().contains("- token     no --partner-id was given"),
        "{}",
        told.text()
    );
}

#[test]
fn the_log_of_failed_requests_does_not_list_the_probes() {
    let env = DoctorEnv::new();
    env.doctor(&[]).succeeded();
    let logs = ["logs", "--failed", "--json", "--url", env.platform.url()];
    let logged = env.cli.air(&logs).succeeded().json();
    assert_eq!(logged["requests"], serde_json::json!([]));
}
