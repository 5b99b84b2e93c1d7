//! `air events`: lists and replays the local platform's events.

mod list;
mod receiver;
mod replay;
mod secret;

use std::str::FromStr;

use air_api::sandbox::{Event, EventId};
use clap::Subcommand;

pub(crate) use self::receiver::{Receiver, ReceiverArgs};
use crate::{
    exit::Failure,
    output::{Output, faint},
    terminal::printable,
};

#[derive(Subcommand)]
pub(crate) enum Events {
    /// List events, oldest first.
    List(list::ListArgs),
    /// Post events again, signed, with their original ids.
    Replay(replay::ReplayArgs),
}

impl Events {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::List(arguments) => arguments.run(output).await,
            Self::Replay(arguments) => arguments.run(output).await,
        }
    }
}

/// Where to start: `first`, or an event's id.
#[derive(Clone, Debug)]
pub(crate) struct From(u64);

impl From {
    /// The position before that event.
    pub(crate) fn after(&self) -> u64 {
        self.0
    }
}

impl FromStr for From {
    type Err = air_api::Error;

    fn from_str(text: &str) -> Result<Self, air_api::Error> {
        if text == "first" {
            return Ok(Self(0));
        }
        let id: EventId = text.parse()?;
        Ok(Self(id.sequence().saturating_sub(1)))
    }
}

/// An event on one line.
pub(crate) fn line(event: &Event) -> String {
    let data = serde_json::to_string(&event.data).unwrap_or_default();
    format!(
        "{}  {:<26}  {}  {}",
        event.created_at,
        printable(&event.kind),
        event.id,
        faint(&printable(&data))
    )
}
