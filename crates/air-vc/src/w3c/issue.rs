//! Issuing version 2.0.

use std::fmt;

use air_ids::UnixTime;
use air_jwt::{Algorithm, Signer, jws};
use serde_json::{Map, Value, json};

use super::integrity::Unsigned;
use crate::{
    Error, Format, Issuer,
    data_model::{BASE_TYPE, CONTEXT, TYPE, date_time},
    issue::{check_length, check_members},
    status::BitstringStatusListEntry,
};

/// The members of a W3C credential besides its subject, and its securing mechanism.
#[derive(Clone, Debug, Default)]
pub struct W3cIssueOptions {
    /// `type`, in addition to `VerifiableCredential`.
    pub types: Vec<String>,
    /// `@context`, after the one of credentials 2.0: the URLs of the documents that define the
    /// subject's terms.
    pub contexts: Vec<String>,
    /// `id`: a URL of this credential, such as a `urn:uuid:`.
    pub id: Option<String>,
    /// `credentialSubject.id`: the holder's DID.
    pub holder: Option<String>,
    /// `validFrom`.
    pub valid_from: UnixTime,
    /// `validUntil`; `None` means permanent.
    pub valid_until: Option<UnixTime>,
    /// `credentialStatus`: one entry for each purpose.
    pub statuses: Vec<BitstringStatusListEntry>,
    /// `credentialSchema`: the URL of the subject's JSON Schema.
    pub schema: Option<String>,
    /// The securing mechanism.
    pub securing: SecuringMechanism,
}

/// The securing mechanism of a W3C credential (Verifiable Credentials Data Model 2.0, 4.12).
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SecuringMechanism {
    /// A JWT whose payload is the credential ([`Format::W3cJwt`]).
    #[default]
    Jwt,
    /// An embedded `ecdsa-jcs-2019` proof ([`Format::W3cDataIntegrity`]), dated
    /// [`W3cIssueOptions::valid_from`]. It needs an ES256 key.
    DataIntegrity {
        /// `verificationMethod`: the key's ID in the issuer's document, such as
        /// `did:web:issuer.example#key-1`.
        verification_method: String,
    },
}

/// An issued W3C credential. It is personal data, so `Debug` shows the format only.
#[derive(Clone, PartialEq, Eq)]
pub struct W3cCredential {
    format: Format,
    text: String,
}

impl W3cCredential {
    fn of(format: Format, text: String) -> Result<Self, Error> {
        check_length(&text)?;
        Ok(Self { format, text })
    }

    /// The format.
    #[must_use]
    pub fn format(&self) -> Format {
        self.format
    }

    /// The compact JWT, or the JSON document with its proof.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The compact JWT, or the JSON document with its proof.
    #[must_use]
    pub fn into_string(self) -> String {
        self.text
    }
}

impl<K> Issuer<'_, K> {
    /// The unsigned document of a credential, for other securing mechanisms.
    ///
    /// # Errors
    /// [`Error::ReservedClaim`] if the subject has an `id`, which [`W3cIssueOptions::holder`] sets.
    /// [`Error::InexactNumber`] for a number that a reader may round.
    pub fn w3c_document(
        &self,
        options: &W3cIssueOptions,
        subject: &Map<String, Value>,
    ) -> Result<Map<String, Value>, Error> {
        if subject.contains_key("id") {
            return Err(Error::ReservedClaim { name: "id".into() });
        }
        check_members(subject)?;
        let mut subject = subject.clone();
        if let Some(holder) = &options.holder {
            subject.insert("id".into(), json!(holder));
        }
        let with = |first: &str, more: &[String]| {
            let names: Vec<&str> = std::iter::once(first)
                .chain(more.iter().map(String::as_str))
                .collect();
            json!(names)
        };
        let statuses: Vec<Value> = options
            .statuses
            .iter()
            .map(BitstringStatusListEntry::to_value)
            .collect();
        let members = [
            ("@context", Some(with(CONTEXT, &options.contexts))),
            ("id", options.id.as_ref().map(|id| json!(id))),
            ("type", Some(with(BASE_TYPE, &options.types))),
            ("issuer", Some(json!(self.iss()))),
            ("validFrom", Some(json!(date_time(options.valid_from)))),
            ("validUntil", options.valid_until.map(|at| json!(date_time(at)))),
            (
                "credentialSchema",
                options
                    .schema
                    .as_ref()
                    .map(|url| json!({ "id": url, "type": "JsonSchema" })),
            ),
            (
                "credentialStatus",
                (!statuses.is_empty()).then(|| json!(statuses)),
            ),
            ("credentialSubject", Some(Value::Object(subject))),
        ];
        Ok(members
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect())
    }
}

impl Issuer<'_> {
    /// Issues a W3C credential. Validate the subject first.
    ///
    /// # Errors
    /// [`Error::ReservedClaim`], [`Error::InexactNumber`] or [`Error::SubjectTooLarge`];
    /// [`Error::NotForProofs`] for a proof with an RSA key.
    pub fn issue_w3c(
        &self,
        options: &W3cIssueOptions,
        subject: &Map<String, Value>,
    ) -> Result<W3cCredential, Error> {
        match &options.securing {
            SecuringMechanism::Jwt => {
                let document = self.w3c_document(options, subject)?;
                W3cCredential::of(
                    Format::W3cJwt,
                    jws::sign_x5c(self.key(), TYPE, self.x5c(), &document),
                )
            }
            SecuringMechanism::DataIntegrity { verification_method } => {
                check_algorithm(self.key().algorithm())?;
                let document = self.w3c_document(options, subject)?;
                let unsigned = Unsigned::new(document, options.valid_from, verification_method)?;
                let signature = self.key().sign(unsigned.hash_data());
                W3cCredential::of(Format::W3cDataIntegrity, unsigned.with_signature(&signature))
            }
        }
    }
}

impl<K: Signer> Issuer<'_, K> {
    /// As [`Issuer::issue_w3c`], with a remote key: in a KMS, an HSM or another process.
    ///
    /// # Errors
    /// As [`Issuer::issue_w3c`], and [`Error::Signer`].
    pub async fn issue_w3c_with(
        &self,
        options: &W3cIssueOptions,
        subject: &Map<String, Value>,
    ) -> Result<W3cCredential, Error> {
        match &options.securing {
            SecuringMechanism::Jwt => {
                let document = self.w3c_document(options, subject)?;
                let jwt = jws::sign_x5c_with(self.key(), TYPE, self.x5c(), &document).await?;
                W3cCredential::of(Format::W3cJwt, jwt)
            }
            SecuringMechanism::DataIntegrity { verification_method } => {
                check_algorithm(self.key().algorithm())?;
                let document = self.w3c_document(options, subject)?;
                let unsigned = Unsigned::new(document, options.valid_from, verification_method)?;
                let signature = self.key().sign(unsigned.hash_data()).await?;
                W3cCredential::of(Format::W3cDataIntegrity, unsigned.with_signature(&signature))
            }
        }
    }
}

fn check_algorithm(algorithm: Algorithm) -> Result<(), Error> {
    if algorithm == Algorithm::Es256 {
        Ok(())
    } else {
        Err(Error::NotForProofs)
    }
}

impl fmt::Debug for W3cCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("W3cCredential")
            .field("format", &self.format)
            .finish_non_exhaustive()
    }
}
