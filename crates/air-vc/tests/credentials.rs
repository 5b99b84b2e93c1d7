//! Issue and verify; each check by its own refusal.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_jwt::{JwkSet, SigningKey, jws};
use air_vc::{Check, Credential, Error, Issuer, Terms, Verifier};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

const NOW: u64 = 1_800_000_000;
const ISS: &str = "did:air:id:test:5P44fsVUhPctDTWH2Nz26pZJFsg6CqyiAELTGeVQDB";

fn subject() -> Map<String, Value> {
    let subject = json!({
        "givenName": "Ada",
        "riskScore": 12,
        "ratio": 0.25,
        "isOver18": true,
        "address": { "city": "Utopia", "lines": ["1 Main St", "Flat 2"] },
    });
    subject.as_object().unwrap().clone()
}

fn issue(key: &SigningKey, subject: &Map<String, Value>) -> Result<Credential, Error> {
    let terms = Terms {
        vct: "urn:air:KycIdentity".into(),
        holder: Some("did:air:id:test:holder".into()),
        revocation_nonce: Some(u64::MAX >> 1),
        issued_at: NOW,
        expires_at: Some(NOW + 1000),
        ..Terms::default()
    };
    Issuer::new(ISS, key).issue(&terms, subject, &mut rand::rng())
}

struct Setup {
    keys: JwkSet,
    key: SigningKey,
    compact: String,
}

fn setup() -> Setup {
    let key = SigningKey::generate(&mut rand::rng());
    let compact = issue(&key, &subject()).unwrap().as_str().to_owned();
    Setup {
        keys: key.public_jwk().into(),
        key,
        compact,
    }
}

impl Setup {
    fn verify(&self, compact: &str) -> Result<Map<String, Value>, Error> {
        Verifier::new(ISS, &self.keys)
            .verify(compact, NOW)
            .map(|verified| verified.claims().clone())
    }

    /// Signs a payload as the issuer would, and appends the disclosures.
    fn forge(&self, typ: &str, payload: &Value, disclosures: &[&Value]) -> String {
        let mut compact = jws::sign(&self.key, typ, payload) + "~";
        for disclosure in disclosures {
            compact += &(URL_SAFE_NO_PAD.encode(disclosure.to_string()) + "~");
        }
        compact
    }
}

#[test]
fn what_is_issued_verifies_and_says_the_same() {
    let setup = setup();
    let claims = setup.verify(&setup.compact).unwrap();
    for (name, value) in &subject() {
        assert_eq!(claims.get(name), Some(value), "{name}");
    }
    assert_eq!(claims["iss"], ISS);
    assert_eq!(claims["exp"], json!(NOW + 1000));
    assert_eq!(claims["nonce"], json!((u64::MAX >> 1).to_string()));
}

