//! Presenting chosen claims of a credential.

use std::fmt;

use crate::{
    Contexts, Error, Link, PublicKey, Suite, W3cCredential,
    derive::{self, Derived},
    derived_bbs,
    document::{LENGTH_LIMIT, checked},
    environment::Environment,
    link, pointer,
    secured::{self, ProofParts},
};
use air_vc::ClaimPath;
use serde_json::{Map, Value};

/// The maximum size of a challenge in bytes.
const CHALLENGE_LIMIT: usize = 1024;

type Object = Map<String, Value>;

/// A presentation of chosen claims, for one verifier. It is personal data, so `Debug` shows its links
/// only.
#[derive(Clone, PartialEq, Eq)]
pub struct Presentation {
    text: String,
    links: Vec<Link>,
}

impl W3cCredential {
    /// Reads a credential that a holder has.
    ///
    /// # Errors
    /// [`Error::TooLarge`], or [`Error::Format`] if it is not a document with one proof.
    pub fn parse(json: &str) -> Result<Self, Error> {
        let (_, proof) = take_apart(json)?;
        ProofParts::of(&proof)?;
        Ok(Self(json.to_owned()))
    }

    /// Derives a presentation that shows these claims of the subject, and what its issuer always shows.
    /// Derive another one for each verifier: with `bbs-2023` nothing else links them.
    ///
    /// `key` is the issuer's key that the proof names. The presentation is verified with it.
    ///
    /// # Errors
    /// [`Error::NotSelective`], [`Error::NoSuchClaim`], [`Error::BadProof`], or the rule that the
    /// credential breaks.
    pub fn present(
        &self,
        contexts: &Contexts,
        key: &PublicKey,
        claims: &[ClaimPath],
    ) -> Result<Presentation, Error> {
        self.derive(contexts, key, claims, None)
    }

    /// As [`Self::present`], for the challenge of one verifier ([`crate::Verifier::requiring_challenge`]),
    /// so that nobody can show the presentation to another verifier, or again.
    ///
    /// # Errors
    /// As [`Self::present`]; [`Error::NoChallenge`] for another suite than `bbs-2023`.
    pub fn present_for(
        &self,
        contexts: &Contexts,
        key: &PublicKey,
        claims: &[ClaimPath],
        challenge: &[u8],
    ) -> Result<Presentation, Error> {
        self.derive(contexts, key, claims, Some(challenge))
    }

    fn derive(
        &self,
        contexts: &Contexts,
        key: &PublicKey,
        claims: &[ClaimPath],
        challenge: Option<&[u8]>,
    ) -> Result<Presentation, Error> {
        let (document, mut proof) = take_apart(&self.0)?;
        let parts = ProofParts::of(&proof)?;
        let suite = parts.suite;
        if !suite.is_selective() {
            return Err(Error::NotSelective { suite });
        }
        if !parts.is_base() {
            return Err(Error::Format {
                reason: "it is a presentation already; derive it from the credential",
            });
        }
        if !key.fits(suite) {
            return Err(Error::WrongKeyType { suite });
        }
        if challenge.is_some() && suite != Suite::Bbs2023 {
            return Err(Error::NoChallenge { suite });
        }
        if challenge.is_some_and(|challenge| challenge.len() > CHALLENGE_LIMIT) {
            return Err(Error::TooLarge {
                what: "bytes of challenge",
                limit: CHALLENGE_LIMIT,
            });
        }
        let claims_of_all = checked(&document, contexts)?;
        let chosen = pointer::parsed(pointer::of_claims(&document, claims)?)?;
        let environment = Environment::new(contexts, parts.method, key)?;
        let Derived {
            mut document,
            proof_value,
        } = if suite == Suite::Bbs2023 {
            let key = environment
                .key()
                .and_then(derived_bbs::bytes)
                .ok_or(Error::InvalidKey)?;
            derive::with_bbs(
                &claims_of_all,
                &proof,
                contexts,
                &key,
                &chosen,
                challenge.unwrap_or_default(),
            )?
        } else {
            derive::with_ecdsa(&claims_of_all, &proof, contexts, &chosen)?
        };
        proof.insert("proofValue".to_owned(), Value::String(proof_value));
        // Statements that differed in the credential may look the same in a part of it.
        let shown = checked(&document, contexts)?;
        secured::verify(suite, shown, &proof, &environment)?;
        let links = link::of(&document, &proof, suite);
        document.insert("proof".to_owned(), Value::Object(proof));
        Ok(Presentation {
            text: Value::Object(document).to_string(),
            links,
        })
    }
}

/// Reads a document and its proof.
fn take_apart(json: &str) -> Result<(Object, Object), Error> {
    if json.len() > LENGTH_LIMIT {
        return Err(Error::TooLarge {
            what: "bytes",
            limit: LENGTH_LIMIT,
        });
    }
    let unreadable = |_| Error::Format {
        reason: "it is not a JSON object, has a member twice, or a number that readers round",
    };
    let mut document = air_json::read_object(json.as_bytes()).map_err(unreadable)?;
    match document.remove("proof") {
        Some(Value::Object(proof)) => Ok((document, proof)),
        _ => Err(Error::Format {
            reason: "`proof` is not one object",
        }),
    }
}

impl Presentation {
    /// The JSON document with its derived proof.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The JSON document with its derived proof.
    #[must_use]
    pub fn into_string(self) -> String {
        self.text
    }

    /// The values that link this presentation to others of the same credential. Empty means unlinkable, apart
    /// from the disclosed claims.
    #[must_use]
    pub fn links(&self) -> &[Link] {
        &self.links
    }
}

impl fmt::Debug for Presentation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presentation")
            .field("links", &self.links)
            .finish_non_exhaustive()
    }
}
