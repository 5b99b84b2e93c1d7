//! The formats of stored credentials: SD-JWT VCs, and the mdocs of wallets.

use air_api::sandbox::CredentialFormat;
use air_mdoc::{IssuerSigned, to_json};
use air_vc::Inspection;
use serde_json::{Map, Value};

use crate::Refusal;

/// Returns the format of a stored credential. A compact SD-JWT has a `~`, which base64url does not.
#[must_use]
pub fn format_of(credential: &str) -> CredentialFormat {
    if credential.contains('~') {
        CredentialFormat::SdJwtVc
    } else {
        CredentialFormat::Mdoc
    }
}

/// Returns the claims of a stored credential, without a verification: of an SD-JWT VC those of the subject and of the issuance, of an
/// mdoc its elements.
///
/// # Errors
/// If the credential is malformed.
pub fn claims_of(credential: &str) -> Result<Map<String, Value>, Refusal> {
    if format_of(credential) != CredentialFormat::Mdoc {
        let inspection = Inspection::of(credential).map_err(Refusal::internal)?;
        return Ok(inspection.claims);
    }
    let credential = IssuerSigned::from_base64url(credential).map_err(Refusal::internal)?;
    let items = credential.namespaces().flat_map(|(_, items)| items);
    Ok(items
        .map(|item| (item.identifier().as_str().to_owned(), to_json(item.value())))
        .collect())
}
