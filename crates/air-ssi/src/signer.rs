//! Keys that sign proofs: local ones, and those behind `air_jwt::Signer`, as signers of the library.

use std::{borrow::Cow, fmt, sync::Mutex};

use air_jwt::{Algorithm, Jwk, SharedSigner, Signer, SignerError, SigningKey};
use ssi::{
    bbs::BBSplusSecretKey,
    claims::{MessageSignatureError, SignatureError},
    crypto::algorithm::{Bbs, BbsInstance, BbsParameters, ES256OrES384, EdDSA},
    verification_methods::{self, MessageSigner, Multikey, ed25519_dalek},
};
use zeroize::Zeroizing;

use crate::{Error, PublicKey, Suite, bbs};

/// A key that signs proofs, in memory or behind a [`Signer`]. `Debug` shows the public half only.
pub struct IssuerKey {
    public: PublicKey,
    pub(crate) secret: Secret,
}

pub(crate) enum Secret {
    P256(SharedSigner),
    Ed25519(Box<ed25519_dalek::SigningKey>),
    Bbs(BbsKey),
}

impl IssuerKey {
    /// A key on P-256 behind a signer: in memory, in a KMS or in an HSM (PKCS#11). `public` is its
    /// public half.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] for an RSA key.
    pub fn remote(signer: impl Signer + Send + 'static, public: &Jwk) -> Result<Self, Error> {
        if signer.algorithm() != Algorithm::Es256 {
            return Err(Error::InvalidKey);
        }
        Ok(Self {
            public: PublicKey::try_from(public)?,
            secret: Secret::P256(SharedSigner::new(signer)),
        })
    }

    /// A key on Ed25519, from its 32 secret bytes (RFC 8032, 5.1.5).
    #[must_use]
    pub fn ed25519(secret: &[u8; 32]) -> Self {
        let key = ed25519_dalek::SigningKey::from_bytes(secret);
        Self {
            public: PublicKey::encoded(&key.verifying_key()),
            secret: Secret::Ed25519(Box::new(key)),
        }
    }

    /// A key on BLS12-381 for BBS, from its 32 secret bytes: a scalar, big-endian.
    ///
    /// # Errors
    /// [`Error::InvalidKey`] if the bytes are zero or not below the order of the group.
    pub fn bbs(secret: &[u8; 32]) -> Result<Self, Error> {
        let key = BBSplusSecretKey::from_bytes(secret).map_err(|_| Error::InvalidKey)?;
        if secret.iter().all(|byte| *byte == 0) {
            return Err(Error::InvalidKey);
        }
        Ok(Self {
            public: PublicKey::encoded(&key.public_key()),
            secret: Secret::Bbs(BbsKey(Zeroizing::new(*secret))),
        })
    }

    /// A key on BLS12-381 for BBS, from 32 random bytes (`KeyGen` of the draft, without `key_info`). Any
    /// bytes are a key, while [`Self::bbs`] refuses more than half of them.
    ///
    /// # Errors
    /// [`Error::InvalidKey`], which no known bytes cause.
    pub fn bbs_from_material(material: &[u8; 32]) -> Result<Self, Error> {
        let secret = bbs::generate(material, &[]).ok_or(Error::InvalidKey)?;
        Self::bbs(&secret)
    }

    /// The public half.
    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    pub(crate) fn check(&self, suite: Suite) -> Result<(), Error> {
        if self.public.fits(suite) {
            Ok(())
        } else {
            Err(Error::WrongKeyType { suite })
        }
    }
}

impl TryFrom<SigningKey> for IssuerKey {
    type Error = Error;

    fn try_from(key: SigningKey) -> Result<Self, Error> {
        let public = key.public_jwk();
        Self::remote(key, &public)
    }
}

impl fmt::Debug for IssuerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuerKey")
            .field("public", &self.public)
            .finish_non_exhaustive()
    }
}

/// A key of `air-jwt` as a signer of the library. The library turns errors into texts, so the signer's
/// own error is kept aside.
pub(crate) struct P256Signer<'k> {
    pub(crate) key: &'k SharedSigner,
    pub(crate) failure: &'k Mutex<Option<SignerError>>,
}

impl<'k> verification_methods::Signer<Multikey> for P256Signer<'k> {
    type MessageSigner = P256Signer<'k>;

    async fn for_method(&self, _: Cow<'_, Multikey>) -> Result<Option<Self::MessageSigner>, SignatureError> {
        Ok(Some(P256Signer {
            key: self.key,
            failure: self.failure,
        }))
    }
}

impl MessageSigner<ES256OrES384> for P256Signer<'_> {
    async fn sign(self, algorithm: ES256OrES384, message: &[u8]) -> Result<Vec<u8>, MessageSignatureError> {
        if !matches!(algorithm, ES256OrES384::ES256) {
            return Err(MessageSignatureError::UnsupportedAlgorithm("ES384".to_owned()));
        }
        self.key.sign(message).await.map_err(|failure| {
            let text = failure.to_string();
            if let Ok(mut kept) = self.failure.lock() {
                *kept = Some(failure);
            }
            MessageSignatureError::SignatureFailed(text)
        })
    }
}

/// A key on Ed25519 as a signer of the library.
pub(crate) struct Ed25519Signer<'k>(pub(crate) &'k ed25519_dalek::SigningKey);

impl<'k> verification_methods::Signer<Multikey> for Ed25519Signer<'k> {
    type MessageSigner = Ed25519Signer<'k>;

    async fn for_method(&self, _: Cow<'_, Multikey>) -> Result<Option<Self::MessageSigner>, SignatureError> {
        Ok(Some(Ed25519Signer(self.0)))
    }
}

impl MessageSigner<EdDSA> for Ed25519Signer<'_> {
    async fn sign(self, _: EdDSA, message: &[u8]) -> Result<Vec<u8>, MessageSignatureError> {
        use ed25519_dalek::Signer;
        Ok(self.0.sign(message).to_bytes().to_vec())
    }
}

/// The secret scalar of a BBS key, wiped on drop. The library's own type is not.
pub(crate) struct BbsKey(Zeroizing<[u8; 32]>);

/// A BBS key as a signer of the library.
pub(crate) struct BbsSigner<'k>(pub(crate) &'k BbsKey);

impl<'k> verification_methods::Signer<Multikey> for BbsSigner<'k> {
    type MessageSigner = BbsSigner<'k>;

    async fn for_method(&self, _: Cow<'_, Multikey>) -> Result<Option<Self::MessageSigner>, SignatureError> {
        Ok(Some(BbsSigner(self.0)))
    }
}

impl MessageSigner<Bbs> for BbsSigner<'_> {
    async fn sign(self, algorithm: BbsInstance, message: &[u8]) -> Result<Vec<u8>, MessageSignatureError> {
        self.sign_multi(algorithm, &[message.to_vec()]).await
    }

    async fn sign_multi(
        self,
        algorithm: BbsInstance,
        messages: &[Vec<u8>],
    ) -> Result<Vec<u8>, MessageSignatureError> {
        let BbsParameters::Baseline { header } = *algorithm.0 else {
            return Err(MessageSignatureError::InvalidQuery);
        };
        bbs::sign(&self.0.0, &header, messages).ok_or(MessageSignatureError::InvalidSecretKey)
    }
}
