//! Verification of proofs by a server (RFC 9449, 4.3).

use std::fmt;

use air_ids::UnixTime;
use serde_json::{Map, Value};

use super::{DpopError, TYPE, access_token_hash, proof::check_method, target::TargetUri};
use crate::{
    Algorithm, Error, Jwk, Kid, ReplayKey, SkipReason, TimeWindow,
    jws::{Unverified, printable},
    proof::{id, optional_text, required_text},
    verify::TOKEN_LIMIT,
};

/// Whether a nonce is one of the server's and is still current.
type NonceCheck<'a> = &'a (dyn Fn(&str) -> bool + Sync);

/// Verifies the proof of one request.
#[derive(Clone)]
pub struct ProofVerifier<'a> {
    method: &'a str,
    target: TargetUri,
    algorithms: &'a [Algorithm],
    window: TimeWindow,
    nonce: Option<NonceCheck<'a>>,
    access_token_hash: Option<String>,
    bound_to: Option<&'a str>,
}

/// A proof that holds for its request. The caller still has to refuse a [`ReplayKey`] that it has
/// seen.
#[derive(Clone, Debug)]
pub struct VerifiedProof {
    key: Jwk,
    thumbprint: Kid,
    jti: String,
    nonce: Option<String>,
    issued_at: UnixTime,
    replay_key: ReplayKey,
}

impl<'a> ProofVerifier<'a> {
    /// Verifies the proof of a request with this method and URL: the URL as the client sees it,
    /// which behind a proxy is not the one of the socket. Accepts ES256 and RS256, and the default
    /// [`TimeWindow`].
    ///
    /// # Errors
    /// [`DpopError::InvalidMethod`] or [`DpopError::InvalidTarget`].
    pub fn new(method: &'a str, url: &str) -> Result<Self, Error> {
        check_method(method)?;
        Ok(Self {
            method,
            target: TargetUri::parse(url)?,
            algorithms: &[Algorithm::Es256, Algorithm::Rs256],
            window: TimeWindow::default(),
            nonce: None,
            access_token_hash: None,
            bound_to: None,
        })
    }

    /// Accepts only these algorithms.
    #[must_use]
    pub fn accepting(mut self, algorithms: &'a [Algorithm]) -> Self {
        self.algorithms = algorithms;
        self
    }

    /// Accepts these times in `iat`.
    #[must_use]
    pub fn within(mut self, window: TimeWindow) -> Self {
        self.window = window;
        self
    }

    /// Requires a nonce for which `is_current` holds.
    #[must_use]
    pub fn requiring_nonce(mut self, is_current: NonceCheck<'a>) -> Self {
        self.nonce = Some(is_current);
        self
    }

    /// Requires the hash of this access token, and the key that the token is bound to: its
    /// `cnf.jkt`.
    #[must_use]
    pub fn with_access_token(mut self, token: &str, jkt: &'a str) -> Self {
        self.access_token_hash = Some(access_token_hash(token));
        self.bound_to(jkt)
    }

    /// Requires the key with this thumbprint, for a code, a refresh token or a pushed request that
    /// is bound to a key (RFC 9449, sections 5 and 10).
    #[must_use]
    pub fn bound_to(mut self, jkt: &'a str) -> Self {
        self.bound_to = Some(jkt);
        self
    }

