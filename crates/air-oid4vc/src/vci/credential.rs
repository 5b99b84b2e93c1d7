//! Credential requests and responses, deferred ones, and notifications (OpenID4VCI 1.0, sections 8, 9
//! and 11).

use std::fmt;

use serde_json::{Map, Value, json};

use super::{
    error_response::check_characters, members::Members, metadata::IssuerMetadata, rule::Rule,
    token::TokenResponse,
};
use crate::{Document, Error};

/// The maximum length of a request in bytes.
const REQUEST_LIMIT: usize = 1024 * 1024;
/// The maximum length of a response in bytes.
const RESPONSE_LIMIT: usize = 16 * 1024 * 1024;
/// The proof type that is a key attestation itself (appendix F.3).
const ATTESTATION: &str = "attestation";
/// The maximum number of proofs.
const PROOF_LIMIT: usize = 256;

/// A request for credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialRequest {
    /// The requested credential.
    pub credential: RequestedCredential,
    /// The proofs of possession, one for each credential.
    pub proofs: Option<Proofs>,
    /// The key that the wallet wants the response encrypted to.
    pub response_encryption: Option<ResponseEncryption>,
}

/// How a request names its credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RequestedCredential {
    /// `credential_identifier` of the token response.
    Identifier(String),
    /// `credential_configuration_id` of the issuer's metadata.
    Configuration(String),
}

/// Proofs of one type.
#[derive(Clone, PartialEq, Eq)]
pub struct Proofs {
    /// The proof type, such as `jwt`.
    pub kind: String,
    /// The proofs: strings, or objects for `di_vp`.
    pub proofs: Vec<Value>,
}

/// Shows no proofs.
impl fmt::Debug for Proofs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proofs")
            .field("kind", &self.kind)
            .field("count", &self.proofs.len())
            .finish_non_exhaustive()
    }
}

impl Proofs {
    /// Proofs of the type `jwt`.
    #[must_use]
    pub fn jwt(proofs: impl IntoIterator<Item = String>) -> Self {
        Self {
            kind: "jwt".into(),
            proofs: proofs.into_iter().map(Value::from).collect(),
        }
    }

    /// A proof of the type `attestation`: a key attestation of all keys (appendix F.3).
    #[must_use]
    pub fn attestation(attestation: String) -> Self {
        Self {
            kind: ATTESTATION.into(),
            proofs: vec![attestation.into()],
        }
    }

    /// The proofs that are strings.
    pub fn texts(&self) -> impl Iterator<Item = &str> {
        self.proofs.iter().filter_map(Value::as_str)
    }

    fn parse(value: &Value) -> Result<Self, Error> {
        let wrong = || refused("proofs", Rule::Proofs);
        let members = value
            .as_object()
            .filter(|members| members.len() == 1)
            .ok_or_else(wrong)?;
        let (kind, proofs) = members.iter().next().ok_or_else(wrong)?;
        let proofs = proofs
            .as_array()
            .filter(|proofs| !proofs.is_empty())
            .ok_or_else(wrong)?;
        if proofs.len() > PROOF_LIMIT {
            return Err(refused("proofs", Rule::Limit { most: PROOF_LIMIT }));
        }
        let fits = |proof: &Value| {
            if kind == "di_vp" {
                proof.is_object()
            } else {
                proof.is_string()
            }
        };
        if !proofs.iter().all(fits) {
            return Err(wrong());
        }
        Ok(Self {
            kind: kind.clone(),
            proofs: proofs.clone(),
        })
    }
}

/// How the response is encrypted (section 10).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ResponseEncryption {
    /// The wallet's public key, with `alg`.
    pub jwk: Map<String, Value>,
    /// The content encryption.
    pub enc: String,
}

impl ResponseEncryption {
    fn parse(value: &Value) -> Result<Self, Error> {
        let wrong = || refused("credential_response_encryption", Rule::Encryption);
        let jwk = value.get("jwk").and_then(Value::as_object).ok_or_else(wrong)?;
        let enc = value.get("enc").and_then(Value::as_str).ok_or_else(wrong)?;
        // A compressed response is refused: its length would depend on its content.
        let is_usable = jwk.get("alg").is_some_and(Value::is_string)
            && !["d", "k", "p", "q"]
                .iter()
                .any(|private| jwk.contains_key(*private))
            && value.get("zip").is_none();
        if !is_usable {
            return Err(wrong());
        }
        Ok(Self {
            jwk: jwk.clone(),
            enc: enc.to_owned(),
        })
    }

