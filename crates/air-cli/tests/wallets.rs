//! `air offer` and `air request`: links for any wallet, such as `air wallet`.

use serde_json::{Value, json};

use crate::support::{TestEnv, example, server::Server};

/// A platform that was seeded with the example, and a profile of it.
fn start(env: &TestEnv) -> Server {
    let mut seed: Value = serde_json::from_slice(&std::fs::read(example("seed.json")).unwrap()).unwrap();
    seed["partner"]["jwksUrl"] = "http://127.0.0.1:1/jwks.json".into();
    env.write("seed.json", seed.to_string());
    let up = ["sandbox", "up", "--listen", "127.0.0.1:0", "--seed", "seed.json"];
    let platform = Server::start(&env.path(""), &up);
    env.air(&["init", "--from-sandbox", "--url", platform.url()])
        .succeeded();
    platform
}

#[test]
fn an_offer_is_a_link_and_the_transaction_code_is_not_in_it() {
    let env = TestEnv::new();
    let _platform = start(&env);
    let subject = example("subject.json");
    let run = env
        .air(&["offer", "--program", "kyc", "--tx-code", &subject])
        .succeeded();
    assert!(
        run.text()
            .starts_with("openid-credential-offer://?credential_offer_uri=http"),
        "{run:?}"
    );
    assert_eq!(run.text().lines().count(), 1, "a link alone, without a terminal");
    assert!(run.stderr.contains("The transaction code is "), "{run:?}");

    let subject_text = std::fs::read(&subject).unwrap();
    let run = env
        .air_with(
            &[
                "offer",
                "--program",
                "kyc",
                "--tx-code",
                "--json",
                "--email",
                "ada@example.com",
            ],
            subject_text,
        )
        .succeeded();
    let offer = run.json();
    let code = offer["txCode"].as_str().unwrap();
    assert_eq!(code.len(), 6);
    for link in ["url", "urlByValue"] {
        let (_, query) = offer[link].as_str().unwrap().split_once('?').unwrap();
        for (_, value) in url::form_urlencoded::parse(query.as_bytes()) {
            // A random ID may contain the code's digits, but no part of an ID has six characters.
            let mut words = value.split(|c: char| !c.is_ascii_alphanumeric());
            assert!(words.all(|word| word != code), "{value}");
        }
    }
    assert_eq!(run.stderr, "");
    env.air(&["offer", "--program", "unknown", &subject])
        .failed_with(2, "no program has this name");
    env.air(&["offer", "--program", "kyc", "--expires-in", "0", &subject])
        .failed_with(3, "invalid expiresIn");
}

#[test]
fn a_request_is_a_link() {
    let env = TestEnv::new();
    let _platform = start(&env);
    let run = env
        .air(&["request", "--verification-program", "adult"])
        .succeeded();
    assert!(
        run.text().starts_with("openid4vp://?client_id=x509_hash"),
        "{run:?}"
    );
    // The profile has one program, so it is the default.
    let request = env.air(&["request", "--json"]).succeeded().json();
    assert!(request["url"].as_str().unwrap().contains("request_uri="));
    assert!(!request["requestId"].as_str().unwrap().is_empty());
    env.air(&["request", "--verification-program", "unknown"])
        .failed_with(2, "no verification program has this name");
}

#[test]
fn an_mdoc_goes_from_the_platform_to_a_wallet_and_back() {
    let env = TestEnv::new();
    let _platform = start(&env);
    let subject = example("subject.json");
    let offer = [
        "offer",
        "--program",
        "kyc",
        "--format",
        "mso_mdoc",
        "--json",
        &subject,
    ];
    let offer = env.air(&offer).succeeded().json();
    let link = offer["url"].as_str().unwrap();
    let receipt = env.air(&["wallet", "receive", "--json", link]).succeeded().json();
    let received = &receipt["credentials"][0];
    assert_eq!(received["format"], "mso_mdoc", "{receipt}");
    let doc_type = received["type"].as_str().unwrap();
    assert!(doc_type.starts_with("urn:air:schema:"), "{receipt}");
    let file: Value = serde_json::from_slice(&env.read(received["file"].as_str().unwrap())).unwrap();
    let explained = env.air(&["explain", "--json", file["credential"].as_str().unwrap()]);
    let explained = explained.succeeded().json();
    assert_eq!(explained["kind"], "mdoc");
    assert_eq!(explained["parts"][0], json!(["type", doc_type]));

    // A wallet without an SD-JWT VC has nothing for a request of that format.
    let request = env.air(&["request", "--json"]).succeeded().json();
    let link = request["url"].as_str().unwrap();
    env.air(&["wallet", "present", "--yes", link])
        .failed_with(3, "another format");
    let both = [
        "request",
        "--format",
        "dc+sd-jwt",
        "--format",
        "mso_mdoc",
        "--json",
    ];
    for request in [&["request", "--format", "mso_mdoc", "--json"][..], &both] {
        let request = env.air(request).succeeded().json();
        let link = request["url"].as_str().unwrap();
        let report = env.air(&["wallet", "present", "--yes", "--json", link]);
        let report = report.succeeded().json();
        assert_eq!(
            report["presented"][0]["disclosed"],
            json!([[doc_type, "isOver18"], [doc_type, "kycLevel"]]),
            "{report}"
        );
    }
    env.air(&["offer", "--program", "kyc", "--format", "ldp_vc", &subject])
        .failed_with(2, "must be dc+sd-jwt or mso_mdoc");
}
