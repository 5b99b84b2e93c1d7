//! `air events`: lists, follows and replays the local platform's events.

mod list;
mod receiver;
mod replay;
mod secret;

use std::str::FromStr;

use air_api::sandbox::{Event, EventId};
use clap::{ArgMatches, Args, FromArgMatches, Subcommand};

pub(crate) use self::receiver::{Receiver, ReceiverArgs};
use crate::{
    exit::Failure,
    output::{Output, faint},
    terminal::printable,
};

/// The length of the longest type of event, `verification_program.modified`.
const KIND_WIDTH: usize = 29;

/// A listing, or a subcommand.
pub(crate) enum Events {
    List(list::ListArgs),
    Below(EventsCommand),
}

#[derive(Subcommand)]
pub(crate) enum EventsCommand {
    /// List events, newest first, or follow new ones; the same as `air events`.
    List(list::ListArgs),
    /// Post events again, signed, with their original ids.
    Replay(replay::ReplayArgs),
}

impl Events {
    pub(crate) async fn run(&self, output: Output) -> Result<(), Failure> {
        match self {
            Self::List(arguments) | Self::Below(EventsCommand::List(arguments)) => {
                arguments.run(output).await
            }
            Self::Below(EventsCommand::Replay(arguments)) => arguments.run(output).await,
        }
    }
}

/// Subcommands do not need the listing's arguments, which clap's derive cannot express.
impl Args for Events {
    fn augment_args(command: clap::Command) -> clap::Command {
        EventsCommand::augment_subcommands(list::ListArgs::augment_args(command))
            .args_conflicts_with_subcommands(true)
            .subcommand_required(false)
            .arg_required_else_help(false)
    }

    fn augment_args_for_update(command: clap::Command) -> clap::Command {
        Self::augment_args(command)
    }
}

impl FromArgMatches for Events {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        if matches.subcommand_name().is_some() {
            EventsCommand::from_arg_matches(matches).map(Self::Below)
        } else {
            list::ListArgs::from_arg_matches(matches).map(Self::List)
        }
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
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

/// An event: for people, with a line for each member of its data; for other programs on one line.
pub(crate) fn shown(event: &Event, output: Output) -> String {
    let head = format!(
        "{}  {:<KIND_WIDTH$}  {}",
        event.created_at,
        printable(&event.kind),
        event.id
    );
    if output.is_for_eyes() {
        [head]
            .into_iter()
            .chain(members(event))
            .collect::<Vec<_>>()
            .join("\n")
    } else {
        let data = serde_json::to_string(&event.data).unwrap_or_default();
        format!("{head}  {}", printable(&data))
    }
}

/// A line for each member of an event's data: texts without quotes, other values as JSON.
fn members(event: &Event) -> impl Iterator<Item = String> {
    let width = event.data.keys().map(|name| name.chars().count()).max();
    let width = width.unwrap_or_default();
    event.data.iter().map(move |(name, value)| {
        let value = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        let name = printable(name);
        faint(&format!("  {name:width$}  {}", printable(&value)))
    })
}
