//! The proof that a client's instance holds the attested key.

use std::fmt;

use air_ids::UnixTime;
use rand_core::CryptoRng;
use serde::Serialize;
use serde_json::{Map, Value};

use super::{AttestationError, POP_TYPE};
use crate::{
    Algorithm, Error, Kid, ReplayKey, Signer, SignerError, SigningKey, TimeWindow,
    jws::{sign_object, sign_object_with},
    proof::{draw_id, id, optional_text},
};

/// A proof of possession for one server.
#[derive(Clone, Debug)]
pub struct Pop<'a> {
    audience: &'a str,
    challenge: Option<&'a str>,
    issuer: Option<&'a str>,
}

#[derive(Serialize)]
struct Header {
    typ: &'static str,
    alg: Algorithm,
}

#[derive(Serialize)]
struct Payload<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<&'a str>,
    aud: &'a str,
    jti: String,
    iat: UnixTime,
    #[serde(skip_serializing_if = "Option::is_none")]
    challenge: Option<&'a str>,
}

impl<'a> Pop<'a> {
    /// A proof for this server: the issuer identifier of an authorization server, or the resource
    /// identifier of a resource server.
    #[must_use]
    pub fn new(audience: &'a str) -> Self {
        Self {
            audience,
            challenge: None,
            issuer: None,
        }
    }

    /// Adds the server's challenge.
    #[must_use]
    pub fn with_challenge(mut self, challenge: &'a str) -> Self {
        self.challenge = Some(challenge);
        self
    }

    /// Adds `iss`: the client's id. Servers of version 7 of the draft and earlier require it.
    #[must_use]
    pub fn with_issuer(mut self, client_id: &'a str) -> Self {
        self.issuer = Some(client_id);
        self
    }

    /// Signs the proof with the attested key at `now`, with a random `jti`.
    #[must_use]
    pub fn sign(&self, key: &SigningKey, now: UnixTime, rng: &mut impl CryptoRng) -> String {
        let header = Header {
            typ: POP_TYPE,
            alg: key.algorithm(),
        };
        sign_object(key, &header, &self.payload(now, draw_id(rng)))
    }

    /// As [`Self::sign`], with a remote key.
    ///
    /// # Errors
    /// The error of the signer.
    pub async fn sign_with(
        &self,
        signer: &impl Signer,
        now: UnixTime,
        rng: &mut impl CryptoRng,
    ) -> Result<String, SignerError> {
        let header = Header {
            typ: POP_TYPE,
            alg: signer.algorithm(),
        };
        let payload = self.payload(now, draw_id(rng));
        sign_object_with(signer, &header, &payload).await
    }

    fn payload(&self, now: UnixTime, jti: String) -> Payload<'_> {
        Payload {
            iss: self.issuer,
            aud: self.audience,
            jti,
            iat: now,
            challenge: self.challenge,
        }
    }
}

/// Whether a challenge is one of the server's and is still current.
type ChallengeCheck<'a> = &'a (dyn Fn(&str) -> bool + Sync);

/// A server's requirements of a proof of possession.
#[derive(Clone)]
pub struct PopRules<'a> {
    audience: &'a str,
    challenge: Option<ChallengeCheck<'a>>,
    is_challenge_required: bool,
    window: TimeWindow,
}

impl<'a> PopRules<'a> {
    /// Requires this `aud`: the identifier of the server. Accepts the default [`TimeWindow`].
    #[must_use]
    pub fn new(audience: &'a str) -> Self {
        Self {
            audience,
            challenge: None,
            is_challenge_required: false,
            window: TimeWindow::default(),
        }
    }

    /// Requires a challenge for which `is_current` holds.
    #[must_use]
    pub fn requiring_challenge(mut self, is_current: ChallengeCheck<'a>) -> Self {
        self.challenge = Some(is_current);
        self.is_challenge_required = true;
        self
    }

    /// Refuses a challenge for which `is_current` does not hold, and accepts a proof without a challenge.
    #[must_use]
    pub fn accepting_challenge(mut self, is_current: ChallengeCheck<'a>) -> Self {
        self.challenge = Some(is_current);
        self.is_challenge_required = false;
        self
    }

    /// Accepts these times in `iat`.
    #[must_use]
    pub fn within(mut self, window: TimeWindow) -> Self {
        self.window = window;
        self
    }

    /// Checks the claims of a proof whose signature was verified.
    pub(super) fn check(
        &self,
        claims: &Map<String, Value>,
        client_id: &str,
        thumbprint: &Kid,
        now: UnixTime,
    ) -> Result<ReplayKey, Error> {
        let jti = id(claims)?;
        self.check_audience(claims)?;
        if optional_text(claims, "iss")?.is_some_and(|issuer| issuer != client_id) {
            return Err(AttestationError::WrongIssuer.into());
        }
        if let Some(is_current) = self.challenge {
            match optional_text(claims, "challenge")? {
                None if self.is_challenge_required => return Err(AttestationError::MissingChallenge.into()),
                Some(challenge) if !is_current(challenge) => {
                    return Err(AttestationError::WrongChallenge.into());
                }
                _ => {}
            }
        }
        let issued_at = self.window.check(claims, now)?;
        let expires_at = self.window.ends(issued_at);
        Ok(ReplayKey::new(
            self.audience,
            thumbprint.as_str(),
            jti,
            expires_at,
        ))
    }

    /// `aud` is a string or an array of one (RFC 7519, 4.1.3): a proof is for a single server.
    fn check_audience(&self, claims: &Map<String, Value>) -> Result<(), Error> {
        let audience = match claims.get("aud") {
            None => return Err(Error::MissingClaim { name: "aud" }),
            Some(Value::Array(audiences)) => match audiences.as_slice() {
                [only] => only.as_str(),
                _ => None,
            },
            Some(audience) => audience.as_str(),
        };
        if audience != Some(self.audience) {
            return Err(AttestationError::WrongAudience {
                expected: self.audience.to_owned(),
            }
            .into());
        }
        Ok(())
    }
}

impl fmt::Debug for PopRules<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PopRules")
            .field("audience", &self.audience)
            .field("window", &self.window)
            .finish_non_exhaustive()
    }
}
