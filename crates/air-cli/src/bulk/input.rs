//! The file of rows, read twice: once to check it and once to send it.

use std::{
    ffi::OsStr,
    fs::File,
    io::{BufReader, Read, Seek},
    path::Path,
};

use air_client::bulk::{
    BulkError, CsvRows, InputDigest, InputHasher, NdjsonRows, NumberedRow, Reason, Refusal, Review, Row,
    review,
};
use air_schema::{Validator, Violation};

use crate::{
    exit::Failure,
    output::Output,
    progress,
    schema::{compile, read_schema},
};

const BUFFER: usize = 1 << 16;

/// A file that stays open, so that both passes read the same one.
pub(super) struct Input {
    file: File,
    form: Form,
    schema: Option<Validator>,
}

#[derive(Clone, Copy)]
enum Form {
    Csv,
    Ndjson,
}

type Rows<'i> = Box<dyn Iterator<Item = Result<NumberedRow, BulkError>> + 'i>;

impl Input {
    pub(super) fn open(path: &Path, schema: Option<&Path>) -> Result<Self, Failure> {
        let extension = path.extension().map(OsStr::to_ascii_lowercase);
        let form = match extension.as_deref().and_then(OsStr::to_str) {
            Some("csv") => Form::Csv,
            Some("ndjson" | "jsonl") => Form::Ndjson,
            _ => {
                return Err(Failure::usage(format!(
                    "unknown format of {}: its name must end in .csv, .ndjson or .jsonl",
                    path.display()
                )));
            }
        };
        let file = File::open(path)
            .map_err(|error| Failure::failed(format!("failed to read {}: {error}", path.display())))?;
        let schema = schema.map(|schema| compile(&read_schema(schema)?)).transpose()?;
        Ok(Self { file, form, schema })
    }

    /// Counts and checks the rows, also against the schema if there is one.
    pub(super) fn review(
        &self,
        with_schema: bool,
        output: Output,
    ) -> Result<(Review, InputDigest), BulkError> {
        let file = self.rewound()?;
        let mut hasher = InputHasher::new(progress::watch(file, "rows".as_ref(), output));
        let found = {
            let rows = self.form.rows(&mut hasher)?;
            if with_schema {
                review(rows.map(|row| self.checked(row)))?
            } else {
                review(rows)?
            }
        };
        Ok((found, hasher.finish().map_err(BulkError::Read)?))
    }

    /// The rows to send; rows that do not conform to the schema are refused.
    pub(super) fn rows(&self) -> Result<Rows<'_>, BulkError> {
        let rows = self.form.rows(self.rewound()?)?;
        Ok(Box::new(rows.map(|row| self.checked(row))))
    }

    fn rewound(&self) -> Result<File, BulkError> {
        let mut file = self.file.try_clone().map_err(BulkError::Read)?;
        file.rewind().map_err(BulkError::Read)?;
        Ok(file)
    }

    fn checked(&self, row: Result<NumberedRow, BulkError>) -> Result<NumberedRow, BulkError> {
        let mut row = row?;
        if let Some(validator) = &self.schema {
            row.content = row.content.and_then(|content| fitting(validator, content));
        }
        Ok(row)
    }
}

impl Form {
    fn rows<'r>(self, reader: impl Read + 'r) -> Result<Rows<'r>, BulkError> {
        let reader = BufReader::with_capacity(BUFFER, reader);
        Ok(match self {
            Self::Csv => Box::new(CsvRows::new(reader)?),
            Self::Ndjson => Box::new(NdjsonRows::new(reader)),
        })
    }
}

/// The row, or the first place where it breaks a rule.
fn fitting(validator: &Validator, row: Row) -> Result<Row, Refusal> {
    if let Err(violations) = validator.validate(&row.credential_subject) {
        let first = violations.iter().next();
        let place = first.map(Violation::pointer).unwrap_or_default();
        return Err(Refusal::new(
            Reason::DoesNotFit,
            format!("/credentialSubject{place}"),
        ));
    }
    Ok(row)
}
