//! Issuing a credential about a validated subject.

use std::fmt;

use air_ids::UnixTime;
use air_jwt::{
    Jwk, Signer, SigningKey,
    jws::{self, X5c},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256, Sha384, Sha512};

use crate::{
    ClaimPath, Credential, Error,
    format::SD_JWT_VC,
    sd_jwt::{self, Concealed, DEPTH_LIMIT, HASH, HASH_NAME, LENGTH_LIMIT, conceal},
};

/// Claims that the credential sets, or that have a meaning in any JWT (RFC 7519; RFC 9901; SD-JWT
/// VC). A subject can't have them.
pub(crate) const RESERVED: &[&str] = &[
    "iss",
    "sub",
    "aud",
    "exp",
    "nbf",
    "iat",
    "jti",
    "vct",
    "vct#integrity",
    "aka_vcts",
    "cnf",
    "status",
    "id",
    "nonce",
];

/// A reference to the credential's entry in a status list (Token Status List, 6.1).
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct StatusReference {
    /// The credential's index in the list.
    #[serde(rename = "idx")]
    pub index: u64,
    /// The list's URI.
    pub uri: String,
}

/// The hash of a document that a credential refers to, in the notation of Subresource Integrity
/// (`sha256-…`; SD-JWT VC, 6).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Integrity(String);

impl Integrity {
    /// The SHA-256 of a document.
    #[must_use]
    pub fn of(document: &[u8]) -> Self {
        Self(format!("sha256-{}", STANDARD.encode(Sha256::digest(document))))
    }

    /// Whether `claimed` (one or more hashes, separated by spaces) contains the document's hash. Of the
    /// algorithms SHA-256, SHA-384 and SHA-512, the strongest that `claimed` has decides (Subresource
    /// Integrity, 3.3.3).
    #[must_use]
    pub fn matches(claimed: &str, document: &[u8]) -> bool {
        let hashes = |prefix: &'static str| {
            claimed
                .split_ascii_whitespace()
                .filter_map(move |hash| hash.strip_prefix(prefix))
        };
        let decide = |prefix: &'static str, own: &dyn Fn() -> Vec<u8>| -> Option<bool> {
            let mut claimed = hashes(prefix).peekable();
            claimed.peek()?;
            let own = STANDARD.encode(own());
            Some(claimed.any(|hash| hash.split('?').next() == Some(own.as_str())))
        };
        decide("sha512-", &|| Sha512::digest(document).to_vec())
            .or_else(|| decide("sha384-", &|| Sha384::digest(document).to_vec()))
            .or_else(|| decide("sha256-", &|| Sha256::digest(document).to_vec()))
            .unwrap_or(false)
    }
}

impl fmt::Display for Integrity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The claims of a credential besides its subject, and the options of selective disclosure.
#[derive(Clone, Debug, Default)]
pub struct IssueOptions {
    /// `vct`: the credential's type.
    pub vct: String,
    /// `vct#integrity`: the hash of the type's metadata document.
    pub vct_integrity: Option<Integrity>,
    /// `aka_vcts`: further types as which verifiers may treat the credential (SD-JWT VC, 2.2.2.2).
    pub other_types: Vec<String>,
    /// `sub`: the holder's DID.
    pub holder: Option<String>,
    /// `id`: a `urn:uuid:` of this credential.
    pub id: Option<String>,
    /// `nonce`: the revocation nonce, 63 bits, written in decimal as a string.
    pub revocation_nonce: Option<u64>,
    /// `iat`.
    pub issued_at: UnixTime,
    /// `nbf`; `None` means valid from issuance.
    pub not_before: Option<UnixTime>,
    /// `exp`; `None` means permanent.
    pub expires_at: Option<UnixTime>,
    /// `cnf.jwk`: the key whose possession the holder proves.
    pub holder_key: Option<Jwk>,
    /// `status.status_list`.
    pub status: Option<StatusReference>,
    /// Claims of the subject that the holder can't withhold, including the claims within and around
    /// them. All others can be withheld. A path that names no claim is rejected, because a typing
    /// error would make its claim withholdable.
    pub always_visible: Vec<ClaimPath>,
    /// The maximum number of decoy digests at each level. The number is random, so that it does not
    /// reveal the number of claims.
    pub decoys: u8,
}

/// An issuer: the `iss` of its credentials and the key that signs them.
#[derive(Debug)]
pub struct Issuer<'k, K = SigningKey> {
    iss: String,
    key: &'k K,
    x5c: Option<&'k X5c>,
}

impl<'k, K> Issuer<'k, K> {
    /// Creates an issuer with its identifier (a DID or an https URL) and key.
    #[must_use]
    pub fn new(iss: impl Into<String>, key: &'k K) -> Self {
        Self {
            iss: iss.into(),
            key,
            x5c: None,
        }
    }

    /// Puts the chain of the key's certificate into the header of each JWT, as HAIP requires of an
    /// SD-JWT VC. An embedded proof has no header and omits it.
    ///
    /// The header keeps the key's `kid`. A verifier that takes the key from the validated chain gives it
    /// this id, or uses a key whose id is its thumbprint.
    #[must_use]
    pub fn with_x5c(mut self, x5c: &'k X5c) -> Self {
        self.x5c = Some(x5c);
        self
    }

