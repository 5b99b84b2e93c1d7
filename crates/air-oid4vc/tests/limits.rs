//! Both sides of limits, and results that no other test reads: mutations of the code that no other test finds.

use std::{
    pin::pin,
    task::{Context, Poll, Waker},
};

use air_jwt::{SigningKey, jws};
use air_oid4vc::{
    Error,
    dcql::{ClaimsPath, Credential, Query, Step},
    vci::{
        self, IssuerId, KeyAttestation, KeyAttestationOptions, KeyAttestationPolicy, Proof, ProofKey,
        ProofOptions, ProofPolicy, VerifiedKeyAttestation, prove_with,
    },
    vp::{Expected, RequestObject, RequestOptions, ResponseBody, Rule, TransactionData, VpToken},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use crate::{
    support::object,
    times::{NOW, after},
    vp_requests::{request, rule},
};

/// The `typ` of a request object.
const REQUEST: &str = "oauth-authz-req+jwt";

fn key(kid: &str) -> SigningKey {
    SigningKey::generate(&mut rand::rng()).with_kid(kid.parse().unwrap())
}

fn verifier() -> SigningKey {
    key("did:web:verifier.example#1")
}

fn expected() -> Expected<'static> {
    Expected {
        now: NOW,
        skew: 5,
        ..Expected::default()
    }
}

/// The members of a request, of which one is replaced.
fn members_with(name: &str, value: Value) -> Map<String, Value> {
    let mut members = request(RequestOptions::default()).unwrap().to_members();
    members.insert(name.to_owned(), value);
    members
}

/// The rule that a signed request with these members breaks, if any.
fn broken(members: &Map<String, Value>) -> Option<Rule> {
    let key = verifier();
    let jwt = jws::sign(&key, REQUEST, members);
    let read = RequestObject::parse(&jwt).unwrap();
    let verified = read.verify(&key.public_jwk(), &expected());
    verified.is_err().then(|| rule(verified))
}

#[test]
fn a_path_has_1_to_32_steps() {
    let path = |steps: usize| ClaimsPath::from_value(&json!(vec!["a"; steps]));
    assert_eq!(path(0), None);
    assert_eq!(path(32).unwrap().steps().len(), 32);
    assert_eq!(path(33), None);
    let path = ClaimsPath::from_value(&json!(["a", null, 7])).unwrap();
    assert_eq!(
        path.steps(),
        [Step::Name("a".into()), Step::Every, Step::Index(7)]
    );
}

/// An array of a presentation has only the disclosed items, also below and above other steps.
#[test]
fn a_path_with_an_index_reaches_members_and_items_of_a_presentation() {
    let is_answer = |path: Value, value: &str, claims: Value| {
        let query = Query::from_value(&json!({ "credentials": [{
            "id": "id", "format": "dc+sd-jwt", "meta": { "vct_values": ["v"] },
            "claims": [{ "path": path, "values": [value] }],
        }] }))
        .unwrap();
        let credential = Credential::sd_jwt_vc("v", object(&claims)).bound_to_holder(true);
        query.check(&[("id", vec![credential])]).is_ok()
    };
    let visas = json!({ "visas": [{ "country": "FR" }] });
    assert!(is_answer(json!(["visas", 1, "country"]), "FR", visas.clone()));
    assert!(!is_answer(json!(["visas", 1, "country"]), "AQ", visas));
    let lists = json!({ "lists": [["a", "b"]] });
    assert!(is_answer(json!(["lists", 1, null]), "b", lists.clone()));
    assert!(!is_answer(json!(["lists", 1, null]), "c", lists));
}

/// The result of a future that is ready at once, as that of a key in memory is.
fn ready<T>(future: impl Future<Output = T>) -> T {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(result) => result,
        Poll::Pending => panic!("the future is not ready"),
    }
}

