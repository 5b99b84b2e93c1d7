//! Rows of a CSV (RFC 4180): `email,expiration,credentialSubject.<field>…`, subject cells in JSON.

use std::io::{self, Read};

use csv::{ByteRecord, ReaderBuilder};
use serde_json::Map;

use super::{BulkError, NumberedRow, Reason, Refusal, Row, row::pointer};

/// The maximum size of a record in bytes.
pub(super) const RECORD_LIMIT: u64 = 1 << 20;
const SUBJECT: &str = "credentialSubject.";

/// Reads rows one by one, in bounded memory. An empty subject cell is an absent claim.
#[derive(Debug)]
pub struct CsvRows<R> {
    reader: csv::Reader<Allowance<R>>,
    columns: Vec<Column>,
    record: ByteRecord,
    number: u64,
}

#[derive(Debug, PartialEq)]
enum Column {
    Email,
    Expiration,
    Subject(String),
}

impl<R: Read> CsvRows<R> {
    /// Creates a reader, and reads the header line.
    ///
    /// # Errors
    /// [`BulkError::NoEmailColumn`], [`BulkError::UnknownColumn`] or [`BulkError::RepeatedColumn`] if the
    /// header is invalid.
    pub fn new(reader: R) -> Result<Self, BulkError> {
        let reader = Allowance {
            reader,
            left: RECORD_LIMIT,
            read: 0,
            end: END,
        };
        let mut rows = Self {
            reader: ReaderBuilder::new()
                .has_headers(false)
                .flexible(true)
                // A carriage return before the line feed is trimmed with the cell.
                .terminator(csv::Terminator::Any(b'\n'))
                .from_reader(reader),
            columns: Vec::new(),
            record: ByteRecord::new(),
            number: 0,
        };
        rows.read_record()?;
        rows.columns = columns(&rows.record)?;
        Ok(rows)
    }

    /// Reads the next record. Returns `false` at the end of the input.
    fn read_record(&mut self) -> Result<bool, BulkError> {
        let line = self.reader.position().line();
        self.reader.get_mut().left = RECORD_LIMIT;
        let read = self.reader.read_byte_record(&mut self.record);
        read.map_err(|error| match error.into_kind() {
            _ if self.reader.get_ref().left == 0 => BulkError::RecordTooLong {
                line,
                limit: RECORD_LIMIT,
            },
            csv::ErrorKind::Io(error) => BulkError::Read(error),
            _ => BulkError::Read(io::ErrorKind::InvalidData.into()),
        })
    }

    /// Returns the line of the last record, or of its cell with an unclosed quotation mark. The csv crate's
    /// own position is before blank lines.
    fn line(&self) -> u64 {
        let end = self.reader.position().line();
        let newlines = |bytes: &[u8]| bytes.split(|byte| *byte == b'\n').count() as u64 - 1;
        if self.has_open_quote() {
            end.saturating_sub(self.record.iter().next_back().map_or(0, newlines))
        } else {
            end.saturating_sub(newlines(self.record.as_slice()) + 1)
        }
    }

    /// Checks whether the last record includes the end of the input, which only an unclosed quotation mark
    /// causes.
    fn has_open_quote(&self) -> bool {
        let input = self.reader.get_ref();
        input.end.is_empty() && self.reader.position().byte() == input.read
    }

    /// Checks for a row of empty cells, which spreadsheets write for an empty row, or for the carriage return
    /// of a blank line.
    fn is_blank(&self) -> bool {
        !self.has_open_quote() && self.record.iter().all(|cell| cell.trim_ascii().is_empty())
    }

    fn row(&self) -> Result<Row, Refusal> {
        if self.has_open_quote() {
            return Err(Refusal::new(Reason::OpenQuote, ""));
        }
        if self.record.len() != self.columns.len() {
            return Err(Refusal::new(Reason::WrongNumberOfCells, ""));
        }
        let (mut email, mut credential_subject) = (None, Map::new());
        for (column, cell) in self.columns.iter().zip(&self.record) {
            let cell = cell.trim_ascii();
            match column {
                Column::Email => email = Some(address(cell)?),
                _ if cell.is_empty() => {}
                Column::Expiration => {
                    return Err(Refusal::new(Reason::ExpirationNotSettable, "/expiration"));
                }
                Column::Subject(name) => {
                    let cell = spreadsheet_boolean(cell).unwrap_or(cell);
                    let place = || pointer("/credentialSubject", name);
                    let value = air_json::read(cell).map_err(|error| Refusal::of_json(&error, &place()))?;
                    credential_subject.insert(name.clone(), value);
                }
            }
        }
        Ok(Row {
            email: email.ok_or_else(|| Refusal::new(Reason::Missing, "/email"))?,
            credential_subject,
        })
    }
}

