//! Validation of subjects against schemas.

use air_schema::CredentialSchema;
use pyo3::{Bound, PyAny, Python, pyclass, pymethods};

use crate::{error::Failure, json};

/// A rule that a subject breaks.
#[pyclass(frozen, eq, get_all, module = "air_python")]
#[derive(PartialEq)]
pub(crate) struct Violation {
    /// JSON Pointer of the attribute, for a missing one too.
    pointer: String,
    /// `required`, `unknownAttribute`, `type`, `format`, `enum`, `pattern`, `length`, `range`, `size`
    /// or `other`.
    rule: String,
    /// What to change. It shows no value of the subject.
    message: String,
}

#[pymethods]
impl Violation {
    fn __str__(&self) -> String {
        format!("{} {}", self.pointer, self.message)
    }

    fn __repr__(&self) -> String {
        format!(
            "Violation({:?}, {:?}, {:?})",
            self.pointer, self.rule, self.message
        )
    }
}

/// A schema, ready to validate many subjects.
#[pyclass(frozen, module = "air_python")]
pub(crate) struct Validator {
    schema: CredentialSchema,
    inner: air_schema::Validator,
}

#[pymethods]
impl Validator {
    /// Read the dashboard's form, an object or its JSON.
    #[new]
    fn new(py: Python<'_>, schema: &Bound<'_, PyAny>) -> Result<Self, Failure> {
        let text = json::text("schema", schema)?;
        py.detach(|| {
            let schema = CredentialSchema::from_slice(text.as_bytes())?;
            let inner = air_schema::Validator::new(&schema)?;
            Ok(Self { schema, inner })
        })
    }

    #[getter]
    fn title(&self) -> &str {
        self.schema.title()
    }

    /// Return the rules that a subject breaks, at most 100, sorted by pointer.
    fn violations(&self, py: Python<'_>, subject: &Bound<'_, PyAny>) -> Result<Vec<Violation>, Failure> {
        let text = json::encode("subject", subject)?;
        py.detach(|| {
            let subject = json::parse("subject", &text)?;
            let violations = match self.inner.validate_value(&subject) {
                Ok(()) => Vec::new(),
                Err(violations) => violations.iter().map(plain).collect(),
            };
            Ok(violations)
        })
    }

    fn __repr__(&self) -> String {
        format!("Validator({:?})", self.title())
    }
}

fn plain(violation: &air_schema::Violation) -> Violation {
    Violation {
        pointer: violation.pointer().to_owned(),
        rule: violation.rule().name().to_owned(),
        message: violation.message().to_owned(),
    }
}
