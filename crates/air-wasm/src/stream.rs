//! Seals and opens documents of any length in pieces.

use std::{
    cell::RefCell,
    collections::VecDeque,
    fmt,
    io::{self, Read, Write},
    rc::Rc,
};

use air_crypto::{ChunkSize, ContainerHeader, Error};
use js_sys::Uint8Array;
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};
use zeroize::Zeroizing;

use crate::{AirError, Cak, argument, random::random, sealing::recipient};

/// The maximum number of bytes of one piece: a chunk of the largest size, and its tag.
const PIECE_LIMIT: u32 = (1 << 24) + 16;
/// The length of a container's tag in bytes.
const TAG_LENGTH: usize = 16;

/// Seals a document piece by piece, in the memory of one chunk. Concatenate the header and all that
/// `seal` and `finish` return.
#[wasm_bindgen]
pub struct Sealer {
    sealer: air_crypto::Sealer<Buffer>,
    sealed: Buffer,
}

#[wasm_bindgen]
impl Sealer {
    /// Begins a container for a public key, which has the formats of `seal`. `chunkLog2` is the base-2
    /// logarithm of the chunk size, 12 to 24. Defaults to 16.
    ///
    /// # Errors
    /// As `seal`, and `INVALID_ARGUMENT` for the chunk size.
    #[wasm_bindgen(constructor)]
    pub fn new(
        #[wasm_bindgen(js_name = publicKey, unchecked_param_type = "string")] public_key: &JsValue,
        #[wasm_bindgen(unchecked_param_type = "CakContext")] context: &JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "string | Uint8Array")] label: &JsValue,
        #[wasm_bindgen(js_name = chunkLog2, unchecked_optional_param_type = "number")] chunk_log2: &JsValue,
    ) -> Result<Self, AirError> {
        let (key, context) = recipient(public_key, context)?;
        let (label, chunk_size) = (argument::label(label)?, chunk_size(chunk_log2)?);
        let sealed = Buffer::default();
        let sealer =
            air_crypto::Sealer::new(&key, &context, &label, chunk_size, sealed.clone(), &mut random()?)?;
        Ok(Self { sealer, sealed })
    }

    /// Seals more of the document, and returns the bytes of the container that are complete.
    ///
    /// # Errors
    /// `INVALID_ARGUMENT`, or `TOO_LARGE` for a piece of more than 16 MiB.
    pub fn seal(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Uint8Array")] piece: &JsValue,
    ) -> Result<Uint8Array, AirError> {
        let piece = argument::bytes("piece", piece, PIECE_LIMIT)?;
        self.sealer.write_all(&piece).map_err(Error::Write)?;
        Ok(self.sealed.drain())
    }

    /// Seals the last chunk. Without it, the container does not open.
    ///
    /// # Errors
    /// None that a caller can cause.
    pub fn finish(self) -> Result<Uint8Array, AirError> {
        self.sealer.finish()?;
        Ok(self.sealed.drain())
    }
}

impl fmt::Debug for Sealer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.sealer.fmt(f)
    }
}

/// Opens a container piece by piece, in the memory of one chunk. Each chunk is returned after it has
/// authenticated. The document is complete when `open` returned with `isLast`: if it throws, discard
/// what was returned before.
#[wasm_bindgen]
pub struct Opener {
    opener: air_crypto::Opener<Buffer>,
    sealed: Buffer,
    /// The length of a full chunk with its tag.
    chunk: usize,
    /// The number of bytes that were passed and not opened.
    pending: usize,
}

#[wasm_bindgen]
impl Opener {
    /// Checks the header, the first 115 bytes, against key, context and label.
    ///
    /// # Errors
    /// `NOT_A_CONTAINER`, `WRONG_KEY` or `INVALID_ARGUMENT`.
    #[wasm_bindgen(constructor)]
    pub fn new(
        key: &Cak,
        #[wasm_bindgen(unchecked_param_type = "Uint8Array")] header: &JsValue,
        #[wasm_bindgen(unchecked_optional_param_type = "string | Uint8Array")] label: &JsValue,
    ) -> Result<Self, AirError> {
        let label = argument::label(label)?;
        let header = argument::bytes("header", header, PIECE_LIMIT)?;
        let chunk_size = ContainerHeader::read(&mut header.as_slice())?.chunk_size();
        let mut sealed = Buffer::default();
        sealed.write_all(&header).map_err(Error::Write)?;
        let (key, context) = key.parts();
        let opener = air_crypto::Opener::new(key, context, &label, sealed.clone())?;
        let pending = sealed.len();
        let chunk = chunk_size.bytes() + TAG_LENGTH;
        Ok(Self {
            opener,
            sealed,
            chunk,
            pending,
        })
    }

    /// Opens the chunks that are complete. `isLast` says that no byte follows this piece.
    ///
    /// # Errors
    /// `CHUNK_REJECTED`, `INVALID_ARGUMENT`, or `TOO_LARGE` for a piece of more than 16 MiB.
    pub fn open(
        &mut self,
        #[wasm_bindgen(unchecked_param_type = "Uint8Array")] piece: &JsValue,
        #[wasm_bindgen(js_name = isLast)] is_last: bool,
    ) -> Result<Uint8Array, AirError> {
        let piece = argument::bytes("piece", piece, PIECE_LIMIT)?;
        self.sealed.write_all(&piece).map_err(Error::Write)?;
        self.pending += piece.len();
        let mut document = Zeroizing::new(Vec::new());
        // A byte after a full chunk shows that the chunk is not the last.
        while is_last || self.pending > self.chunk {
            let Some(text) = self.opener.next_chunk()? else {
                break;
            };
            document.extend_from_slice(text);
            self.pending = self.pending.saturating_sub(self.chunk);
        }
        Ok(Uint8Array::from(document.as_slice()))
    }
}

impl fmt::Debug for Opener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.opener.fmt(f)
    }
}

/// Sealed bytes between a caller and a sealer or opener.
#[derive(Clone, Default)]
struct Buffer(Rc<RefCell<VecDeque<u8>>>);

impl Buffer {
    fn len(&self) -> usize {
        self.0.borrow().len()
    }

    fn drain(&self) -> Uint8Array {
        let mut bytes = self.0.take();
        Uint8Array::from(&*bytes.make_contiguous())
    }
}

impl Write for Buffer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Read for Buffer {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.0.borrow_mut().read(bytes)
    }
}

fn chunk_size(log2: &JsValue) -> Result<ChunkSize, AirError> {
    if log2.is_undefined() {
        return Ok(ChunkSize::default());
    }
    let number = argument::whole_number("chunkLog2", log2)?;
    u8::try_from(number)
        .ok()
        .and_then(|log2| ChunkSize::from_log2(log2).ok())
        .ok_or_else(|| AirError::argument("chunkLog2", "12 to 24"))
}