impl<R: Read> Iterator for CsvRows<R> {
    type Item = Result<NumberedRow, BulkError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            return match self.read_record() {
                Ok(false) => None,
                Ok(true) if self.is_blank() => continue,
                Ok(true) => {
                    self.number += 1;
                    Some(Ok(NumberedRow {
                        number: self.number,
                        line: self.line(),
                        content: self.row(),
                    }))
                }
                Err(error) => Some(Err(error)),
            };
        }
    }
}

fn columns(header: &ByteRecord) -> Result<Vec<Column>, BulkError> {
    let mut columns = Vec::new();
    for (index, cell) in header.iter().enumerate() {
        let name = std::str::from_utf8(cell.trim_ascii()).unwrap_or_default();
        let column = match (name, name.strip_prefix(SUBJECT)) {
            ("email", _) => Column::Email,
            ("expiration", _) => Column::Expiration,
            (_, Some(field)) if !field.is_empty() => Column::Subject(field.to_owned()),
            _ => return Err(BulkError::UnknownColumn { column: index + 1 }),
        };
        if columns.contains(&column) {
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

/// Converts `TRUE` and `FALSE`, as spreadsheets write them, to JSON.
fn spreadsheet_boolean(cell: &[u8]) -> Option<&'static [u8]> {
    match cell {
        b"TRUE" => Some(b"true"),
        b"FALSE" => Some(b"false"),
        _ => None,
    }
}

fn address(cell: &[u8]) -> Result<air_jwt::EmailAddress, Refusal> {
    if cell.is_empty() {
        return Err(Refusal::new(Reason::Missing, "/email"));
    }
    let text = std::str::from_utf8(cell).ok();
    text.and_then(|text| text.parse().ok())
        .ok_or_else(|| Refusal::new(Reason::NotAnEmail, "/email"))
}

/// Line ends that are appended to the input: a record that includes both has an unclosed quotation mark.
const END: &[u8] = b"\n\n";

/// A reader that fails beyond a limit, since an unclosed quotation mark would read the whole file into memory.
#[derive(Debug)]
struct Allowance<R> {
    reader: R,
    left: u64,
    /// The total number of bytes read.
    read: u64,
    /// The rest of [`END`].
    end: &'static [u8],
}

impl<R: Read> Read for Allowance<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut read = (&mut self.reader).take(self.left).read(buffer)?;
        self.left -= read as u64;
        if read == 0 {
            read = self.end.read(buffer)?;
        }
        self.read += read as u64;
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn rows(text: &str) -> Vec<NumberedRow> {
        CsvRows::new(text.as_bytes())
            .unwrap()
            .map(Result::unwrap)
            .collect()
    }

    fn refusal(row: &NumberedRow) -> (u64, Reason, &str) {
        let refusal = row.content.as_ref().unwrap_err();
        (row.line, refusal.reason, &refusal.pointer)
    }

    #[test]
    fn cells_of_the_subject_are_json_and_empty_ones_are_absent() {
        let text = "\u{feff}email,expiration,credentialSubject.age,credentialSubject.name,credentialSubject.tags\r\n\
                    ada@a.bc,,21,\"\"\"Ada\"\"\",\"[1,\n2]\"\r\n\r\n bob@a.bc ,,,true,\r\n";
        let rows = rows(text);
        let subject = |index: usize| Value::Object(rows[index].content.clone().unwrap().credential_subject);
        assert_eq!(subject(0), json!({ "age": 21, "name": "Ada", "tags": [1, 2] }));
        assert_eq!(subject(1), json!({ "name": true }));
        assert_eq!((rows[0].number, rows[0].line), (1, 2));
        assert_eq!((rows[1].number, rows[1].line), (2, 5));
        assert_eq!(rows[1].content.as_ref().unwrap().email.as_str(), "bob@a.bc");
    }

    #[test]
    fn a_row_has_the_line_that_it_begins_on() {
        for end in ["\n", "\r\n"] {
            for last in ["", end] {
                let lines = ["email", "", "a@b.cd", "\"", "a@b.cd\"", "", "", "a@b.cd"];
                let text = lines.join(end) + last;
                let begins: Vec<u64> = rows(&text).iter().map(|row| row.line).collect();
                assert_eq!(begins, [3, 4, 8], "{text:?}");
            }
        }
    }

    #[test]
    fn an_open_quotation_mark_is_refused_on_the_line_where_it_opens() {
        for end in ["", "\n", "\r\n", "\n\n\n"] {
            for (text, line) in [
                ("email,credentialSubject.a\nada@a.bc,\"\"\"UTO", 2),
                ("email,credentialSubject.a\nada@a.bc,\"\"\"UTO\nbob@a.bc,true", 2),
                ("email,credentialSubject.a\n\nada@a.bc,1\n\nbob@a.bc,\"[1,\n2", 5),
                ("credentialSubject.a,email\n\"[1,\n2]\",\"ada@a.bc\n", 3),
            ] {
                let rows = rows(&format!("{text}{end}"));
                assert_eq!(
                    refusal(rows.last().unwrap()),
                    (line, Reason::OpenQuote, ""),
                    "{text:?}{end:?}"
                );
            }
            let closed = rows(&format!("email,credentialSubject.a\nada@a.bc,\"[1,\n2\n]\"{end}"));
            assert!(closed[0].content.is_ok() && closed.len() == 1, "{end:?}");
            assert_eq!(closed[0].line, 2, "{end:?}");
        }
    }

    #[test]
    fn empty_rows_of_a_spreadsheet_are_no_rows_and_its_booleans_are_booleans() {
        let text = "email,credentialSubject.over18,credentialSubject.level\r\nada@a.bc,TRUE,3\r\n,,\r\n\
                    bob@a.bc,FALSE,\r\n , ,\r\n,,\r\n";
        let rows = rows(text);
        assert_eq!(rows.len(), 2);
        assert_eq!((rows[1].number, rows[1].line), (2, 4));
        let subject = |index: usize| Value::Object(rows[index].content.clone().unwrap().credential_subject);
        assert_eq!(subject(0), json!({ "over18": true, "level": 3 }));
        assert_eq!(subject(1), json!({ "over18": false }));
    }

    #[test]
    fn each_refused_row_has_its_line_place_and_reason() {
        let text = "email,expiration,credentialSubject.name\nada,,1\n,,1\na@b.cd,2027-01-01,1\n\
                    a@b.cd,,Ada\na@b.cd,\na@b.cd,,1,2\na@b.cd,,\"true\"\n";
        let rows = rows(text);
        assert_eq!(refusal(&rows[0]), (2, Reason::NotAnEmail, "/email"));
        assert_eq!(refusal(&rows[1]), (3, Reason::Missing, "/email"));
        assert_eq!(
            refusal(&rows[2]),
            (4, Reason::ExpirationNotSettable, "/expiration")
        );
        assert_eq!(refusal(&rows[3]), (5, Reason::NotJson, "/credentialSubject/name"));
        assert_eq!(refusal(&rows[4]), (6, Reason::WrongNumberOfCells, ""));
        assert_eq!(refusal(&rows[5]), (7, Reason::WrongNumberOfCells, ""));
        assert!(rows[6].content.is_ok());
    }

    #[test]
    fn a_cell_with_a_number_that_readers_round_or_a_member_twice_is_refused() {
        let text = "email,credentialSubject.isOver18,credentialSubject.level\n\
                    a@b.cd,true,12345678901234567890123\na@b.cd,true,\"{\"\"x\"\":1,\"\"x\"\":2}\"\na@b.cd,true,0.1\n";
        let rows = rows(text);
        let level = "/credentialSubject/level";
        assert_eq!(refusal(&rows[0]), (2, Reason::InexactNumber, level));
        let twice = "/credentialSubject/level/x";
        assert_eq!(refusal(&rows[1]), (3, Reason::DuplicateMember, twice));
        assert!(rows[2].content.is_ok());
    }

    #[test]
    fn an_address_with_an_invisible_character_is_refused() {
        let text = "email\nada\u{200b}@a.bc\n\u{202e}ada@a.bc\nada@a\u{200b}.bc\nada@a.bc\n";
        let rows = rows(text);
        for row in &rows[..3] {
            assert_eq!(refusal(row), (row.line, Reason::NotAnEmail, "/email"));
        }
        assert!(rows[3].content.is_ok());
    }

    #[test]
    fn a_header_line_names_known_columns_once() {
        let refused = |header: &str| CsvRows::new(header.as_bytes()).unwrap_err();
        for none in ["", "credentialSubject.a"] {
            assert!(matches!(refused(none), BulkError::NoEmailColumn), "{none}");
        }
        for unknown in ["email,age", "email,credentialSubject.", "email,"] {
            assert!(
                matches!(refused(unknown), BulkError::UnknownColumn { column: 2 }),
                "{unknown}"
            );
        }
        let twice = "email,credentialSubject.a,credentialSubject.a";
        assert!(matches!(refused(twice), BulkError::RepeatedColumn { column: 3 }));
    }

    #[test]
    fn an_open_quotation_mark_ends_within_the_limit() {
        let endless = io::repeat(b'x').take(64 << 20);
        let text = "email\na@b.cd\n\"".as_bytes().chain(endless);
        let mut rows = CsvRows::new(text).unwrap();
        assert!(rows.next().unwrap().is_ok());
        let error = rows.next().unwrap().unwrap_err();
        assert!(
            matches!(error, BulkError::RecordTooLong { line: 3, .. }),
            "{error:?}"
        );
    }
}
