//! Seals and opens streams of any length, in the memory of one chunk.

#[cfg(feature = "tokio")]
pub mod asynchronous;
mod chunks;

use chunks::Chunks;

use std::{
    fmt,
    io::{self, Read, Write},
};

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    CakPrivateKey, CakPublicKey, ChunkSize, ContainerHeader, Error, SealingContext, container::TAG_LENGTH,
    hpke, seal::seal_chunk,
};

/// Seals the bytes that are written to it, or a whole reader. It keeps one chunk in memory,
/// whatever the length of the document.
///
/// ```rust
/// use std::io::Write;
/// use air_crypto::{CakContext, CakPrivateKey, ChunkSize, Curve, Opener, Sealer};
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let context = CakContext::new("u".parse()?, "did:x:i".parse()?, "s".parse()?, Curve::Secp256r1);
/// let key = CakPrivateKey::generate(Curve::Secp256r1, &mut rand::rng());
///
/// let (file, chunk) = (Vec::new(), ChunkSize::default());
/// let mut sealer = Sealer::new(key.public_key(), &context, b"scan", chunk, file, &mut rand::rng())?;
/// sealer.write_all(b"page one, ")?;
/// sealer.copy_from(&mut &b"page two"[..])?;
/// let sealed = sealer.finish()?;
///
/// let mut document = Vec::new();
/// Opener::new(&key, &context, b"scan", sealed.as_slice())?.copy_to(&mut document)?;
/// assert_eq!(document, b"page one, page two");
/// # Ok(())
/// # }
/// ```
///
/// [`Sealer::finish`] writes the last chunk. A container without it does not open.
#[must_use = "finish it: a sealer that is dropped leaves a container that does not open"]
pub struct Sealer<W: Write> {
    writer: W,
    hpke: hpke::Context,
    chunk_size: ChunkSize,
    /// Between calls it is full only when its chunk may be the last.
    buffer: Zeroizing<Vec<u8>>,
}

impl<W: Write> Sealer<W> {
    /// Begins a container, and writes its header at once.
    ///
    /// # Errors
    /// As [`CakPublicKey::seal`], and [`Error::Write`].
    pub fn new<'a>(
        public_key: &CakPublicKey,
        context: impl Into<SealingContext<'a>>,
        label: &[u8],
        chunk_size: ChunkSize,
        mut writer: W,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, Error> {
        let (header, hpke) = ContainerHeader::new_sender(public_key, context.into(), label, chunk_size, rng)?;
        writer.write_all(&header.to_bytes()).map_err(Error::Write)?;
        let buffer = Zeroizing::new(Vec::with_capacity(chunk_size.bytes() + TAG_LENGTH));
        Ok(Self {
            writer,
            hpke,
            chunk_size,
            buffer,
        })
    }

    /// Seals everything that a reader returns, without a further copy in memory. Returns the number
    /// of bytes.
    ///
    /// # Errors
    /// [`Error::Read`] or [`Error::Write`].
    pub fn copy_from(&mut self, reader: &mut impl Read) -> Result<u64, Error> {
        let size = self.chunk_size.bytes();
        let mut length = 0;
        loop {
            let room = size.saturating_sub(self.buffer.len()) as u64;
            let read = reader
                .by_ref()
                .take(room)
                .read_to_end(&mut self.buffer)
                .map_err(Error::Read)?;
            length += read as u64;
            let mut next = [0];
            if self.buffer.len() < size || !read_one(reader, &mut next)? {
                return Ok(length);
            }
            self.write_chunk(false).map_err(Error::Write)?;
            self.buffer.extend_from_slice(&next);
            length += 1;
        }
    }

    /// Seals the last chunk, flushes the writer and returns it.
    ///
    /// # Errors
    /// [`Error::Write`] when the writer fails.
    pub fn finish(mut self) -> Result<W, Error> {
        self.write_chunk(true)
            .and_then(|()| self.writer.flush())
            .map_err(Error::Write)?;
        Ok(self.writer)
    }

