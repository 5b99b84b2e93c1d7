//! Forms that RFC 7515 and RFC 7519 allow, from public bug reports: `typ` as a media type, dates
//! with fractions.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::time::Duration;

use air_ids::UnixTime;
use air_jwt::{JwkSet, jws};
use air_vc::{Challenge, Error, Format, Verifier, status::StatusListVerifier};
use serde_json::{Value, json};

use crate::support::{ISS, NOW, Setup, VCT, after};

const AT: UnixTime = UnixTime::from_secs(1_795_875_800);
const ISSUER: &str = "https://issuer.example";

fn case_keys() -> JwkSet {
    JwkSet::from_slice(include_bytes!("cases/jwks.json")).unwrap()
}

#[test]
fn reads_types_in_any_case_and_dates_with_fractions() {
    let keys = case_keys();
    for (name, compact) in [
        ("sd_typ_app.txt", include_str!("cases/sd_typ_app.txt")),
        ("sd_typ_case.txt", include_str!("cases/sd_typ_case.txt")),
        ("sd_iat_float.txt", include_str!("cases/sd_iat_float.txt")),
        ("sd_exp_dot0.txt", include_str!("cases/sd_exp_dot0.txt")),
    ] {
        let verified = Verifier::new(ISSUER, &keys).verify(compact.trim(), AT);
        assert_eq!(
            verified.map(|verified| verified.expires_at()),
            Ok(Some(UnixTime::from_secs(1_795_876_770))),
            "{name}"
        );
    }
}

#[test]
fn reads_a_key_binding_of_a_fraction_of_a_second() {
    let keys = case_keys();
    let challenge = Challenge {
        nonce: "n1".into(),
        audience: "ver".into(),
    };
    let compact = include_str!("cases/sd_kb_iat_float.txt").trim();
    let verifier = Verifier::new(ISSUER, &keys).requiring_key_binding(challenge);
    assert!(verifier.verify(compact, AT).is_ok());
}

#[test]
fn reads_a_status_list_of_a_fraction_of_a_second() {
    let keys = case_keys();
    let list = StatusListVerifier::new(ISSUER, &keys, "https://issuer.example/sl/1")
        .verify(
            include_str!("cases/sl_iat_float.jwt").trim(),
            AT.saturating_add(Duration::from_mins(1)),
        )
        .unwrap();
    assert_eq!(
        (list.issued_at(), list.expires_at()),
        (
            UnixTime::from_secs(1_795_875_853),
            Some(UnixTime::from_secs(1_795_879_458))
        )
    );
}

/// An end is rounded down and a beginning up.
#[test]
fn a_fraction_never_makes_a_credential_live_longer() {
    let setup = Setup::new();
    let verify = |claims: &str, now: UnixTime| {
        let mut payload = json!({ "iss": ISS, "vct": VCT });
        let claims: Value = serde_json::from_str(claims).unwrap();
        for (name, value) in claims.as_object().unwrap() {
            payload[name] = value.clone();
        }
        let strict = setup.verifier().with_skew(Duration::ZERO).unwrap();
        strict
            .verify(&setup.forge("dc+sd-jwt", &payload, &[]), now)
            .map(drop)
    };
    let end = r#"{ "exp": 1800000060.9 }"#;
    assert_eq!(verify(end, after(59)), Ok(()));
    assert_eq!(verify(end, after(60)), Err(Error::Expired { ago: 0 }));
    let begin = r#"{ "nbf": 1.8000000000001e9 }"#;
    assert_eq!(verify(begin, NOW), Err(Error::NotYetValid { ahead: 1 }));
    assert_eq!(verify(begin, after(1)), Ok(()));
    for bad in [
        r#"{ "exp": "1800000060" }"#,
        r#"{ "exp": -1.5 }"#,
        r#"{ "iat": true }"#,
    ] {
        assert!(verify(bad, NOW).is_err(), "{bad}");
    }
}

#[test]
fn a_type_in_another_spelling_is_still_only_its_own_type() {
    let setup = Setup::new();
    let payload = json!({ "iss": ISS, "vct": VCT });
    for typ in [
        "application/vc+jwt",
        "text/dc+sd-jwt",
        "KB+JWT",
        "dc+sd-jwt ",
        "application/",
    ] {
        assert!(setup.claims(&setup.forge(typ, &payload, &[])).is_err(), "{typ}");
    }
    let refused = jws::sign(&setup.key, "application/dc+sd-jwt", &payload);
    for format in Format::ALL {
        let verifier = setup.verifier().with_format(*format);
        assert!(verifier.verify(&refused, NOW).is_err(), "{format}");
    }
}
