//! The sealed chunks of a container in order, for synchronous and asynchronous readers.

use zeroize::Zeroizing;

use crate::{ChunkSize, Error, container::TAG_LENGTH, hpke, seal::open_chunk};

/// One sealed chunk and the first byte after it, which shows whether the chunk is the last. The
/// chunk is decrypted in place.
pub(super) struct Chunks {
    hpke: hpke::Context,
    chunk_size: ChunkSize,
    buffer: Zeroizing<Vec<u8>>,
    /// The number of bytes at the start of the buffer that were already returned.
    opened: usize,
    finished: bool,
}

impl Chunks {
    pub(super) fn new(hpke: hpke::Context, chunk_size: ChunkSize) -> Self {
        Self {
            hpke,
            chunk_size,
            buffer: Zeroizing::default(),
            opened: 0,
            finished: false,
        }
    }

    pub(super) fn chunk_size(&self) -> ChunkSize {
        self.chunk_size
    }

    /// Removes the last plaintext. Returns how many more bytes the buffer accepts. The buffer grows
    /// with the input, not with the chunk size that the header claims.
    pub(super) fn make_room(&mut self) -> u64 {
        if self.finished {
            return 0;
        }
        self.buffer.drain(..self.opened);
        self.opened = 0;
        (self.sealed_chunk() + 1).saturating_sub(self.buffer.len()) as u64
    }

    /// The buffer that the caller appends the next bytes to.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// The next plaintext, or `None` after the last. The caller must have filled the buffer as far
    /// as the input allows.
    pub(super) fn open_next(&mut self) -> Result<Option<&[u8]>, Error> {
        if self.finished {
            return Ok(None);
        }
        let rejected = Error::ChunkRejected {
            index: self.hpke.sequence(),
        };
        self.opened = self.sealed_chunk().min(self.buffer.len());
        let last = self.opened == self.buffer.len();
        let Some((text, tag)) = self
            .buffer
            .get_mut(..self.opened)
            .and_then(|sealed| sealed.split_last_chunk_mut::<TAG_LENGTH>())
        else {
            return Err(rejected);
        };
        open_chunk(&mut self.hpke, last, text, tag).ok_or(rejected)?;
        self.finished = last;
        Ok(Some(text))
    }

    fn sealed_chunk(&self) -> usize {
        self.chunk_size.bytes() + TAG_LENGTH
    }
}
