//! File objects of Python as readers and writers. Each call into Python attaches to the interpreter;
//! between the calls, other threads run.

use std::io::{self, Read, Write};

use pyo3::{
    Py, PyAny, PyErr, PyResult, Python, exceptions::PyTypeError, intern, prelude::PyAnyMethods,
    pybacked::PyBackedBytes, types::PyBytes,
};

/// The number of bytes that are requested at a time.
const READ_SIZE: usize = 256 * 1024;

/// A file object with `read`.
pub(crate) struct Reader {
    file: Py<PyAny>,
    /// The bytes that were read last, and the number of those that were taken.
    last: Option<PyBackedBytes>,
    taken: usize,
}

impl Reader {
    pub(crate) fn new(file: Py<PyAny>) -> Self {
        Self {
            file,
            last: None,
            taken: 0,
        }
    }

    fn rest(&self) -> &[u8] {
        let last = self.last.as_deref().unwrap_or_default();
        last.get(self.taken..).unwrap_or_default()
    }
}

impl Read for Reader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.rest().is_empty() {
            self.last = Python::attach(|py| -> PyResult<PyBackedBytes> {
                self.last = None;
                next(py, &self.file)
            })
            .map(Some)
            .map_err(io::Error::other)?;
            self.taken = 0;
        }
        let read = self.rest().read(buffer)?;
        self.taken += read;
        Ok(read)
    }
}

fn next(py: Python<'_>, file: &Py<PyAny>) -> PyResult<PyBackedBytes> {
    let bytes = file.bind(py).call_method1(intern!(py, "read"), (READ_SIZE,))?;
    if bytes.is_none() {
        return Err(wrong("a file object in non-blocking mode has no bytes yet"));
    }
    bytes
        .extract::<PyBackedBytes>()
        .map_err(|_| wrong("`read` must return bytes: open the file in binary mode"))
}

/// A file object with `write`.
pub(crate) struct Writer {
    file: Py<PyAny>,
}

impl Writer {
    pub(crate) fn new(file: Py<PyAny>) -> Self {
        Self { file }
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = Python::attach(|py| -> PyResult<usize> {
            let bytes = PyBytes::new(py, bytes);
            let written = self.file.bind(py).call_method1(intern!(py, "write"), (bytes,))?;
            written
                .extract::<usize>()
                .map_err(|_| wrong("`write` must return the number of bytes that it has written"))
        })
        .map_err(io::Error::other)?;
        if written > bytes.len() {
            return Err(io::Error::other(wrong(
                "`write` returned more than the number of its bytes",
            )));
        }
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        Python::attach(|py| -> PyResult<()> {
            if let Some(flush) = self.file.bind(py).getattr_opt(intern!(py, "flush"))? {
                flush.call0()?;
            }
            Ok(())
        })
        .map_err(io::Error::other)
    }
}

fn wrong(message: &'static str) -> PyErr {
    PyTypeError::new_err(message)
}
