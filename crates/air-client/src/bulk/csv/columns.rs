//! The header line: which column has which claim, and the type of its cells.

use csv::ByteRecord;

use super::super::{BulkError, expiration::Expirations};

const EMAIL: &str = "email";
const EXPIRATION: &str = "expiration";
const SUBJECT: &str = "credentialSubject.";

/// A claim that a column of a CSV may have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CsvClaim {
    /// The claim's name.
    pub name: String,
    /// The type of its values.
    pub cells: CellType,
}

/// The type of a column's cells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CellType {
    /// Text as it is: `Ada`, `007`, `TRUE`. A cell that is a JSON string (`"Ada"` in quotation marks, as the
    /// vendor's format writes it) is this string.
    Text,
    /// `true` or `false`, in any case.
    Boolean,
    /// A JSON number.
    Number,
    /// Any JSON value; also `TRUE` and `FALSE`, as spreadsheets write booleans.
    Json,
}

#[derive(Debug, PartialEq)]
pub(super) enum Column {
    Email,
    Expiration,
    Subject(CsvClaim),
    /// A column that is ignored.
    Other,
}

/// Reads the header line. Names may be in any case. Without claims, each column of the subject has
/// JSON cells. The vendor's format, which an issuer's own service takes, may have other columns.
pub(super) fn columns(
    header: &ByteRecord,
    claims: Option<&[CsvClaim]>,
    expirations: Expirations,
) -> Result<Vec<Column>, BulkError> {
    let takes_others = expirations == Expirations::Required;
    let mut columns = Vec::new();
    for (index, cell) in header.iter().enumerate() {
        let name = std::str::from_utf8(cell.trim_ascii()).unwrap_or_default();
        let other = (takes_others && subject_field(name).is_none()).then_some(Column::Other);
        let column = column(name, claims)
            .or(other)
            .ok_or(BulkError::UnknownColumn { column: index + 1 })?;
        if column != Column::Other && columns.contains(&column) {
            return Err(BulkError::RepeatedColumn { column: index + 1 });
        }
        columns.push(column);
    }
    if columns.contains(&Column::Email) {
        Ok(columns)
    } else {
        Err(BulkError::NoEmailColumn)
    }
}

fn column(name: &str, claims: Option<&[CsvClaim]>) -> Option<Column> {
    if name.eq_ignore_ascii_case(EMAIL) {
        return Some(Column::Email);
    }
    if name.eq_ignore_ascii_case(EXPIRATION) {
        return Some(Column::Expiration);
    }
    let field = subject_field(name);
    match claims {
        Some(claims) => claim(field.unwrap_or(name), claims).cloned().map(Column::Subject),
        None => field.filter(|field| !field.is_empty()).map(|field| {
            Column::Subject(CsvClaim {
                name: field.to_owned(),
                cells: CellType::Json,
            })
        }),
    }
}

/// The field of a column of the subject.
fn subject_field(name: &str) -> Option<&str> {
    name.split_at_checked(SUBJECT.len())
        .filter(|(prefix, _)| prefix.eq_ignore_ascii_case(SUBJECT))
        .map(|(_, field)| field)
}

/// The claim with this name, or else the only claim with this name in another case.
fn claim<'c>(name: &str, claims: &'c [CsvClaim]) -> Option<&'c CsvClaim> {
    if let Some(same) = claims.iter().find(|claim| claim.name == name) {
        return Some(same);
    }
    let mut similar = claims
        .iter()
        .filter(|claim| claim.name.eq_ignore_ascii_case(name));
    similar.next().filter(|_| similar.next().is_none())
}
