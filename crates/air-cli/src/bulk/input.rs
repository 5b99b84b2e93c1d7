//! The file of rows, read twice: once to check it and once to send it.

use std::{
    ffi::OsStr,
    fs::File,
    io::{BufReader, Read, Seek},
    path::Path,
};

use air_client::bulk::{
    BulkError, CellType, CsvClaim, CsvRows, InputDigest, InputHasher, NdjsonRows, NumberedRow, Reason,
    Refusal, Review, Row, review,
};
use air_schema::{Attribute, AttributeType, Validator, Violation};

use crate::{
    exit::Failure,
    output::Output,
    progress,
    schema::{compile, read_form_or_json_schema, read_schema},
    time::now,
};

const BUFFER: usize = 1 << 16;

/// A file that stays open, so that both passes read the same one.
pub(crate) struct Input {
    file: File,
    form: Form,
    issuer: Issuer,
    schema: Option<Rules>,
}

/// The service that issues the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Issuer {
    /// The platform, on behalf of the issuer.
    Platform,
    /// The issuer's own service. Each row has an expiration.
    OwnService,
}

/// A schema: the types of a CSV's cells, and the rules of all rows.
struct Rules {
    claims: Vec<CsvClaim>,
    validator: Validator,
}

#[derive(Clone, Copy)]
enum Form {
    Csv,
    Ndjson,
}

type Rows<'i> = Box<dyn Iterator<Item = Result<NumberedRow, BulkError>> + 'i>;

impl Input {
    pub(crate) fn open(path: &Path, schema: Option<&Path>, issuer: Issuer) -> Result<Self, Failure> {
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
        let schema = schema.map(|path| Rules::read(path, issuer)).transpose()?;
        Ok(Self {
            file,
            form,
            issuer,
            schema,
        })
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
            let rows = self.rows_of(&mut hasher)?;
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
        let rows = self.unchecked_rows()?;
        Ok(Box::new(rows.map(|row| self.checked(row))))
    }

    /// The rows, including those that do not conform to the schema.
    pub(super) fn unchecked_rows(&self) -> Result<Rows<'_>, BulkError> {
        self.rows_of(self.rewound()?)
    }

    /// The columns of a CSV that are ignored, counted from 1.
    pub(crate) fn ignored_columns(&self) -> Result<Vec<usize>, BulkError> {
        match (self.form, self.issuer, self.claims()) {
            (Form::Csv, Issuer::OwnService, Some(claims)) => {
                let reader = BufReader::with_capacity(BUFFER, self.rewound()?);
                Ok(CsvRows::for_service(reader, claims)?.ignored_columns())
            }
            _ => Ok(Vec::new()),
        }
    }

    fn rows_of<'r>(&self, reader: impl Read + 'r) -> Result<Rows<'r>, BulkError> {
        let reader = BufReader::with_capacity(BUFFER, reader);
        Ok(match (self.form, self.issuer, self.claims()) {
            (Form::Csv, Issuer::OwnService, claims) => {
                Box::new(CsvRows::for_service(reader, claims.unwrap_or_default())?)
            }
            (Form::Csv, Issuer::Platform, Some(claims)) => Box::new(CsvRows::typed(reader, claims)?),
            (Form::Csv, Issuer::Platform, None) => Box::new(CsvRows::new(reader)?),
            (Form::Ndjson, Issuer::Platform, _) => Box::new(NdjsonRows::new(reader)),
            (Form::Ndjson, Issuer::OwnService, _) => Box::new(NdjsonRows::for_service(reader)),
        })
    }

    fn claims(&self) -> Option<&[CsvClaim]> {
        self.schema.as_ref().map(|rules| &*rules.claims)
    }

    fn rewound(&self) -> Result<File, BulkError> {
        let mut file = self.file.try_clone().map_err(BulkError::Read)?;
        file.rewind().map_err(BulkError::Read)?;
        Ok(file)
    }

    fn checked(&self, row: Result<NumberedRow, BulkError>) -> Result<NumberedRow, BulkError> {
        let mut row = row?;
        row.content = row.content.and_then(still_valid);
        if let Some(rules) = &self.schema {
            row.content = row.content.and_then(|content| rules.fitting(content));
        }
        Ok(row)
    }
}

/// The row, unless its expiration is over.
fn still_valid(row: Row) -> Result<Row, Refusal> {
    match row.expires_at {
        Some(end) if end <= now() => Err(Refusal::new(Reason::Expired, "/expiration")),
        _ => Ok(row),
    }
}

impl Rules {
    fn read(path: &Path, issuer: Issuer) -> Result<Self, Failure> {
        let schema = match issuer {
            Issuer::Platform => read_schema(path)?,
            // The service's configuration takes both.
            Issuer::OwnService => read_form_or_json_schema(path)?,
        };
        Ok(Self {
            claims: schema.attributes().iter().map(claim).collect(),
            validator: compile(&schema)?,
        })
    }

    /// The row, or the first rule that it breaks.
    fn fitting(&self, row: Row) -> Result<Row, Refusal> {
        let Err(violations) = self.validator.validate(&row.credential_subject) else {
            return Ok(row);
        };
        let first = violations.iter().next();
        let place = first.map(Violation::pointer).unwrap_or_default();
        let refusal = Refusal::new(Reason::DoesNotFit, format!("/credentialSubject{place}"));
        Err(match first {
            None => refusal,
            Some(violation) => {
                let message = match violations.count() {
                    1 => violation.message().to_owned(),
                    count => format!("{}; {} more", violation.message(), count - 1),
                };
                refusal.with_rule(violation.rule().name(), &message)
            }
        })
    }
}

/// The column of an attribute.
fn claim(attribute: &Attribute) -> CsvClaim {
    CsvClaim {
        name: attribute.name().as_str().to_owned(),
        cells: match attribute.kind() {
            AttributeType::String | AttributeType::Date | AttributeType::DateTime => CellType::Text,
            AttributeType::Boolean => CellType::Boolean,
            AttributeType::Number | AttributeType::Integer => CellType::Number,
            _ => CellType::Json,
        },
    }
}