#[test]
fn the_signed_part_shows_no_claim_of_the_subject() {
    let setup = setup();
    let payload = setup.compact.split(['.', '~']).nth(1).unwrap();
    let payload = String::from_utf8(URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    for hidden in [
        "Ada",
        "givenName",
        "Utopia",
        "Main",
        "riskScore",
        "isOver18",
        "address",
    ] {
        assert!(!payload.contains(hidden), "{hidden} shows in {payload}");
    }
}

#[test]
fn digests_are_sorted_so_that_their_order_tells_nothing() {
    let setup = setup();
    let payload = setup.compact.split(['.', '~']).nth(1).unwrap();
    let payload: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap();
    let digests: Vec<&str> = payload["_sd"]
        .as_array()
        .unwrap()
        .iter()
        .map(|d| d.as_str().unwrap())
        .collect();
    assert!(digests.len() == 5 && digests.is_sorted(), "{digests:?}");
}

#[test]
fn a_withheld_disclosure_hides_its_claim_and_no_other() {
    let setup = setup();
    let mut parts: Vec<&str> = setup.compact.split('~').collect();
    let name_at = parts.iter().position(|part| {
        URL_SAFE_NO_PAD
            .decode(part)
            .is_ok_and(|json| String::from_utf8_lossy(&json).contains("givenName"))
    });
    parts.remove(name_at.unwrap());
    let claims = setup.verify(&parts.join("~")).unwrap();
    assert!(!claims.contains_key("givenName"));
    assert_eq!(claims["isOver18"], true);
}

#[test]
fn refuses_added_doubled_and_changed_disclosures() {
    let setup = setup();
    let added = URL_SAFE_NO_PAD.encode(json!(["salt", "kycLevel", "enhanced"]).to_string());
    let first = setup.compact.split('~').nth(1).unwrap();
    for spoiled in [
        format!("{}{added}~", setup.compact),
        setup.compact.replacen(first, &added, 1),
        format!("{}!~", setup.compact),
    ] {
        let refusal = setup.verify(&spoiled).unwrap_err();
        assert!(
            matches!(refusal.check(), Some(Check::Disclosures | Check::Format)),
            "{refusal:?}"
        );
        assert!(!refusal.to_string().contains("enhanced"));
    }
}

#[test]
fn refuses_a_changed_payload_another_key_issuer_or_type() {
    let setup = setup();
    let another = SigningKey::generate(&mut rand::rng()).with_kid(setup.key.kid().clone());
    let forged = issue(&another, &subject()).unwrap();
    assert_eq!(
        setup.verify(forged.as_str()).unwrap_err().check(),
        Some(Check::Signature)
    );

    let verifier = Verifier::new("did:air:id:test:another", &setup.keys);
    assert_eq!(
        verifier.verify(&setup.compact, NOW).unwrap_err(),
        Error::WrongIssuer
    );
    let verifier = Verifier::new(ISS, &setup.keys);
    let wrong_type = verifier
        .requiring_type("urn:air:Another")
        .verify(&setup.compact, NOW);
    assert_eq!(wrong_type.unwrap_err(), Error::WrongType);
}

#[test]
fn holds_from_iat_to_exp_with_thirty_seconds_of_skew() {
    let setup = setup();
    let verify = |now| Verifier::new(ISS, &setup.keys).verify(&setup.compact, now);
    assert!(verify(NOW - 30).is_ok());
    assert_eq!(verify(NOW - 31).unwrap_err(), Error::NotYetValid { ahead: 31 });
    assert!(verify(NOW + 1029).is_ok());
    assert_eq!(verify(NOW + 1030).unwrap_err(), Error::Expired { ago: 30 });
}

#[test]
fn refuses_what_is_not_the_format() {
    let setup = setup();
    let payload = json!({ "iss": ISS, "vct": "t", "_sd_alg": "sha-256" });
    let jwt = setup.forge("JWT", &payload, &[]);
    let bound = format!("{}a.b.c", setup.compact);
    for bad in [
        "",
        "~",
        "a.b.c~",
        setup.compact.split('~').next().unwrap(),
        &jwt,
        &bound,
    ] {
        assert_eq!(
            setup.verify(bad).unwrap_err().check(),
            Some(Check::Format),
            "{bad}"
        );
    }
}

/// Disclosures that carry digests of further ones would recurse as deep as the input is long.
#[test]
fn refuses_disclosures_that_nest_without_end() {
    use sha2::{Digest, Sha256};
    let setup = setup();
    let digest = |disclosure: &Value| {
        let encoded = URL_SAFE_NO_PAD.encode(disclosure.to_string());
        URL_SAFE_NO_PAD.encode(Sha256::digest(encoded))
    };
    let mut chain = vec![json!(["salt", "leaf", 1])];
    for _ in 0..300 {
        let next = json!(["salt", "link", { "_sd": [digest(chain.last().unwrap())] }]);
        chain.push(next);
    }
    let payload =
        json!({ "iss": ISS, "vct": "t", "_sd_alg": "sha-256", "_sd": [digest(chain.last().unwrap())] });
    let whole = setup.forge("dc+sd-jwt", &payload, &chain.iter().collect::<Vec<_>>());
    assert_eq!(
        setup.verify(&whole).unwrap_err().check(),
        Some(Check::Disclosures)
    );

    let short: Vec<&Value> = chain.iter().take(50).collect();
    let payload = json!({ "iss": ISS, "vct": "t", "_sd_alg": "sha-256", "_sd": [digest(&chain[49])] });
    assert!(setup.verify(&setup.forge("dc+sd-jwt", &payload, &short)).is_ok());
}

#[test]
fn refuses_a_subject_with_the_name_of_a_registered_claim() {
    let key = SigningKey::generate(&mut rand::rng());
    for name in ["iss", "exp", "_sd", "nonce"] {
        let subject = Map::from_iter([(name.to_owned(), json!(1))]);
        assert_eq!(
            issue(&key, &subject).unwrap_err(),
            Error::ReservedClaim { name: name.into() }
        );
    }
}
