//! The mdocs of wallets, as the store keeps them.

use air_ids::UnixTime;
use air_jwt::SigningKey;
use air_mdoc::{DocType, IssuerSigned, PinnedIssuer, Verifier, to_json};
use serde_json::{Map, Value};

use crate::Refusal;

/// Returns the elements of an mdoc, without a verification.
pub(crate) fn claims_of(credential: &str) -> Result<Map<String, Value>, Refusal> {
    read(credential).map(|signed| elements(&signed))
}

/// Verifies an mdoc like any verifier with its issuer's key, except that nobody presents it.
/// Returns its elements.
pub(crate) fn verified_claims(
    credential: &str,
    doc_type: &str,
    key: &SigningKey,
    now: UnixTime,
) -> Result<Map<String, Value>, Refusal> {
    let signed = read(credential)?;
    let doc_type: DocType = doc_type.parse().map_err(Refusal::internal)?;
    Verifier::new(&PinnedIssuer::new(key.verifying_key().clone()))
        .requiring_doc_type(doc_type)
        // The store has already checked the status.
        .verify_issuer_signed(&signed, now)
        .map_err(Refusal::internal)?;
    Ok(elements(&signed))
}

fn read(credential: &str) -> Result<IssuerSigned, Refusal> {
    IssuerSigned::from_base64url(credential).map_err(Refusal::internal)
}

fn elements(signed: &IssuerSigned) -> Map<String, Value> {
    let items = signed.namespaces().flat_map(|(_, items)| items);
    items
        .map(|item| (item.identifier().as_str().to_owned(), to_json(item.value())))
        .collect()
}
