//! The parts of SD-JWT VCs for wallets that all credentials of a request share.

use air_jwt::jws::X5c;
use air_oid4vc::vci::IssuerId;
use air_vc::Integrity;

use super::issuer;
use crate::{
    App,
    issuance::{WalletProfile, credential_type},
    status_lists::Taken,
};

/// An issuer with the certificate chain of its key.
#[derive(Clone, Copy)]
pub(super) struct CertifiedIssuer<'a> {
    pub(super) id: &'a IssuerId,
    pub(super) x5c: &'a X5c,
}

impl<'a> CertifiedIssuer<'a> {
    /// Returns the profile of SD-JWT VCs of a schema. `vct_integrity` is the hash of its type metadata.
    pub(super) fn sd_jwt_vc(self, app: &App, schema_id: &str, vct_integrity: Integrity) -> WalletProfile<'a> {
        WalletProfile::SdJwtVc {
            issuer: self.id.as_str(),
            x5c: self.x5c,
            vct: issuer::type_url(app, schema_id),
            vct_integrity,
            other_type: credential_type(schema_id),
        }
    }
}

/// Returns the same entry with a reference to the wallet's URL of the list, whose token has the `iss` of the credential.
pub(super) fn for_wallet(issuer: &IssuerId, mut entry: Taken) -> Taken {
    let number = entry.reference.uri.rsplit('/').next().unwrap_or_default();
    entry.reference.uri = format!("{issuer}/statuslist/{number}");
    entry
}
