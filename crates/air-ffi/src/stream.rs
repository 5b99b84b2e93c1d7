//! Seals and opens documents of any length in pieces.

use std::{
    collections::VecDeque,
    io::{self, Read, Write},
    mem,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use air_crypto::{ChunkSize, ContainerHeader, Error};
use zeroize::Zeroizing;

use crate::{AirError, CakPrivateKey, CakPublicKey, Context, random::random};

/// The maximum number of bytes of one piece: a chunk of the largest size, and its tag.
const PIECE_LIMIT: usize = (1 << 24) + 16;
/// The length of a container's tag in bytes.
const TAG_LENGTH: usize = 16;

/// Seals a document piece by piece, in the memory of one chunk. Concatenate all that `seal` and
/// `finish` return.
#[derive(Debug, uniffi::Object)]
pub struct Sealer {
    /// `None` after the last chunk.
    sealer: Mutex<Option<air_crypto::Sealer<Buffer>>>,
    sealed: Buffer,
}

#[uniffi::export]
impl Sealer {
    /// Begins a container. `chunk_log2` is the base-2 logarithm of the chunk size, 12 to 24.
    #[uniffi::constructor]
    pub fn new(
        key: &CakPublicKey,
        context: Context,
        label: &[u8],
        chunk_log2: u8,
    ) -> Result<Arc<Self>, AirError> {
        let context = context.check()?;
        let chunk_size = ChunkSize::from_log2(chunk_log2)?;
        let sealed = Buffer::default();
        let sealer = air_crypto::Sealer::new(
            &key.inner,
            context.sealing(),
            label,
            chunk_size,
            sealed.clone(),
            &mut random()?,
        )?;
        let sealer = Mutex::new(Some(sealer));
        Ok(Arc::new(Self { sealer, sealed }))
    }

    /// Seals more of the document, at most 16 MiB, and returns the bytes of the container that are
    /// complete.
    pub fn seal(&self, piece: &[u8]) -> Result<Vec<u8>, AirError> {
        check_piece(piece)?;
        let mut sealer = lock(&self.sealer);
        let sealer = sealer.as_mut().ok_or_else(AirError::finished)?;
        sealer.write_all(piece).map_err(Error::Write)?;
        Ok(self.sealed.drain())
    }

    /// Seals the last chunk. Without it, the container does not open.
    pub fn finish(&self) -> Result<Vec<u8>, AirError> {
        let sealer = lock(&self.sealer).take().ok_or_else(AirError::finished)?;
        sealer.finish()?;
        Ok(self.sealed.drain())
    }
}

/// Opens a container piece by piece, in the memory of one chunk. Each chunk is returned after it has
/// authenticated. The document is complete when `open` returned with `is_last`: after an error, discard
/// what was returned before.
#[derive(Debug, uniffi::Object)]
pub struct Opener {
    /// `None` after the last chunk, and after an error.
    state: Mutex<Option<Opening>>,
}

#[derive(Debug)]
struct Opening {
    opener: air_crypto::Opener<Buffer>,
    sealed: Buffer,
    /// The length of a full chunk with its tag.
    chunk: usize,
    /// The number of bytes that were passed and not opened.
    pending: usize,
}

/// The number of bytes of a container's header.
#[uniffi::export]
#[must_use]
pub fn container_header_length() -> u64 {
    ContainerHeader::LENGTH
}

#[uniffi::export]
impl Opener {
    /// Checks the header, the first bytes of a container, against key, context and label.
    #[uniffi::constructor]
    pub fn new(
        key: &CakPrivateKey,
        context: Context,
        label: &[u8],
        header: &[u8],
    ) -> Result<Arc<Self>, AirError> {
        check_piece(header)?;
        let context = context.check()?;
        let mut start = header;
        let chunk_size = ContainerHeader::read(&mut start)?.chunk_size();
        let mut sealed = Buffer::default();
        sealed.write_all(header).map_err(Error::Write)?;
        let opener = air_crypto::Opener::new(&key.inner, context.sealing(), label, sealed.clone())?;
        let opening = Opening {
            opener,
            pending: sealed.len(),
            sealed,
            chunk: chunk_size.bytes() + TAG_LENGTH,
        };
        let state = Mutex::new(Some(opening));
        Ok(Arc::new(Self { state }))
    }

    /// Opens the chunks that are complete, from a piece of at most 16 MiB. `is_last` says that no byte
    /// follows this piece.
    pub fn open(&self, piece: &[u8], is_last: bool) -> Result<Vec<u8>, AirError> {
        check_piece(piece)?;
        let mut state = lock(&self.state);
        let mut opening = state.take().ok_or_else(AirError::finished)?;
        let document = opening.open(piece, is_last)?;
        if !is_last {
            *state = Some(opening);
        }
        Ok(document)
    }
}

impl Opening {
    fn open(&mut self, piece: &[u8], is_last: bool) -> Result<Vec<u8>, AirError> {
        self.sealed.write_all(piece).map_err(Error::Write)?;
        self.pending += piece.len();
        let mut document = Zeroizing::new(Vec::with_capacity(self.pending));
        // A byte after a full chunk shows that the chunk is not the last.
        while is_last || self.pending > self.chunk {
            let Some(text) = self.opener.next_chunk()? else {
                break;
            };
            document.extend_from_slice(text);
            self.pending = self.pending.saturating_sub(self.chunk);
        }
        Ok(mem::take(&mut *document))
    }
}

/// Sealed bytes between a caller and a sealer or opener.
#[derive(Clone, Debug, Default)]
struct Buffer(Arc<Mutex<VecDeque<u8>>>);

impl Buffer {
    fn len(&self) -> usize {
        lock(&self.0).len()
    }

    fn drain(&self) -> Vec<u8> {
        mem::take(&mut *lock(&self.0)).into()
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        lock(&self.0).write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Buffer {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        lock(&self.0).read(bytes)
    }
}

fn check_piece(piece: &[u8]) -> Result<(), AirError> {
    if piece.len() > PIECE_LIMIT {
        return Err(AirError::too_large("piece", piece.len(), PIECE_LIMIT));
    }
    Ok(())
}

/// No call that holds a lock leaves its value half changed.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
