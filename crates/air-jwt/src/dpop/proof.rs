//! Signing of proofs by a client.

use air_ids::UnixTime;
use rand_core::CryptoRng;
use serde::Serialize;

use super::{DpopError, TYPE, access_token_hash, target::TargetUri};
use crate::{
    Algorithm, Error, Signer, SignerError, SigningKey, VerifyingKey,
    jwk::BareJwk,
    jws::{sign_object, sign_object_with},
    proof::draw_id,
};

/// A proof for one request.
#[derive(Clone, Debug)]
pub struct Proof<'a> {
    method: &'a str,
    target: TargetUri,
    access_token_hash: Option<String>,
    nonce: Option<&'a str>,
}

#[derive(Serialize)]
struct Header<'a> {
    typ: &'static str,
    alg: Algorithm,
    jwk: BareJwk<'a>,
}

#[derive(Serialize)]
struct Payload<'a> {
    jti: String,
    htm: &'a str,
    htu: &'a str,
    iat: UnixTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    ath: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<&'a str>,
}

impl<'a> Proof<'a> {
    /// A proof for a request with this method and URL. The URL may have a query and a fragment;
    /// the proof omits them.
    ///
    /// # Errors
    /// [`DpopError::InvalidMethod`] or [`DpopError::InvalidTarget`].
    pub fn new(method: &'a str, url: &str) -> Result<Self, Error> {
        check_method(method)?;
        Ok(Self {
            method,
            target: TargetUri::parse(url)?,
            access_token_hash: None,
            nonce: None,
        })
    }

    /// Adds `ath`, for a request with an access token.
    #[must_use]
    pub fn with_access_token(mut self, token: &str) -> Self {
        self.access_token_hash = Some(access_token_hash(token));
        self
    }

    /// Adds the nonce of the server's last header `DPoP-Nonce`. The authorization server and the
    /// resource server have different ones.
    #[must_use]
    pub fn with_nonce(mut self, nonce: &'a str) -> Self {
        self.nonce = Some(nonce);
        self
    }

    /// Signs the proof at `now`, with a random `jti`.
    #[must_use]
    pub fn sign(&self, key: &SigningKey, now: UnixTime, rng: &mut impl CryptoRng) -> String {
        let header = header(key.algorithm(), key.verifying_key());
        sign_object(key, &header, &self.payload(now, draw_id(rng)))
    }

    /// As [`Self::sign`], with a remote key and its public half.
    ///
    /// # Errors
    /// The error of the signer.
    pub async fn sign_with(
        &self,
        signer: &impl Signer,
        public: &VerifyingKey,
        now: UnixTime,
        rng: &mut impl CryptoRng,
    ) -> Result<String, SignerError> {
        let payload = self.payload(now, draw_id(rng));
        sign_object_with(signer, &header(signer.algorithm(), public), &payload).await
    }

    fn payload(&self, now: UnixTime, jti: String) -> Payload<'_> {
        Payload {
            jti,
            htm: self.method,
            htu: self.target.as_str(),
            iat: now,
            ath: self.access_token_hash.as_deref(),
            nonce: self.nonce,
        }
    }
}

fn header(alg: Algorithm, key: &VerifyingKey) -> Header<'_> {
    Header {
        typ: TYPE,
        alg,
        jwk: BareJwk(key),
    }
}

/// Checks that a method is a token (RFC 9110, 5.6.2 and 9.1).
pub(super) fn check_method(method: &str) -> Result<(), DpopError> {
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if (1..=64).contains(&method.len()) && method.bytes().all(is_token) {
        Ok(())
    } else {
        Err(DpopError::InvalidMethod)
    }
}
