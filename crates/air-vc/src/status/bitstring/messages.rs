//! `statusMessage` and `statusMessages`: a message for each value (Bitstring Status List, 2.1).

use serde_json::{Value, json};

use crate::{Error, status::StatusBits};

/// Checks that there is a message for each possible value.
pub(super) fn check_number(messages: &[String], bits: StatusBits) -> Result<(), Error> {
    if messages.len() == usize::from(bits.mask()) + 1 {
        return Ok(());
    }
    Err(Error::MalformedStatus {
        reason: "there must be a status message for each possible value",
    })
}

pub(super) fn to_value(messages: &[String]) -> Value {
    messages
        .iter()
        .enumerate()
        .map(|(value, message)| json!({ "status": format!("{value:#x}"), "message": message }))
        .collect()
}

/// Parses the messages and sorts them by value. Absent messages are an empty list.
pub(super) fn from_value(value: Option<&Value>, bits: StatusBits) -> Result<Vec<String>, Error> {
    let Some(value) = value else {
        return Ok(Vec::new());
    };
    let mut read: Vec<(u8, String)> = value
        .as_array()
        .and_then(|all| all.iter().map(message).collect())
        .ok_or(Error::MalformedStatus {
            reason: "a status message must have a `status` like \"0x0\" and a `message`",
        })?;
    read.sort_unstable_by_key(|(value, _)| *value);
    if (0_u16..)
        .zip(&read)
        .any(|(expected, (value, _))| u16::from(*value) != expected)
    {
        return Err(Error::MalformedStatus {
            reason: "there must be one status message for each value from 0x0 on",
        });
    }
    let messages: Vec<String> = read.into_iter().map(|(_, message)| message).collect();
    check_number(&messages, bits)?;
    Ok(messages)
}

fn message(value: &Value) -> Option<(u8, String)> {
    let digits = value.get("status")?.as_str()?.strip_prefix("0x")?;
    let number = digits
        .bytes()
        .all(|digit| digit.is_ascii_hexdigit())
        .then(|| u8::from_str_radix(digits, 16).ok())??;
    Some((number, value.get("message")?.as_str()?.to_owned()))
}
