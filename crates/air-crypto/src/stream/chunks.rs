//! The sealed chunks of a container in order, for synchronous and asynchronous readers.

use zeroize::Zeroizing;

use crate::{ChunkSize, Error, container::TAG_LENGTH, hpke, seal::open_chunk};

/// One sealed chunk and the first byte after it, which tells whether it is the last. The plaintext takes the chunk's place.
pub(super) struct Chunks {
    hpke: hpke::Context,
    chunk_size: ChunkSize,
    buffer: Zeroizing<Vec<u8>>,
    /// How many bytes at the buffer's start are done with.
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

    /// Lets go of the last plaintext; how many bytes the buffer then takes, at most. It grows with what is there, not with what
    /// the header claims.
    pub(super) fn make_room(&mut self) -> u64 {
        if self.finished {
            return 0;
        }
        self.buffer.drain(..self.opened);
        self.opened = 0;
        (self.sealed_chunk() + 1).saturating_sub(self.buffer.len()) as u64
    }

    /// Where the next bytes are read to.
    pub(super) fn buffer(&mut self) -> &mut Vec<u8> {
        &mut self.buffer
    }

    /// The next plaintext, when the buffer is as full as it gets; `None` after the last.
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
