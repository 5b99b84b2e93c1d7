//! The receiver of events: a URL to which each event is posted, signed (Standard Webhooks).

use std::path::PathBuf;

use air_api::sandbox::Event;
use air_fetch::{FetchError, Fetcher, NetworkPolicy};
use base64::{Engine, engine::general_purpose::STANDARD};
use clap::Args;
use rand::Rng;
use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP, Webhook};
use zeroize::Zeroizing;

use super::secret;
use crate::{exit::Failure, files, output::Output, time};

/// The user of the command chose the URL, so any address is allowed.
const NETWORK_POLICY: NetworkPolicy = NetworkPolicy::Any;

/// The secret that signs events.
#[derive(Args)]
pub(crate) struct ReceiverArgs {
    /// A file with the secret that signs events (`whsec_…`); `-` is stdin [default: a new secret].
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    #[arg(
        long,
        env = "AIR_WEBHOOK_SECRET",
        hide_env_values = true,
        hide = true,
        conflicts_with = "secret_file"
    )]
    secret: Option<String>,
}

/// A receiver of events.
pub(crate) struct Receiver {
    url: String,
    webhook: Webhook,
    fetcher: Fetcher,
    new_secret: Option<Zeroizing<String>>,
}

impl ReceiverArgs {
    pub(crate) fn at(&self, url: &str, output: Output) -> Result<Receiver, Failure> {
        if !NETWORK_POLICY.accepts(url) {
            return Err(Failure::usage(
                FetchError::Url {
                    policy: NETWORK_POLICY,
                }
                .to_string(),
            )
            .about("the receiver"));
        }
        let given = match (&self.secret_file, &self.secret) {
            (Some(file), _) => Some(files::read_secret(file, output)?),
            (None, Some(secret)) => Some(Zeroizing::new(secret.clone())),
            (None, None) => None,
        };
        let is_new = given.is_none();
        let secret = given.unwrap_or_else(new_secret);
        let webhook = secret::parse(&secret)?;
        Ok(Receiver {
            url: url.to_owned(),
            webhook,
            fetcher: Fetcher::new(NETWORK_POLICY)?,
            new_secret: is_new.then_some(secret),
        })
    }
}

impl Receiver {
    /// The secret, if it was generated for this run: the command prints it for the receiver.
    pub(crate) fn new_secret(&self) -> Option<&str> {
        self.new_secret.as_ref().map(|secret| secret.as_str())
    }

    /// Posts an event once. The webhook id is the event's id, also when it is posted again.
    pub(crate) async fn post(&self, event: &Event) -> Result<u16, FetchError> {
        let unsendable = FetchError::Unreadable {
            expected: "an event that can be signed",
        };
        let body = serde_json::to_vec(event).map_err(|_| unsendable)?;
        let (id, now) = (event.id.to_string(), time::now().as_secs());
        let timestamp = i64::try_from(now).map_err(|_| unsendable)?;
        let signature = self.webhook.sign(&id, timestamp, &body).map_err(|_| unsendable)?;
        let now = now.to_string();
        let headers = [
            (HEADER_WEBHOOK_ID, id.as_str()),
            (HEADER_WEBHOOK_TIMESTAMP, &now),
            (HEADER_WEBHOOK_SIGNATURE, &signature),
        ];
        self.fetcher.post_json(&self.url, &headers, body).await
    }
}

fn new_secret() -> Zeroizing<String> {
    let mut bytes = Zeroizing::new([0; 32]);
    rand::rng().fill_bytes(&mut *bytes);
    Zeroizing::new(format!("whsec_{}", STANDARD.encode(*bytes)))
}
