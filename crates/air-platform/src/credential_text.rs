//! The formats of stored credentials: SD-JWT VCs, and the mdocs of wallets.

use air_api::sandbox::CredentialFormat;
use air_vc::Inspection;
use serde_json::{Map, Value};

use crate::{Refusal, mdocs};

/// Returns the format of a stored credential. A compact SD-JWT has a `~`, which base64url does not.
#[must_use]
pub fn format_of(credential: &str) -> CredentialFormat {
    if credential.contains('~') {
        CredentialFormat::SdJwtVc
    } else {
        CredentialFormat::Mdoc
    }
}

/// Returns the claims of a stored credential, without a verification: of an SD-JWT VC those of the
/// subject and of the issuance, of an mdoc its elements.
///
/// # Errors
/// If the credential is malformed.
pub fn claims_of(credential: &str) -> Result<Map<String, Value>, Refusal> {
    if format_of(credential) == CredentialFormat::Mdoc {
        return mdocs::claims_of(credential);
    }
    let inspection = Inspection::of(credential).map_err(Refusal::internal)?;
    Ok(inspection.claims)
}
