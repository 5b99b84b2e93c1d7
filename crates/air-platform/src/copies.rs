//! Copies of a credential for other wallets of its holder: by offers of OpenID4VCI that the holder alone makes, or after an authorization
//! that a wallet began without an offer.
//!
//! A credential for a wallet is bound to a key of that wallet, so a copy is a second credential. It has the claims and the end of the first
//! one, and is revoked with it.

use std::time::Duration;

use air_api::sandbox::CreatedOffer;
use air_ids::{UnixTime, UserUuid};
use serde_json::{Map, Value};

use crate::{
    App, Refusal, copy_records, credential_text,
    holder::{claims_of, find, schema_of},
    ids, issuance,
    openid4vc::offers::{self, Terms},
};
use air_store::{
    holder::HeldCredential,
    wallet_exports::{self, WalletExport},
};

/// The lifetime of an offer.
const LIFETIME: Duration = Duration::from_mins(10);
/// The maximum number of listed copies. A wallet may receive several by one authorization.
const LISTED: u64 = 200;

/// Offers a copy of a credential of the user's wallet to the first wallet that has the link and the transaction code. It ends an earlier
/// offer that no wallet redeemed.
pub async fn offer(app: &App, user_uuid: &UserUuid, core_claim_hash: &str) -> Result<CreatedOffer, Refusal> {
    let row = find(app, user_uuid, core_claim_hash).await?;
    check(&row, app.platform_clock.now())?;
    let partner = app.cache.partner(&app.store, row.partner_id.as_str()).await?;
    let partner = partner.ok_or_else(|| Refusal::internal("a credential without its issuer"))?;
    let subject = subject(&row)?;
    issuance::check_order(
        app,
        &partner,
        &partner.issuer_did,
        row.program_id.as_str(),
        &subject,
    )
    .await
    .map_err(|refusal| refusal.about("the issuer can't issue a copy"))?;
    let terms = Terms {
        offer_id: ids::uuid(),
        program_id: row.program_id,
        format: credential_text::format_of(&row.credential),
        email: row.email,
        subject: &subject,
        replaces: false,
        lifetime: LIFETIME,
        has_transaction_code: true,
        needs_sign_in: false,
        defers_for: None,
        copied_from: Some(row.core_claim_hash),
    };
    let draft = offers::draft(app, &partner, terms)?;
    let hash = &row.core_claim_hash;
    let mut tx = app.store.write().await?;
    wallet_exports::end_unused(&mut tx, hash).await?;
    draft.insert(&mut tx).await?;
    copy_records::record(app, &mut tx, &draft.created.offer_id, hash).await?;
    app.commit(tx).await?;
    Ok(draft.created)
}

/// Lists the offered and received copies of a credential of the user's wallet, newest first.
pub async fn list(
    app: &App,
    user_uuid: &UserUuid,
    core_claim_hash: &str,
) -> Result<Vec<WalletExport>, Refusal> {
    let row = find(app, user_uuid, core_claim_hash).await?;
    let mut read = app.store.read().await?;
    Ok(wallet_exports::list(&mut read, &row.core_claim_hash, LISTED).await?)
}

fn check(row: &HeldCredential, now: UnixTime) -> Result<(), Refusal> {
    if row.is_copy {
        return Err(Refusal::conflict(
            "this credential is a copy for another wallet; offer the credential that it copies",
        ));
    }
    if row.revoked_at.is_some() || row.expires_at.is_some_and(|at| at <= now) {
        return Err(Refusal::conflict(
            "the credential is revoked or has expired; ask the issuer for a new one",
        ));
    }
    Ok(())
}

/// The claims of the subject, without those of the issuance.
fn subject(row: &HeldCredential) -> Result<Map<String, Value>, Refusal> {
    let schema = schema_of(row)?;
    let mut claims = claims_of(row)?;
    claims.retain(|name, _| {
        let mut attributes = schema.attributes().iter();
        attributes.any(|attribute| attribute.name().as_str() == name)
    });
    Ok(claims)
}
