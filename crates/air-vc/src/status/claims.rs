//! Status list tokens that another crate read, such as CWTs.

use air_ids::UnixTime;
use air_jwt::Jwk;

use super::{
    StatusBits, StatusList, StatusListVerifier, VerifiedStatusList, freshness::Freshness, verify::names,
};
use crate::{
    Error,
    issuer_key::{named, only_key},
};

/// The claims of a status list token in another format than JWT, whose signature the caller verified.
#[derive(Clone, Copy, Debug)]
pub struct StatusListClaims<'a> {
    /// `iss`.
    pub issuer: Option<&'a str>,
    /// `sub`: the URI of the list.
    pub uri: &'a str,
    /// `iat`.
    pub issued_at: UnixTime,
    /// `nbf`.
    pub not_before: Option<UnixTime>,
    /// `exp`.
    pub expires_at: Option<UnixTime>,
    /// `ttl`, in seconds.
    pub ttl: Option<u64>,
    /// `bits`: the number of bits of each entry.
    pub bits: u64,
    /// `lst`: the entries, compressed with ZLIB.
    pub compressed: &'a [u8],
}

impl<'a> StatusListVerifier<'a> {
    /// The publisher's key with this name, or its only key for a token without a key name.
    ///
    /// # Errors
    /// [`Error::StatusListKeyUnknown`].
    pub fn key(&self, key_id: Option<&[u8]>) -> Result<&'a Jwk, Error> {
        let found = match key_id {
            None => only_key(self.keys),
            Some(name) => std::str::from_utf8(name)
                .ok()
                .and_then(|name| named(name, self.publisher, self.keys)),
        };
        found.ok_or(Error::StatusListKeyUnknown)
    }

    /// Accepts the claims of a token that was fetched at `now`, as [`Self::verify`] does after the
    /// signature, with a clock skew of 30 s.
    ///
    /// # Errors
    /// In this order: [`Error::StatusListWrongUri`], [`Error::StatusListWrongIssuer`],
    /// [`Error::MalformedStatus`] for a `ttl` of 0, [`Error::StatusListExpired`],
    /// [`Error::StatusListNotYetValid`], and those of [`StatusList::from_zlib`].
    ///
    /// # Security
    /// Verify the token's type and signature first, with the key of [`Self::key`] or with that of a
    /// certificate chain under your anchors.
    pub fn accept(&self, claims: &StatusListClaims<'_>, now: UnixTime) -> Result<VerifiedStatusList, Error> {
        if claims.uri != self.uri {
            return Err(Error::StatusListWrongUri);
        }
        if claims.issuer.is_some_and(|iss| !names(iss, self.publisher)) {
            return Err(Error::StatusListWrongIssuer);
        }
        if claims.ttl == Some(0) {
            return Err(Error::MalformedStatus {
                reason: "`ttl` must be at least 1",
            });
        }
        let begins_at = claims.not_before.max(Some(claims.issued_at));
        let freshness = Freshness::check(begins_at, claims.expires_at, claims.ttl, now)?;
        let bits = StatusBits::from_number(claims.bits)?;
        Ok(VerifiedStatusList {
            issuer: self.issuer.to_owned(),
            uri: self.uri.clone(),
            list: StatusList::from_zlib(bits, claims.compressed)?,
            issued_at: claims.issued_at,
            freshness,
        })
    }
}
