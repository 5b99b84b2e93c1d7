//! A document and its proof.

use serde_json::{Map, Value};
use ssi::claims::data_integrity::{
    CryptographicSuite, DataIntegrity, DataIntegrityDocument, DeserializeCryptographicSuite,
    suite::{ConfigurationAlgorithm, CryptographicSuiteVerification},
    suites::{EcdsaRdfc2019, EcdsaSd2023, EdDsaRdfc2022},
};

use crate::{Error, Suite, contained::run, derived_bbs, environment::Environment, proofs::proofs};

/// The members of a proof. The library would drop others, or read them in ways of its own.
const MEMBERS: &[&str] = &[
    "type",
    "cryptosuite",
    "created",
    "expires",
    "verificationMethod",
    "proofPurpose",
    "proofValue",
];

/// The parts of a proof that decide how it is checked.
pub(crate) struct ProofParts<'p> {
    pub(crate) suite: Suite,
    pub(crate) method: &'p str,
    pub(crate) value: &'p str,
}

impl<'p> ProofParts<'p> {
    /// Reads a proof.
    ///
    /// # Errors
    /// [`Error::Format`] or [`Error::UnsupportedSuite`].
    pub(crate) fn of(proof: &'p Map<String, Value>) -> Result<Self, Error> {
        if !proof.keys().all(|name| MEMBERS.contains(&name.as_str())) {
            return Err(Error::Format {
                reason: "the proof has a member that is not supported",
            });
        }
        let text = |name| {
            proof.get(name).and_then(Value::as_str).ok_or(Error::Format {
                reason: "a member of the proof is missing",
            })
        };
        if proof.values().any(|value| !value.is_string()) {
            return Err(Error::Format {
                reason: "a member of the proof is not a text",
            });
        }
        let suite: Suite = text("cryptosuite")?.parse()?;
        let value = text("proofValue")?;
        let prefix = if suite.is_selective() { 'u' } else { 'z' };
        if !value.starts_with(prefix) {
            return Err(Error::Format {
                reason: "`proofValue` is not in the encoding of the suite",
            });
        }
        Ok(Self {
            suite,
            method: text("verificationMethod")?,
            value,
        })
    }

    /// Whether this is the holder's credential with a selective suite, and not a presentation of it.
    /// The third byte of the value tells it (ECDSA Cryptosuites, 3.5; BBS Cryptosuites, 3.3).
    pub(crate) fn is_base(&self) -> bool {
        match self.suite {
            Suite::EcdsaSd2023 => self.value.starts_with("u2V0A"),
            Suite::Bbs2023 => self.value.starts_with("u2V0C"),
            Suite::EcdsaRdfc2019 | Suite::EddsaRdfc2022 => false,
        }
    }
}

/// Verifies the proof of a document with the only key of the environment.
///
/// # Errors
/// [`Error::BadProof`].
pub(crate) fn verify(
    suite: Suite,
    claims: DataIntegrityDocument,
    proof: &Map<String, Value>,
    environment: &Environment<'_>,
) -> Result<(), Error> {
    match suite {
        Suite::EcdsaRdfc2019 => verify_by::<EcdsaRdfc2019>(claims, proof, environment),
        Suite::EddsaRdfc2022 => verify_by::<EdDsaRdfc2022>(claims, proof, environment),
        Suite::EcdsaSd2023 => verify_by::<EcdsaSd2023>(claims, proof, environment),
        Suite::Bbs2023 => derived_bbs::verify(&claims, proof, environment),
    }
}

fn verify_by<S>(
    claims: DataIntegrityDocument,
    proof: &Map<String, Value>,
    environment: &Environment<'_>,
) -> Result<(), Error>
where
    S: CryptographicSuite + for<'de> DeserializeCryptographicSuite<'de>,
    S: for<'e, 'c> CryptographicSuiteVerification<DataIntegrityDocument, &'e Environment<'c>>,
    S::Configuration: ConfigurationAlgorithm<S, InputVerificationOptions = ()>,
{
    let secured = DataIntegrity::new(claims, proofs::<S>(proof)?);
    match run("verify", secured.verify(environment))? {
        Ok(Ok(())) => Ok(()),
        _ => Err(Error::BadProof),
    }
}
