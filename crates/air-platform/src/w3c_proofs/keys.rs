//! The keys with which issuers sign proofs. Those on P-256 are the keys that sign SD-JWT VCs. The others belong to one suite each.

use std::collections::BTreeMap;

use air_api::sandbox::ProofSuite;
use air_ids::UnixTime;
use air_store::{
    partners::Partner,
    proof_keys::{self, ProofKey},
};
use rand::Rng;
use serde_json::{Map, Value, json};
use zeroize::Zeroizing;

use super::program::{Command, Issue, ProofCommand, ask, unexpected};
use crate::proof_program::ProofError;
use crate::{App, Refusal};

/// A secret key, and the URL with which proofs name it.
pub(super) struct SigningKey {
    pub(super) method: String,
    /// PEM on P-256, and otherwise 64 hex digits.
    pub(super) secret: Zeroizing<String>,
}

/// The reason why there is no key.
pub(super) enum NoKey {
    Program(ProofError),
    Refused(Refusal),
}

impl<E: Into<Refusal>> From<E> for NoKey {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// Returns the URL of an issuer's key for a suite that is not on P-256.
pub(super) fn method(issuer_did: &str, suite: ProofSuite) -> String {
    format!("{issuer_did}#{suite}")
}

/// Returns the URL of an issuer's key on P-256.
pub(super) fn p256_method(issuer_did: &str, kid: &str) -> String {
    format!("{issuer_did}#{kid}")
}

/// Returns the key of an issuer for a suite. The first use makes it.
pub(super) async fn signing_key(
    app: &App,
    partner: &Partner,
    suite: ProofSuite,
) -> Result<SigningKey, NoKey> {
    if suite.has_p256_key() {
        return p256_key(app, partner).map_err(NoKey::Refused);
    }
    let mut read = app.store.read().await?;
    let kept = proof_keys::find(&mut read, &partner.partner_id, suite).await?;
    drop(read);
    match kept {
        Some(key) => Ok(named(partner, suite, &key)),
        None => make(app, partner, suite).await,
    }
}

fn p256_key(app: &App, partner: &Partner) -> Result<SigningKey, Refusal> {
    let key = app.cache.issuer_key(partner)?;
    Ok(SigningKey {
        method: p256_method(partner.issuer_did.as_str(), key.kid().as_str()),
        secret: key.expose_pkcs8_pem(),
    })
}

fn named(partner: &Partner, suite: ProofSuite, key: &ProofKey) -> SigningKey {
    SigningKey {
        method: method(partner.issuer_did.as_str(), suite),
        secret: Zeroizing::new(hex::encode(&key.secret)),
    }
}

/// Makes a key. The program computes its public half, so that the platform needs no curve of the suite.
async fn make(app: &App, partner: &Partner, suite: ProofSuite) -> Result<SigningKey, NoKey> {
    let new = ProofKey {
        secret: new_secret().to_vec(),
        public_key: String::new(),
    };
    let key = named(partner, suite, &new);
    let public_key = try_out(app, partner.issuer_did.as_str(), suite, &key)
        .await
        .map_err(NoKey::Program)?;
    let new = ProofKey { public_key, ..new };
    let mut tx = app.store.write().await?;
    let (id, now) = (&partner.partner_id, app.platform_clock.now());
    // Another call may have been first.
    proof_keys::insert_if_missing(&mut tx, id, suite, &new, now).await?;
    let kept = proof_keys::find(&mut tx, id, suite).await?;
    app.commit(tx).await?;
    let kept = kept.ok_or_else(|| Refusal::internal("a key that was stored is missing"))?;
    Ok(named(partner, suite, &kept))
}

/// As [`try_out`], for an issuer that does not exist yet: the key is thrown away.
pub(super) async fn try_out_suite(app: &App, suite: ProofSuite) -> Result<(), ProofError> {
    let issuer_did = "did:example:trial";
    let secret = if suite.has_p256_key() {
        air_jwt::SigningKey::generate(&mut rand::rng()).expose_pkcs8_pem()
    } else {
        Zeroizing::new(hex::encode(new_secret().as_slice()))
    };
    let key = SigningKey {
        method: method(issuer_did, suite),
        secret,
    };
    try_out(app, issuer_did, suite, &key).await.map(drop)
}

fn new_secret() -> Zeroizing<[u8; 32]> {
    let mut secret = Zeroizing::new([0; 32]);
    rand::rng().fill_bytes(&mut *secret);
    secret
}

/// Signs a document without personal data, so that a missing program is noticed before the first holder asks. Returns the public key.
pub(super) async fn try_out(
    app: &App,
    issuer_did: &str,
    suite: ProofSuite,
    key: &SigningKey,
) -> Result<String, ProofError> {
    let command = ProofCommand(Command::Issue(Issue {
        suite: suite.as_str(),
        issuer: issuer_did.to_owned(),
        verification_method: key.method.clone(),
        key: key.secret.clone(),
        subject: Map::from_iter([("name".to_owned(), json!("trial"))]),
        types: Vec::new(),
        holder: None,
        id: None,
        valid_from: UnixTime::from_secs(0).as_secs(),
        valid_until: None,
        statuses: Vec::new(),
        context: Vec::new(),
        contexts: BTreeMap::new(),
    }));
    let answer = ask(app, &command).await?;
    let public_key = answer.document.get("publicKeyMultibase").and_then(Value::as_str);
    match (public_key, answer.exit_code) {
        (Some(key), Some(0)) if key.starts_with('z') && key.len() <= 256 => Ok(key.to_owned()),
        _ => Err(unexpected()),
    }
}
