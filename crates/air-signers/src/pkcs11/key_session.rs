//! A session that signs with one key.

use air_jwt::VerifyingKey;
use cryptoki::{
    mechanism::{Mechanism, MechanismType},
    object::ObjectHandle,
};
use sha2::{Digest, Sha256};

use super::{
    attributes::KeyPair,
    token::{Access, Token, UserSession},
};
use crate::Error;

/// The length of an ES256 signature in bytes.
const SIGNATURE: usize = 64;

/// A session of the logged-in user, and the key's handle in it.
pub(super) struct KeySession {
    session: UserSession,
    private: ObjectHandle,
    public: VerifyingKey,
    input: Input,
}

/// The input that the token signs.
#[derive(Clone, Copy)]
enum Input {
    /// The digest, for `CKM_ECDSA`. Preferred: the token never sees claims, and gets 32 bytes.
    Digest,
    /// The message, for `CKM_ECDSA_SHA256`.
    Message,
}

impl KeySession {
    pub(super) fn open(token: &Token) -> Result<Self, Error> {
        let session = token.connect(Access::ReadOnly)?;
        let (input, pair) = session.with(|context, slot, session| {
            let mechanisms = context.get_mechanism_list(slot)?;
            let input = if mechanisms.contains(&MechanismType::ECDSA) {
                Input::Digest
            } else if mechanisms.contains(&MechanismType::ECDSA_SHA256) {
                Input::Message
            } else {
                return Err(Error::UnsupportedToken);
            };
            Ok((input, KeyPair::find(session, token.uri())?))
        })?;
        let KeyPair { private, public } = pair;
        Ok(Self {
            session,
            private,
            public,
            input,
        })
    }

    pub(super) fn public(&self) -> &VerifyingKey {
        &self.public
    }

    /// Signs a message: 64 bytes, `r || s`. Checks the signature, in case that another part of the process
    /// initialised the module again and the handle is another key's.
    pub(super) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let signature = self.session.with(|_, _, session| {
            Ok(match self.input {
                Input::Digest => session.sign(&Mechanism::Ecdsa, self.private, &Sha256::digest(message))?,
                Input::Message => session.sign(&Mechanism::EcdsaSha256, self.private, message)?,
            })
        })?;
        if signature.len() != SIGNATURE {
            return Err(Error::SignatureLength {
                length: signature.len(),
                expected: SIGNATURE,
            });
        }
        if self.public.verify(message, &signature) {
            Ok(signature)
        } else {
            Err(Error::InvalidSignature)
        }
    }
}
