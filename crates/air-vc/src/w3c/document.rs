//! Parsing a payload as a credential of version 2.0 or 1.1.

use serde_json::{Map, Value};

use crate::{
    Error,
    data_model::{BASE_TYPE, CONTEXT, issuer_of, parse_date_time, subject_of, types_of},
    validity::Validity,
    verify::{beginning, end},
};

/// The first `@context` of version 1.1.
const CONTEXT_1: &str = "https://www.w3.org/2018/credentials/v1";

/// A payload and the credential that it is or contains.
pub(super) struct Document<'a> {
    /// The signed members: the credential in version 2.0, the JWT's claims in version 1.1.
    pub(super) payload: &'a Map<String, Value>,
    pub(super) credential: &'a Map<String, Value>,
    pub(super) subject: &'a Map<String, Value>,
    pub(super) issuer: String,
    pub(super) validity: Validity,
}

impl<'a> Document<'a> {
    /// Reads a credential of version 1.1 from the claims of its JWT.
    pub(super) fn of_version_1(claims: &'a Map<String, Value>) -> Result<Self, Error> {
        let credential = claims.get("vc").and_then(Value::as_object);
        let credential = credential.ok_or(Error::Format {
            reason: "its `typ` is JWT, but it has no object `vc`",
        })?;
        Self::of(claims, credential, CONTEXT_1)
    }

    /// Reads a credential of version 2.0, which is the document itself. A claim `vc` is rejected,
    /// because another reader might read that credential instead.
    pub(super) fn of_version_2(document: &'a Map<String, Value>) -> Result<Self, Error> {
        if document.contains_key("vc") {
            return Err(Error::Format {
                reason: "a credential 2.0 must not have a claim `vc`",
            });
        }
        Self::of(document, document, CONTEXT)
    }

    fn of(
        payload: &'a Map<String, Value>,
        credential: &'a Map<String, Value>,
        context: &str,
    ) -> Result<Self, Error> {
        let malformed = |reason| Error::Format { reason };
        let first = match credential.get("@context") {
            Some(Value::Array(contexts)) => contexts.first(),
            one => one,
        };
        if first.and_then(Value::as_str) != Some(context) {
            return Err(malformed(
                "the first `@context` is not the one of credentials 2.0, or of 1.1 within `vc`",
            ));
        }
        if !types_of(credential).contains(&BASE_TYPE) {
            return Err(malformed("`type` has no VerifiableCredential"));
        }
        let subject = subject_of(credential).map_err(malformed)?;
        Ok(Self {
            payload,
            credential,
            subject,
            issuer: one_issuer(payload, credential)?,
            validity: narrowest(payload, credential)?,
        })
    }
}

/// The issuer. If `iss` and `issuer` are both present, they must be equal (1.1, 6.3.1; JOSE and
/// COSE, 3.1.3).
fn one_issuer(payload: &Map<String, Value>, credential: &Map<String, Value>) -> Result<String, Error> {
    let claim = payload.get("iss").map(|iss| iss.as_str().unwrap_or_default());
    match (claim, issuer_of(credential)) {
        (Some(claim), Some(issuer)) if claim != issuer => Err(Error::Format {
            reason: "`iss` and `issuer` are not the same",
        }),
        (Some(issuer), _) | (None, Some(issuer)) => Ok(issuer.to_owned()),
        (None, None) => Err(Error::Format {
            reason: "it names no issuer",
        }),
    }
}

/// The intersection of the validity periods of the document and the JWT.
fn narrowest(payload: &Map<String, Value>, credential: &Map<String, Value>) -> Result<Validity, Error> {
    let date = |name| match credential.get(name) {
        None => Ok(None),
        Some(value) => parse_date_time(value).map(Some).ok_or(Error::Format {
            reason: "a date is not like 2026-01-19T07:18:45Z",
        }),
    };
    let from = [
        date("validFrom")?,
        date("issuanceDate")?,
        beginning(payload, "nbf")?,
        beginning(payload, "iat")?,
    ];
    let until = [date("validUntil")?, date("expirationDate")?, end(payload, "exp")?];
    Ok(Validity {
        from: from.into_iter().flatten().max(),
        until: until.into_iter().flatten().min(),
    })
}
