//! `air events list`.

use air_api::sandbox::{EventId, EventPage, EventQuery};
use clap::Args;

use super::line;
use crate::{exit::Failure, output::Output, partner::SetUpArgs};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  air events list --type credential.\n  air events list --after evt_… --limit 20 --json"
)]
pub(crate) struct ListArgs {
    /// Only events whose type starts with this prefix, such as `credential.` or `verification.decided`.
    #[arg(long = "type", value_name = "PREFIX")]
    kind: Option<String>,
    /// Only events after this one.
    #[arg(long, value_name = "EVENT_ID")]
    after: Option<EventId>,
    /// The maximum number of events.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    #[command(flatten)]
    platform: SetUpArgs,
}

impl ListArgs {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let client = self.platform.connect()?;
        let local = self.platform.local(&client);
        let limit = self.limit as usize;
        let mut listed = EventPage {
            events: Vec::new(),
            next: self.after.as_ref().map_or(0, EventId::sequence),
            head: 0,
        };
        // A page reads this many events, whether or not they have the type.
        while listed.events.len() < limit {
            let query = EventQuery {
                after: Some(listed.next),
                limit: u32::try_from((limit - listed.events.len()).min(500)).ok(),
                kind: self.kind.clone(),
            };
            let mut page = local.events(&query).await?;
            let is_end = page.next >= page.head || page.next == listed.next;
            listed.events.append(&mut page.events);
            (listed.next, listed.head) = (page.next, page.head);
            if is_end {
                break;
            }
        }
        output.result(&listed, render)
    }
}

fn render(listed: &EventPage) -> String {
    if listed.events.is_empty() {
        return "no events found".to_owned();
    }
    let mut lines: Vec<String> = listed.events.iter().map(line).collect();
    if let Some(last) = listed.events.last().filter(|_| listed.next < listed.head) {
        lines.push(format!(
            "There are more events: pass --after {}, or a higher --limit.",
            last.id
        ));
    }
    lines.join("\n")
}