    pub(crate) fn iss(&self) -> &str {
        &self.iss
    }

    pub(crate) fn key(&self) -> &'k K {
        self.key
    }

    pub(crate) fn x5c(&self) -> Option<&'k X5c> {
        self.x5c
    }

    fn conceal(
        &self,
        options: &IssueOptions,
        subject: &Map<String, Value>,
        rng: &mut impl CryptoRng,
    ) -> Result<Concealed, Error> {
        if let Some(name) = subject.keys().find(|name| RESERVED.contains(&name.as_str())) {
            return Err(Error::ReservedClaim { name: name.clone() });
        }
        if let Some(path) = options
            .always_visible
            .iter()
            .find(|path| !path.leads_into(subject))
        {
            return Err(Error::NoSuchAttribute {
                path: path.to_string(),
            });
        }
        check_members(subject)?;
        let mut concealed = conceal(subject, &options.always_visible, options.decoys, rng)?;
        let registered: Map<String, Value> = self.registered_claims(options).collect();
        check_members(&registered)?;
        concealed.payload.extend(registered);
        Ok(concealed)
    }

    fn registered_claims(&self, options: &IssueOptions) -> impl Iterator<Item = (String, Value)> {
        let key = options.holder_key.as_ref();
        [
            ("iss", Some(json!(self.iss()))),
            ("vct", Some(json!(options.vct))),
            (
                "vct#integrity",
                options.vct_integrity.as_ref().map(|hash| json!(hash.0)),
            ),
            (
                "aka_vcts",
                (!options.other_types.is_empty()).then(|| json!(options.other_types)),
            ),
            ("iat", Some(json!(options.issued_at))),
            ("nbf", options.not_before.map(|at| json!(at))),
            ("exp", options.expires_at.map(|at| json!(at))),
            ("sub", options.holder.as_ref().map(|holder| json!(holder))),
            ("id", options.id.as_ref().map(|id| json!(id))),
            (
                "nonce",
                options.revocation_nonce.map(|nonce| json!(nonce.to_string())),
            ),
            ("cnf", key.map(|jwk| json!({ "jwk": jwk }))),
            (
                "status",
                options
                    .status
                    .as_ref()
                    .map(|status| json!({ "status_list": status })),
            ),
            (HASH_NAME, Some(json!(HASH))),
        ]
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
    }
}

impl Issuer<'_> {
    /// Issues an SD-JWT VC. Every claim of the subject is selectively disclosable at every level,
    /// except those that the options keep visible. Validate the subject first.
    ///
    /// # Errors
    /// [`Error::ReservedClaim`], [`Error::NoSuchAttribute`], [`Error::InexactNumber`] or
    /// [`Error::SubjectTooLarge`].
    pub fn issue(
        &self,
        options: &IssueOptions,
        subject: &Map<String, Value>,
        rng: &mut impl CryptoRng,
    ) -> Result<Credential, Error> {
        let concealed = self.conceal(options, subject, rng)?;
        joined(
            &jws::sign_x5c(self.key(), SD_JWT_VC, self.x5c(), &concealed.payload),
            &concealed.disclosures,
        )
    }
}

impl<K: Signer> Issuer<'_, K> {
    /// As [`Issuer::issue`], with a remote key: in a KMS, an HSM or another process.
    ///
    /// # Errors
    /// As [`Issuer::issue`], and [`Error::Signer`].
    pub async fn issue_with(
        &self,
        options: &IssueOptions,
        subject: &Map<String, Value>,
        rng: &mut impl CryptoRng,
    ) -> Result<Credential, Error> {
        let concealed = self.conceal(options, subject, rng)?;
        let jwt = jws::sign_x5c_with(self.key(), SD_JWT_VC, self.x5c(), &concealed.payload).await?;
        joined(&jwt, &concealed.disclosures)
    }
}

fn joined(jwt: &str, disclosures: &[String]) -> Result<Credential, Error> {
    let compact = sd_jwt::join(jwt, disclosures.iter().map(String::as_str));
    check_length(&compact)?;
    Ok(Credential::new(compact))
}

/// Rejects members that JSON readers would read differently, such as a number that a reader would
/// round.
pub(crate) fn check_members(members: &Map<String, Value>) -> Result<(), Error> {
    air_json::check_members(members).map_err(|error| {
        let too_deep = Error::SubjectTooLarge {
            what: "levels of nesting",
            limit: DEPTH_LIMIT / 2,
        };
        Error::of_json(error, too_deep)
    })
}

/// Rejects a credential that is longer than verifiers accept.
pub(crate) fn check_length(credential: &str) -> Result<(), Error> {
    if credential.len() > LENGTH_LIMIT {
        return Err(Error::SubjectTooLarge {
            what: "bytes",
            limit: LENGTH_LIMIT,
        });
    }
    Ok(())
}
