//! `air offer` and `air request`: links for any wallet.

use serde_json::Value;

use crate::support::{TestEnv, example, server::Server};

/// A platform that was seeded with the example, and a profile of it.
fn start(desk: &TestEnv) -> Server {
    let mut seed: Value = serde_json::from_slice(&std::fs::read(example("seed.json")).unwrap()).unwrap();
    seed["partner"]["jwksUrl"] = "http://127.0.0.1:1/jwks.json".into();
    desk.write("seed.json", seed.to_string());
    let up = ["sandbox", "up", "--listen", "127.0.0.1:0", "--seed", "seed.json"];
    let platform = Server::start(&desk.path(""), &up);
    desk.air(&["init", "--from-sandbox", "--url", platform.url()])
        .succeeded();
    platform
}

#[test]
fn an_offer_is_a_link_and_the_transaction_code_is_not_in_it() {
    let desk = TestEnv::new();
    let _platform = start(&desk);
    let subject = example("subject.json");
    let run = desk
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
    let run = desk
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
        assert!(!offer[link].as_str().unwrap().contains(code));
    }
    assert_eq!(run.stderr, "");
    desk.air(&["offer", "--program", "unknown", &subject])
        .failed_with(2, "no program has this name");
    desk.air(&["offer", "--program", "kyc", "--expires-in", "0", &subject])
        .failed_with(3, "invalid expiresIn");
}

#[test]
fn a_request_is_a_link() {
    let desk = TestEnv::new();
    let _platform = start(&desk);
    let run = desk
        .air(&["request", "--verification-program", "adult"])
        .succeeded();
    assert!(
        run.text().starts_with("openid4vp://?client_id=x509_hash"),
        "{run:?}"
    );
    // The profile has one program, so it is the default.
    let request = desk.air(&["request", "--json"]).succeeded().json();
    assert!(request["url"].as_str().unwrap().contains("request_uri="));
    assert!(!request["requestId"].as_str().unwrap().is_empty());
    desk.air(&["request", "--verification-program", "unknown"])
        .failed_with(2, "no verification program has this name");
}
