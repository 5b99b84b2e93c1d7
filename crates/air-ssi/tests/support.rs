//! A schema, its issuer and its subject.

use air_jwt::SigningKey;
use air_schema::{CredentialSchema, DocumentUris};
use air_ssi::{
    Contexts, Error, Issuer, IssuerKey, IssuerKeys, ProofTerms, Suite, VerificationOutcome, Verifier,
    W3cCredential,
};
use air_vc::{ClaimPath, UnixTime, w3c::W3cIssueOptions};
use serde_json::{Map, Value, json};

pub(crate) const ISS: &str = "did:web:issuer.example";
pub(crate) const METHOD: &str = "did:web:issuer.example#key-1";
/// A whole day.
pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_799_971_200);

pub(crate) fn uris() -> DocumentUris {
    DocumentUris::new(
        "https://issuer.example/kyc.json",
        "https://issuer.example/kyc.jsonld",
    )
    .unwrap()
}

pub(crate) fn schema() -> CredentialSchema {
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
    CredentialSchema::from_slice(form.to_string().as_bytes()).unwrap()
}

pub(crate) fn contexts() -> Contexts {
    Contexts::new().with_schema(&schema(), &uris()).unwrap()
}

pub(crate) fn subject() -> Map<String, Value> {
    object(&json!({
        "givenName": "Ada",
        "riskScore": 12,
        "ratio": 0.25,
        "isOver18": true,
        "birthDate": "1990-12-10",
    }))
}

pub(crate) fn object(value: &Value) -> Map<String, Value> {
    value.as_object().unwrap().clone()
}

pub(crate) fn append(array: &mut Value, item: Value) {
    array.as_array_mut().unwrap().push(item);
}

pub(crate) fn paths(texts: &[&str]) -> Vec<ClaimPath> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

pub(crate) fn options() -> W3cIssueOptions {
    W3cIssueOptions {
        types: vec![schema().type_name().to_owned()],
        contexts: vec![uris().json_ld_context().to_owned()],
        valid_from: NOW,
        ..W3cIssueOptions::default()
    }
}

/// An issuer with a key that fits the suite.
pub(crate) struct Setup {
    pub(crate) suite: Suite,
    pub(crate) key: IssuerKey,
    pub(crate) keys: IssuerKeys,
    pub(crate) contexts: Contexts,
}

impl Setup {
    pub(crate) fn new(suite: Suite) -> Self {
        let key = match suite {
            Suite::EddsaRdfc2022 => IssuerKey::ed25519(&[7; 32]),
            Suite::Bbs2023 => IssuerKey::bbs(&[7; 32]).unwrap(),
            _ => IssuerKey::try_from(SigningKey::generate(&mut rand::rng())).unwrap(),
        };
        Self {
            suite,
            keys: IssuerKeys::new().with(METHOD, key.public().clone()),
            key,
            contexts: contexts(),
        }
    }

    pub(crate) fn issuer(&self) -> Issuer<'_> {
        Issuer::new(ISS, METHOD, &self.key, &self.contexts)
    }

    pub(crate) fn terms(&self) -> ProofTerms {
        ProofTerms::new(self.suite)
    }

    pub(crate) fn issue(&self, subject: &Map<String, Value>) -> Result<W3cCredential, Error> {
        self.issuer().issue(&self.terms(), &options(), subject)
    }

    /// The verifier's input: the credential, or a presentation of all its claims.
    pub(crate) fn shown(&self) -> Value {
        let credential = self.issue(&subject()).unwrap();
        let text = if self.suite.is_selective() {
            let presented = credential.present(&self.contexts, self.key.public(), &paths(&["*"]));
            presented.unwrap().into_string()
        } else {
            credential.into_string()
        };
        serde_json::from_str(&text).unwrap()
    }

    pub(crate) fn verifier(&self) -> Verifier<'_> {
        Verifier::new(ISS, &self.keys, &self.contexts)
            .with_checks(|checks| checks.requiring_type("KycIdentity"))
    }

    pub(crate) fn examine(&self, document: &Value) -> VerificationOutcome {
        self.verifier().examine(&document.to_string(), NOW)
    }
}
