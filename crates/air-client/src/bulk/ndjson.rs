//! Rows of NDJSON: `{"email", "credentialSubject": {..}}` on each line.

use std::io::{self, BufRead};

use air_jwt::EmailAddress;
use serde_json::{Map, Value};

use super::{
    BulkError, NumberedRow, Reason, Refusal, Row, csv::RECORD_LIMIT, expiration::Expirations, row::pointer,
};

/// Reads rows one by one, in bounded memory. Skips blank lines.
#[derive(Debug)]
pub struct NdjsonRows<R> {
    reader: R,
    line: u64,
    number: u64,
    text: Vec<u8>,
    expirations: Expirations,
}

impl<R: BufRead> NdjsonRows<R> {
    /// Creates a reader of rows.
    pub fn new(reader: R) -> Self {
        Self::open(reader, Expirations::Refused)
    }

    /// Creates a reader of rows for an issuer's own service. Each has an `expiration`: a date, which is
    /// midnight in UTC, or a time with its offset.
    pub fn for_service(reader: R) -> Self {
        Self::open(reader, Expirations::Required)
    }

    fn open(reader: R, expirations: Expirations) -> Self {
        Self {
            reader,
            expirations,
            line: 0,
            number: 0,
            text: Vec::new(),
        }
    }

    /// Reads one line up to the limit. Returns `None` at the end.
    fn read_line(&mut self) -> io::Result<Option<bool>> {
        self.text.clear();
        let mut limited = io::Read::take(&mut self.reader, RECORD_LIMIT + 1);
        let read = limited.read_until(b'\n', &mut self.text)?;
        if read == 0 {
            return Ok(None);
        }
        self.line += 1;
        let is_whole = self.text.len() as u64 <= RECORD_LIMIT || self.text.ends_with(b"\n");
        if !is_whole {
            self.reader.skip_until(b'\n')?;
        }
        Ok(Some(is_whole))
    }

    fn numbered(&mut self, content: Result<Row, Refusal>) -> NumberedRow {
        self.number += 1;
        NumberedRow {
            number: self.number,
            line: self.line,
            content,
        }
    }
}

impl<R: BufRead> Iterator for NdjsonRows<R> {
    type Item = Result<NumberedRow, BulkError>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.read_line() {
                Err(error) => return Some(Err(BulkError::Read(error))),
                Ok(None) => return None,
                Ok(Some(false)) => return Some(Ok(self.numbered(Err(Refusal::new(Reason::TooLong, ""))))),
                Ok(Some(true)) => {}
            }
            let text = match self.text.strip_prefix(b"\xef\xbb\xbf") {
                Some(rest) if self.line == 1 => rest,
                _ => &self.text,
            };
            if !text.trim_ascii().is_empty() {
                let content = row(text, self.expirations);
                return Some(Ok(self.numbered(content)));
            }
        }
    }
}

