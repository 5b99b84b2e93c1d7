//! Issuing version 2.0.

use std::fmt;

use air_jwt::{Signer, jws};
use serde_json::{Map, Value, json};

use crate::{
    Error, Issuer,
    data_model::{BASE_TYPE, CONTEXT, TYPE, date_time},
    issue::{check_length, check_members},
    status::BitstringStatusListEntry,
};

/// What a W3C credential says beside its subject.
#[derive(Clone, Debug, Default)]
pub struct W3cIssueOptions {
    /// `type`, beside `VerifiableCredential`.
    pub types: Vec<String>,
    /// `@context`, after the one of credentials 2.0: the URLs of the documents that define the subject's terms.
    pub contexts: Vec<String>,
    /// `id`: a URL of this credential, a `urn:uuid:` for one.
    pub id: Option<String>,
    /// `credentialSubject.id`: the holder's DID.
    pub holder: Option<String>,
    /// `validFrom`: seconds since 1970.
    pub valid_from: u64,
    /// `validUntil`: seconds since 1970; `None` is permanent.
    pub valid_until: Option<u64>,
    /// `credentialStatus`: one entry for each purpose.
    pub statuses: Vec<BitstringStatusListEntry>,
    /// `credentialSchema`: the URL of the subject's JSON Schema.
    pub schema: Option<String>,
}

/// A compact `vc+jwt`. Personal data, so `Debug` shows nothing.
#[derive(Clone, PartialEq, Eq)]
pub struct JwtCredential(String);

impl JwtCredential {
    fn of(compact: String) -> Result<Self, Error> {
        check_length(&compact)?;
        Ok(Self(compact))
    }

    /// The compact form.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<K> Issuer<'_, K> {
    /// The document of a credential, not signed: for other securing mechanisms.
    ///
    /// # Errors
    /// [`Error::ReservedClaim`] when the subject has an `id` of its own; it is the terms' to say. [`Error::InexactNumber`] for a number
    /// that a reader may round.
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
    /// Issues a W3C credential as a JWT. Validate the subject before.
    ///
    /// # Errors
    /// [`Error::ReservedClaim`], [`Error::InexactNumber`] or [`Error::SubjectTooLarge`].
    pub fn issue_w3c(
        &self,
        options: &W3cIssueOptions,
        subject: &Map<String, Value>,
    ) -> Result<JwtCredential, Error> {
        let document = self.w3c_document(options, subject)?;
        JwtCredential::of(jws::sign(self.key(), TYPE, &document))
    }
}

impl<K: Signer> Issuer<'_, K> {
    /// As [`Issuer::issue_w3c`], with a key that lives elsewhere.
    ///
    /// # Errors
    /// As [`Issuer::issue_w3c`], and [`Error::Signer`].
    pub async fn issue_w3c_with(
        &self,
        options: &W3cIssueOptions,
        subject: &Map<String, Value>,
    ) -> Result<JwtCredential, Error> {
        let document = self.w3c_document(options, subject)?;
        JwtCredential::of(jws::sign_with(self.key(), TYPE, &document).await?)
    }
}

impl fmt::Debug for JwtCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("JwtCredential").finish_non_exhaustive()
    }
}