    fn to_value(&self) -> Value {
        json!({ "jwk": self.jwk, "enc": self.enc })
    }
}

impl CredentialRequest {
    /// Reads a request. Unknown members are ignored.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::Json`] or [`Error::Issuance`], whose code is for the response.
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        let value = Document::CredentialRequest.read(json, REQUEST_LIMIT)?;
        let members = Members::of(&value, "")?;
        let identifier = members.text("credential_identifier")?;
        let configuration = members.text("credential_configuration_id")?;
        let credential = match (identifier, configuration) {
            (Some(identifier), None) => RequestedCredential::Identifier(identifier.to_owned()),
            (None, Some(configuration)) => RequestedCredential::Configuration(configuration.to_owned()),
            _ => return Err(refused("credential_configuration_id", Rule::EitherIdentifier)),
        };
        let encryption = members.value("credential_response_encryption");
        Ok(Self {
            credential,
            proofs: members.value("proofs").map(Proofs::parse).transpose()?,
            response_encryption: encryption.map(ResponseEncryption::parse).transpose()?,
        })
    }

    /// Checks the request against the token response: an identifier is used exactly if the token has
    /// some. Returns the configuration's id.
    ///
    /// `authorized` has the ids of the configurations that the access token authorises: those of the
    /// offer with the pre-authorized code, or of the granted scope. It must have the configuration also
    /// if the token response names it in `authorization_details`.
    ///
    /// # Errors
    /// [`Error::Issuance`] with [`Rule::IdentifierOfToken`], [`Rule::UnknownIdentifier`] or
    /// [`Rule::Authorized`].
    pub fn check_token<'a>(
        &'a self,
        token: &'a TokenResponse,
        authorized: &[impl AsRef<str>],
    ) -> Result<&'a str, Error> {
        let wrong = |rule| refused("credential_identifier", rule);
        let id = match &self.credential {
            RequestedCredential::Configuration(id) if !token.has_identifiers() => id,
            RequestedCredential::Configuration(_) => return Err(wrong(Rule::IdentifierOfToken)),
            RequestedCredential::Identifier(identifier) => {
                let mut details = token.authorization_details.iter();
                let detail = details.find(|detail| detail.credential_identifiers.contains(identifier));
                &detail
                    .ok_or_else(|| wrong(Rule::UnknownIdentifier))?
                    .configuration_id
            }
        };
        if authorized.iter().any(|known| known.as_ref() == id) {
            return Ok(id);
        }
        Err(refused("credential_configuration_id", Rule::Authorized))
    }

    /// Checks the request against the metadata: the configuration is known, the proof type is
    /// supported, and there are as many proofs as allowed. The proofs themselves are not verified.
    ///
    /// Every proof except one of the type `attestation` is refused if the configuration has
    /// `key_attestations_required`. An issuer that verifies key attestations calls
    /// [`Self::check_attested_metadata`] instead.
    ///
    /// # Errors
    /// [`Error::Issuance`] with [`Rule::UnknownConfiguration`], [`Rule::ProofRequired`],
    /// [`Rule::ProofType`], [`Rule::KeyAttestation`] or [`Rule::Batch`].
    pub fn check_metadata(&self, configuration_id: &str, metadata: &IssuerMetadata) -> Result<(), Error> {
        self.check_proofs(configuration_id, metadata, false)
    }

    /// As [`Self::check_metadata`], for an issuer that verifies the key attestation of each proof with
    /// [`super::KeyAttestation`]. A proof whose header has none is the issuer's to refuse.
    ///
    /// # Errors
    /// As [`Self::check_metadata`], without [`Rule::KeyAttestation`].
    pub fn check_attested_metadata(
        &self,
        configuration_id: &str,
        metadata: &IssuerMetadata,
    ) -> Result<(), Error> {
        self.check_proofs(configuration_id, metadata, true)
    }

    fn check_proofs(
        &self,
        configuration_id: &str,
        metadata: &IssuerMetadata,
        verifies_attestations: bool,
    ) -> Result<(), Error> {
        let configuration = metadata.configurations.get(configuration_id);
        let configuration = configuration
            .ok_or_else(|| refused("credential_configuration_id", Rule::UnknownConfiguration))?;
        let Some(proofs) = &self.proofs else {
            if configuration.proof_types.is_empty() {
                return Ok(());
            }
            return Err(refused("proofs", Rule::ProofRequired));
        };
        let kind = configuration.proof_types.get(&proofs.kind);
        let kind = kind.ok_or_else(|| refused("proofs", Rule::ProofType))?;
        if kind.key_attestation.is_some() && proofs.kind != ATTESTATION && !verifies_attestations {
            return Err(refused("proofs", Rule::KeyAttestation));
        }
        let most = usize::try_from(metadata.batch_size.unwrap_or(1)).unwrap_or(usize::MAX);
        if proofs.proofs.len() > most {
            return Err(refused("proofs", Rule::Batch));
        }
        Ok(())
    }

    /// The request as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut members = Map::new();
        let (name, id) = match &self.credential {
            RequestedCredential::Identifier(id) => ("credential_identifier", id),
            RequestedCredential::Configuration(id) => ("credential_configuration_id", id),
        };
        members.insert(name.into(), id.as_str().into());
        if let Some(proofs) = &self.proofs {
            members.insert("proofs".into(), json!({ (proofs.kind.as_str()): proofs.proofs }));
        }
        if let Some(encryption) = &self.response_encryption {
            members.insert("credential_response_encryption".into(), encryption.to_value());
        }
        Value::Object(members)
    }
}

