//! `air explain`: what a text is, and the rule that it breaks.

use air_jwt::{SigningKey, jws};
use serde_json::json;

use crate::support::TestEnv;

#[test]
fn an_offer_is_explained_from_an_argument_a_file_and_stdin() {
    let desk = TestEnv::new();
    let offer =
        json!({ "credential_issuer": "https://issuer.example", "credential_configuration_ids": ["pid"] });
    desk.write("offer.json", offer.to_string());
    let by_argument = desk.air(&["explain", &offer.to_string()]).succeeded();
    assert!(
        by_argument.text().starts_with("This is a credential offer"),
        "{}",
        by_argument.text()
    );
    let by_file = desk.air(&["explain", "offer.json"]).succeeded();
    let by_stdin = desk.air_with(&["explain", "-"], offer.to_string()).succeeded();
    assert_eq!(by_file.text(), by_argument.text());
    assert_eq!(by_stdin.text(), by_argument.text());
}

#[test]
fn a_broken_rule_has_its_section_and_exit_code_4() {
    let desk = TestEnv::new();
    let offer =
        json!({ "credential_issuer": "http://issuer.example", "credential_configuration_ids": ["pid"] });
    let run = desk.air(&["explain", "--json", &offer.to_string()]);
    assert_eq!(run.code, 4, "{run:?}");
    let document = run.json();
    assert_eq!(document["kind"], "credentialOffer");
    assert_eq!(document["broken"][0]["specification"], "OpenID4VCI 1.0");
    assert_eq!(document["broken"][0]["section"], "12.2.1");
    let run = desk.air(&["explain", &offer.to_string()]);
    run.failed_with(4, "1 rule is broken");
    assert!(
        run.text().contains("OpenID4VCI 1.0, section 12.2.1"),
        "{}",
        run.text()
    );
}

#[test]
fn a_credential_a_status_list_and_a_proof_are_told_apart() {
    let desk = TestEnv::new();
    let key = SigningKey::generate(&mut rand::rng());
    let explain = |text: &str| {
        desk.air(&["explain", "--at", "1800000000", "--json", text])
            .json()
    };

    let claims =
        json!({ "iss": "https://issuer.example", "vct": "v", "iat": 1_799_999_000, "exp": 1_799_999_900 });
    let credential = explain(&(jws::sign(&key, "dc+sd-jwt", &claims) + "~"));
    assert_eq!(
        (&credential["kind"], &credential["broken"][0]["section"]),
        (&json!("credential"), &json!("4.1.4"))
    );

    let list = explain(&jws::sign(
        &key,
        "statuslist+jwt",
        &json!({ "sub": "https://issuer.example/1", "iat": 1 }),
    ));
    assert_eq!(list["kind"], "statusList");
    assert_eq!(list["broken"][0]["specification"], "Token Status List");

    let proof = explain(&jws::sign(&key, "openid4vci-proof+jwt", &json!({})));
    assert_eq!(
        (&proof["kind"], proof["broken"].as_array().unwrap().is_empty()),
        (&json!("keyProof"), false)
    );
    let self_signed = json!({ "a": 1 });
    let other = explain(&jws::sign(&key, "JWT", &self_signed));
    assert_eq!(other["kind"], "token");
    desk.air(&["explain", "hello"]).failed_with(3, "this is no offer");
}
