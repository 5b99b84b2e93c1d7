//! Issuing: claims, the record and the sealed credential in one transaction, the upload, and its
//! confirmation in another one, which concurrent requests share.

mod backoff;
mod credential;
mod deliver;
mod entries;
mod prepare;
pub(crate) mod references;
mod revoke;
#[cfg(feature = "openid4vc")]
mod wallet;
mod worker;

use air_crypto::holder::HolderPublicKey;
use air_ids::UnixTime;
use air_jwt::Jwk;
use air_vc::{ClaimPath, Integrity};
use serde_json::{Map, Value};

use crate::Error;

#[cfg(feature = "openid4vc")]
pub(crate) use self::wallet::{SignedCredential, WalletCredential};
pub(crate) use self::{
    credential::iso_time,
    deliver::Delivery,
    revoke::{REASON_LIMIT, Revoked},
};

/// A credential to issue, whose subject was validated.
#[derive(Debug)]
pub(crate) struct NewCredential<'a> {
    pub(crate) holder_did: &'a str,
    pub(crate) user_id: &'a str,
    pub(crate) schema_id: &'a str,
    pub(crate) vct: &'a str,
    pub(crate) vct_integrity: Option<&'a Integrity>,
    pub(crate) subject: &'a Map<String, Value>,
    pub(crate) always_visible: &'a [ClaimPath],
    pub(crate) decoys: u8,
    pub(crate) encryption_key: HolderPublicKey,
    pub(crate) holder_key: Option<&'a Jwk>,
    pub(crate) issued_at: UnixTime,
    pub(crate) expires_at: UnixTime,
    /// Distinguishes requests beyond the fields above, such as an explicit time of expiry.
    pub(crate) distinction: &'a str,
    /// The API key by the start of its digest.
    pub(crate) actor: &'a str,
}

/// The parts of a credential that are signed.
#[derive(Debug)]
pub(crate) struct Content<'a> {
    pub(crate) holder_did: &'a str,
    pub(crate) vct: &'a str,
    pub(crate) vct_integrity: Option<&'a Integrity>,
    pub(crate) subject: &'a Map<String, Value>,
    pub(crate) always_visible: &'a [ClaimPath],
    pub(crate) decoys: u8,
    pub(crate) holder_key: Option<&'a Jwk>,
    pub(crate) issued_at: UnixTime,
    pub(crate) expires_at: UnixTime,
}

impl<'a> NewCredential<'a> {
    fn content(&self) -> Content<'a> {
        Content {
            holder_did: self.holder_did,
            vct: self.vct,
            vct_integrity: self.vct_integrity,
            subject: self.subject,
            always_visible: self.always_visible,
            decoys: self.decoys,
            holder_key: self.holder_key,
            issued_at: self.issued_at,
            expires_at: self.expires_at,
        }
    }
}

/// The reason why a credential was not prepared.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    /// The holder's key can't be sealed to.
    #[error("the encryption key is weak")]
    EncryptionKey,
    /// The service failed.
    #[error(transparent)]
    Service(#[from] Error),
}

impl From<sqlx::Error> for Failed {
    fn from(error: sqlx::Error) -> Self {
        Self::Service(error.into())
    }
}
