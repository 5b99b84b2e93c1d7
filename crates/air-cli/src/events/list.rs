//! `air events`: the newest events, those after an event, or new ones as they happen.

use air_api::sandbox::{Event, EventId, EventPage, EventQuery};
use air_client::{Error, SandboxClient};
use clap::Args;

use super::shown;
use crate::{exit::Failure, interrupt::Interrupts, output::Output, partner::SetUpArgs};

/// The number of positions in one request.
const PAGE: u32 = 500;

#[derive(Args)]
#[command(
    after_help = "Examples:\n  air events --type credential.\n  air events --follow\n  air events --after evt_… --limit 20 --json"
)]
pub(crate) struct ListArgs {
    /// Only events whose type starts with this prefix, such as `credential.` or `verification.decided`.
    #[arg(long = "type", value_name = "PREFIX")]
    kind: Option<String>,
    /// Only events after this one, oldest first.
    #[arg(long, value_name = "EVENT_ID")]
    after: Option<EventId>,
    /// The maximum number of events.
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    limit: u32,
    /// Print new events as they happen, until interrupted; with --json, one document a line.
    #[arg(long, short, conflicts_with = "limit")]
    follow: bool,
    #[command(flatten)]
    platform: SetUpArgs,
}

impl ListArgs {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let client = self.platform.connect()?;
        let local = self.platform.local(&client);
        let after = self.after.as_ref().map(EventId::sequence);
        if self.follow {
            let mut interrupts = Interrupts::listen();
            let after = match after {
                Some(after) => after,
                None => self.page(&local, 0, 1).await?.head,
            };
            return tokio::select! {
                failed = self.follow(&local, after, output) => failed,
                () = interrupts.next() => Ok(()),
            };
        }
        let limit = self.limit as usize;
        if let Some(after) = after {
            let listed = self.later(&local, after, limit).await?;
            return output.result(&listed, |listed| render_later(listed, output));
        }
        let (listed, has_older) = self.newest(&local, limit).await?;
        output.result(&listed, |listed| render_newest(listed, has_older, output))
    }

    async fn follow(&self, local: &SandboxClient<'_>, after: u64, output: Output) -> Result<(), Failure> {
        let mut events = local.follow_events(after, self.kind.as_deref());
        loop {
            let event = events.next().await?;
            if output.is_json() {
                output.compact_document(&event)?;
            } else {
                output.line(&shown(&event, output))?;
            }
        }
    }

    /// The events after a position, oldest first.
    async fn later(&self, local: &SandboxClient<'_>, after: u64, limit: usize) -> Result<EventPage, Error> {
        let mut listed = EventPage {
            events: Vec::new(),
            next: after,
            head: 0,
        };
        // A page reads this many events, whether or not they have the type.
        while listed.events.len() < limit {
            let size = u32::try_from(limit - listed.events.len())
                .unwrap_or(PAGE)
                .min(PAGE);
            let mut page = self.page(local, listed.next, size).await?;
            let is_end = page.next >= page.head || page.next == listed.next;
            listed.events.append(&mut page.events);
            (listed.next, listed.head) = (page.next, page.head);
            if is_end {
                break;
            }
        }
        Ok(listed)
    }

    /// The newest events, newest first, and whether there are older ones. Reads backwards in
    /// windows of positions.
    async fn newest(&self, local: &SandboxClient<'_>, limit: usize) -> Result<(EventPage, bool), Error> {
        let head = self.page(local, 0, 1).await?.head;
        let mut newest: Vec<Event> = Vec::new();
        let mut end = head;
        while end > 0 && newest.len() <= limit {
            let begin = end.saturating_sub(PAGE.into());
            let page = self.page(local, begin, PAGE).await?;
            let in_window = page.events.into_iter().filter(|event| event.id.sequence() <= end);
            newest.extend(in_window.rev());
            end = begin;
        }
        let has_older = newest.len() > limit;
        newest.truncate(limit);
        let listed = EventPage {
            events: newest,
            next: head,
            head,
        };
        Ok((listed, has_older))
    }

    async fn page(&self, local: &SandboxClient<'_>, after: u64, limit: u32) -> Result<EventPage, Error> {
        let query = EventQuery {
            after: Some(after),
            limit: Some(limit),
            kind: self.kind.clone(),
        };
        local.events(&query).await
    }
}

fn render_later(listed: &EventPage, output: Output) -> String {
    let mut lines = lines(listed, output);
    if let Some(last) = listed.events.last().filter(|_| listed.next < listed.head) {
        lines.push(format!(
            "There are more events: pass --after {}, or a higher --limit.",
            last.id
        ));
    }
    lines.join("\n")
}

fn render_newest(listed: &EventPage, has_older: bool, output: Output) -> String {
    let mut lines = lines(listed, output);
    if has_older {
        lines.push("There are older events: pass a higher --limit.".to_owned());
    }
    lines.join("\n")
}

fn lines(listed: &EventPage, output: Output) -> Vec<String> {
    if listed.events.is_empty() {
        vec!["no events found".to_owned()]
    } else {
        let events = listed.events.iter();
        events.map(|event| shown(event, output)).collect()
    }
}
