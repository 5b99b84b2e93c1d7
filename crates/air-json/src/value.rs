//! Checks values whose numbers were already converted.

use serde_json::{Map, Value};

use crate::{Error, JsonPointer, name::is_reserved_name, number, scan::LEVELS};

/// Checks the names of a value, and its numbers in the form in which `serde_json` writes them.
///
/// # Errors
/// [`Error::InexactNumber`]; [`Error::ReservedMember`]; [`Error::TooDeep`] above 128 levels of nesting.
pub fn check_value(value: &Value) -> Result<(), Error> {
    check_at(value, &mut JsonPointer::root(), LEVELS)
}

/// As [`check_value`], for the members of an object.
///
/// # Errors
/// As [`check_value`].
pub fn check_members(members: &Map<String, Value>) -> Result<(), Error> {
    check_object(members, &mut JsonPointer::root(), LEVELS)
}

fn check_at<'a>(value: &'a Value, place: &mut JsonPointer<'a>, levels: usize) -> Result<(), Error> {
    match value {
        Value::Number(number) if !number::is_exact(&number.to_string()) => Err(Error::InexactNumber {
            pointer: place.to_string(),
        }),
        Value::Array(items) => {
            let levels = levels.checked_sub(1).ok_or(Error::TooDeep)?;
            for (index, item) in items.iter().enumerate() {
                place.enter_item(index);
                check_at(item, place, levels)?;
                place.leave();
            }
            Ok(())
        }
        Value::Object(members) => check_object(members, place, levels),
        _ => Ok(()),
    }
}

fn check_object<'a>(
    members: &'a Map<String, Value>,
    place: &mut JsonPointer<'a>,
    levels: usize,
) -> Result<(), Error> {
    let levels = levels.checked_sub(1).ok_or(Error::TooDeep)?;
    for (name, member) in members {
        place.enter_member(name.as_str());
        if is_reserved_name(name) {
            return Err(Error::ReservedMember {
                pointer: place.to_string(),
            });
        }
        check_at(member, place, levels)?;
        place.leave();
    }
    Ok(())
}
