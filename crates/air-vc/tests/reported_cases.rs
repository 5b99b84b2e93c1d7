//! Inputs from bug reports about other projects (`cases/README.md`).

use air_ids::UnixTime;
use air_jwt::{Jwk, JwkSet};
use air_vc::{
    Check, Error, Inspection, VerifiedCredential, Verifier,
    did::{NoDocuments, Resolver},
};
use serde_json::Value;

const ISS: &str = "https://issuer.example";
const NOW: UnixTime = UnixTime::from_secs(1_795_875_800);

fn keys() -> JwkSet {
    JwkSet::from_slice(include_bytes!("cases/jwks.json")).unwrap()
}

fn verify(compact: &str) -> Result<VerifiedCredential, Error> {
    Verifier::new(ISS, &keys()).verify(compact.trim(), NOW)
}

#[test]
fn refuses_a_disclosed_number_that_would_be_shown_as_another() {
    let compact = include_str!("cases/sd_bigint_claim.txt").trim();
    let inexact = Error::InexactNumber { pointer: "/n".into() };
    assert!(inexact.to_string().contains("write it as a string"));
    assert_eq!(verify(compact).unwrap_err(), inexact);
    assert_eq!(Inspection::of(compact).unwrap_err(), inexact);
    assert_eq!(inexact.check(), Some(Check::Format));
}

#[tokio::test]
async fn reads_a_key_s_name_that_is_relative_to_the_issuer() {
    let compact = include_str!("cases/kidrel_jwk_0.txt").trim();
    let issuer = Inspection::of(compact).unwrap().claims["iss"]
        .as_str()
        .unwrap()
        .to_owned();
    let resolved = Resolver::new(NoDocuments).issuer_keys(&issuer).await.unwrap();
    // The same key, published under another name.
    let own = JwkSet::from_slice(include_bytes!("cases/jwks.json")).unwrap();
    for keys in [resolved, own] {
        let verified = Verifier::new(&issuer, &keys).verify(compact, UnixTime::from_secs(1_795_876_400));
        assert_eq!(verified.unwrap().issuer(), issuer);
    }
}

#[test]
fn the_only_key_serves_where_neither_token_nor_key_has_a_kid() {
    let set: Value = serde_json::from_slice(include_bytes!("cases/jwks_onekey_nokid.json")).unwrap();
    let keys = JwkSet::from(Jwk::from_slice(set["keys"][0].to_string().as_bytes()).unwrap());
    let compact = include_str!("cases/sd_no_kid_both.txt").trim();
    let verified = Verifier::new(ISS, &keys).verify(compact, NOW).unwrap();
    assert_eq!(verified.subject()["name"], "Ada");
}

#[test]
fn refuses_a_hash_name_below_the_top_level() {
    let refused = verify(include_str!("cases/sd_nested_sd_alg.txt")).unwrap_err();
    assert_eq!(refused.check(), Some(Check::Format));
    assert!(refused.to_string().contains("`_sd_alg`"), "{refused}");
}

#[cfg(feature = "w3c")]
#[test]
fn reads_a_set_of_one_subject_and_refuses_two_by_name() {
    let keys = keys();
    let verify = |jwt: &str| {
        Verifier::new(ISS, &keys)
            .with_format(air_vc::Format::W3cJwt)
            .verify(jwt.trim(), NOW)
    };
    let verified = verify(include_str!("cases/w3c_array_one.jwt")).unwrap();
    assert_eq!(
        serde_json::json!(verified.subject()),
        serde_json::json!({ "a": 1 })
    );
    let refused = verify(include_str!("cases/w3c_array_two.jwt")).unwrap_err();
    assert!(refused.to_string().contains("several subjects"), "{refused}");
}
