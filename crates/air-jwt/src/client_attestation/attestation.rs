//! Verification of the attestation.

use std::time::Duration;

use air_ids::UnixTime;
use serde_json::{Map, Value};

use super::{AttestationError, POP_TYPE, PopRules, TYPE, error::Token};
use crate::{
    Error, Jwk, JwkSet, NumericDate, ReplayKey, SkipReason, TimeWindow,
    jws::Unverified,
    proof::required_text,
    verify::{TOKEN_LIMIT, numeric_date},
};

/// The keys of the client attesters that the server trusts.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum AttesterKeys<'a> {
    /// A set, from which the header's `kid` selects a key.
    Set(&'a JwkSet),
    /// One key, such as that of the validated leaf certificate in `x5c`.
    Key(&'a Jwk),
}

/// A verified attestation, without proof that the sender holds its key. It authenticates nobody
/// until [`Self::with_pop`] or [`Self::with_dpop`].
#[derive(Clone, Debug)]
#[must_use = "an attestation authenticates nobody without its proof of possession"]
pub struct Attestation {
    client_id: String,
    attester: Jwk,
    key: Jwk,
    issued_at: Option<NumericDate>,
    claims: Map<String, Value>,
}

/// An authenticated client.
#[derive(Clone, Debug)]
pub struct AttestedClient {
    client_id: String,
    attester: Jwk,
    key: Jwk,
    claims: Map<String, Value>,
    replay_key: Option<ReplayKey>,
}

impl Attestation {
    /// Verifies the values of the request's headers `OAuth-Client-Attestation` at `now`, with a clock
    /// skew of 30 s, also for `iat`.
    ///
    /// # Errors
    /// The variant of the first rule that is broken, in this order: number of headers, form, type,
    /// key, signature, claims, times, `cnf`.
    pub fn verify<'h>(
        headers: impl IntoIterator<Item = &'h str>,
        keys: AttesterKeys<'_>,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let token = only(headers, Token::Attestation, TYPE)?;
        let attester = match keys {
            AttesterKeys::Set(keys) => token.key_in(keys)?,
            AttesterKeys::Key(key) => key,
        };
        verify_signature(&token, attester, Token::Attestation)?;
        let claims = token.dangerous_payload()?;
        let client_id = required_text(&claims, "sub")?.to_owned();
        if !claims.contains_key("exp") {
            return Err(Error::MissingClaim { name: "exp" });
        }
        let window = TimeWindow::default();
        window.check_lifetime(&claims, now)?;
        let issued_at = numeric_date(&claims, "iat")?;
        if let Some(issued_at) = issued_at {
            window.check_begin(issued_at, now)?;
        }
        if !claims.get("cnf").is_some_and(Value::is_object) {
            return Err(AttestationError::MissingKey.into());
        }
        let key = token
            .confirmation_key()
            .ok_or(AttestationError::MissingKey)?
            .into_jwk()
            .map_err(|reason| match reason {
                SkipReason::Private => AttestationError::PrivateKey,
                reason => AttestationError::InvalidKey { reason },
            })?;
        Ok(Self {
            client_id,
            attester: attester.clone(),
            key,
            issued_at,
            claims,
        })
    }

    /// Requires `iat`, at most `age` ago.
    ///
    /// # Errors
    /// [`AttestationError::NotFresh`], or [`Error::MissingClaim`] without `iat`.
    pub fn issued_within(self, age: Duration, now: UnixTime) -> Result<Self, Error> {
        let issued_at = self.issued_at.ok_or(Error::MissingClaim { name: "iat" })?;
        let ago = now.saturating_duration_since(issued_at.floor()).as_secs();
        let limit = age.as_secs();
        if ago > limit {
            return Err(AttestationError::NotFresh { ago, limit }.into());
        }
        Ok(self)
    }

    /// The trusted key that verified the attestation. `iss` is only the attester's word: its name
    /// is the one that the server trusts this key under.
    #[must_use]
    pub fn attester_key(&self) -> &Jwk {
        &self.attester
    }

    /// The claims, such as `iss`, `wallet_name` or `status`.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// Verifies the values of the request's headers `OAuth-Client-Attestation-PoP` at `now`.
    ///
    /// # Errors
    /// The variant of the first rule that is broken, in this order: number of headers, form, type,
    /// signature, claims, audience, client, challenge, times.
    pub fn with_pop<'h>(
        self,
        headers: impl IntoIterator<Item = &'h str>,
        rules: &PopRules<'_>,
        now: UnixTime,
    ) -> Result<AttestedClient, Error> {
        let token = only(headers, Token::Pop, POP_TYPE)?;
        verify_signature(&token, &self.key, Token::Pop)?;
        let claims = token.dangerous_payload()?;
        let thumbprint = self.key.thumbprint();
        let replay_key = rules.check(&claims, &self.client_id, &thumbprint, now)?;
        Ok(self.authenticated(Some(replay_key)))
    }

    /// Takes a DPoP proof in place of the proof of possession, which must have the attestation's
    /// key. With a challenge, the proof must have been verified with it as its nonce.
    ///
    /// # Errors
    /// [`AttestationError::WrongDpopKey`].
    #[cfg(feature = "dpop")]
    pub fn with_dpop(self, proof: &crate::dpop::VerifiedProof) -> Result<AttestedClient, Error> {
        if proof.key().verifying_key() != self.key.verifying_key() {
            return Err(AttestationError::WrongDpopKey.into());
        }
        Ok(self.authenticated(None))
    }

    fn authenticated(self, replay_key: Option<ReplayKey>) -> AttestedClient {
        AttestedClient {
            client_id: self.client_id,
            attester: self.attester,
            key: self.key,
            claims: self.claims,
            replay_key,
        }
    }
}

