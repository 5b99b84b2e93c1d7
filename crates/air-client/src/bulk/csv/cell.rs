//! The value of a cell, by the type of its column.

use serde_json::Value;

use super::{
    super::{Reason, Refusal},
    columns::CellType,
};

/// Reads a cell that is not empty. `place` is its pointer.
pub(super) fn value(cell: &[u8], cells: CellType, place: &str) -> Result<Value, Refusal> {
    let refused = |reason| Refusal::new(reason, place);
    match cells {
        CellType::Json => json(spreadsheet_boolean(cell).unwrap_or(cell), place),
        CellType::Text => text(cell)
            .map(Value::String)
            .ok_or_else(|| refused(Reason::NotUtf8)),
        CellType::Boolean => match cell {
            _ if cell.eq_ignore_ascii_case(b"true") => Ok(Value::Bool(true)),
            _ if cell.eq_ignore_ascii_case(b"false") => Ok(Value::Bool(false)),
            _ => Err(refused(Reason::NotABoolean)),
        },
        CellType::Number => match json(cell, place) {
            Ok(number @ Value::Number(_)) => Ok(number),
            Err(refusal) if refusal.reason == Reason::InexactNumber => Err(refusal),
            _ => Err(refused(Reason::NotANumber)),
        },
    }
}

/// Reads a text as it is, or as a JSON string. Returns `None` if it is not UTF-8.
pub(super) fn text(cell: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(cell).ok()?;
    let quoted = text
        .starts_with('"')
        .then(|| serde_json::from_str::<String>(text).ok())
        .flatten();
    Some(quoted.unwrap_or_else(|| text.to_owned()))
}

fn json(cell: &[u8], place: &str) -> Result<Value, Refusal> {
    air_json::read(cell).map_err(|error| Refusal::of_json(&error, place))
}

/// Converts `TRUE` and `FALSE`, as spreadsheets write them, to JSON.
fn spreadsheet_boolean(cell: &[u8]) -> Option<&'static [u8]> {
    match cell {
        b"TRUE" => Some(b"true"),
        b"FALSE" => Some(b"false"),
        _ => None,
    }
}
