//! Presenting chosen claims of a credential.

use std::fmt;

use air_vc::ClaimPath;
use serde_json::{Map, Value};
use ssi::{
    JsonPointerBuf,
    claims::data_integrity::{
        CryptographicSuite, DataIntegrity, DataIntegrityDocument, DeserializeCryptographicSuite,
        suite::{CryptographicSuiteSelect, SelectiveCryptographicSuite},
        suites::{
            Bbs2023, EcdsaSd2023,
            bbs_2023::{self, DerivedFeatureOption},
            ecdsa_sd_2023,
        },
    },
    json_ld::syntax::{Print, Value as Syntax},
};

use crate::{
    Contexts, Error, Link, PublicKey, Suite, W3cCredential,
    contained::run,
    document::{LENGTH_LIMIT, checked},
    environment::Environment,
    link, pointer,
    secured::{self, ProofParts, proofs},
};

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
        let read = checked(&document, contexts)?;
        read.check_presentable()?;
        let pointers = pointer::parsed(pointer::of_claims(&document, claims)?)?;
        let environment = Environment::new(contexts, parts.method, key)?;
        let (mut document, value) = if suite == Suite::Bbs2023 {
            let options = bbs_2023::DeriveOptions {
                selective_pointers: pointers,
                presentation_header: None,
                feature_option: DerivedFeatureOption::Baseline,
            };
            derive::<Bbs2023>(read.claims, &proof, &environment, options)?
        } else {
            derive::<EcdsaSd2023>(read.claims, &proof, &environment, selecting(pointers))?
        };
        proof.insert("proofValue".to_owned(), Value::String(value));
        // Statements that differed in the credential may look the same in a part of it.
        let shown = checked(&document, contexts)?;
        secured::verify(suite, shown.claims, &proof, &environment)?;
        let links = link::of(&document, &proof, suite);
        document.insert("proof".to_owned(), Value::Object(proof));
        Ok(Presentation {
            text: Value::Object(document).to_string(),
            links,
        })
    }
}

fn selecting(selective_pointers: Vec<JsonPointerBuf>) -> ecdsa_sd_2023::DeriveOptions {
    ecdsa_sd_2023::DeriveOptions { selective_pointers }
}

/// Derives with the library, and returns the disclosed part and the proof's value.
fn derive<S>(
    claims: DataIntegrityDocument,
    proof: &Map<String, Value>,
    environment: &Environment<'_>,
    options: S::SelectionOptions,
) -> Result<(Map<String, Value>, String), Error>
where
    S: CryptographicSuite + SelectiveCryptographicSuite + for<'de> DeserializeCryptographicSuite<'de>,
    S: for<'e, 'c> CryptographicSuiteSelect<DataIntegrityDocument, &'e Environment<'c>>,
{
    const FAILED: Error = Error::Library { step: "present" };
    let base = DataIntegrity::new(claims, proofs::<S>(proof)?);
    let derived = run("present", base.select(environment, options))?.map_err(|_| FAILED)?;
    let value = derived
        .proofs
        .first()
        .ok_or(FAILED)?
        .signature
        .as_ref()
        .to_owned();
    let text = Syntax::Object(derived.claims).compact_print().to_string();
    let document = air_json::read_object(text.as_bytes()).map_err(|_| FAILED)?;
    Ok((document, value))
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

    /// What links this presentation to others of the same credential. Empty means unlinkable, apart
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
