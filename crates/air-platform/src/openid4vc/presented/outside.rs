//! Credentials of issuers outside this platform: their times and their status.

use air_ids::UnixTime;
use air_jwt::{NumericDate, jws::Unverified};
use air_mdoc::{CredentialStatus, ValidityInfo};
use air_vc::status::{Status, StatusListVerifier, StatusReference};
use air_x509::{CertificateChain, TrustList};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    NotVerified,
    listed::{Issuer, leaf_keys, untrusted},
};
use crate::{App, openid4vc::issuer_documents::STATUS_LIST_LIMIT};

/// A credential that the store does not have: its issuer is known by the trust list alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outside {
    /// The issuer's name in the trust list.
    pub party: String,
    /// The issuer identifier.
    pub issuer: String,
    /// The time of issuance; `None` if the credential does not have it.
    pub issued_at: Option<UnixTime>,
    /// The end of its validity.
    pub expires_at: Option<UnixTime>,
    /// Whether its status list says that it is revoked or suspended.
    pub is_revoked: bool,
}

impl Outside {
    /// Returns a credential without a revocation.
    pub(super) fn of_sd_jwt_vc(party: &str, issuer: &str, claims: &Map<String, Value>) -> Self {
        let date = |name: &str| claims.get(name).and_then(NumericDate::from_json);
        Self {
            party: party.to_owned(),
            issuer: issuer.to_owned(),
            issued_at: date("iat").map(NumericDate::floor),
            expires_at: date("exp").map(NumericDate::floor),
            is_revoked: false,
        }
    }

    /// Returns a credential without a revocation.
    pub(super) fn of_mdoc(party: &str, issuer: &str, validity: &ValidityInfo) -> Self {
        Self {
            party: party.to_owned(),
            issuer: issuer.to_owned(),
            issued_at: Some(validity.signed),
            expires_at: Some(validity.valid_until),
            is_revoked: false,
        }
    }
}

/// Returns the entry in a status list that an mdoc names.
pub(super) fn reference(status: Option<&CredentialStatus>) -> Result<Option<StatusReference>, NotVerified> {
    match status {
        None => Ok(None),
        Some(CredentialStatus::StatusList(named)) => Ok(Some(StatusReference {
            index: named.index,
            uri: named.uri.clone(),
        })),
        Some(_) => Err(NotVerified::invalid(
            "the credential names no status list, so its status can't be checked",
        )),
    }
}

/// The status list of a verified credential.
#[derive(Clone, Copy)]
pub(super) struct NamedStatus<'a> {
    pub(super) list: &'a TrustList,
    pub(super) issuer: &'a Issuer,
    /// The party of the trust list that issued the credential.
    pub(super) party: &'a str,
    pub(super) credential_type: &'a str,
    pub(super) reference: &'a StatusReference,
}

impl NamedStatus<'_> {
    /// Fetches the status list, and returns whether the credential is revoked or suspended. The issuer's signature over the URL must be
    /// verified first.
    pub(super) async fn is_revoked(self, app: &App) -> Result<bool, NotVerified> {
        let reference = self.reference;
        let document = app
            .issuer_documents
            .status_list(&reference.uri)
            .await
            .map_err(|error| unchecked(format!("the fetch failed: {error}")))?;
        let token = std::str::from_utf8(&document).map_err(|_| unchecked("it is not text"))?;
        let (token, now) = (token.trim(), app.machine_clock.now());
        let certified = self.certified_keys(token, now)?;
        let keys = certified.as_ref().unwrap_or(&self.issuer.keys);
        let status = StatusListVerifier::new(&self.issuer.name, keys, reference.uri.as_str())
            .verify(token, now)
            .and_then(|list| list.status(reference))
            .map_err(unchecked)?;
        match status {
            Status::Valid => Ok(false),
            Status::Invalid | Status::Suspended => Ok(true),
            other => Err(unchecked(format!(
                "the status {} has no known meaning",
                other.value()
            ))),
        }
    }

    /// Returns the key of the certificates in the token of a status list, which must belong to the same party of the trust list.
    fn certified_keys(&self, token: &str, now: UnixTime) -> Result<Option<air_jwt::JwkSet>, NotVerified> {
        let unverified = Unverified::parse(token, STATUS_LIST_LIMIT).map_err(unchecked)?;
        let Some(x5c) = unverified
            .header()
            .get("x5c")
            .filter(|_| self.issuer.is_certified)
        else {
            return Ok(None);
        };
        let chain = CertificateChain::from_x5c(x5c).map_err(unchecked)?;
        let (party, valid) = self
            .list
            .certified_issuer(chain, self.credential_type, now)
            .map_err(|error| untrusted(&error))?;
        if party.name() != self.party {
            return Err(unchecked("another issuer signed it"));
        }
        leaf_keys(&valid, unverified.header()).map(Some)
    }
}

/// Returns the error for a credential whose status is not known. Such a credential is not accepted.
fn unchecked(reason: impl std::fmt::Display) -> NotVerified {
    NotVerified::Invalid(format!("the credential's status list is refused: {reason}"))
}
