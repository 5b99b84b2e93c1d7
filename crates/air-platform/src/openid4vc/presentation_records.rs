//! Records of the presentations of wallets, for the pages of their users: names of claims, and no values.

use air_ids::UnixTime;

use super::presented::Verified;
use crate::{Refusal, ids, stored::find_schema};
use air_store::{
    WriteTx, credentials,
    presentation_requests::PresentationRequest,
    presentations::{self, Presentation},
};

/// Records a presentation with its result, in the transaction that stores the outcome of the request.
pub(super) async fn record(
    tx: &mut WriteTx,
    request: &PresentationRequest,
    presented: &Verified,
    status: &str,
    now: UnixTime,
) -> Result<(), Refusal> {
    // The platform knows the holders of its own credentials only.
    let Some(held) = credentials::find(tx, &presented.core_claim_hash).await? else {
        return Ok(());
    };
    let schema = find_schema(tx, held.schema_id.as_str()).await?;
    let claims = presented.content.claims();
    let names = schema
        .attributes()
        .iter()
        .map(|attribute| attribute.name().as_str());
    let names: Vec<&str> = names
        .filter(|name| claims.is_some_and(|claims| claims.contains_key(*name)))
        .collect();
    let presentation = Presentation {
        presentation_id: &ids::uuid(),
        request_id: &request.request_id,
        partner_id: &request.partner_id,
        program_id: &request.program_id,
        user_uuid: &held.user_uuid,
        core_claim_hash: &held.core_claim_hash,
        disclosed: &serde_json::to_string(&names).map_err(Refusal::internal)?,
        status,
        presented_at: now,
    };
    Ok(presentations::insert(tx, &presentation).await?)
}
