//! Private decryption keys.

use std::fmt;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{ALGORITHM, EncryptionKey, JweError, public_key::PointMembers};
use crate::{Error, Kid, backend::EcdhKey};

/// The maximum length of a key in bytes.
const LIMIT: usize = 16 * 1024;

/// A private key on P-256 that decrypts. It is separate from [`crate::SigningKey`], because a key
/// has one purpose. `Debug` shows only the id. The key is wiped on drop.
pub struct DecryptionKey {
    kid: Kid,
    public: EncryptionKey,
    secret: Zeroizing<[u8; 32]>,
    ecdh: EcdhKey,
}

impl DecryptionKey {
    /// Generates a key. Its `kid` is the RFC 7638 thumbprint.
    #[must_use]
    pub fn generate(rng: &mut impl CryptoRng) -> Self {
        let (secret, ecdh) = draw(rng);
        Self::new(secret, ecdh)
    }

    /// Reads a private JWK. It keeps the `kid`; without one the id is the thumbprint. `alg`, if
    /// present, must be `ECDH-ES`.
    ///
    /// # Errors
    /// [`JweError::UnfitKey`] with the reason, or [`Error::InvalidKid`].
    pub fn from_jwk(json: &[u8]) -> Result<Self, Error> {
        #[derive(Deserialize)]
        struct Members {
            kty: String,
            crv: String,
            x: String,
            y: String,
            d: Zeroizing<String>,
            kid: Option<String>,
            alg: Option<String>,
            #[serde(rename = "use")]
            key_use: Option<String>,
        }
        let unfit = |reason| Error::from(JweError::UnfitKey { reason });
        if json.len() > LIMIT {
            return Err(unfit("it is not a private JWK"));
        }
        let members: Members = serde_json::from_slice(json)
            .map_err(|_| unfit("it is not a private JWK with `x`, `y` and `d`"))?;
        if members.kty != "EC" || members.crv != "P-256" {
            return Err(unfit("`kty` and `crv` must be EC and P-256"));
        }
        if members.alg.is_some_and(|alg| alg != ALGORITHM) {
            return Err(unfit("`alg` must be ECDH-ES"));
        }
        if members.key_use.is_some_and(|key_use| key_use != "enc") {
            return Err(unfit("`use` must be `enc`"));
        }
        let decoded = URL_SAFE_NO_PAD.decode(members.d.as_bytes()).map(Zeroizing::new);
        let secret = decoded
            .ok()
            .and_then(|d| d.as_slice().try_into().ok().map(Zeroizing::new));
        let secret: Zeroizing<[u8; 32]> = secret.ok_or_else(|| unfit("`d` must be 32 bytes in base64url"))?;
        let ecdh = EcdhKey::from_scalar(&secret).ok_or_else(|| unfit("`d` must be a scalar of P-256"))?;
        let mut key = Self::new(secret, ecdh);
        // The public half is required (RFC 7518, 6.2.2) and must match the private half.
        let point = PointMembers::new(key.public.point());
        if !point.has_coordinates(&members.x, &members.y) {
            return Err(unfit("`x` and `y` must be the public half of `d`"));
        }
        if let Some(kid) = members.kid {
            key = key.with_kid(kid.parse()?);
        }
        Ok(key)
    }

    /// Replaces the key's id, for a key that is published under another id than its thumbprint.
    #[must_use]
    pub fn with_kid(self, kid: Kid) -> Self {
        let public = EncryptionKey::new(*self.public.point(), Some(kid.clone()));
        Self { kid, public, ..self }
    }

    /// The key's id.
    #[must_use]
    pub fn kid(&self) -> &Kid {
        &self.kid
    }

    /// The public half. Publish it with its `kid`, `use` and `alg`.
    #[must_use]
    pub fn encryption_key(&self) -> &EncryptionKey {
        &self.public
    }

    /// The key as a private JWK, with `kid`, `use` and `alg`. Security reviews can search for the
    /// name `expose_jwk`.
    #[must_use]
    pub fn expose_jwk(&self) -> Zeroizing<String> {
        #[derive(Serialize)]
        struct Members<'a> {
            #[serde(flatten)]
            public: &'a EncryptionKey,
            d: &'a str,
        }
        let d = Zeroizing::new(URL_SAFE_NO_PAD.encode(self.secret.as_slice()));
        // The capacity is large enough that the buffer never moves, which would leave copies of the
        // secret.
        let mut json = Zeroizing::new(Vec::with_capacity(LIMIT));
        let members = Members {
            public: &self.public,
            d: &d,
        };
        serde_json::to_writer(&mut *json, &members).expect("texts serialise");
        Zeroizing::new(String::from_utf8(std::mem::take(&mut json)).expect("JSON is UTF-8"))
    }

    pub(super) fn ecdh(&self) -> &EcdhKey {
        &self.ecdh
    }

    fn new(secret: Zeroizing<[u8; 32]>, ecdh: EcdhKey) -> Self {
        let point = ecdh.public_point();
        let kid = EncryptionKey::new(point, None).thumbprint();
        Self {
            public: EncryptionKey::new(point, Some(kid.clone())),
            kid,
            secret,
            ecdh,
        }
    }
}

/// Draws a scalar. A draw is outside of the scalars with a probability of 2^-32.
pub(super) fn draw(rng: &mut impl CryptoRng) -> (Zeroizing<[u8; 32]>, EcdhKey) {
    loop {
        let mut secret = Zeroizing::new([0; 32]);
        rng.fill_bytes(secret.as_mut_slice());
        if let Some(key) = EcdhKey::from_scalar(&secret) {
            return (secret, key);
        }
    }
}

impl fmt::Debug for DecryptionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DecryptionKey")
            .field("kid", &self.kid)
            .finish_non_exhaustive()
    }
}
