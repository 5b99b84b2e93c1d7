//! Presentations: made by holders, verified by anyone who has the issuer's key.

mod disclosed;
mod prove;
mod signature;
#[cfg(test)]
mod tests;
mod verify;

use std::fmt;

use air_ids::UnixTime;
use rand_core::CryptoRng;
use serde_json::{Map, Value as Json};

use crate::{
    Credential, CredentialScheme, Epoch, EpochToken, Error, Request, condition::Test, encoding::Value,
    statement::Statement,
};

/// The version of the encoding.
const VERSION: u8 = 1;
/// The largest presentation that is read.
const LIMIT: usize = 512 * 1024;

/// A presentation: the epoch, the disclosed values, and one proof of everything else.
#[derive(Clone, PartialEq, Eq)]
pub struct Presentation(Vec<u8>);

impl Presentation {
    /// Answers a request. The proof shows the conditions and the disclosed values, and nothing else of the credential.
    ///
    /// # Errors
    /// [`Error::NotSatisfied`] if a condition does not hold, [`Error::Condition`] or [`Error::UnknownAttribute`] if
    /// it can't be proved, [`Error::Token`] if the token belongs to another credential, and [`Error::Signature`] if
    /// the credential belongs to another scheme.
    pub fn new(
        scheme: &CredentialScheme,
        credential: &Credential,
        token: &EpochToken,
        request: &Request,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, Error> {
        let statement = Statement::new(scheme, request)?;
        if credential.values.len() != scheme.layout().len()
            || credential.messages.first() != Some(&scheme.basis().domain)
        {
            return Err(Error::Signature);
        }
        check_conditions(scheme, &statement.tests, &credential.values)?;
        credential.check_token(scheme, token)?;
        prove::prove(scheme, credential, token, &statement, &credential.values, rng).map(Self)
    }

    /// Wraps bytes, which [`verify`](Self::verify) reads.
    ///
    /// # Errors
    /// [`Error::Malformed`] if there are more than 512 KiB.
    pub fn from_bytes(bytes: impl Into<Vec<u8>>) -> Result<Self, Error> {
        let bytes = bytes.into();
        if bytes.len() > LIMIT {
            return Err(Error::Malformed);
        }
        Ok(Self(bytes))
    }

    /// The bytes.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Verifies the answer to a request. The caller accepts one answer to each nonce.
    ///
    /// # Errors
    /// [`Error::Expired`], [`Error::Epoch`], [`Error::Malformed`], [`Error::NotSatisfied`] or [`Error::Proof`], and
    /// those of a request that can't be answered.
    pub fn verify(
        &self,
        scheme: &CredentialScheme,
        request: &Request,
        now: UnixTime,
    ) -> Result<Verified, Error> {
        request.check_expiry(now)?;
        let statement = Statement::new(scheme, request)?;
        verify::verify(scheme, &statement, &self.0, now)
    }
}

impl fmt::Debug for Presentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Presentation({} bytes)", self.0.len())
    }
}

/// What a verified presentation says: all conditions of the request hold.
#[derive(Clone, PartialEq)]
pub struct Verified {
    epoch: Epoch,
    disclosed: Map<String, Json>,
}

impl Verified {
    /// The epoch in which the credential is not revoked.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// The disclosed attributes, with those of conditions `equals`, and without absent ones. Numbers, dates and
    /// times are written in one form, which can differ from the subject's.
    #[must_use]
    pub fn disclosed(&self) -> &Map<String, Json> {
        &self.disclosed
    }
}

impl fmt::Debug for Verified {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<&String> = self.disclosed.keys().collect();
        f.debug_struct("Verified")
            .field("epoch", &self.epoch)
            .field("disclosed", &names)
            .finish()
    }
}

/// Tests the conditions on all values.
fn check_conditions(
    scheme: &CredentialScheme,
    tests: &[(usize, Test)],
    values: &[Value],
) -> Result<(), Error> {
    for (position, test) in tests {
        if !values.get(*position).is_some_and(|value| test.holds(value)) {
            return Err(not_satisfied(scheme, *position));
        }
    }
    Ok(())
}

fn not_satisfied(scheme: &CredentialScheme, position: usize) -> Error {
    let name = scheme.layout().at(position).map(|(name, _)| name);
    Error::NotSatisfied {
        attribute: name.unwrap_or_default().into(),
    }
}
