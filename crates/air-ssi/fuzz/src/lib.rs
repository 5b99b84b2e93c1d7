//! The fuzz target of the verifier: a function of bytes that must not panic, and whose answers must agree
//! with each other.

use std::{
    future::Future,
    pin::pin,
    sync::LazyLock,
    task::{Context, Poll, Waker},
};

use air_jwt::SigningKey;
use air_schema::{CredentialSchema, DocumentUris};
use air_ssi::{Contexts, Error, Issuer, IssuerKey, IssuerKeys, ProofTerms, Suite, Verifier, W3cCredential};
use air_vc::UnixTime;
use serde_json::{Map, Value, json};

const ISSUER: &str = "did:web:issuer.example";
const NOW: UnixTime = UnixTime::from_secs(1_799_971_200);

/// The issuer's keys by the name of their suites, and the pinned contexts.
struct Setup {
    contexts: Contexts,
    keys: IssuerKeys,
    ed25519: IssuerKey,
    bbs: IssuerKey,
}

static SETUP: LazyLock<Setup> = LazyLock::new(|| {
    let p256 = SigningKey::from_pem(include_str!("../../../air-jwt/tests/vectors/keys/ec-pkcs8.pem"))
        .expect("a key");
    let p256 = IssuerKey::try_from(p256).expect("a key on P-256");
    let ed25519 = IssuerKey::ed25519(&[7; 32]);
    let bbs = IssuerKey::bbs(&[7; 32]).expect("a key");
    let keys = [("p256", &p256), ("ed25519", &ed25519), ("bbs", &bbs)]
        .into_iter()
        .fold(IssuerKeys::new(), |keys, (name, key)| {
            keys.with(format!("{ISSUER}#{name}"), key.public().clone())
        });
    Setup {
        contexts: contexts(),
        keys,
        ed25519,
        bbs,
    }
});

fn contexts() -> Contexts {
    let form = json!({
        "title": "KYC identity",
        "type": "KycIdentity",
        "attributes": [
            { "name": "givenName", "type": "string", "required": true },
            { "name": "riskScore", "type": "integer", "required": true },
            { "name": "ratio", "type": "number", "required": true },
            { "name": "isOver18", "type": "boolean", "required": true },
            { "name": "birthDate", "type": "date", "required": true },
        ],
    });
    let schema = CredentialSchema::from_slice(form.to_string().as_bytes()).expect("a schema");
    let uris = DocumentUris::new(
        "https://issuer.example/kyc.json",
        "https://issuer.example/kyc.jsonld",
    )
    .expect("two URLs");
    Contexts::new().with_schema(&schema, &uris).expect("a context")
}

/// A credential or presentation; or a document that is signed here, with or without a proof.
pub fn w3c_rdf(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(verified) = verifier().verify(text, NOW) {
        let document: Value = serde_json::from_str(text).expect("a verified credential is JSON");
        if let Value::Object(subject) = &document["credentialSubject"] {
            assert_eq!(subject, verified.subject());
        }
    }
    present(text);
    if let Ok(Value::Object(mut document)) = serde_json::from_str(text) {
        document.remove("proof");
        document.insert("issuer".to_owned(), json!(ISSUER));
        sign(document);
    }
}

fn verifier() -> Verifier<'static> {
    Verifier::new(ISSUER, &SETUP.keys, &SETUP.contexts).with_checks(air_vc::Verifier::without_status)
}

/// A presentation of a credential verifies, or the credential is refused.
fn present(text: &str) {
    let Ok(credential) = W3cCredential::parse(text) else {
        return;
    };
    let all = ["*".parse().expect("a path")];
    if let Ok(presented) = credential.present(&SETUP.contexts, SETUP.bbs.public(), &all) {
        assert_not_forged(presented.as_str());
    }
}

/// A document that is signed has a proof that verifies.
fn sign(document: Map<String, Value>) {
    let terms = ProofTerms::new(Suite::EddsaRdfc2022);
    let issuer = Issuer::new(
        ISSUER,
        format!("{ISSUER}#ed25519"),
        &SETUP.ed25519,
        &SETUP.contexts,
    );
    if let Some(Ok(signed)) = ready(issuer.secure(&terms, document)) {
        assert_not_forged(signed.as_str());
    }
}

/// Other checks may refuse the document: its dates, for example.
fn assert_not_forged(text: &str) {
    let refused = verifier().verify(text, NOW).err();
    assert!(
        !matches!(
            refused,
            Some(Error::BadProof | Error::NotCovered { .. } | Error::KnownFault { .. })
        ),
        "{refused:?}"
    );
}

/// The output of a future that never waits.
fn ready<F: Future>(future: F) -> Option<F::Output> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}
