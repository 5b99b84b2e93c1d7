//! Conversion between Python and Rust values as JSON.

use pyo3::{
    Bound, Py, PyAny, PyErr, Python, intern,
    prelude::{PyAnyMethods, PyDictMethods},
    sync::PyOnceLock,
    types::{PyDict, PyString},
};
use serde_json::Value;
use zeroize::Zeroizing;

use crate::error::Failure;

/// The maximum number of bytes of a text. Status lists are the longest.
const TEXT_LIMIT: usize = 4 << 20;

static DUMPS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
static LOADS: PyOnceLock<Py<PyAny>> = PyOnceLock::new();

/// The JSON text of a value. A `str` is already JSON text.
pub(crate) fn text(name: &str, value: &Bound<'_, PyAny>) -> Result<Zeroizing<String>, Failure> {
    if value.is_instance_of::<PyString>() {
        return limited(name, value);
    }
    encode(name, value)
}

/// Encodes any value as JSON text. `NaN` and infinities are refused, since JSON has none.
pub(crate) fn encode(name: &str, value: &Bound<'_, PyAny>) -> Result<Zeroizing<String>, Failure> {
    let py = value.py();
    let options = PyDict::new(py);
    options.set_item(intern!(py, "allow_nan"), false)?;
    let encoded = DUMPS
        .import(py, "json", "dumps")?
        .call((value,), Some(&options))?;
    limited(name, &encoded)
}

pub(crate) fn parse(name: &str, json: &str) -> Result<Value, Failure> {
    serde_json::from_str(json).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Failure::argument(name, &format!("JSON (invalid at line {line}, column {column})"))
    })
}

/// The object of a JSON text.
pub(crate) fn object<'py>(py: Python<'py>, json: &str) -> Result<Bound<'py, PyDict>, Failure> {
    let value = LOADS.import(py, "json", "loads")?.call1((json,))?;
    Ok(value.cast_into::<PyDict>().map_err(PyErr::from)?)
}

fn limited(name: &str, value: &Bound<'_, PyAny>) -> Result<Zeroizing<String>, Failure> {
    let text = Zeroizing::new(value.extract::<String>()?);
    if text.len() > TEXT_LIMIT {
        return Err(Failure::too_large(name, text.len(), TEXT_LIMIT));
    }
    Ok(text)
}
