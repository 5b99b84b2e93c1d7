//! Presenting: the holder chooses what to show, and proves that the credential is theirs.

use std::{collections::HashSet, fmt, str::FromStr};

use air_jwt::{Signer, SigningKey, jws};

use crate::{
    Challenge, ClaimPath, Credential, Error,
    claim_path::{Place, places},
    key_binding::{self, HolderKey},
    payload::payload_of,
    sd_jwt::{self, Parts, Revealed, reveal},
};

/// A compact SD-JWT VC with some of its disclosures, perhaps bound to a verifier's challenge (SD-JWT+KB). Personal data, so
/// `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct Presentation(String);

impl Credential {
    /// Shows the claims that the paths name, with all within them; whatever is around them is shown as empty as it can be. No
    /// path shows nothing but what the issuer keeps visible; [`ClaimPath::every`] shows all.
    ///
    /// # Errors
    /// [`Error::NoSuchClaim`] for a path that leads nowhere, [`Error::Disclosure`] or [`Error::Format`] for a credential that is
    /// broken.
    pub fn present(&self, claims: &[ClaimPath]) -> Result<Presentation, Error> {
        let parts = Parts::parse(self.as_str())?;
        let revealed = revealed(&parts)?;
        let wanted = with_what_is_around(&revealed, claims)?;
        let chosen = parts
            .disclosures
            .iter()
            .zip(&revealed.places)
            .filter(|(_, place)| wanted.contains(place.as_slice()))
            .map(|(disclosure, _)| *disclosure);
        Ok(Presentation(sd_jwt::join(parts.issuer_jwt, chosen)))
    }
}

impl Presentation {
    /// Proves possession of the holder's key to the one verifier that made the challenge, at `now` (seconds since 1970):
    /// appends a key-binding JWT (RFC 9901, 4.3).
    ///
    /// # Errors
    /// [`Error::NoHolderKey`] when the credential names none, [`Error::WrongHolderKey`] when it names another.
    pub fn bind(self, key: &SigningKey, challenge: &Challenge, now: u64) -> Result<Self, Error> {
        let claims = key_binding::claims(self.unbound()?, challenge, now);
        let jwt = jws::sign(key, key_binding::TYPE, &claims);
        self.with_key_binding(&jwt)
    }

    /// As [`Self::bind`], with a key that lives elsewhere.
    ///
    /// # Errors
    /// The same, and [`Error::Signer`].
    pub async fn bind_with(
        self,
        signer: &impl Signer,
        challenge: &Challenge,
        now: u64,
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

    /// All but a key-binding JWT.
    fn unbound(&self) -> Result<&str, Error> {
        Ok(Parts::parse(&self.0)?.presented)
    }

    /// A signature of another key than the credential's would only be found out by the verifier: find it out here.
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

/// What the holder sees of a credential: it is theirs, so nothing is verified.
pub(crate) fn revealed(parts: &Parts<'_>) -> Result<Revealed, Error> {
    jws::Unverified::parse(parts.issuer_jwt, sd_jwt::LENGTH_LIMIT).map_err(|_| NOT_A_JWT)?;
    let payload = payload_of(parts.issuer_jwt, NOT_A_JWT)?;
    reveal(&payload, &parts.disclosures)
}

/// The places that the paths name, and those around them.
fn with_what_is_around(revealed: &Revealed, paths: &[ClaimPath]) -> Result<HashSet<Vec<Place>>, Error> {
    let there = places(&revealed.claims);
    let mut wanted = HashSet::new();
    for path in paths {
        let mut named = there.iter().filter(|place| path.covers(place)).peekable();
        if named.peek().is_none() {
            return Err(Error::NoSuchClaim {
                path: path.to_string(),
            });
        }
        for place in named {
            let mut around = place.as_slice();
            while !around.is_empty() && wanted.insert(around.to_vec()) {
                around = around.split_last().map_or(&[], |(_, rest)| rest);
            }
        }
    }
    Ok(wanted)
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
