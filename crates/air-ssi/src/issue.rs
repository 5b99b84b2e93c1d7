//! Issuing credentials.

use std::{collections::BTreeMap, fmt, sync::Mutex};

use air_jwt::SignerError;
use air_vc::{ClaimPath, UnixTime, w3c::W3cIssueOptions};
use jiff::Timestamp;
use serde_json::{Map, Value, json};
use ssi::{
    JsonPointerBuf,
    claims::{
        SignatureError,
        data_integrity::{
            CryptographicSuite, DataIntegrityDocument, ProofOptions,
            suite::{ConfigurationAlgorithm, CryptographicSuiteSigning},
            suites::{
                Bbs2023, EcdsaRdfc2019, EcdsaSd2023, EdDsaRdfc2022, bbs_2023::Bbs2023SignatureOptions,
                ecdsa_sd_2023::SignatureOptions,
            },
        },
    },
    verification_methods::{Multikey, ProofPurpose, ReferenceOrOwned},
};

use crate::{
    Contexts, Error, IssuerKey, Suite,
    contained::{contained, run},
    document::{LENGTH_LIMIT, checked},
    environment::{Environment, Keys},
    pointer,
    signer::{BbsSigner, Ed25519Signer, P256Signer, Secret},
};

/// The members that a presentation always shows: a verifier needs them.
const ALWAYS_SHOWN: &[&str] = &[
    "issuer",
    "validFrom",
    "validUntil",
    "credentialStatus",
    "credentialSchema",
];

/// How a credential is secured.
#[derive(Clone, Debug)]
pub struct ProofTerms {
    /// The suite.
    pub suite: Suite,
    /// `created`: the time of the proof. `None` leaves it out: an exact time links the presentations of
    /// a credential.
    pub created: Option<UnixTime>,
    /// Claims of the subject that every presentation shows, for suites with selective disclosure.
    pub always_visible: Vec<ClaimPath>,
}

impl ProofTerms {
    /// Terms without a time, and with every claim withholdable.
    #[must_use]
    pub fn new(suite: Suite) -> Self {
        Self {
            suite,
            created: None,
            always_visible: Vec::new(),
        }
    }
}

/// An issuer: its identifier, and the key that signs its proofs.
#[derive(Debug)]
pub struct Issuer<'k> {
    iss: String,
    method: String,
    key: &'k IssuerKey,
    contexts: &'k Contexts,
}

impl<'k> Issuer<'k> {
    /// Creates an issuer. `method` is the URL of the key in the issuer's document, such as
    /// `did:web:issuer.example#key-1`.
    #[must_use]
    pub fn new(
        iss: impl Into<String>,
        method: impl Into<String>,
        key: &'k IssuerKey,
        contexts: &'k Contexts,
    ) -> Self {
        Self {
            iss: iss.into(),
            method: method.into(),
            key,
            contexts,
        }
    }

    /// Issues a W3C credential 2.0 with a key in memory. `options` are those of `air-vc`, without
    /// `securing`. Validate the subject first.
    ///
    /// # Errors
    /// As [`Self::issue_with`]; [`Error::Library`] if the key is not in memory.
    pub fn issue(
        &self,
        terms: &ProofTerms,
        options: &W3cIssueOptions,
        subject: &Map<String, Value>,
    ) -> Result<W3cCredential, Error> {
        run("sign", self.issue_with(terms, options, subject))?
    }

    /// As [`Self::issue`], with a key behind a remote signer.
    ///
    /// # Errors
    /// The rule that the credential or the key breaks; [`Error::Signer`].
    pub async fn issue_with(
        &self,
        terms: &ProofTerms,
        options: &W3cIssueOptions,
        subject: &Map<String, Value>,
    ) -> Result<W3cCredential, Error> {
        let document = air_vc::Issuer::new(self.iss.as_str(), &()).w3c_document(options, subject)?;
        self.secure(terms, document).await
    }

    /// Adds a proof to a document without one.
    ///
    /// # Errors
    /// As [`Self::issue_with`].
    pub async fn secure(
        &self,
        terms: &ProofTerms,
        mut document: Map<String, Value>,
    ) -> Result<W3cCredential, Error> {
        self.key.check(terms.suite)?;
        if document.contains_key("proof") {
            return Err(Error::Format {
                reason: "it has a proof already; several are not supported",
            });
        }
        let claims = checked(&document, self.contexts)?;
        let mandatory = mandatory(terms, &document)?;
        let environment = Environment::new(self.contexts, &self.method, self.key.public())?;
        let created = terms.created.map(date_time).transpose()?;
        let value = self
            .proof_value(terms.suite, claims, &environment, created.as_deref(), mandatory)
            .await?;
        document.insert("proof".to_owned(), self.proof(terms.suite, created, &value));
        let text = Value::Object(document).to_string();
        if text.len() > LENGTH_LIMIT {
            return Err(Error::TooLarge {
                what: "bytes",
                limit: LENGTH_LIMIT,
            });
        }
        Ok(W3cCredential(text))
    }

    fn proof(&self, suite: Suite, created: Option<String>, value: &str) -> Value {
        let members = [
            ("type", Some(json!("DataIntegrityProof"))),
            ("cryptosuite", Some(json!(suite.name()))),
            ("created", created.map(Value::from)),
            ("verificationMethod", Some(json!(self.method))),
            ("proofPurpose", Some(json!("assertionMethod"))),
            ("proofValue", Some(json!(value))),
        ];
        members
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect()
    }

