//! `air listen`: forwards the local platform's events to a service.

use std::{path::PathBuf, time::Duration};

use air_api::sandbox::{Event, EventQuery};
use air_client::SandboxClient;
use clap::Args;
use serde::{Deserialize, Serialize};

use crate::{
    events::{From, Receiver, ReceiverArgs, shown},
    exit::Failure,
    files::{self, Audience},
    interrupt::Interrupts,
    output::{Output, done_mark, failed_mark, faint},
    partner::SetUpArgs,
};

/// The first and the longest wait between attempts to post an event; the wait doubles each time.
const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

#[derive(Args)]
#[command(after_help = "Example:\n  \
                  air listen --forward-to http://127.0.0.1:3000/air --type credential. \\\n      \
                  --state listen.json\n\
                  \n\
                  Each event is posted as JSON, signed (Standard Webhooks: webhook-id, webhook-timestamp, webhook-signature), \
                  in order, and retried until the receiver answers 2XX. Receivers should deduplicate by webhook-id.")]
pub(crate) struct ListenArgs {
    /// The URL to post each event to.
    #[arg(long, value_name = "URL")]
    forward_to: String,
    /// Only events whose type starts with this prefix, such as `credential.`.
    #[arg(long = "type", value_name = "PREFIX")]
    kind: Option<String>,
    /// Start with this event, or with the `first` [default: the next event].
    #[arg(long, value_name = "EVENT_ID")]
    from: Option<From>,
    /// A file that stores the position; the next run continues there.
    #[arg(long, value_name = "FILE", conflicts_with = "from")]
    state: Option<PathBuf>,
    #[command(flatten)]
    receiver: ReceiverArgs,
    #[command(flatten)]
    platform: SetUpArgs,
}

/// The stored position.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct State {
    after: u64,
}

/// The first line for scripts.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Listening<'a> {
    ready: bool,
    after: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<&'a str>,
}

/// One attempt, as JSON.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Attempt<'a> {
    event: &'a Event,
    delivered: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<String>,
}

impl ListenArgs {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        let receiver = self.receiver.at(&self.forward_to, output)?;
        let client = self.platform.connect()?;
        let local = self.platform.local(&client);
        let after = self.beginning(&local).await?;
        self.keep(after)?;
        let mut interrupts = Interrupts::listen();
        greet(&receiver, after, output)?;
        tokio::select! {
            failed = self.forward(&local, &receiver, after, output) => failed,
            () = interrupts.next() => {
                output.note("stopped");
                Ok(())
            }
        }
    }

    /// Posts events one by one. An interrupted delivery is not stored as delivered, and is repeated.
    async fn forward(
        &self,
        local: &SandboxClient<'_>,
        receiver: &Receiver,
        after: u64,
        output: Output,
    ) -> Result<(), Failure> {
        let mut events = local.follow_events(after, self.kind.as_deref());
        loop {
            let event = events.next().await?;
            let mut wait = FIRST_WAIT;
            while !post(receiver, &event, output).await? {
                tokio::time::sleep(wait).await;
                wait = wait.saturating_mul(2).min(LONGEST_WAIT);
            }
            self.keep(event.id.sequence())?;
        }
    }

    async fn beginning(&self, local: &SandboxClient<'_>) -> Result<u64, Failure> {
        if let Some(from) = &self.from {
            return Ok(from.after());
        }
        if let Some(file) = self.state.as_ref().filter(|file| file.exists()) {
            let json = files::read(file)?;
            files::require_known_version(file, &json)?;
            let state: State = serde_json::from_slice(&json).map_err(|_| {
                Failure::rejected(format!("{} is not a state file of `air listen`", file.display()))
            })?;
            return Ok(state.after);
        }
        let first = EventQuery {
            limit: Some(1),
            ..EventQuery::default()
        };
        Ok(local.events(&first).await?.head)
    }

    fn keep(&self, after: u64) -> Result<(), Failure> {
        let Some(file) = &self.state else { return Ok(()) };
        let state =
            serde_json::to_vec(&State { after }).map_err(|error| Failure::failed(error.to_string()))?;
        files::write(file, &state, Audience::Everyone)
    }
}

fn greet(receiver: &Receiver, after: u64, output: Output) -> Result<(), Failure> {
    let secret = receiver.new_secret();
    if output.is_json() {
        return output.compact_document(&Listening {
            ready: true,
            after,
            secret,
        });
    }
    if let Some(secret) = secret {
        output.line(&format!("Events are signed with {secret}"))?;
    }
    output.line(&faint("Listening for events; press Ctrl-C to stop."))
}

/// Makes one attempt. Returns whether the event was delivered.
async fn post(receiver: &Receiver, event: &Event, output: Output) -> Result<bool, Failure> {
    let answer = receiver.post(event).await;
    let attempt = Attempt {
        event,
        delivered: matches!(answer, Ok(200..300)),
        status: answer.ok(),
        failure: answer.err().map(|error| error.to_string()),
    };
    if output.is_json() {
        output.compact_document(&attempt)?;
    } else {
        let mark = if attempt.delivered {
            done_mark()
        } else {
            failed_mark()
        };
        let status = attempt
            .status
            .map_or_else(|| "---".to_owned(), |status| status.to_string());
        let failure = attempt.failure.as_deref().map(|failure| format!("\n  {failure}"));
        output.line(&format!(
            "{mark} {status}  {}{}",
            shown(event, output),
            failure.unwrap_or_default()
        ))?;
    }
    Ok(attempt.delivered)
}
