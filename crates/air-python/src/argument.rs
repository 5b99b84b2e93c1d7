//! Arguments from Python.

use std::{
    ops::Deref,
    time::{SystemTime, UNIX_EPOCH},
};

use air_crypto::Curve;
use air_vc::UnixTime;
use pyo3::{
    Borrowed, FromPyObject, PyAny, PyErr, PyResult,
    exceptions::PyTypeError,
    prelude::{PyByteArrayMethods, PyBytesMethods},
    pybacked::PyBackedBytes,
    types::{PyByteArray, PyBytes},
};
use zeroize::Zeroizing;

use crate::error::Failure;

/// A label, which is authenticated with a container. Text is encoded as UTF-8.
#[derive(FromPyObject)]
pub(crate) enum Label {
    #[pyo3(transparent, annotation = "str")]
    Text(String),
    #[pyo3(transparent, annotation = "bytes")]
    Bytes(PyBackedBytes),
}

impl Label {
    /// The bytes. The default label is empty.
    pub(crate) fn bytes(label: Option<&Self>) -> &[u8] {
        match label {
            None => &[],
            Some(Self::Text(text)) => text.as_bytes(),
            Some(Self::Bytes(bytes)) => bytes,
        }
    }
}

/// A copy of `bytes` or of a `bytearray`, which is wiped on drop. A caller can wipe a `bytearray`.
pub(crate) struct Secret(Zeroizing<Vec<u8>>);

impl FromPyObject<'_, '_> for Secret {
    type Error = PyErr;

    fn extract(value: Borrowed<'_, '_, PyAny>) -> PyResult<Self> {
        let copy = if let Ok(bytes) = value.cast::<PyBytes>() {
            bytes.as_bytes().to_vec()
        } else if let Ok(array) = value.cast::<PyByteArray>() {
            array.to_vec()
        } else {
            return Err(PyTypeError::new_err("a secret must be bytes or a bytearray"));
        };
        Ok(Self(Zeroizing::new(copy)))
    }
}

impl Deref for Secret {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.0
    }
}

pub(crate) fn curve(name: &str) -> Result<Curve, Failure> {
    Ok(name.parse::<Curve>().map_err(air_crypto::Error::from)?)
}

pub(crate) fn optional_curve(name: Option<&str>) -> Result<Option<Curve>, Failure> {
    name.map(curve).transpose()
}

/// A time in seconds since 1970. Defaults to the current time.
pub(crate) fn time(seconds: Option<u64>) -> Result<UnixTime, Failure> {
    if let Some(seconds) = seconds {
        return Ok(UnixTime::from_secs(seconds));
    }
    let now = SystemTime::now().duration_since(UNIX_EPOCH);
    let now = now.map_err(|_| Failure::argument("now", "given: the machine's clock is before 1970"))?;
    Ok(UnixTime::from_secs(now.as_secs()))
}
