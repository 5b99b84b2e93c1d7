//! The signer and its builder.

use std::fmt;

use air_jwt::{Algorithm, Jwk, Kid, Signer, SignerError};

use super::{Pkcs11Uri, generate::generate, key_session::KeySession, pool::Pool, token::Token};
use crate::{Error, Secret};

/// The message that is signed when a signer is opened.
const PROBE: &[u8] = b"air-signers: check of a key pair";

/// Signs ES256 with a P-256 key in a token.
///
/// Calls of the module block, so threads of the signer's own make them; [`Signer::sign`] works in any async
/// runtime. If the token was removed and returns, the next signature opens a new session and logs in again.
pub struct Pkcs11Signer {
    jwk: Jwk,
    pool: Pool,
}

/// Settings of a [`Pkcs11Signer`].
#[must_use = "a builder opens a signer"]
pub struct Pkcs11SignerBuilder {
    uri: Pkcs11Uri,
    pin: Option<Secret>,
    kid: Option<Kid>,
    sessions: usize,
    queue: usize,
}

impl Pkcs11Signer {
    /// Creates a builder with the defaults: the PIN from the URI's `pin-source`, the key's
    /// thumbprint as `kid`, four sessions, and 1,024 waiting messages.
    pub fn builder(uri: Pkcs11Uri) -> Pkcs11SignerBuilder {
        Pkcs11SignerBuilder {
            uri,
            pin: None,
            kid: None,
            sessions: 4,
            queue: 1024,
        }
    }

    /// The public key, to be published before the first signature.
    #[must_use]
    pub fn public_jwk(&self) -> Jwk {
        self.jwk.clone()
    }
}

impl Pkcs11SignerBuilder {
    /// Sets the PIN of the token's user.
    pub fn pin(mut self, pin: Secret) -> Self {
        self.pin = Some(pin);
        self
    }

    /// Sets the key's id in the published set. Defaults to the RFC 7638 thumbprint.
    pub fn kid(mut self, kid: Kid) -> Self {
        self.kid = Some(kid);
        self
    }

    /// Sets the maximum number of sessions, and so of concurrent signatures; at least 1. Each session has a
    /// thread.
    pub fn sessions(mut self, sessions: usize) -> Self {
        self.sessions = sessions.max(1);
        self
    }

    /// Sets the maximum number of waiting messages; at least 1. Further ones fail with [`Error::Busy`].
    pub fn queue(mut self, messages: usize) -> Self {
        self.queue = messages.max(1);
        self
    }

    /// Logs in, finds the key, and signs once to check the key pair. Blocks: call it at the start
    /// of a program, or on a thread for blocking calls.
    ///
    /// # Errors
    /// [`Error::ModuleNotLoaded`], [`Error::TokenNotFound`], [`Error::WrongPin`], [`Error::KeyNotFound`] and
    /// others; [`Error::ExtractableKey`] for a key that can leave the token.
    pub fn open(self) -> Result<Pkcs11Signer, Error> {
        let (kid, sessions, queue) = (self.kid.clone(), self.sessions, self.queue);
        let token = self.into_token()?;
        let session = KeySession::open(&token)?;
        // Checks that private and public key belong together.
        session.sign(PROBE)?;
        let public = session.public().clone();
        let pool = Pool::start(token, session, sessions, queue)?;
        let kid = kid.unwrap_or_else(|| public.thumbprint());
        Ok(Pkcs11Signer {
            jwk: Jwk::new(public, kid),
            pool,
        })
    }

    /// Generates the key in the token: P-256, with the URI's label (and id, if it has one), sensitive and not
    /// extractable. Returns the public key. Blocks.
    ///
    /// # Errors
    /// As [`Self::open`]; [`Error::KeyExists`] if there is a key of this name,
    /// [`Error::ExtractableKey`] if the token does not protect the key, which is then removed.
    pub fn generate(self) -> Result<Jwk, Error> {
        let kid = self.kid.clone();
        let public = generate(&self.into_token()?)?;
        let kid = kid.unwrap_or_else(|| public.thumbprint());
        Ok(Jwk::new(public, kid))
    }

    fn into_token(self) -> Result<Token, Error> {
        let pin = match (self.pin, self.uri.pin_file()) {
            (Some(pin), _) => pin,
            (None, Some(file)) => Secret::from_file(file)?,
            (None, None) => return Err(Error::MissingPin),
        };
        Ok(Token::new(self.uri, pin))
    }
}

impl Signer for Pkcs11Signer {
    fn algorithm(&self) -> Algorithm {
        self.jwk.algorithm()
    }

    fn kid(&self) -> &Kid {
        self.jwk.kid()
    }

    /// The cause of an error is an [`enum@Error`].
    async fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SignerError> {
        self.pool.sign(message).await.map_err(SignerError::new)
    }
}

impl fmt::Debug for Pkcs11Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs11Signer")
            .field("kid", self.jwk.kid())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Pkcs11SignerBuilder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pkcs11SignerBuilder")
            .field("uri", &self.uri)
            .field("kid", &self.kid)
            .field("sessions", &self.sessions)
            .field("queue", &self.queue)
            .finish_non_exhaustive()
    }
}
