//! Credentials of issuers outside this platform: their times and their status.

use air_ids::UnixTime;
use air_jwt::{JwkSet, NumericDate, jws::Unverified};
use air_mdoc::{CredentialStatus, StatusListCwt, ValidityInfo};
use air_vc::status::{Status, StatusListClaims, StatusListVerifier, StatusReference, VerifiedStatusList};
use air_x509::{CertificateChain, TrustList, ValidChain};
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

impl<'a> NamedStatus<'a> {
    /// Fetches the status list, and returns whether the credential is revoked or suspended. The issuer's signature over the URL must be
    /// verified first.
    pub(super) async fn is_revoked(self, app: &App) -> Result<bool, NotVerified> {
        let reference = self.reference;
        let document = app
            .issuer_documents
            .status_list(&reference.uri)
            .await
            .map_err(|error| unchecked(format!("the fetch failed: {error}")))?;
        let now = app.machine_clock.now();
        // A JWT is text; a CBOR array or tag begins with a byte that is not ASCII.
        let list = if document.first().is_some_and(u8::is_ascii) {
            self.read_jwt(&document, now)?
        } else {
            self.read_cwt(&document, now)?
        };
        let status = list.status(reference).map_err(unchecked)?;
        match status {
            Status::Valid => Ok(false),
            Status::Invalid | Status::Suspended => Ok(true),
            other => Err(unchecked(format!(
                "the status {} has no known meaning",
                other.value()
            ))),
        }
    }

    fn read_jwt(self, token: &[u8], now: UnixTime) -> Result<VerifiedStatusList, NotVerified> {
        let token = std::str::from_utf8(token).map_err(|_| unchecked("it is not text"))?;
        let token = token.trim();
        let unverified = Unverified::parse(token, STATUS_LIST_LIMIT).map_err(unchecked)?;
        let x5c = unverified.header().get("x5c");
        let certified = match x5c.filter(|_| self.issuer.is_certified) {
            Some(x5c) => {
                let chain = CertificateChain::from_x5c(x5c).map_err(unchecked)?;
                Some(leaf_keys(&self.validate(chain, now)?, unverified.header())?)
            }
            None => None,
        };
        let keys = certified.as_ref().unwrap_or(&self.issuer.keys);
        self.verifier(keys).verify(token, now).map_err(unchecked)
    }

    fn read_cwt(self, token: &[u8], now: UnixTime) -> Result<VerifiedStatusList, NotVerified> {
        let token = StatusListCwt::from_slice(token).map_err(unchecked)?;
        let chain = token.certificates().map_err(unchecked)?;
        let certified = match chain.filter(|_| self.issuer.is_certified) {
            Some(chain) => {
                let chain = CertificateChain::from_ders(chain.iter()).map_err(unchecked)?;
                let key = self.validate(chain, now)?.jwk();
                Some(JwkSet::from(key.map_err(|error| untrusted(&error))?))
            }
            None => None,
        };
        // The leaf of a chain has the only key, whatever name the token gives it.
        let key_id = token.key_id().filter(|_| certified.is_none());
        let verifier = self.verifier(certified.as_ref().unwrap_or(&self.issuer.keys));
        let key = verifier.key(key_id).map_err(unchecked)?;
        let claims = token.verify(key.verifying_key()).map_err(unchecked)?;
        let claims = StatusListClaims {
            issuer: claims.issuer.as_deref(),
            uri: &claims.uri,
            issued_at: claims.issued_at,
            not_before: claims.not_before,
            expires_at: claims.expires_at,
            ttl: claims.ttl,
            bits: claims.bits,
            compressed: &claims.compressed,
        };
        verifier.accept(&claims, now).map_err(unchecked)
    }

    fn verifier<'k>(self, keys: &'k JwkSet) -> StatusListVerifier<'k>
    where
        'a: 'k,
    {
        StatusListVerifier::new(&self.issuer.name, keys, self.reference.uri.as_str())
    }

    /// Validates the certificates of the token of a status list, which must belong to the same party of the trust list.
    fn validate(self, chain: CertificateChain, now: UnixTime) -> Result<ValidChain, NotVerified> {
        let (party, valid) = self
            .list
            .certified_issuer(chain, self.credential_type, now)
            .map_err(|error| untrusted(&error))?;
        if party.name() != self.party {
            return Err(unchecked("another issuer signed it"));
        }
        Ok(valid)
    }
}

/// Returns the error for a credential whose status is not known. Such a credential is not accepted.
fn unchecked(reason: impl std::fmt::Display) -> NotVerified {
    NotVerified::Invalid(format!("the credential's status list is refused: {reason}"))
}