fn row(text: &[u8], expirations: Expirations) -> Result<Row, Refusal> {
    let refuse = |reason, place: &str| Refusal::new(reason, place);
    let value = air_json::read(text).map_err(|error| Refusal::of_json(&error, ""))?;
    let Value::Object(mut members) = value else {
        return Err(refuse(Reason::NotAnObject, ""));
    };
    let email = match members.remove("email") {
        None => return Err(refuse(Reason::Missing, "/email")),
        Some(Value::String(text)) => text.parse::<EmailAddress>().ok(),
        Some(_) => None,
    };
    let email = email.ok_or_else(|| refuse(Reason::NotAnEmail, "/email"))?;
    let credential_subject: Map<String, Value> = match members.remove("credentialSubject") {
        None => return Err(refuse(Reason::Missing, "/credentialSubject")),
        Some(Value::Object(subject)) => subject,
        Some(_) => return Err(refuse(Reason::NotAnObject, "/credentialSubject")),
    };
    let expires_at = match members.remove("expiration").filter(|value| !value.is_null()) {
        None => expirations.absent()?,
        Some(value) => Some(expirations.read(value.as_str().unwrap_or_default())?),
    };
    match members.into_iter().next() {
        None => Ok(Row {
            email,
            credential_subject,
            expires_at,
        }),
        Some((name, _)) => Err(refuse(Reason::UnknownMember, &pointer("", &name))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<NumberedRow> {
        NdjsonRows::new(text.as_bytes()).map(Result::unwrap).collect()
    }

    #[test]
    fn reads_a_row_on_each_line() {
        let text = "\u{feff}{\"email\":\"ada@a.bc\",\"credentialSubject\":{\"age\":21}}\n\n \r\n\
                    {\"credentialSubject\":{},\"expiration\":null,\"email\":\"bob@a.bc\"}";
        let rows = rows(text);
        assert_eq!(rows.len(), 2);
        assert_eq!(rows[0].content.as_ref().unwrap().credential_subject["age"], 21);
        assert_eq!((rows[1].number, rows[1].line), (2, 4));
        assert!(rows[1].content.is_ok());
    }

    #[test]
    fn each_refused_row_has_its_place_and_reason() {
        let cases = [
            ("{", Reason::NotJson, ""),
            ("7", Reason::NotAnObject, ""),
            (
                r#"{"email":"a@b.cd","credentialSubject":{"level":9007199254740992}}"#,
                Reason::InexactNumber,
                "/credentialSubject/level",
            ),
            (
                r#"{"email":"a@b.cd","credentialSubject":{"a":1,"a":2}}"#,
                Reason::DuplicateMember,
                "/credentialSubject/a",
            ),
            (
                r#"{"email":"a@b.cd","email":"b@b.cd","credentialSubject":{}}"#,
                Reason::DuplicateMember,
                "/email",
            ),
            (r#"{"credentialSubject":{}}"#, Reason::Missing, "/email"),
            (
                r#"{"email":7,"credentialSubject":{}}"#,
                Reason::NotAnEmail,
                "/email",
            ),
            (
                r#"{"email":"a","credentialSubject":{}}"#,
                Reason::NotAnEmail,
                "/email",
            ),
            (r#"{"email":"a@b.cd"}"#, Reason::Missing, "/credentialSubject"),
            (
                r#"{"email":"a@b.cd","credentialSubject":[]}"#,
                Reason::NotAnObject,
                "/credentialSubject",
            ),
            (
                r#"{"email":"a@b.cd","credentialSubject":{},"expiration":"90d"}"#,
                Reason::ExpirationNotSettable,
                "/expiration",
            ),
            (
                r#"{"email":"a@b.cd","credentialSubject":{},"e-mail":1}"#,
                Reason::UnknownMember,
                "/e-mail",
            ),
        ];
        for (text, reason, pointer) in cases {
            let rows = rows(text);
            assert_eq!(rows[0].content, Err(Refusal::new(reason, pointer)), "{text}");
        }
    }

    #[test]
    fn a_line_that_is_too_long_is_skipped_within_the_limit() {
        let long = "x".repeat(3 << 20);
        let text = format!("{long}\n{{\"email\":\"a@b.cd\",\"credentialSubject\":{{}}}}\n");
        let mut reader = NdjsonRows::new(text.as_bytes());
        let first = reader.next().unwrap().unwrap();
        assert_eq!(first.content, Err(Refusal::new(Reason::TooLong, "")));
        assert!(reader.text.capacity() < 3 << 20);
        let second = reader.next().unwrap().unwrap();
        assert_eq!((second.number, second.line), (2, 2));
        assert!(second.content.is_ok());
    }

    #[test]
    fn rows_for_a_service_have_an_expiration() {
        let text = "{\"email\":\"a@b.cd\",\"credentialSubject\":{},\"expiration\":\"2030-05-01\"}\n\
                    {\"email\":\"a@b.cd\",\"credentialSubject\":{}}\n\
                    {\"email\":\"a@b.cd\",\"credentialSubject\":{},\"expiration\":7}\n";
        let rows: Vec<_> = NdjsonRows::for_service(text.as_bytes())
            .map(|row| row.unwrap().content.map(|row| row.expires_at.unwrap().as_secs()))
            .collect();
        let expected = [
            Ok(1_903_824_000),
            Err(Refusal::new(Reason::Missing, "/expiration")),
            Err(Refusal::new(Reason::NotATime, "/expiration")),
        ];
        assert_eq!(rows, expected);
    }
}
