//! [`Sealer`](crate::Sealer) and [`Opener`](crate::Opener) over `tokio::io`, with the feature
//! `tokio`.
//!
//! ```rust
//! use air_crypto::{CakContext, CakPrivateKey, ChunkSize, Curve, asynchronous::{Opener, Sealer}};
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> Result<(), air_crypto::Error> {
//! let context = CakContext::new("u".parse()?, "did:x:i".parse()?, "s".parse()?, Curve::Secp256r1);
//! let key = CakPrivateKey::generate(Curve::Secp256r1, &mut rand::rng());
//!
//! let mut upload = Vec::new(); // any `AsyncWrite`: a socket, a file
//! let mut rng = rand::rng();
//! let mut sealer =
//!     Sealer::new(key.public_key(), &context, b"", ChunkSize::default(), &mut upload, &mut rng).await?;
//! sealer.write_all(b"page one, ").await?;
//! sealer.write_all(b"page two").await?;
//! sealer.finish().await?;
//!
//! let mut document = Vec::new();
//! Opener::new(&key, &context, b"", upload.as_slice()).await?.copy_to(&mut document).await?;
//! assert_eq!(document, b"page one, page two");
//! # Ok(())
//! # }
//! ```
//!
//! If a call is cancelled, start again: a sealer's container does not open then, and an opener has
//! lost its position. Sealing or opening a chunk of 64 KiB takes about 20 µs on the calling task;
//! choose smaller chunks if that is too long.

use std::{
    fmt,
    io::{Cursor, Write},
};

use rand_core::CryptoRng;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::Chunks;
use crate::{CakPrivateKey, CakPublicKey, ChunkSize, ContainerHeader, Error, SealingContext};

/// Seals the bytes that are written to it. [`Sealer::finish`] writes the last chunk. A container
/// without it does not open.
#[must_use = "finish it: a sealer that is dropped leaves a container that does not open"]
pub struct Sealer<W> {
    /// Its `Vec` buffers sealed output: at most the header and one chunk.
    sealer: super::Sealer<Vec<u8>>,
    chunk_size: ChunkSize,
    writer: W,
}

impl<W: AsyncWrite + Unpin> Sealer<W> {
    /// Begins a container, and writes its header at once.
    ///
    /// # Errors
    /// As [`CakPublicKey::seal`], and [`Error::Write`].
    pub async fn new<'a>(
        public_key: &CakPublicKey,
        context: impl Into<SealingContext<'a>>,
        label: &[u8],
        chunk_size: ChunkSize,
        writer: W,
        rng: &mut impl CryptoRng,
    ) -> Result<Self, Error> {
        let sealer = super::Sealer::new(public_key, context, label, chunk_size, Vec::new(), rng)?;
        let mut this = Self {
            sealer,
            chunk_size,
            writer,
        };
        this.drain().await?;
        Ok(this)
    }

    /// Seals more of the document.
    ///
    /// # Errors
    /// [`Error::Write`] when the writer fails.
    pub async fn write_all(&mut self, bytes: &[u8]) -> Result<(), Error> {
        for piece in bytes.chunks(self.chunk_size.bytes()) {
            self.sealer.write_all(piece).map_err(Error::Write)?;
            self.drain().await?;
        }
        Ok(())
    }

    /// Seals everything that a reader returns. Returns the number of bytes.
    ///
    /// # Errors
    /// [`Error::Read`] or [`Error::Write`].
    pub async fn copy_from(&mut self, reader: &mut (impl AsyncRead + Unpin)) -> Result<u64, Error> {
        let mut buffer = zeroize::Zeroizing::new(vec![0; self.chunk_size.bytes()]);
        let mut length = 0;
        loop {
            let read = reader.read(&mut buffer).await.map_err(Error::Read)?;
            let bytes = buffer.get(..read).unwrap_or_default();
            if bytes.is_empty() {
                return Ok(length);
            }
            self.write_all(bytes).await?;
            length += read as u64;
        }
    }

    /// Seals the last chunk, flushes the writer and returns it.
    ///
    /// # Errors
    /// [`Error::Write`] when the writer fails.
    pub async fn finish(self) -> Result<W, Error> {
        let Self {
            sealer, mut writer, ..
        } = self;
        let rest = sealer.finish()?;
        writer.write_all(&rest).await.map_err(Error::Write)?;
        writer.flush().await.map_err(Error::Write)?;
        Ok(writer)
    }

    async fn drain(&mut self) -> Result<(), Error> {
        let sealed = self.sealer.writer_mut();
        self.writer.write_all(sealed).await.map_err(Error::Write)?;
        sealed.clear();
        Ok(())
    }
}

/// Opens a container from a reader, chunk by chunk, as [`crate::Opener`] does.
pub struct Opener<R> {
    reader: R,
    chunks: Chunks,
}

