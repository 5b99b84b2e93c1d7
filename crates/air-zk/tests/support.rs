//! An issuer, a holder and a verifier.

use std::time::Duration;

use air_ids::{IssuerDid, SchemaId, UnixTime, VcId};
use air_schema::CredentialSchema;
use air_zk::{
    Condition, Credential, CredentialScheme, EpochSchedule, EpochToken, Error, HolderSecret,
    IssuedCredential, IssuerKey, Predicate, Presentation, Request, SchemaLayout, Verified,
};
use serde_json::{Map, Value, json};

pub(crate) const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);
pub(crate) const ISSUER: &str = "did:air:id:test:issuer";
pub(crate) const VERIFIER: &str = "did:web:verifier.example";
pub(crate) const PROGRAM: &str = "v-program";
pub(crate) const NONCE: [u8; 32] = [7; 32];
pub(crate) const CHALLENGE: [u8; 16] = [9; 16];
pub(crate) const SCALES: [(&str, u8); 1] = [("balance", 2)];

pub(crate) fn schema() -> CredentialSchema {
    let form = json!({
        "title": "Account",
        "attributes": [
            { "name": "name", "type": "string", "required": true },
            { "name": "country", "type": "string" },
            { "name": "birthDate", "type": "date" },
            { "name": "balance", "type": "number" },
            { "name": "level", "type": "integer" },
            { "name": "adult", "type": "boolean" },
            { "name": "seen", "type": "date-time" },
        ],
    });
    CredentialSchema::from_slice(form.to_string().as_bytes()).unwrap()
}

pub(crate) fn subject() -> Map<String, Value> {
    let subject = json!({
        "name": "Ada",
        "country": "PT",
        "birthDate": "1990-05-01",
        "balance": 1250.75,
        "level": 3,
        "adult": true,
        "seen": "2026-11-30T12:00:00.5Z",
    });
    subject.as_object().unwrap().clone()
}

pub(crate) fn schedule() -> EpochSchedule {
    EpochSchedule::new(Duration::from_hours(24)).unwrap()
}

/// An issuer with its key and a scheme.
pub(crate) struct Issuer {
    pub(crate) key: IssuerKey,
    pub(crate) scheme: CredentialScheme,
}

impl Issuer {
    pub(crate) fn new() -> Self {
        Self::of("schema-1", &schema(), &SCALES)
    }

    pub(crate) fn of(id: &str, schema: &CredentialSchema, scales: &[(&str, u8)]) -> Self {
        let key = IssuerKey::generate(&mut rand::rng());
        let layout = SchemaLayout::new(SchemaId::new(id).unwrap(), schema, scales).unwrap();
        let did = IssuerDid::new(ISSUER).unwrap();
        let scheme = CredentialScheme::new(key.public_key(), did, layout, schedule()).unwrap();
        Self { key, scheme }
    }

    pub(crate) fn issue(&self, subject: &Map<String, Value>) -> Wallet {
        let secret = HolderSecret::generate(&mut rand::rng());
        let (issued, id) = self.sign(&secret, subject);
        let credential = Credential::new(&self.scheme, &issued, &id, subject, &secret).unwrap();
        let token = self.token(&issued, NOW);
        Wallet { credential, token }
    }

    pub(crate) fn sign(
        &self,
        secret: &HolderSecret,
        subject: &Map<String, Value>,
    ) -> (IssuedCredential, VcId) {
        let rng = &mut rand::rng();
        let commitment = secret.commit(&self.scheme, &CHALLENGE, rng).unwrap();
        let id = VcId::new("c-1").unwrap();
        let issued = self
            .scheme
            .issue(&self.key, (&commitment, &CHALLENGE), &id, subject, rng);
        (issued.unwrap(), id)
    }

    pub(crate) fn token(&self, issued: &IssuedCredential, at: UnixTime) -> EpochToken {
        let epoch = schedule().epoch_at(at);
        let token = self
            .scheme
            .issue_token(&self.key, issued.revocation_nonce(), epoch, &mut rand::rng());
        token.unwrap()
    }

    pub(crate) fn present(&self, wallet: &Wallet, request: &Request) -> Result<Presentation, Error> {
        Presentation::new(
            &self.scheme,
            &wallet.credential,
            &wallet.token,
            request,
            &mut rand::rng(),
        )
    }

    /// Presents for a request, and verifies.
    pub(crate) fn run(&self, wallet: &Wallet, request: &Request) -> Result<Verified, Error> {
        self.present(wallet, request)?.verify(&self.scheme, request, NOW)
    }
}

pub(crate) struct Wallet {
    pub(crate) credential: Credential,
    pub(crate) token: EpochToken,
}

pub(crate) fn request() -> Request {
    let expires_at = NOW.saturating_add(Duration::from_mins(5));
    Request::new(VERIFIER, PROGRAM, &NONCE, expires_at).unwrap()
}

/// A request with one condition.
pub(crate) fn proving(attribute: &str, predicate: Predicate) -> Request {
    request().prove(Condition::new(attribute, predicate))
}
