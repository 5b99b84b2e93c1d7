//! The credentials in a user's wallet.

use air_api::sandbox::{CredentialFormat, ProofSuite};
use air_ids::{CoreClaimHash, Curve, IssuerDid, UnixTime, UserUuid};
use air_schema::CredentialSchema;
use air_store::holder::{self, HeldCredential};
use serde_json::{Map, Value};

use crate::{
    App, Refusal, credential_text,
    listed::{Listed, window},
};

/// A credential in a user's wallet.
#[expect(missing_debug_implementations, reason = "it has personal data")]
pub struct Credential {
    /// The `coreClaimHash`.
    pub core_claim_hash: CoreClaimHash,
    /// The title.
    pub title: String,
    /// The format.
    pub format: CredentialFormat,
    /// The issuer's name.
    pub issuer: String,
    /// The issuer's DID.
    pub issuer_did: IssuerDid,
    /// The claims, in the order of the schema.
    pub claims: Vec<Claim>,
    /// The state now.
    pub state: CredentialState,
    /// The time of issuance.
    pub issued_at: UnixTime,
    /// The end of the lifetime.
    pub expires_at: Option<UnixTime>,
    /// The time of the revocation.
    pub revoked_at: Option<UnixTime>,
    /// Whether documents that belong to the credential are sealed to a key of the user.
    pub cak: CakState,
    /// Whether it is a copy for another wallet.
    pub is_copy: bool,
    /// The suite of the proof with which it can be exported as a W3C credential now.
    pub proof: Option<ProofSuite>,
}

/// A claim, as its holder reads it.
#[expect(missing_debug_implementations, reason = "it has personal data")]
pub struct Claim {
    /// The title.
    pub title: String,
    /// The value.
    pub value: Value,
}

/// The state of a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CredentialState {
    /// It is valid.
    Valid,
    /// Its lifetime has ended.
    Expired,
    /// Its issuer revoked it.
    Revoked,
}

impl CredentialState {
    /// Returns the state at `now`.
    #[must_use]
    pub fn of(revoked_at: Option<UnixTime>, expires_at: Option<UnixTime>, now: UnixTime) -> Self {
        match (revoked_at, expires_at) {
            (Some(_), _) => Self::Revoked,
            (None, Some(at)) if at <= now => Self::Expired,
            _ => Self::Valid,
        }
    }
}

/// The key to which documents are sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CakState {
    /// The program seals nothing to the user.
    Off,
    /// The user has not accepted yet, so that the issuer has no key of the user.
    Missing,
    /// The curve, and the public key in hex.
    Given(Curve, String),
}

/// Lists the credentials in a user's wallet, newest first.
pub async fn credentials(app: &App, user_uuid: &UserUuid, page: u32) -> Result<Listed<Credential>, Refusal> {
    let now = app.platform_clock.now();
    let mut read = app.store.read().await?;
    let rows = holder::held(&mut read, user_uuid, window(page)).await?;
    let rows = rows.into_iter().map(|row| shown(row, now));
    Ok(Listed {
        rows: rows.collect::<Result<_, _>>()?,
        total: holder::count_held(&mut read, user_uuid).await?,
    })
}

/// Finds a credential in a user's wallet.
pub async fn credential(
    app: &App,
    user_uuid: &UserUuid,
    core_claim_hash: &str,
) -> Result<Credential, Refusal> {
    let row = find(app, user_uuid, core_claim_hash).await?;
    shown(row, app.platform_clock.now())
}

pub(crate) async fn find(
    app: &App,
    user_uuid: &UserUuid,
    core_claim_hash: &str,
) -> Result<HeldCredential, Refusal> {
    let found = holder::find_held(&mut *app.store.read().await?, user_uuid, core_claim_hash).await?;
    found.ok_or_else(no_such_credential)
}

pub(crate) fn no_such_credential() -> Refusal {
    Refusal::not_found("no such credential in your wallet")
}

fn shown(row: HeldCredential, now: UnixTime) -> Result<Credential, Refusal> {
    let schema = schema_of(&row)?;
    let claims = claims_of(&row)?;
    let state = CredentialState::of(row.revoked_at, row.expires_at, now);
    Ok(Credential {
        proof: row
            .proof
            .filter(|_| state == CredentialState::Valid && !row.is_copy),
        title: schema.title().to_owned(),
        format: credential_text::format_of(&row.credential),
        claims: named(&schema, &claims),
        state,
        cak: match (row.cak, row.curve.zip(row.cak_public_key)) {
            (_, Some((curve, key))) => CakState::Given(curve, key),
            (true, None) => CakState::Missing,
            (false, None) => CakState::Off,
        },
        core_claim_hash: row.core_claim_hash,
        issuer: row.issuer_name,
        issuer_did: row.issuer_did,
        issued_at: row.issued_at,
        expires_at: row.expires_at,
        revoked_at: row.revoked_at,
        is_copy: row.is_copy,
    })
}

/// Returns the claims of the schema's attributes, in its order.
pub(super) fn named(schema: &CredentialSchema, claims: &Map<String, Value>) -> Vec<Claim> {
    let named = schema.attributes().iter().filter_map(|attribute| {
        let name = attribute.name().as_str();
        Some(Claim {
            title: attribute.title().unwrap_or(name).to_owned(),
            value: claims.get(name)?.clone(),
        })
    });
    named.collect()
}

pub(crate) fn schema_of(row: &HeldCredential) -> Result<CredentialSchema, Refusal> {
    CredentialSchema::from_slice(row.form.as_bytes()).map_err(Refusal::internal)
}

/// Returns all claims of the credential: those of the subject, and those of the issuance.
pub(crate) fn claims_of(row: &HeldCredential) -> Result<Map<String, Value>, Refusal> {
    credential_text::claims_of(&row.credential)
}