    /// The inner writer.
    #[cfg(feature = "tokio")]
    pub(crate) fn writer_mut(&mut self) -> &mut W {
        &mut self.writer
    }

    fn write_chunk(&mut self, last: bool) -> io::Result<()> {
        let tag = seal_chunk(&mut self.hpke, last, &mut self.buffer);
        self.buffer.extend_from_slice(&tag);
        self.writer.write_all(&self.buffer)?;
        self.buffer.clear();
        Ok(())
    }
}

/// Reads one byte. A full chunk is the last one when no byte follows it.
fn read_one(reader: &mut impl Read, byte: &mut [u8; 1]) -> Result<bool, Error> {
    match reader.read_exact(byte) {
        Ok(()) => Ok(true),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(false),
        Err(error) => Err(Error::Read(error)),
    }
}

impl<W: Write> Write for Sealer<W> {
    /// Buffers the bytes. A full chunk is written when the next byte arrives: until then it may be
    /// the last.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let size = self.chunk_size.bytes();
        if self.buffer.len() == size && !bytes.is_empty() {
            self.write_chunk(false)?;
        }
        let room = size.saturating_sub(self.buffer.len());
        let (now, _) = bytes.split_at_checked(room).unwrap_or((bytes, &[]));
        self.buffer.extend_from_slice(now);
        Ok(now.len())
    }

    /// Flushes the chunks that were written. A partly filled chunk stays in the buffer.
    fn flush(&mut self) -> io::Result<()> {
        self.writer.flush()
    }
}

impl<W: Write> fmt::Debug for Sealer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer")
            .field("chunk_size", &self.chunk_size)
            .finish_non_exhaustive()
    }
}

/// Opens a container from a reader, chunk by chunk. It returns a chunk only after the chunk has
/// authenticated. An error can follow later: then discard the chunks that were already returned.
pub struct Opener<R: Read> {
    reader: R,
    chunks: Chunks,
}

impl<R: Read> Opener<R> {
    /// Reads the header, and checks its commitment to key, context and label.
    ///
    /// # Errors
    /// [`Error::NotAContainer`], [`Error::WrongKey`] or [`Error::Read`].
    pub fn new<'a>(
        key: &CakPrivateKey,
        context: impl Into<SealingContext<'a>>,
        label: &[u8],
        mut reader: R,
    ) -> Result<Self, Error> {
        let header = ContainerHeader::read(&mut reader)?;
        let hpke = header.receiver(key, context.into(), label)?;
        Ok(Self::with_context(&header, hpke, reader))
    }

    /// Continues after a header that was read and whose commitment was checked.
    pub(crate) fn with_context(header: &ContainerHeader, hpke: hpke::Context, reader: R) -> Self {
        let chunks = Chunks::new(hpke, header.chunk_size());
        Self { reader, chunks }
    }

    /// The next chunk of plaintext, or `None` after the last one has authenticated. The chunk is
    /// wiped when the opener is dropped.
    ///
    /// # Errors
    /// [`Error::ChunkRejected`] or [`Error::Read`].
    pub fn next_chunk(&mut self) -> Result<Option<&[u8]>, Error> {
        let missing = self.chunks.make_room();
        self.reader
            .by_ref()
            .take(missing)
            .read_to_end(self.chunks.buffer())
            .map_err(Error::Read)?;
        self.chunks.open_next()
    }

    /// Writes the whole plaintext and returns its length in bytes. If it fails, discard the output.
    ///
    /// # Errors
    /// [`Error::ChunkRejected`], [`Error::Read`] or [`Error::Write`].
    pub fn copy_to(mut self, writer: &mut impl Write) -> Result<u64, Error> {
        let mut length = 0;
        while let Some(chunk) = self.next_chunk()? {
            writer.write_all(chunk).map_err(Error::Write)?;
            length += chunk.len() as u64;
        }
        writer.flush().map_err(Error::Write)?;
        Ok(length)
    }
}

impl<R: Read> fmt::Debug for Opener<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener")
            .field("chunk_size", &self.chunks.chunk_size())
            .finish_non_exhaustive()
    }
}
