//! A custodian's agreement to a ceremony. The author of the ceremony's file chose who will hold the key, so a custodian sees that, and
//! agrees to it, before a share or a part of a key goes out.

use std::fmt::Write;

use air_crypto::custody::{Ceremony, Group};
use clap::Args;

use crate::{ask, exit::Failure, output::Output};

#[derive(Args)]
pub(super) struct Agreement {
    /// The ceremony's fingerprint, as the custodians agreed on it by another channel than the one that brought the file. Without it, the
    /// command asks on the terminal.
    #[arg(long, value_name = "FINGERPRINT", value_parser = fingerprint)]
    ceremony_id: Option<String>,
}

impl Agreement {
    /// Shows what will be agreed to, and fails unless the custodian agrees. `can_ask` is false where stdin brings something else.
    pub(super) fn confirm(&self, ceremony: &Ceremony, can_ask: bool, output: Output) -> Result<(), Failure> {
        output.note(&description(ceremony));
        match &self.ceremony_id {
            Some(id) if *id == ceremony.fingerprint() => Ok(()),
            Some(_) => Err(Failure::rejected(
                "this is not the ceremony of --ceremony-id: its fingerprint is another",
            )
            .with_hint(
                "ask the other custodians which ceremony they have; nothing was contributed",
            )),
            None if !(can_ask && ask::is_possible(output)) => Err(Failure::usage(
                "the custodian's agreement is needed: --ceremony-id FINGERPRINT, or a terminal to ask on",
            )
            .with_hint(
                "compare the fingerprint above with the other custodians by another channel than the one that brought the file",
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

/// Fails unless the ceremony moves the key of the custodian's own group.
pub(super) fn check_group(ceremony: &Group, own: &Group) -> Result<(), Failure> {
    if ceremony == own {
        return Ok(());
    }
    Err(Failure::rejected(format!(
        "the ceremony moves the key of another group: its fingerprint is {}, that of --group is {}",
        ceremony.fingerprint(),
        own.fingerprint()
    ))
    .with_hint("a share goes only to a ceremony of its own group; nothing was contributed"))
}

/// The key, who will hold it, and the fingerprint.
fn description(ceremony: &Ceremony) -> String {
    let context = ceremony.context();
    let key = match ceremony.group() {
        None => "a new one".to_owned(),
        Some(group) => group.public_key().to_string(),
    };
    let mut text = format!(
        "What a contribution agrees to:\n  public key   {key}\n  issuer       {}\n  key id       {}\n  threshold    {} of {} custodians",
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

/// 64 hexadecimal digits; spaces and colons between them, as people write such numbers, don't count.
fn fingerprint(text: &str) -> Result<String, String> {
    let digits: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != ':')
        .collect();
    if digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        Ok(digits.to_lowercase())
    } else {
        Err("a fingerprint has 64 hexadecimal digits".to_owned())
    }
}
