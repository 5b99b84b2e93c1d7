//! The calls to an issuer's backend. Each has a deadline and a limit, and connects only to the
//! addresses that the platform's policy permits. No message contains a part of the backend's
//! response, which may have personal data.

use std::time::Duration;

use air_api::{HolderSigningKey, ProofType};
use air_crypto::holder::{HolderEnvelope, HolderPrivateKey};
use air_fetch::{FetchError, Request, Response};
use air_store::issuer_backends::IssuerBackend;
use air_vc::HeldCredential;
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{App, Reason, Refusal};

const AVAILABLE_VC: Call = Call {
    name: "available-vc",
    time: Duration::from_secs(8),
    limit: 256 * 1024,
};
const ISSUE_VC: Call = Call {
    name: "issue-vc",
    time: Duration::from_secs(10),
    limit: 64 * 1024,
};
/// The maximum of `Retry-After` that is accepted, in seconds.
const RETRY_LIMIT: u64 = 300;

/// The data about the holder that the backend receives.
#[derive(Clone, Copy, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Holder<'a> {
    #[serde(rename = "holderDID")]
    pub(crate) did: &'a str,
    /// The key to seal to: `0x` and SPKI DER in hex.
    pub(crate) pub_key: &'a str,
    /// The issuer's own name of the user.
    pub(crate) user_id: &'a str,
    pub(crate) schema_id: &'a str,
    pub(crate) proof_type: ProofType,
    /// The key to bind the credential to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) signing_key: Option<&'a HolderSigningKey>,
}

/// A call that failed.
#[derive(Debug)]
pub(crate) struct Failure {
    pub(crate) refusal: Refusal,
    /// Whether the backend may have succeeded: the response was lost, late, or a server error.
    pub(crate) is_unclear: bool,
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        failure.refusal
    }
}

/// `POST available-vc`: the subject of the credential that the issuer offers to the holder, opened
/// with the holder's key.
pub(crate) async fn available_vc(
    app: &App,
    backend: &IssuerBackend,
    holder: &Holder<'_>,
    key: &HolderPrivateKey,
) -> Result<Map<String, Value>, Refusal> {
    let url = &backend.available_vc_url;
    let response = AVAILABLE_VC.send(app, backend, url, holder).await?;
    let answer: Available = serde_json::from_slice(&response.bytes)
        .map_err(|_| AVAILABLE_VC.unavailable("its response is not `{\"data\": [..]}` as documented"))?;
    let offered = answer
        .data
        .into_iter()
        .find(|offered| offered.fits(holder))
        .ok_or_else(|| {
            Refusal::not_found(
                "the issuer's backend offers no SD_JWT_VC of this program's schema to the user; check the schema's id and the user in the \
                 backend",
            )
            .because(Reason::IssuerBackend)
        })?;
    offered
        .credential_subject
        .open(key)
        .map_err(|reason| AVAILABLE_VC.unavailable(&reason))
}

/// `POST issue-vc`: the backend signs the credential, seals it, and stores it in dStorage.
pub(crate) async fn issue_vc(app: &App, backend: &IssuerBackend, holder: &Holder<'_>) -> Result<(), Failure> {
    let url = &backend.issue_vc_url;
    ISSUE_VC.send(app, backend, url, holder).await.map(drop)
}

#[derive(Deserialize)]
struct Available {
    data: Vec<Offered>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Offered {
    schema_id: String,
    #[serde(default)]
    proof_type: Option<String>,
    credential_subject: SealedSubject,
}

impl Offered {
    /// The platform asked for an SD-JWT VC, so an entry without a type is one.
    fn fits(&self, holder: &Holder<'_>) -> bool {
        let is_type = |proof_type: &str| proof_type == holder.proof_type.as_str();
        self.schema_id == holder.schema_id && self.proof_type.as_deref().is_none_or(is_type)
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SealedSubject {
    encrypted_data: String,
    iv: String,
    auth_tag: String,
    data_enc_public_key: String,
}

impl SealedSubject {
    fn open(&self, key: &HolderPrivateKey) -> Result<Map<String, Value>, String> {
        let decode = |text: &str| {
            STANDARD
                .decode(text)
                .map_err(|_| "its preview is not in base64 with padding".to_owned())
        };
        let envelope = HolderEnvelope::from_parts(
            &decode(&self.encrypted_data)?,
            &decode(&self.iv)?,
            &decode(&self.auth_tag)?,
            &decode(&self.data_enc_public_key)?,
        );
        let plaintext = envelope
            .and_then(|envelope| key.open(&envelope))
            .map_err(|error| format!("its preview does not open with the `pubKey` of the call: {error}"))?;
        match HeldCredential::from_plaintext(&plaintext) {
            Ok(HeldCredential::Document(subject)) => Ok(subject),
            _ => Err("its preview is not the subject as a JSON object".to_owned()),
        }
    }
}

/// One of the backend's calls.
struct Call {
    name: &'static str,
    time: Duration,
    /// The maximum size of the response, in bytes.
    limit: usize,
}

impl Call {
    async fn send(
        &self,
        app: &App,
        backend: &IssuerBackend,
        url: &str,
        holder: &Holder<'_>,
    ) -> Result<Response, Failure> {
        let body = serde_json::to_vec(holder).map_err(|error| Failure {
            refusal: Refusal::internal(error),
            is_unclear: false,
        })?;
        let request = Request::post(url, "application/json", body)
            .with_header("accept", "application/json")
            .with_header("x-api-key", backend.api_key.as_str());
        let response = app
            .fetcher
            .exchange_within(&request, self.limit, self.time)
            .await
            .map_err(|error| self.not_responded(&error))?;
        if response.is_success() {
            Ok(response)
        } else {
            Err(self.refused(&response))
        }
    }

    fn not_responded(&self, error: &FetchError) -> Failure {
        let is_unclear = matches!(
            error,
            FetchError::TimedOut | FetchError::BrokeOff | FetchError::TooLong { .. }
        );
        let refusal = match error {
            FetchError::TimedOut => {
                self.unavailable(&format!("it did not respond within {} s", self.time.as_secs()))
            }
            error => self.unavailable(&error.to_string()),
        };
        Failure { refusal, is_unclear }
    }

    fn refused(&self, response: &Response) -> Failure {
        let status = response.status;
        let refusal = match status {
            401 | 403 => self.unavailable(&format!(
                "it refused the API key ({status}); register the backend again with its key"
            )),
            404 => self.unavailable(
                "it knows no such schema or user (404); use the program's schema id in the backend, and check its URL",
            ),
            429 | 503 => {
                let seconds = response.header("retry-after").and_then(|text| text.parse().ok());
                let refusal = self.unavailable(&format!("it is busy ({status}); try again later"));
                return Failure {
                    refusal: match seconds {
                        Some(seconds) => refusal.retry_after(RETRY_LIMIT.min(seconds)),
                        None => refusal,
                    },
                    is_unclear: status == 503,
                };
            }
            status => self.unavailable(&format!("it responded with {status}; see its log")),
        };
        Failure {
            refusal,
            is_unclear: status >= 500,
        }
    }

    fn unavailable(&self, reason: &str) -> Refusal {
        let message = format!("issuer backend unavailable: {}: {reason}", self.name);
        Refusal::unavailable(message).because(Reason::IssuerBackend)
    }
}

#[cfg(test)]
mod tests;