impl<R: AsyncRead + Unpin> Opener<R> {
    /// Reads the header, and checks its commitment to key, context and label.
    ///
    /// # Errors
    /// [`Error::NotAContainer`], [`Error::WrongKey`] or [`Error::Read`].
    pub async fn new<'a>(
        key: &CakPrivateKey,
        context: impl Into<SealingContext<'a>>,
        label: &[u8],
        mut reader: R,
    ) -> Result<Self, Error> {
        let mut header = Vec::new();
        (&mut reader)
            .take(ContainerHeader::LENGTH)
            .read_to_end(&mut header)
            .await
            .map_err(Error::Read)?;
        let header = ContainerHeader::read(&mut Cursor::new(header))?;
        let hpke = header.receiver(key, context.into(), label)?;
        let chunks = Chunks::new(hpke, header.chunk_size());
        Ok(Self { reader, chunks })
    }

    /// The next chunk of plaintext, or `None` after the last one has authenticated.
    ///
    /// # Errors
    /// [`Error::ChunkRejected`] or [`Error::Read`].
    pub async fn next_chunk(&mut self) -> Result<Option<&[u8]>, Error> {
        let missing = self.chunks.make_room();
        (&mut self.reader)
            .take(missing)
            .read_to_end(self.chunks.buffer())
            .await
            .map_err(Error::Read)?;
        self.chunks.open_next()
    }

    /// Writes the whole plaintext and returns its length in bytes. If it fails, discard the output.
    ///
    /// # Errors
    /// [`Error::ChunkRejected`], [`Error::Read`] or [`Error::Write`].
    pub async fn copy_to(mut self, writer: &mut (impl AsyncWrite + Unpin)) -> Result<u64, Error> {
        let mut length = 0;
        while let Some(chunk) = self.next_chunk().await? {
            writer.write_all(chunk).await.map_err(Error::Write)?;
            length += chunk.len() as u64;
        }
        writer.flush().await.map_err(Error::Write)?;
        Ok(length)
    }
}

impl<W> fmt::Debug for Sealer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sealer")
            .field("chunk_size", &self.chunk_size)
            .finish_non_exhaustive()
    }
}

impl<R> fmt::Debug for Opener<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Opener")
            .field("chunk_size", &self.chunks.chunk_size())
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use tokio::io::duplex;

    use super::*;
    use crate::{CakContext, Curve};

    fn fixture(curve: Curve) -> (CakPrivateKey, CakContext) {
        let context = CakContext::new(
            "u".parse().unwrap(),
            "i".parse().unwrap(),
            "s".parse().unwrap(),
            curve,
        );
        (CakPrivateKey::from_bytes(curve, &[7; 32]).unwrap(), context)
    }

    /// Seals and opens through a pipe that passes `width` bytes at a time.
    async fn through_a_pipe(
        curve: Curve,
        document: &[u8],
        piece: usize,
        width: usize,
    ) -> Result<Vec<u8>, Error> {
        let (key, context) = fixture(curve);
        let chunk = ChunkSize::from_log2(12)?;
        let (sender, receiver) = duplex(width);
        let send = async {
            let mut sealer =
                Sealer::new(key.public_key(), &context, b"l", chunk, sender, &mut rand::rng()).await?;
            for piece in document.chunks(piece) {
                sealer.write_all(piece).await?;
            }
            sealer.finish().await.map(drop)
        };
        let mut opened = Vec::new();
        let receive = async {
            let opener = Opener::new(&key, &context, b"l", receiver).await?;
            opener.copy_to(&mut opened).await
        };
        let (sent, received) = tokio::join!(send, receive);
        sent?;
        received?;
        Ok(opened)
    }

    fn block_on<T>(future: impl Future<Output = T>) -> T {
        tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap()
            .block_on(future)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(48))]
        #[test]
        fn what_is_sealed_on_one_end_opens_on_the_other(
            length in 0_usize..20_000, piece in 1_usize..9_000, width in 1_usize..5_000,
        ) {
            let document: Vec<u8> = (0..=250).cycle().take(length).collect();
            for curve in [Curve::Secp256r1, Curve::Secp256k1] {
                let opened = block_on(through_a_pipe(curve, &document, piece, width)).unwrap();
                prop_assert_eq!(&opened, &document);
            }
        }
    }

    #[test]
    fn both_kinds_read_each_other_and_copy_whole_readers() {
        let (key, context) = fixture(Curve::Secp256r1);
        let document = vec![3; 300_000];
        let sealed = block_on(async {
            let mut rng = rand::rng();
            let mut sealer = Sealer::new(
                key.public_key(),
                &context,
                b"",
                ChunkSize::default(),
                Vec::new(),
                &mut rng,
            )
            .await?;
            assert_eq!(sealer.copy_from(&mut document.as_slice()).await?, 300_000);
            sealer.finish().await
        })
        .unwrap();
        assert_eq!(key.open(&context, b"", &sealed).unwrap().as_slice(), document);
        let at_once = key
            .public_key()
            .seal(&context, b"", &document, &mut rand::rng())
            .unwrap();
        for cut in [0, 114, 115, 120, at_once.len() - 1] {
            let opened = block_on(async {
                Opener::new(&key, &context, b"", &at_once[..cut])
                    .await?
                    .copy_to(&mut Vec::new())
                    .await
            });
            assert!(opened.is_err(), "{cut}");
        }
    }
}