/// The answer to a credential request or a deferred one.
#[derive(Clone, PartialEq, Eq)]
pub enum CredentialResponse {
    /// Credentials, with status 200.
    Issued {
        /// The credentials: strings, or objects for `ldp_vc`.
        credentials: Vec<Value>,
        /// The identifier for notifications.
        notification_id: Option<String>,
    },
    /// The credentials come later, with status 202.
    Deferred {
        /// The identifier for the deferred request.
        transaction_id: String,
        /// The minimum number of seconds until the next request.
        interval: u64,
    },
}

/// Shows no credentials.
impl fmt::Debug for CredentialResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Issued { credentials, .. } => f
                .debug_struct("Issued")
                .field("count", &credentials.len())
                .finish_non_exhaustive(),
            Self::Deferred { interval, .. } => f
                .debug_struct("Deferred")
                .field("interval", interval)
                .finish_non_exhaustive(),
        }
    }
}

impl CredentialResponse {
    /// Reads a response.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::Json`] or [`Error::Issuance`].
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        let value = Document::CredentialResponse.read(json, RESPONSE_LIMIT)?;
        let members = Members::of(&value, "")?;
        match (members.array("credentials")?, members.text("transaction_id")?) {
            (Some(items), None) => {
                if members.has("interval") {
                    return Err(refused("interval", Rule::Excluded));
                }
                let credentials = items.iter().map(|item| {
                    let credential = item.get("credential");
                    let credential = credential.filter(|value| value.is_string() || value.is_object());
                    credential
                        .cloned()
                        .ok_or_else(|| refused("credentials/credential", Rule::Type))
                });
                Ok(Self::Issued {
                    credentials: credentials.collect::<Result<_, _>>()?,
                    notification_id: members.text("notification_id")?.map(str::to_owned),
                })
            }
            (None, Some(transaction_id)) => {
                if members.has("notification_id") {
                    return Err(refused("notification_id", Rule::Excluded));
                }
                let interval = members
                    .number("interval")
                    .ok()
                    .flatten()
                    .filter(|seconds| *seconds > 0);
                Ok(Self::Deferred {
                    transaction_id: transaction_id.to_owned(),
                    interval: interval.ok_or_else(|| refused("interval", Rule::Interval))?,
                })
            }
            _ => Err(refused("credentials", Rule::EitherCredentials)),
        }
    }

    /// Checks the answer to a deferred request: another deferral has the same `transaction_id`
    /// (section 9.2).
    ///
    /// # Errors
    /// [`Error::Issuance`] with [`Rule::SameTransaction`].
    pub fn check_deferred(&self, request: &DeferredCredentialRequest) -> Result<(), Error> {
        match self {
            Self::Deferred { transaction_id, .. } if *transaction_id != request.transaction_id => {
                Err(refused("transaction_id", Rule::SameTransaction))
            }
            _ => Ok(()),
        }
    }

    /// The status code of the HTTP response.
    #[must_use]
    pub fn status(&self) -> u16 {
        match self {
            Self::Issued { .. } => 200,
            Self::Deferred { .. } => 202,
        }
    }

    /// The response as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        match self {
            Self::Issued {
                credentials,
                notification_id,
            } => {
                let credentials: Value = credentials
                    .iter()
                    .map(|value| json!({ "credential": value }))
                    .collect();
                let mut response = json!({ "credentials": credentials });
                if let (Some(id), Value::Object(members)) = (notification_id, &mut response) {
                    members.insert("notification_id".into(), id.as_str().into());
                }
                response
            }
            Self::Deferred {
                transaction_id,
                interval,
            } => json!({ "transaction_id": transaction_id, "interval": interval }),
        }
    }
}

