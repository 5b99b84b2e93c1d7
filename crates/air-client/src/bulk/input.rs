//! Identifies an input by its hash.

use std::io::{self, Read};

use sha2::{Digest, Sha256};

/// SHA-256 of an input, which a journal records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct InputDigest(pub(crate) [u8; 32]);

/// A reader that hashes the bytes that pass through it.
#[derive(Debug)]
pub struct InputHasher<R> {
    reader: R,
    hash: Sha256,
}

impl InputDigest {
    /// Reads an input to its end, and returns its hash.
    ///
    /// # Errors
    /// The reader's errors.
    pub fn of(reader: impl Read) -> io::Result<Self> {
        InputHasher::new(reader).finish()
    }
}

impl<R: Read> InputHasher<R> {
    /// Creates a hasher that wraps a reader.
    pub fn new(reader: R) -> Self {
        Self {
            reader,
            hash: Sha256::new(),
        }
    }

    /// Reads the rest, and returns the hash of the whole input.
    ///
    /// # Errors
    /// The reader's errors.
    pub fn finish(mut self) -> io::Result<InputDigest> {
        io::copy(&mut self, &mut io::sink())?;
        Ok(InputDigest(self.hash.finalize().into()))
    }
}

impl<R: Read> Read for InputHasher<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.reader.read(buffer)?;
        self.hash.update(buffer.get(..read).unwrap_or_default());
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_the_hash_of_all_bytes_however_they_are_read() {
        let input = vec![7; 100_000];
        let mut hasher = InputHasher::new(&input[..]);
        hasher.read_exact(&mut [0; 1000]).unwrap();
        let digest = hasher.finish().unwrap();
        assert_eq!(digest, InputDigest::of(&input[..]).unwrap());
        assert_eq!(digest.0, <[u8; 32]>::from(Sha256::digest(&input)));
    }
}