impl AttestedClient {
    /// The client's id: the attestation's `sub`. A `client_id` in the request must equal it.
    #[must_use]
    pub fn client_id(&self) -> &str {
        &self.client_id
    }

    /// The trusted key that verified the attestation, as in [`Attestation::attester_key`]. A client's
    /// id is unique only for one attester, unless the server trusts each for its own clients.
    #[must_use]
    pub fn attester_key(&self) -> &Jwk {
        &self.attester
    }

    /// The key of the client's instance. Codes and refresh tokens are bound to it.
    #[must_use]
    pub fn key(&self) -> &Jwk {
        &self.key
    }

    /// The claims of the attestation.
    #[must_use]
    pub fn claims(&self) -> &Map<String, Value> {
        &self.claims
    }

    /// Identifies the proof of possession in the caller's cache, which must refuse a second one
    /// with this key. `None` after [`Attestation::with_dpop`]: the DPoP proof has its own.
    #[must_use]
    pub fn replay_key(&self) -> Option<&ReplayKey> {
        self.replay_key.as_ref()
    }
}

/// The only token, which must have this type.
fn only<'h>(
    headers: impl IntoIterator<Item = &'h str>,
    token: Token,
    expected: &'static str,
) -> Result<Unverified<'h>, Error> {
    let mut headers = headers.into_iter();
    let text = headers.next().ok_or(AttestationError::Missing { token })?;
    if headers.next().is_some() {
        return Err(AttestationError::Several { token }.into());
    }
    let parsed = Unverified::parse(text, TOKEN_LIMIT)?;
    if !parsed.is_typed(expected) {
        return Err(AttestationError::WrongType { token, expected }.into());
    }
    Ok(parsed)
}

fn verify_signature(token: &Unverified<'_>, key: &Jwk, kind: Token) -> Result<(), Error> {
    token.verify_signature(key).map_err(|error| match error {
        Error::BadSignature { .. } => AttestationError::BadSignature { token: kind }.into(),
        error => error,
    })
}