    async fn proof_value(
        &self,
        suite: Suite,
        claims: DataIntegrityDocument,
        environment: &Environment<'_>,
        created: Option<&str>,
        mandatory_pointers: Vec<JsonPointerBuf>,
    ) -> Result<String, Error> {
        let failure = Mutex::new(None);
        let options = self.options(created)?;
        let signed = match (suite, &self.key.secret) {
            (Suite::EcdsaRdfc2019, Secret::P256(key)) => {
                let signer = P256Signer {
                    key,
                    failure: &failure,
                };
                signed(EcdsaRdfc2019, claims, environment, signer, options, ()).await?
            }
            (Suite::EddsaRdfc2022, Secret::Ed25519(key)) => {
                signed(
                    EdDsaRdfc2022,
                    claims,
                    environment,
                    Ed25519Signer(key),
                    options,
                    (),
                )
                .await?
            }
            (Suite::EcdsaSd2023, Secret::P256(key)) => {
                let signer = P256Signer {
                    key,
                    failure: &failure,
                };
                let selective = SignatureOptions {
                    mandatory_pointers,
                    hmac_key: None,
                    key_pair: None,
                };
                signed(EcdsaSd2023, claims, environment, signer, options, selective).await?
            }
            (Suite::Bbs2023, Secret::Bbs(key)) => {
                let selective = Bbs2023SignatureOptions {
                    mandatory_pointers,
                    ..Bbs2023SignatureOptions::default()
                };
                signed(Bbs2023, claims, environment, BbsSigner(key), options, selective).await?
            }
            _ => return Err(Error::WrongKeyType { suite }),
        };
        signed.map_err(|_| cause(&failure))
    }

    fn options(&self, created: Option<&str>) -> Result<ProofOptions<Multikey, ()>, Error> {
        let (method, _) = self.key.public().named(&self.method)?;
        let created = created.map(str::parse).transpose();
        Ok(ProofOptions {
            context: None,
            created: created.map_err(|_| Error::Library { step: "date" })?,
            verification_method: Some(ReferenceOrOwned::Reference(method)),
            proof_purpose: ProofPurpose::Assertion,
            expires: None,
            domains: Vec::new(),
            challenge: None,
            nonce: None,
            options: (),
            extra_properties: BTreeMap::new(),
        })
    }
}

/// Signs with the library, and returns the proof's value.
async fn signed<S, T, O>(
    suite: S,
    claims: DataIntegrityDocument,
    environment: &Environment<'_>,
    signer: T,
    proof_options: ProofOptions<Multikey, ()>,
    signature_options: O,
) -> Result<Result<String, SignatureError>, Error>
where
    S: CryptographicSuite<VerificationMethod = Multikey, ProofOptions = ()>,
    S: for<'e> CryptographicSuiteSigning<DataIntegrityDocument, Environment<'e>, &'e Keys, T>,
    S::Configuration: ConfigurationAlgorithm<
            S,
            InputVerificationMethod = Multikey,
            InputSuiteOptions = (),
            InputSignatureOptions = O,
        >,
{
    // Boxed, because the library's futures are large.
    contained(
        "sign",
        Box::pin(async {
            let (configuration, transformation) =
                suite.configure_signature(proof_options, signature_options)?;
            let signature = suite
                .generate_signature(
                    environment,
                    environment.keys(),
                    signer,
                    &claims,
                    configuration.borrowed(),
                    transformation,
                )
                .await?;
            Ok(signature.as_ref().to_owned())
        }),
    )
    .await
}

/// The pointers to the members that every presentation shows.
fn mandatory(terms: &ProofTerms, document: &Map<String, Value>) -> Result<Vec<JsonPointerBuf>, Error> {
    if !terms.suite.is_selective() {
        return if terms.always_visible.is_empty() {
            Ok(Vec::new())
        } else {
            Err(Error::NotSelective { suite: terms.suite })
        };
    }
    let members = ALWAYS_SHOWN.iter().filter(|name| document.contains_key(**name));
    let mut pointers: Vec<String> = members.map(|name| format!("/{name}")).collect();
    pointers.extend(pointer::of_claims(document, &terms.always_visible)?);
    pointer::parsed(pointers)
}

/// The signer's own error, if it is the cause.
fn cause(failure: &Mutex<Option<SignerError>>) -> Error {
    let kept = failure.lock().ok().and_then(|mut kept| kept.take());
    kept.map_or(Error::Library { step: "sign" }, Error::Signer)
}

/// A time in UTC as `2026-01-19T07:18:45Z`.
fn date_time(time: UnixTime) -> Result<String, Error> {
    let seconds = i64::try_from(time.as_secs()).ok();
    let time = seconds.and_then(|seconds| Timestamp::from_second(seconds).ok());
    let time = time.ok_or(Error::Format {
        reason: "the time of the proof is after the year 9999",
    })?;
    Ok(time.to_string())
}

/// An issued credential with its proof. With a selective suite, it is for the holder only, who derives
/// presentations from it. It is personal data, so `Debug` shows nothing of it.
#[derive(Clone, PartialEq, Eq)]
pub struct W3cCredential(pub(crate) String);

impl W3cCredential {
    /// The JSON document with its proof.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The JSON document with its proof.
    #[must_use]
    pub fn into_string(self) -> String {
        self.0
    }
}

impl fmt::Debug for W3cCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("W3cCredential").finish_non_exhaustive()
    }
}