/// A request for credentials that were deferred.
#[derive(Clone, PartialEq, Eq)]
pub struct DeferredCredentialRequest {
    /// The identifier of the deferral.
    pub transaction_id: String,
    /// The key that the wallet wants the response encrypted to, whatever the first request had.
    pub response_encryption: Option<ResponseEncryption>,
}

/// Shows no `transaction_id`.
impl fmt::Debug for DeferredCredentialRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeferredCredentialRequest")
            .field("response_encryption", &self.response_encryption)
            .finish_non_exhaustive()
    }
}

impl DeferredCredentialRequest {
    /// Reads a deferred request.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::Json`] or [`Error::Issuance`].
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        let value = Document::CredentialRequest.read(json, REQUEST_LIMIT)?;
        let members = Members::of(&value, "")?;
        let encryption = members.value("credential_response_encryption");
        Ok(Self {
            transaction_id: members.required_text("transaction_id")?.to_owned(),
            response_encryption: encryption.map(ResponseEncryption::parse).transpose()?,
        })
    }

    /// The request as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut members = Map::new();
        members.insert("transaction_id".into(), self.transaction_id.as_str().into());
        if let Some(encryption) = &self.response_encryption {
            members.insert("credential_response_encryption".into(), encryption.to_value());
        }
        Value::Object(members)
    }
}

/// A wallet's notification about issued credentials. It is idempotent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotificationRequest {
    /// The identifier of the credential response.
    pub notification_id: String,
    /// The event.
    pub event: NotificationEvent,
    /// A description for the issuer's developers.
    pub description: Option<String>,
}

/// The event that a wallet reports about issued credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum NotificationEvent {
    /// `credential_accepted`: the wallet stored all of them.
    Accepted,
    /// `credential_failure`: the wallet could not store one of them.
    Failure,
    /// `credential_deleted`: the user refused them.
    Deleted,
}

impl NotificationEvent {
    /// The event on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "credential_accepted",
            Self::Failure => "credential_failure",
            Self::Deleted => "credential_deleted",
        }
    }
}

impl NotificationRequest {
    /// Reads a notification.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::Json`] or [`Error::Issuance`]; the code of the response is
    /// `invalid_notification_request`.
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        let value = Document::Notification.read(json, REQUEST_LIMIT)?;
        let members = Members::of(&value, "")?;
        let event = members.required_text("event")?;
        let event = [
            NotificationEvent::Accepted,
            NotificationEvent::Failure,
            NotificationEvent::Deleted,
        ]
        .into_iter()
        .find(|known| known.as_str() == event)
        .ok_or_else(|| refused("event", Rule::Event))?;
        let description = members.text("event_description")?;
        check_characters("event_description", description.unwrap_or_default())?;
        Ok(Self {
            notification_id: members.required_text("notification_id")?.to_owned(),
            event,
            description: description.map(str::to_owned),
        })
    }

    /// The notification as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut members = Map::new();
        members.insert("notification_id".into(), self.notification_id.as_str().into());
        members.insert("event".into(), self.event.as_str().into());
        if let Some(description) = &self.description {
            members.insert("event_description".into(), description.as_str().into());
        }
        Value::Object(members)
    }
}

fn refused(name: &str, rule: Rule) -> Error {
    Error::Issuance {
        place: format!("/{name}"),
        rule,
    }
}