#[test]
fn a_remote_key_signs_requests_proofs_and_attestations() {
    let key = verifier();
    let public = key.public_jwk();
    let request = request(RequestOptions::default()).unwrap();
    let jwt = ready(request.sign_with(&key)).unwrap();
    let read = RequestObject::parse(&jwt).unwrap();
    assert_eq!(read.verify(&public, &expected()).unwrap(), request);

    let issuer: IssuerId = "https://issuer.example".parse().unwrap();
    let options = ProofOptions {
        issuer: &issuer,
        now: NOW,
        nonce: None,
        client_id: None,
        key: ProofKey::Jwk,
    };
    let policy = ProofPolicy {
        issuer: &issuer,
        algorithms: &[],
        requires_nonce: false,
        client_id: None,
        now: NOW,
        maximum_age: 300,
        skew: 5,
    };
    let proof = ready(prove_with(&key, &public, &options)).unwrap();
    assert!(Proof::parse(&proof).unwrap().verify(&policy, None).is_ok());

    let attestation = ready(attesting(1).sign_with(&key, None)).unwrap();
    let read = KeyAttestation::parse(&attestation).unwrap();
    assert_eq!(read.header()["kid"], key.kid().as_str());
    assert_eq!(read.verify(&public, &as_proof()).unwrap().keys.len(), 1);
}

/// An attestation of this number of keys, without an end and without a nonce.
fn attesting(keys: usize) -> KeyAttestationOptions {
    KeyAttestationOptions {
        keys: vec![key("attested").public_jwk(); keys],
        issued_at: NOW,
        ..KeyAttestationOptions::default()
    }
}

/// The policy of an issuer without a nonce endpoint.
fn as_proof() -> KeyAttestationPolicy<'static> {
    KeyAttestationPolicy {
        required: None,
        algorithms: &[],
        is_proof: true,
        requires_nonce: false,
        now: NOW,
        skew: 5,
    }
}

fn attested(
    options: &KeyAttestationOptions,
    policy: &KeyAttestationPolicy<'_>,
) -> Result<VerifiedKeyAttestation, Error> {
    let provider = key("provider");
    let token = options.sign(&provider, None);
    KeyAttestation::parse(&token)?.verify(&provider.public_jwk(), policy)
}