    /// Verifies the values of the request's `DPoP` headers at `now`.
    ///
    /// # Errors
    /// The variant of the first rule that is broken, in this order: number of headers, form, type,
    /// algorithm, key, signature, claims, method, URL, nonce, times, access token, bound key.
    pub fn verify<'h>(
        &self,
        headers: impl IntoIterator<Item = &'h str>,
        now: UnixTime,
    ) -> Result<VerifiedProof, Error> {
        let mut headers = headers.into_iter();
        let proof = headers.next().ok_or(DpopError::MissingProof)?;
        if headers.next().is_some() {
            return Err(DpopError::SeveralProofs.into());
        }
        let proof = Unverified::parse(proof, TOKEN_LIMIT)?;
        if !proof.is_typed(TYPE) {
            return Err(DpopError::WrongType.into());
        }
        let key = self.verified_key(&proof)?;
        let claims = proof.dangerous_payload()?;
        let (jti, method, target) = (
            id(&claims)?,
            required_text(&claims, "htm")?,
            required_text(&claims, "htu")?,
        );
        self.check_request(method, target)?;
        let nonce = self.check_nonce(&claims)?;
        let issued_at = self.window.check(&claims, now)?;
        self.check_access_token(&claims)?;
        let thumbprint = key.thumbprint();
        if self.bound_to.is_some_and(|jkt| jkt != thumbprint.as_str()) {
            return Err(DpopError::WrongKey.into());
        }
        let replay_key = ReplayKey::new(
            self.target.as_str(),
            thumbprint.as_str(),
            jti,
            self.window.ends(issued_at),
        );
        Ok(VerifiedProof {
            key,
            thumbprint,
            jti: jti.to_owned(),
            nonce,
            issued_at,
            replay_key,
        })
    }

    /// The key of the header, after its signature was verified.
    fn verified_key(&self, proof: &Unverified<'_>) -> Result<Jwk, Error> {
        let name = proof
            .header()
            .get("alg")
            .and_then(Value::as_str)
            .unwrap_or_default();
        let algorithm = name.parse().ok();
        if !algorithm.is_some_and(|algorithm| self.algorithms.contains(&algorithm)) {
            return Err(DpopError::UnsupportedAlgorithm {
                name: printable(name),
            }
            .into());
        }
        let key = proof.embedded_key().ok_or(DpopError::MissingKey)?;
        let key = key.into_jwk().map_err(|reason| match reason {
            SkipReason::Private => DpopError::PrivateKey,
            reason => DpopError::InvalidKey { reason },
        })?;
        proof.verify_signature(&key).map_err(|error| match error {
            Error::BadSignature { .. } | Error::WrongAlgorithm { .. } => DpopError::BadSignature.into(),
            error => error,
        })?;
        Ok(key)
    }

    fn check_request(&self, method: &str, target: &str) -> Result<(), DpopError> {
        if method != self.method {
            return Err(DpopError::WrongMethod {
                expected: self.method.to_owned(),
            });
        }
        if TargetUri::parse(target).ok().as_ref() != Some(&self.target) {
            return Err(DpopError::WrongTarget {
                expected: self.target.to_string(),
            });
        }
        Ok(())
    }

    fn check_nonce(&self, claims: &Map<String, Value>) -> Result<Option<String>, Error> {
        let nonce = optional_text(claims, "nonce")?;
        match (self.nonce, nonce) {
            (Some(_), None) => Err(DpopError::MissingNonce.into()),
            (Some(is_current), Some(nonce)) if !is_current(nonce) => Err(DpopError::WrongNonce.into()),
            _ => Ok(nonce.map(ToOwned::to_owned)),
        }
    }

    fn check_access_token(&self, claims: &Map<String, Value>) -> Result<(), Error> {
        let Some(expected) = &self.access_token_hash else {
            return Ok(());
        };
        match optional_text(claims, "ath")? {
            Some(hash) if hash == expected => Ok(()),
            Some(_) => Err(DpopError::WrongAccessTokenHash.into()),
            None => Err(DpopError::MissingAccessTokenHash.into()),
        }
    }
}

impl fmt::Debug for ProofVerifier<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProofVerifier")
            .field("method", &self.method)
            .field("target", &self.target)
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}

impl VerifiedProof {
    /// The client's public key.
    #[must_use]
    pub fn key(&self) -> &Jwk {
        &self.key
    }

    /// The key's SHA-256 thumbprint (RFC 7638): the `jkt` that tokens and codes are bound to.
    #[must_use]
    pub fn thumbprint(&self) -> &Kid {
        &self.thumbprint
    }

    /// The claim `jti`.
    #[must_use]
    pub fn jti(&self) -> &str {
        &self.jti
    }

    /// The claim `nonce`. It was checked only with [`ProofVerifier::requiring_nonce`].
    #[must_use]
    pub fn nonce(&self) -> Option<&str> {
        self.nonce.as_deref()
    }

    /// The claim `iat`, rounded down.
    #[must_use]
    pub fn issued_at(&self) -> UnixTime {
        self.issued_at
    }

    /// Identifies the proof in the caller's cache, which must refuse a second one with this key.
    #[must_use]
    pub fn replay_key(&self) -> &ReplayKey {
        &self.replay_key
    }
}
