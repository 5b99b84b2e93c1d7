//! SHA-256 over a stream on its way.

use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
};

use sha2::{Digest, Sha256};

/// A reader or writer that hashes the bytes that pass.
pub(crate) struct Hashed<S> {
    inner: S,
    digest: Sha256,
}

impl<S> Hashed<S> {
    pub(crate) fn new(inner: S) -> Self {
        Self {
            inner,
            digest: Sha256::new(),
        }
    }

    /// The stream, and SHA-256 over its bytes.
    pub(crate) fn finish(self) -> (S, [u8; 32]) {
        (self.inner, self.digest.finalize().into())
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = self.inner.read(buffer)?;
        self.digest.update(buffer.get(..length).unwrap_or_default());
        Ok(length)
    }
}

impl<W: Write> Write for Hashed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let length = self.inner.write(bytes)?;
        self.digest.update(bytes.get(..length).unwrap_or_default());
        Ok(length)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// SHA-256 over a file, in hex.
pub(crate) fn digest_of_file(path: &Path) -> io::Result<String> {
    let mut hashed = Hashed::new(io::sink());
    io::copy(&mut File::open(path)?, &mut hashed)?;
    Ok(hex::encode(hashed.finish().1))
}