fn issuance_rule<T: std::fmt::Debug>(result: Result<T, Error>) -> vci::Rule {
    match result {
        Err(Error::Issuance { rule, .. }) => rule,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_attestation_needs_a_nonce_as_a_proof_and_an_end_within_one() {
    let proof = as_proof();
    let with_nonce = KeyAttestationPolicy {
        requires_nonce: true,
        ..proof
    };
    let within_proof = KeyAttestationPolicy {
        is_proof: false,
        ..with_nonce
    };
    let endless = attesting(1);
    let ending = KeyAttestationOptions {
        expires_at: Some(after(60)),
        ..attesting(1)
    };
    assert!(attested(&endless, &proof).is_ok());
    assert_eq!(
        issuance_rule(attested(&endless, &with_nonce)),
        vci::Rule::ProofNonceMissing
    );
    assert!(attested(&ending, &within_proof).is_ok());
    assert_eq!(
        issuance_rule(attested(&endless, &within_proof)),
        vci::Rule::Missing
    );
}

#[test]
fn messages_have_a_limited_length() {
    type Parse = fn(&str) -> Error;
    let tokens: [(usize, Parse); 3] = [
        (64 * 1024, |text| Proof::parse(text).map(drop).unwrap_err()),
        (256 * 1024, |text| {
            KeyAttestation::parse(text).map(drop).unwrap_err()
        }),
        (512 * 1024, |text| {
            RequestObject::parse(text).map(drop).unwrap_err()
        }),
    ];
    for (limit, parse) in tokens {
        let source = |length| match parse(&"a".repeat(length)) {
            Error::Token { source, .. } => source,
            other => panic!("{other:?}"),
        };
        assert!(
            matches!(source(limit), air_jwt::Error::MalformedToken { .. }),
            "{limit}"
        );
        assert!(
            matches!(source(limit + 1), air_jwt::Error::TokenTooLong { .. }),
            "{limit}"
        );
    }
    let response = |length| ResponseBody::parse(&vec![b'a'; length]).unwrap_err();
    let limit = 4 * 1024 * 1024;
    assert!(matches!(response(limit), Error::Presentation { .. }));
    assert!(matches!(response(limit + 1), Error::TooLong { .. }));
}

#[test]
fn an_attestation_has_1_to_256_keys() {
    assert_eq!(attested(&attesting(256), &as_proof()).unwrap().keys.len(), 256);
    for count in [0, 257] {
        let refused = attested(&attesting(count), &as_proof());
        assert_eq!(issuance_rule(refused), vci::Rule::AttestedKeys, "{count}");
    }
}

#[test]
fn a_request_object_begins_at_the_latest_after_the_skew() {
    for name in ["iat", "nbf"] {
        assert_eq!(broken(&members_with(name, json!(after(5)))), None, "{name}");
        let late = members_with(name, json!(after(6)));
        assert_eq!(broken(&late), Some(Rule::Validity), "{name}");
    }
}

#[test]
fn the_key_of_a_did_has_a_fragment() {
    let request = request(RequestOptions::default()).unwrap();
    for kid in [
        "did:web:verifier.example#",
        "did:web:verifier.example.other",
        "did:web:verifier.example/#1",
        "did:web:verifier.example",
    ] {
        assert_eq!(rule(request.sign(&key(kid))), Rule::PrefixedId, "{kid}");
    }
    assert!(request.sign(&key("did:web:verifier.example#1")).is_ok());
}

#[test]
fn a_request_object_may_have_a_verifier_attestation() {
    let encode = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let members = request(RequestOptions::default()).unwrap().to_members();
    let payload = encode(Value::Object(members));
    for (attestation, expected) in [(json!("a.b.c"), Some("a.b.c")), (json!(7), None)] {
        let header = encode(json!({ "alg": "ES256", "typ": REQUEST, "jwt": attestation }));
        let jwt = format!("{header}.{payload}.AAAA");
        let read = RequestObject::parse(&jwt).unwrap();
        assert_eq!(read.verifier_attestation(), expected);
    }
}

#[test]
fn a_token_has_at_most_64_queries_and_presentations() {
    let limit = Rule::Limit { most: 64 };
    let queries = |count: usize| {
        let members = (0..count).map(|index| (index.to_string(), json!(["presentation"])));
        VpToken::from_value(&Value::Object(members.collect()))
    };
    assert_eq!(queries(64).unwrap().presentations().count(), 64);
    assert_eq!(rule(queries(65)), limit);
    let presentations = |count: usize| VpToken::from_value(&json!({ "id": vec!["presentation"; count] }));
    assert!(presentations(64).is_ok());
    assert_eq!(rule(presentations(65)), limit);
}

#[test]
fn transaction_data_has_a_limited_length_and_number() {
    let with = |filler: usize| {
        let details = json!({ "type": "payment", "credential_ids": ["id"], "note": "n".repeat(filler) });
        TransactionData::parse(&URL_SAFE_NO_PAD.encode(details.to_string()))
    };
    // Base64url has four characters for three bytes.
    let most = 64 * 1024;
    let rest = most / 4 * 3
        - json!({ "type": "payment", "credential_ids": ["id"], "note": "" })
            .to_string()
            .len();
    assert_eq!(with(rest).unwrap().as_str().len(), most);
    assert_eq!(rule(with(rest + 1)), Rule::Limit { most });

    let item = with(0).unwrap();
    let items = |count: usize| members_with("transaction_data", json!(vec![item.as_str(); count]));
    assert_eq!(broken(&items(32)), None);
    assert_eq!(broken(&items(33)), Some(Rule::Limit { most: 32 }));
}
