//! Algorithms in a header that the key does not have (RFC 8725, 2.1 and 3.1). Every signed message of a
//! wallet, a verifier or an issuer is refused with them: with a signature of the right key, and without one.

use air_jwt::{
    SigningKey,
    client_attestation::{Attestation, AttesterKeys, Pop, PopRules},
    dpop, jws,
};
use air_oid4vc::{
    vci::{
        IssuerId, IssuerMetadata, KeyAttestation, KeyAttestationOptions, KeyAttestationPolicy, METADATA_TYPE,
        Proof, ProofKey, ProofOptions, ProofPolicy, prove,
    },
    vp::{Expected, RequestObject, RequestOptions},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use crate::{
    times::{NOW, after},
    vp_requests,
};

const ALGORITHMS: [&str; 8] = ["none", "None", "HS256", "RS256", "PS256", "ES384", "ES256K", ""];
const ISSUER: &str = "https://issuer.example";

fn key() -> SigningKey {
    SigningKey::generate(&mut rand::rng())
}

fn issuer() -> IssuerId {
    ISSUER.parse().unwrap()
}

/// The token with this algorithm in its header: signed by its key, and without signature.
fn claiming(token: &str, key: &SigningKey, algorithm: &str) -> [String; 2] {
    let (input, _) = token.rsplit_once('.').unwrap();
    let (header, payload) = input.split_once('.').unwrap();
    let mut header: Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(header).unwrap()).unwrap();
    header["alg"] = algorithm.into();
    let input = format!("{}.{payload}", URL_SAFE_NO_PAD.encode(header.to_string()));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(input.as_bytes()));
    [signature.as_str(), ""].map(|signature| format!("{input}.{signature}"))
}

/// Checks that the token is accepted with the algorithm of its key alone.
#[track_caller]
fn assert_bound_to_key(token: &str, key: &SigningKey, is_accepted: impl Fn(&str) -> bool) {
    assert!(is_accepted(token));
    let [again, unsigned] = claiming(token, key, "ES256");
    assert!(is_accepted(&again));
    assert!(!is_accepted(&unsigned));
    for algorithm in ALGORITHMS {
        for forged in claiming(token, key, algorithm) {
            assert!(!is_accepted(&forged), "{algorithm}: {forged}");
        }
    }
}

#[test]
fn the_key_of_a_proof_decides() {
    let (key, issuer) = (key(), issuer());
    let options = ProofOptions {
        issuer: &issuer,
        now: NOW,
        nonce: Some("nonce"),
        client_id: None,
        key: ProofKey::Jwk,
    };
    let policy = ProofPolicy {
        issuer: &issuer,
        algorithms: &[],
        requires_nonce: true,
        client_id: None,
        now: NOW,
        maximum_age: 300,
        skew: 5,
    };
    assert_bound_to_key(&prove(&key, &options), &key, |token| {
        Proof::parse(token).is_ok_and(|proof| proof.verify(&policy, None).is_ok())
    });
}

#[test]
fn the_key_of_a_wallet_provider_decides() {
    let (provider, instance) = (key(), key());
    let public = provider.public_jwk();
    let keys = KeyAttestationOptions {
        keys: vec![instance.public_jwk()],
        issued_at: NOW,
        expires_at: Some(after(60)),
        ..KeyAttestationOptions::default()
    };
    let policy = KeyAttestationPolicy {
        required: None,
        algorithms: &[],
        is_proof: false,
        requires_nonce: false,
        now: NOW,
        skew: 5,
    };
    assert_bound_to_key(&keys.sign(&provider, None), &provider, |token| {
        KeyAttestation::parse(token).is_ok_and(|attestation| attestation.verify(&public, &policy).is_ok())
    });

    let claims = json!({ "sub": "wallet", "exp": after(60), "cnf": { "jwk": instance.public_jwk() } });
    let attestation = jws::sign(&provider, "oauth-client-attestation+jwt", &claims);
    let verify = |token: &str| Attestation::verify([token], AttesterKeys::Key(&public), NOW);
    assert_bound_to_key(&attestation, &provider, |token| verify(token).is_ok());
    let pop = Pop::new(ISSUER).sign(&instance, NOW, &mut rand::rng());
    assert_bound_to_key(&pop, &instance, |token| {
        let attestation = verify(&attestation).unwrap();
        attestation.with_pop([token], &PopRules::new(ISSUER), NOW).is_ok()
    });
}

#[test]
fn the_key_of_a_verifier_decides() {
    let key = key().with_kid("did:web:verifier.example#1".parse().unwrap());
    let public = key.public_jwk();
    let request = vp_requests::request(RequestOptions::default()).unwrap();
    let token = jws::sign(&key, "oauth-authz-req+jwt", &request.to_members());
    let expected = Expected {
        now: NOW,
        ..Expected::default()
    };
    assert_bound_to_key(&token, &key, |token| {
        RequestObject::parse(token).is_ok_and(|object| object.verify(&public, &expected).is_ok())
    });
}

#[test]
fn the_key_of_an_issuers_metadata_decides() {
    let (key, issuer) = (key(), issuer());
    let public = key.public_jwk();
    let claims = json!({
        "sub": ISSUER, "iat": NOW, "credential_issuer": ISSUER,
        "credential_endpoint": format!("{ISSUER}/credential"), "credential_configurations_supported": {},
    });
    let token = jws::sign(&key, METADATA_TYPE, &claims);
    assert_bound_to_key(&token, &key, |token| {
        IssuerMetadata::verify(token, &public, &issuer, NOW, 0).is_ok()
    });
}

#[test]
fn the_key_of_a_dpop_proof_decides() {
    let key = key();
    let url = format!("{ISSUER}/token");
    let proof = dpop::Proof::new("POST", &url)
        .unwrap()
        .sign(&key, NOW, &mut rand::rng());
    assert_bound_to_key(&proof, &key, |token| {
        let verifier = dpop::ProofVerifier::new("POST", &url).unwrap();
        verifier.verify([token], NOW).is_ok()
    });
}
