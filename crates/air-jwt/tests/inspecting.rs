//! Findings of inspection without a key: each rule by its code, and none in a good token.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_jwt::{Error, Inspection, PartnerToken, SigningKey, inspect::Severity};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::times::{NOW, after, before};

const PARTNER: &str = "f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11";

fn header() -> Value {
    json!({ "alg": "ES256", "typ": "JWT", "kid": "k" })
}

fn payload() -> Value {
    json!({ "partnerId": PARTNER, "scope": "issue on-behalf", "email": "ada@example.com", "iat": NOW, "exp": after(300) })
}

fn unsigned(header: &Value, payload: &Value) -> String {
    let encode = |part: &Value| URL_SAFE_NO_PAD.encode(part.to_string());
    format!("{}.{}.AAAA", encode(header), encode(payload))
}

fn codes(header: &Value, payload: &Value) -> Vec<(Severity, &'static str)> {
    let inspection = Inspection::of(&unsigned(header, payload), NOW).unwrap();
    let findings = inspection.findings.iter();
    let codes: Vec<_> = findings.map(|finding| (finding.severity, finding.code)).collect();
    let refused = codes.iter().any(|(severity, _)| *severity == Severity::Refused);
    assert_eq!(inspection.is_refused(), refused);
    codes
}

#[test]
fn finds_nothing_in_tokens_of_ours() {
    let key = SigningKey::generate(&mut rand::rng());
    let (partner, ada) = (|| PARTNER.parse().unwrap(), || "ada@example.com".parse().unwrap());
    for token in [
        PartnerToken::issue(partner()),
        PartnerToken::verify(partner()),
        PartnerToken::issue_on_behalf(partner(), ada()),
    ] {
        let token = token.sign(&key, NOW).unwrap();
        let inspection = Inspection::of(token.expose_secret(), NOW).unwrap();
        assert_eq!(inspection.findings, [], "{:?}", inspection.claims);
        assert_eq!(inspection.header["kid"], key.kid().as_str());
    }
}

#[test]
fn names_each_broken_rule() {
    use Severity::{Refused, Warning};
    let header_cases = [
        ("alg", json!(null), Refused, "alg-missing"),
        ("alg", json!("HS256"), Refused, "alg-unsupported"),
        ("alg", json!("none"), Refused, "alg-unsupported"),
        ("typ", json!(null), Refused, "typ-wrong"),
        ("typ", json!("at+jwt"), Refused, "typ-wrong"),
        ("kid", json!(null), Refused, "kid-missing"),
        ("kid", json!(""), Refused, "kid-missing"),
        ("crit", json!(["b64"]), Refused, "crit"),
        ("jku", json!("https://x.example"), Warning, "embedded-key"),
    ];
    for (name, value, severity, code) in header_cases {
        let mut header = header();
        header[name] = value;
        assert_eq!(codes(&header, &payload()), [(severity, code)], "{name}");
    }
    let payload_cases = [
        ("exp", json!("soon"), Refused, "time-invalid"),
        ("exp", json!(before(30)), Refused, "expired"),
        ("exp", json!(after(901)), Warning, "long-lived"),
        ("exp", json!(after(931)), Refused, "long-lived"),
        ("exp", json!(NOW.as_secs() * 1000), Refused, "time-invalid"),
        ("iat", json!(after(31)), Refused, "not-yet-valid"),
        ("nbf", json!(after(31)), Refused, "not-yet-valid"),
        ("partnerId", json!(""), Refused, "partner-id-missing"),
        (
            "partnerId",
            json!("did:air:id:test:x"),
            Warning,
            "partner-id-form",
        ),
        ("scope", json!(["issue"]), Refused, "scope-invalid"),
        ("scope", json!("issue admin"), Warning, "scope-unknown"),
        ("email", json!("Ada"), Refused, "email-invalid"),
        ("email", json!(1), Refused, "email-invalid"),
        ("email", json!("noreply@example.com"), Warning, "email-role"),
    ];
    for (name, value, severity, code) in payload_cases {
        let mut payload = payload();
        payload[name] = value;
        assert_eq!(codes(&header(), &payload), [(severity, code)], "{name}");
    }
    for (name, severity, code) in [("typ", Refused, "typ-missing"), ("kid", Warning, "kid-missing")] {
        let mut header = header();
        header.as_object_mut().unwrap().remove(name);
        assert_eq!(codes(&header, &payload()), [(severity, code)], "{name}");
    }
    let mut untyped = header();
    untyped.as_object_mut().unwrap().remove("typ");
    let plain = json!({ "partnerId": PARTNER, "iat": NOW, "exp": after(300), "scope": "issue" });
    assert_eq!(codes(&untyped, &plain), [(Warning, "typ-missing")]);
    for (name, severity, code) in [
        ("exp", Refused, "exp-missing"),
        ("iat", Warning, "iat-missing"),
        ("partnerId", Refused, "partner-id-missing"),
        ("email", Refused, "email-missing"),
        ("scope", Warning, "scope-missing"),
    ] {
        let mut payload = payload();
        payload.as_object_mut().unwrap().remove(name);
        assert_eq!(codes(&header(), &payload), [(severity, code)], "{name}");
    }
    assert_eq!(
        codes(
            &header(),
            &json!({ "partnerId": PARTNER, "iat": NOW, "exp": before(29), "scope": "issue" })
        ),
        []
    );
}

#[test]
fn what_is_no_token_is_not_looked_at() {
    for text in ["", "a.b.c", "e30.e30"] {
        assert!(
            matches!(Inspection::of(text, NOW), Err(Error::MalformedToken { .. })),
            "{text}"
        );
    }
    assert!(Inspection::of("e30.e30.", NOW).unwrap().is_refused());
}

/// A finding may end up in a log: it says which rule, never what the token holds.
#[test]
fn findings_show_no_claim() {
    let marker = "personal-marker";
    let mut payload = payload();
    for name in ["partnerId", "scope", "email", "exp", "iat", "nbf"] {
        payload[name] = json!(marker);
    }
    let inspection = Inspection::of(&unsigned(&header(), &payload), NOW).unwrap();
    assert!(inspection.findings.len() >= 5);
    for finding in inspection.findings {
        assert!(!finding.message.contains(marker), "{finding:?}");
    }
}
