//! What a verifier asks for.

use air_ids::UnixTime;

use crate::{Condition, Error, error::check_size};

const VERIFIER_LIMIT: usize = 1024;
const PROGRAM_LIMIT: usize = 256;
const CONDITION_LIMIT: usize = 16;
const DISCLOSED_LIMIT: usize = 64;

/// A request for one presentation. A verifier makes the nonce from 16 or more random bytes, and accepts one answer to
/// each.
#[derive(Clone, Debug, PartialEq)]
pub struct Request {
    pub(crate) verifier: String,
    pub(crate) program: String,
    pub(crate) nonce: Vec<u8>,
    pub(crate) expires_at: UnixTime,
    pub(crate) conditions: Vec<Condition>,
    pub(crate) disclosed: Vec<String>,
}

impl Request {
    /// A request of a verifier (its DID) for a verification program, which is answered until `expires_at`.
    ///
    /// # Errors
    /// [`Error::Size`] if the verifier has more than 1,024 bytes, the program more than 256, or the nonce not 16 to
    /// 64.
    pub fn new(
        verifier: impl Into<String>,
        program: impl Into<String>,
        nonce: &[u8],
        expires_at: UnixTime,
    ) -> Result<Self, Error> {
        let (verifier, program) = (verifier.into(), program.into());
        check_size("the verifier", verifier.len(), 1, VERIFIER_LIMIT)?;
        check_size("the program", program.len(), 1, PROGRAM_LIMIT)?;
        check_size("the nonce", nonce.len(), 16, 64)?;
        Ok(Self {
            verifier,
            program,
            nonce: nonce.to_vec(),
            expires_at,
            conditions: Vec::new(),
            disclosed: Vec::new(),
        })
    }

    /// Adds a condition to prove.
    #[must_use]
    pub fn prove(mut self, condition: Condition) -> Self {
        self.conditions.push(condition);
        self
    }

    /// Adds an attribute to disclose. An absent one is disclosed as absent.
    #[must_use]
    pub fn disclose(mut self, attribute: impl Into<String>) -> Self {
        self.disclosed.push(attribute.into());
        self
    }

    /// The conditions.
    #[must_use]
    pub fn conditions(&self) -> &[Condition] {
        &self.conditions
    }

    /// Refuses a request that is no longer answered.
    pub(crate) fn check_expiry(&self, now: UnixTime) -> Result<(), Error> {
        if now > self.expires_at {
            return Err(Error::Expired {
                expires_at: self.expires_at,
            });
        }
        Ok(())
    }

    pub(crate) fn check(&self) -> Result<(), Error> {
        check_size(
            "the list of conditions",
            self.conditions.len(),
            0,
            CONDITION_LIMIT,
        )?;
        check_size(
            "the list of disclosed attributes",
            self.disclosed.len(),
            0,
            DISCLOSED_LIMIT,
        )
    }
}
