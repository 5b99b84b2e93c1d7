//! Presenting: the holder selects the claims to disclose and proves possession of their key.

use std::{fmt, str::FromStr};

use air_ids::UnixTime;
use air_jwt::{Signer, SigningKey, jws};
use serde_json::{Map, Value};

use crate::{
    Challenge, ClaimPath, Credential, Error,
    key_binding::{self, HolderKey},
    payload::payload_of,
    sd_jwt::{self, Parts, Revealed, reveal},
};

/// A compact SD-JWT VC with some of its disclosures, optionally bound to a verifier's challenge
/// (SD-JWT+KB). It is personal data, so `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Presentation(String);

impl Credential {
    /// Discloses the claims that the paths name, and everything within them. Of the objects and
    /// arrays around them, only the necessary parts are disclosed. An empty list discloses only the
    /// claims that the issuer keeps visible; [`ClaimPath::every`] discloses all.
    ///
    /// # Errors
    /// [`Error::NoSuchClaim`] for a path that names no claim, [`Error::Disclosure`] or
    /// [`Error::Format`] for a malformed credential.
    pub fn present(&self, claims: &[ClaimPath]) -> Result<Presentation, Error> {
        let parts = Parts::parse(self.as_str())?;
        let revealed = revealed(&parts)?;
        if let Some(path) = claims.iter().find(|path| !path.leads_into(&revealed.claims)) {
            return Err(Error::NoSuchClaim {
                path: path.to_string(),
            });
        }
        let chosen = parts
            .disclosures
            .iter()
            .zip(&revealed.places)
            .filter(|(_, place)| claims.iter().any(|path| path.meets(place, &revealed.claims)))
            .map(|(disclosure, _)| *disclosure);
        Ok(Presentation(sd_jwt::join(parts.issuer_jwt, chosen)))
    }
}

impl Presentation {
    /// Appends a key-binding JWT (RFC 9901, 4.3), dated `now`. It proves possession of the holder's
    /// key to the verifier that created the challenge.
    ///
    /// # Errors
    /// [`Error::NoHolderKey`] if the credential has no holder's key, [`Error::WrongHolderKey`] if
    /// it has another one.
    pub fn bind(self, key: &SigningKey, challenge: &Challenge, now: UnixTime) -> Result<Self, Error> {
        let claims = key_binding::claims(self.unbound()?, challenge, now);
        let jwt = jws::sign(key, key_binding::TYPE, &claims);
        self.with_key_binding(&jwt)
    }

    /// As [`Self::bind`], with further claims, such as `transaction_data_hashes` (OpenID4VP 1.0,
    /// B.3.3). A claim that the key-binding JWT has itself is not replaced.
    ///
    /// # Errors
    /// As [`Self::bind`].
    pub fn bind_claims(
        self,
        key: &SigningKey,
        challenge: &Challenge,
        further: &Map<String, Value>,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let mut claims = further.clone();
        if let Value::Object(own) = key_binding::claims(self.unbound()?, challenge, now) {
            claims.extend(own);
        }
        let jwt = jws::sign(key, key_binding::TYPE, &claims);
        self.with_key_binding(&jwt)
    }

    /// As [`Self::bind`], with a remote key.
    ///
    /// # Errors
    /// As [`Self::bind`], and [`Error::Signer`].
    pub async fn bind_with(
        self,
        signer: &impl Signer,
        challenge: &Challenge,
        now: UnixTime,
    ) -> Result<Self, Error> {
        let claims = key_binding::claims(self.unbound()?, challenge, now);
        let jwt = jws::sign_with(signer, key_binding::TYPE, &claims).await?;
        self.with_key_binding(&jwt)
    }

    /// The compact form: `<issuer-signed JWT>~<disclosure>~…~[<key-binding JWT>]`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Everything before the key-binding JWT.
    fn unbound(&self) -> Result<&str, Error> {
        Ok(Parts::parse(&self.0)?.presented)
    }

    /// Verifies the signature with the credential's key, because otherwise only the verifier would
    /// notice a wrong key.
    fn with_key_binding(&self, jwt: &str) -> Result<Self, Error> {
        let parts = Parts::parse(&self.0)?;
        let payload = payload_of(parts.issuer_jwt, NOT_A_JWT)?;
        let HolderKey::Jwk(holder) = HolderKey::of(&payload) else {
            return Err(Error::NoHolderKey);
        };
        jws::Unverified::parse(jwt, sd_jwt::LENGTH_LIMIT)
            .and_then(|token| token.verify_with(&holder))
            .map_err(|_| Error::WrongHolderKey)?;
        Ok(Self(format!("{}{jwt}", parts.presented)))
    }
}

const NOT_A_JWT: Error = Error::Format {
    reason: "its first part is not a signed JWT",
};

/// The claims and disclosures of a holder's own credential. Nothing is verified.
pub(crate) fn revealed(parts: &Parts<'_>) -> Result<Revealed, Error> {
    jws::Unverified::parse(parts.issuer_jwt, sd_jwt::LENGTH_LIMIT).map_err(|_| NOT_A_JWT)?;
    let payload = payload_of(parts.issuer_jwt, NOT_A_JWT)?;
    reveal(&payload, &parts.disclosures)
}

impl FromStr for Presentation {
    type Err = Error;

    fn from_str(compact: &str) -> Result<Self, Error> {
        Parts::parse(compact)?;
        Ok(Self(compact.to_owned()))
    }
}

impl fmt::Debug for Presentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presentation").finish_non_exhaustive()
    }
}
