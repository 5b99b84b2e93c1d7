//! A custodian's agreement to a ceremony. The author of the ceremony file chose who will hold the
//! key, so each custodian reviews and agrees to that before contributing a share or a part of a
//! key.

use std::fmt::Write;

use air_crypto::custody::{Ceremony, Group};
use clap::Args;

use crate::{ask, exit::Failure, output::Output, sealing::parse_fingerprint};

#[derive(Args)]
pub(super) struct Agreement {
    /// The ceremony's fingerprint, as the custodians agreed on it over a different channel than the
    /// file's [default: ask on the terminal].
    #[arg(long, value_name = "FINGERPRINT", value_parser = parse_fingerprint)]
    ceremony_id: Option<String>,
}

impl Agreement {
    /// Shows the ceremony, and fails unless the custodian agrees. `can_ask` is false when stdin has
    /// another input.
    pub(super) fn confirm(&self, ceremony: &Ceremony, can_ask: bool, output: Output) -> Result<(), Failure> {
        output.note(&description(ceremony));
        match &self.ceremony_id {
            Some(id) if *id == ceremony.fingerprint() => Ok(()),
            Some(_) => Err(Failure::rejected(
                "the ceremony file does not match --ceremony-id: its fingerprint differs",
            )
            .with_hint(
                "nothing was contributed; compare the ceremony files with the other custodians",
            )),
            None if !(can_ask && ask::is_possible(output)) => Err(Failure::usage(
                "missing agreement: pass --ceremony-id FINGERPRINT, or run the command on a terminal",
            )
            .with_hint(
                "compare the fingerprint above with the other custodians over a different channel than the file's",
            )),
            None => {
                let question = "Do the other custodians have this fingerprint, and do you agree to these keys?";
                if ask::agrees(question, output) {
                    Ok(())
                } else {
                    Err(Failure::failed("the custodian did not agree; nothing was contributed"))
                }
            }
        }
    }
}

/// Fails unless the ceremony moves the key of this custodian's group.
pub(super) fn check_group(ceremony: &Group, own: &Group) -> Result<(), Failure> {
    if ceremony == own {
        return Ok(());
    }
    Err(Failure::rejected(format!(
        "the ceremony moves the key of another group: its fingerprint is {}, that of --group is {}",
        ceremony.fingerprint(),
        own.fingerprint()
    ))
    .with_hint("nothing was contributed; a share can only be used in a ceremony of its own group"))
}

/// The key, its custodians and the fingerprint.
fn description(ceremony: &Ceremony) -> String {
    let context = ceremony.context();
    let key = match ceremony.group() {
        None => "a new one".to_owned(),
        Some(group) => group.public_key().to_string(),
    };
    let mut text = format!(
        "Ceremony:\n  public key   {key}\n  issuer       {}\n  key id       {}\n  threshold    {} of {} custodians",
        context.issuer(),
        context.key_id(),
        ceremony.threshold(),
        ceremony.custodians().len(),
    );
    for (number, custodian) in (1..).zip(ceremony.custodians()) {
        let _ = write!(text, "\n  custodian {number:<3}{}", custodian.to_did_key());
    }
    let _ = write!(text, "\n  ceremony     {}", ceremony.fingerprint());
    text
}
