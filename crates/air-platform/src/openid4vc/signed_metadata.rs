//! The metadata of an issuer as a JWT.

use std::time::Duration;

use air_oid4vc::vci::IssuerMetadata;

use super::{certificates, issuer::issuer_id};
use crate::{App, Refusal, cache::Document};
use air_store::partners::Partner;

/// The lifetime of signed metadata.
const SIGNED_LIFETIME: Duration = Duration::from_hours(24);

/// Returns a document of [`metadata`](super::issuer::metadata) as a JWT that the partner's key for
/// credentials signed, with its certificate (OpenID4VCI 1.0, section 12.2.3).
pub async fn signed_metadata(app: &App, partner: &Partner, document: &Document) -> Result<Document, Refusal> {
    let (partner_id, now) = (partner.partner_id.as_str(), app.machine_clock.now());
    if let Some(token) = app.cache.wallets.signed_document(partner_id, document, now) {
        return Ok(token);
    }
    let issuer = issuer_id(app, partner_id)?;
    let metadata = IssuerMetadata::parse(document, &issuer).map_err(Refusal::internal)?;
    let x5c = certificates::issuer_chain(app, partner).await?;
    let key = app.cache.issuer_key(partner)?;
    let ends = now.saturating_add(SIGNED_LIFETIME);
    let token = metadata.sign(&key, Some(&*x5c), now, Some(ends));
    // A wallet may use the token for at least half of its lifetime.
    let renewed_at = now.saturating_add(SIGNED_LIFETIME / 2);
    Ok(app
        .cache
        .wallets
        .keep_signed_document(partner_id, document, renewed_at, token))
}
