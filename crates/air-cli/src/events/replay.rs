//! `air events replay`.

use air_api::sandbox::{Event, EventId, EventQuery};
use air_client::SandboxClient;
use clap::Args;
use serde::Serialize;

use super::{From, Receiver, ReceiverArgs, shown};
use crate::{
    exit::Failure,
    output::{Output, done_mark},
    partner::SetUpArgs,
};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  air events replay evt_… --to http://127.0.0.1:3000/air --secret-file secret\n  \
                  air events replay --from evt_… --type credential. \\\n      \
                  --to http://127.0.0.1:3000/air --secret-file secret")]
pub(crate) struct ReplayArgs {
    /// The event to post.
    #[arg(value_name = "EVENT_ID", required_unless_present = "from")]
    event: Option<EventId>,
    /// Post this event (or `first`) and all later ones up to now.
    #[arg(long, value_name = "EVENT_ID", conflicts_with = "event")]
    from: Option<From>,
    /// With --from, only events whose type starts with this prefix.
    #[arg(long = "type", value_name = "PREFIX", conflicts_with = "event")]
    kind: Option<String>,
    /// The URL to post to.
    #[arg(long, value_name = "URL")]
    to: String,
    #[command(flatten)]
    receiver: ReceiverArgs,
    #[command(flatten)]
    platform: SetUpArgs,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Replayed {
    delivered: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

impl ReplayArgs {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let receiver = self.receiver.at(&self.to, output)?;
        if let Some(secret) = receiver.new_secret() {
            output.print(&format!("signed with {secret}"))?;
        }
        let client = self.platform.connect()?;
        let local = self.platform.local(&client);
        let delivered = match (&self.event, &self.from) {
            (Some(id), _) => {
                deliver(&receiver, &local.event(id).await?, output).await?;
                1
            }
            (None, from) => {
                let after = from.as_ref().map_or(0, From::after);
                self.deliver_from(&receiver, &local, after, output).await?
            }
        };
        let replayed = Replayed {
            delivered,
            secret: receiver.new_secret().map(ToOwned::to_owned),
        };
        output.result(&replayed, |replayed| format!("{} delivered", replayed.delivered))
    }

    async fn deliver_from(
        &self,
        receiver: &Receiver,
        local: &SandboxClient<'_>,
        mut after: u64,
        output: Output,
    ) -> Result<u64, Failure> {
        let mut delivered = 0;
        let mut end = None;
        loop {
            let query = EventQuery {
                after: Some(after),
                limit: Some(500),
                kind: self.kind.clone(),
            };
            let page = local.events(&query).await?;
            // Events that happen during the replay are not included.
            let end = *end.get_or_insert(page.head);
            for event in page.events.iter().filter(|event| event.id.sequence() <= end) {
                deliver(receiver, event, output).await?;
                delivered += 1;
            }
            if page.next >= end || page.next == after {
                return Ok(delivered);
            }
            after = page.next;
        }
    }
}

async fn deliver(receiver: &Receiver, event: &Event, output: Output) -> Result<(), Failure> {
    let reason = match receiver.post(event).await {
        Ok(status @ 200..300) => {
            let event = shown(event, output);
            return output.print(&format!("{} {status}  {event}", done_mark()));
        }
        Ok(status) => format!("the receiver answered {status}"),
        Err(error) => format!("the receiver did not accept it: {error}"),
    };
    let id = &event.id;
    Err(Failure::failed(format!("{reason} (event {id})"))
        .with_hint(format!("pass `--from {id}` to continue there")))
}
