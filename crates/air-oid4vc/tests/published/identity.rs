//! The identities that OpenID4VP 1.0 prints: an SD-JWT VC with members of JSON-LD, and the claims of an
//! identity credential.

use air_jwt::{Jwk, JwkSet};
use air_oid4vc::{
    Error,
    dcql::{Credential, Mismatch, OptionalSets, Query},
};
use air_vc::{Challenge, ClaimPath, Verifier};
use air_x509::UnixTime;
use serde_json::json;

use super::{joined, text};
use crate::support::{object, vector};

/// `iat` of the key binding.
const PRESENTED_AT: UnixTime = UnixTime::from_secs(1_744_743_394);
const TYPE: &str = "https://credentials.example.com/example_credential";

fn folded(name: &str) -> String {
    joined(&text(&format!("openid4vp/examples/sd_jwt_vcld/01/{name}.txt")))
}

/// The issuer's key in the source's `settings.yml`.
fn issuer_keys() -> JwkSet {
    let key = json!({
        "kty": "EC", "crv": "P-256",
        "x": "b28d4MwZMjw8-00CG4xfnn9SLMVMM19SlqZpVb_uNtQ",
        "y": "Xv5zWwuoaTgdS6hV43yI6gBwTnjukmFQQnJ_kCxzqk8",
    });
    JwkSet::from(Jwk::from_slice(key.to_string().as_bytes()).unwrap())
}

#[test]
fn the_presentation_with_members_of_json_ld_verifies() {
    let keys = issuer_keys();
    let challenge = Challenge {
        nonce: "1234567890".into(),
        audience: "https://verifier.example.org".into(),
    };
    let verified = Verifier::new("https://issuer.example.com", &keys)
        .requiring_type(TYPE)
        .requiring_key_binding(challenge)
        .verify(&folded("sd_jwt_presentation"), PRESENTED_AT)
        .unwrap();
    let expected = vector("openid4vp/examples/sd_jwt_vcld/01/verified_contents.json");
    assert_eq!(verified.claims(), object(&expected));

    let query = json!({ "credentials": [{
        "id": "a", "format": "dc+sd-jwt", "meta": { "vct_values": [TYPE] },
        "claims": [{ "path": ["ld", "credentialSubject", "givenName"], "values": ["John"] }],
    }] });
    let presented =
        Credential::sd_jwt_vc(TYPE, verified.claims()).bound_to_holder(verified.is_holder_bound());
    let query = Query::from_value(&query).unwrap();
    query.check(&[("a", vec![presented])]).unwrap();
}

#[test]
fn the_wallet_presents_the_same_of_what_was_issued() {
    let issued: air_vc::Credential = folded("sd_jwt_issuance").parse().unwrap();
    let shown: ClaimPath = "ld.credentialSubject.givenName".parse().unwrap();
    let presentation = issued.present(&[shown]).unwrap();
    let published = folded("sd_jwt_presentation");
    let (unbound, _) = published.rsplit_once('~').unwrap();
    assert_eq!(presentation.as_str(), format!("{unbound}~"));
}

#[test]
fn the_identity_credential_lacks_the_address_of_the_simple_query() {
    let claims = vector("openid4vp/examples/credentials/sd_jwt_vc_unsecured.json");
    let vct = claims["vct"].as_str().unwrap();
    let held = [Credential::sd_jwt_vc(vct, object(&claims)).bound_to_holder(true)];
    let query = Query::from_value(&vector("openid4vp/examples/query_lang/simple.json")).unwrap();
    let matches = query.matches(&held);
    let refused = matches.plan(OptionalSets::Omit).unwrap_err();
    assert!(matches!(refused, Error::NoMatch { .. }), "{refused}");
    let mismatches: Vec<_> = matches.mismatches("my_credential").collect();
    let [(0, Mismatch::Claim { path, .. })] = &mismatches[..] else {
        panic!("{mismatches:?}");
    };
    assert_eq!(path.to_value(), json!(["address", "street_address"]));
}
