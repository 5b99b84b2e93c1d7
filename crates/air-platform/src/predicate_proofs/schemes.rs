//! The schemes of programs: what issuer, holders and verifiers must know alike.

use air_api::sandbox::CreateProgram;
use air_ids::{PartnerId, ProgramId, UnixTime};
use air_ledger::merkle;
use air_store::{
    WriteTx, ledger,
    predicate_keys::{self, PredicateKey},
    predicate_schemes,
};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::program::{Command, Keys, Terms, refusal, require_option, run, unexpected};
use crate::{App, Refusal, stored::find_stored_schema};

/// The length of an epoch in seconds. A revoked credential can be presented until its epoch ends.
const EPOCH_SECONDS: u64 = 24 * 60 * 60;

/// The scheme of a program that does not exist yet, with a key for an issuer without one.
pub(crate) struct PreparedScheme {
    key: PredicateKey,
    scheme: Map<String, Value>,
}

/// Prepares a program's scheme: the program works the layout out. Returns `None` for a program without predicate proofs. Don't hold a
/// transaction.
pub(crate) async fn prepare(app: &App, new: &CreateProgram) -> Result<Option<PreparedScheme>, Refusal> {
    if !new.predicate_proofs {
        if new.scales.is_empty() {
            return Ok(None);
        }
        return Err(Refusal::bad_request("scales: must be with predicateProofs"));
    }
    if app.predicate_program.is_none() {
        return Err(Refusal::conflict(
            "predicateProofs: this platform was started without them; they are experimental, and its operator can turn them on",
        ));
    }
    let mut read = app.store.read().await?;
    let schema = find_stored_schema(&mut read, new.schema_id.as_str()).await?;
    drop(read);
    let Some(partner) = app.cache.partner(&app.store, new.partner_id.as_str()).await? else {
        // Creation refuses an unknown partner.
        return Ok(None);
    };
    let terms = Terms {
        issuer: partner.issuer_did.as_str().to_owned(),
        schema_id: schema.schema_id.as_str().to_owned(),
        schema: serde_json::from_str(&schema.form).map_err(Refusal::internal)?,
        scales: new.scales.clone(),
        epoch_seconds: EPOCH_SECONDS,
    };
    let answer: Result<Keys, _> = run(app, Command::Keys { terms }).await;
    let prepared = answer.and_then(|keys| PreparedScheme::of(keys).ok_or_else(unexpected));
    let in_field = |reason: &str| Refusal::bad_request(format!("predicateProofs: {reason}"));
    prepared.map(Some).map_err(|error| refusal(error, in_field))
}

impl PreparedScheme {
    fn of(keys: Keys) -> Option<Self> {
        let secret = hex::decode(keys.key.as_str()).ok()?;
        let public_key = keys.scheme.get("publicKey")?.as_str()?.to_owned();
        Some(Self {
            key: PredicateKey { secret, public_key },
            scheme: keys.scheme,
        })
    }

    /// Stores the scheme of a new program with the issuer's one key, and appends its digest to the ledger.
    pub(crate) async fn insert(
        mut self,
        tx: &mut WriteTx,
        partner_id: &PartnerId,
        program_id: &ProgramId,
        now: UnixTime,
    ) -> Result<(), Refusal> {
        predicate_keys::insert_if_missing(tx, partner_id, &self.key, now).await?;
        let kept = predicate_keys::find(tx, partner_id).await?;
        let kept = kept.ok_or_else(|| Refusal::internal("a key that was stored is missing"))?;
        self.scheme.insert("publicKey".to_owned(), kept.public_key.into());
        let document = serde_json::to_string(&self.scheme).map_err(Refusal::internal)?;
        predicate_schemes::insert(tx, program_id, &document, now).await?;
        Ok(ledger::append_once(tx, &leaf_of(&document)).await?)
    }
}

/// The leaf of a scheme in the ledger, whose entry is the SHA-256 of the document.
fn leaf_of(document: &str) -> merkle::Hash {
    merkle::leaf_hash(&Sha256::digest(document))
}

/// A scheme as it is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SchemeDocument {
    /// The JSON document, whose bytes the ledger has the digest of.
    pub text: String,
    /// The hash of its transaction in the ledger: `0x` and 64 hex digits.
    pub transaction_hash: String,
}

/// `GET /sandbox/v1/proof-schemes/{program}`: the scheme of a program.
pub async fn scheme(app: &App, program_id: &str) -> Result<SchemeDocument, Refusal> {
    require_option(app)?;
    let found = predicate_schemes::find(&mut *app.store.read().await?, program_id).await?;
    let text = found.ok_or_else(no_scheme)?;
    Ok(SchemeDocument {
        transaction_hash: format!("0x{}", hex::encode(leaf_of(&text))),
        text,
    })
}

/// Returns whether credentials of a program can be signed for proofs.
pub async fn has_scheme(app: &App, program_id: &ProgramId) -> Result<bool, Refusal> {
    if app.predicate_program.is_none() {
        return Ok(false);
    }
    let found = predicate_schemes::find(&mut *app.store.read().await?, program_id.as_str()).await?;
    Ok(found.is_some())
}

pub(super) fn no_scheme() -> Refusal {
    Refusal::not_found("no such issuance program with predicate proofs")
}

/// The URL of a program's scheme.
pub(super) fn url_of(app: &App, program_id: &ProgramId) -> String {
    format!("{}/sandbox/v1/proof-schemes/{program_id}", app.public_url)
}

/// Reads a stored scheme.
pub(super) fn parse(document: &str) -> Result<Map<String, Value>, Refusal> {
    serde_json::from_str(document).map_err(Refusal::internal)
}

/// Returns the secret key of an issuer, in hex digits.
pub(super) async fn secret_of(app: &App, partner_id: &PartnerId) -> Result<Zeroizing<String>, Refusal> {
    let found = predicate_keys::find(&mut *app.store.read().await?, partner_id).await?;
    let key = found.ok_or_else(|| Refusal::internal("an issuer with a scheme and without its key"))?;
    let secret = Zeroizing::new(key.secret);
    Ok(Zeroizing::new(hex::encode(secret.as_slice())))
}
