//! Seals and opens bytes in memory. For files see [`crate::Sealer`] and [`crate::Opener`].

use rand_core::CryptoRng;
use zeroize::Zeroizing;

use crate::{
    CakPrivateKey, CakPublicKey, ChunkSize, ContainerHeader, Error, SealingContext,
    container::{HEADER_LENGTH, TAG_LENGTH},
    hpke,
};

impl CakPublicKey {
    /// Seals `document` to this key, in chunks of 64 KiB. The container is 115 bytes longer, plus
    /// 16 for each chunk.
    ///
    /// # Errors
    /// [`Error::FieldTooLong`] when `label` exceeds 65,535 bytes; [`Error::CurveMismatch`] when the
    /// context is for the other curve.
    ///
    /// # Security
    /// Anyone can seal: a container proves nothing about its sender. `label` is authenticated, not stored.
    pub fn seal<'a>(
        &self,
        context: impl Into<SealingContext<'a>>,
        label: &[u8],
        document: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, Error> {
        self.seal_in_chunks(context, label, ChunkSize::default(), document, rng)
    }

    /// As [`Self::seal`], with a chunk size of the caller's choice.
    ///
    /// # Errors
    /// As [`Self::seal`].
    pub fn seal_in_chunks<'a>(
        &self,
        context: impl Into<SealingContext<'a>>,
        label: &[u8],
        chunk_size: ChunkSize,
        document: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<Vec<u8>, Error> {
        let (header, mut hpke) = ContainerHeader::new_sender(self, context.into(), label, chunk_size, rng)?;
        let chunk = chunk_size.bytes();
        let chunks = document.len().div_ceil(chunk).max(1);
        let mut container = Vec::with_capacity(HEADER_LENGTH + document.len() + chunks * TAG_LENGTH);
        container.extend_from_slice(&header.to_bytes());
        let mut rest = document;
        loop {
            let (text, after) = rest.split_at_checked(chunk).unwrap_or((rest, &[]));
            rest = after;
            let start = container.len();
            container.extend_from_slice(text);
            let place = container.get_mut(start..).unwrap_or_default();
            let tag = seal_chunk(&mut hpke, rest.is_empty(), place);
            container.extend_from_slice(&tag);
            if rest.is_empty() {
                return Ok(container);
            }
        }
    }
}

impl CakPrivateKey {
    /// Opens a container that was sealed to this key's public half under the same context and label.
    ///
    /// # Errors
    /// [`Error::NotAContainer`], [`Error::WrongKey`] or [`Error::ChunkRejected`].
    pub fn open<'a>(
        &self,
        context: impl Into<SealingContext<'a>>,
        label: &[u8],
        container: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut rest = container;
        let header = ContainerHeader::read(&mut rest)?;
        let mut hpke = header.receiver(self, context.into(), label)?;
        let sealed_chunk = header.chunk_size().bytes() + TAG_LENGTH;
        let mut document = Zeroizing::new(Vec::with_capacity(rest.len()));
        loop {
            let (sealed, after) = rest.split_at_checked(sealed_chunk).unwrap_or((rest, &[]));
            rest = after;
            let start = document.len();
            let rejected = Error::ChunkRejected {
                index: hpke.sequence(),
            };
            let Some((text, tag)) = sealed.split_last_chunk::<TAG_LENGTH>() else {
                return Err(rejected);
            };
            document.extend_from_slice(text);
            let place = document.get_mut(start..).unwrap_or_default();
            open_chunk(&mut hpke, rest.is_empty(), place, tag).ok_or(rejected)?;
            if rest.is_empty() {
                return Ok(document);
            }
        }
    }
}

/// `HPKE.Seal(aad = u8(last ? 1 : 0), text)` in place.
pub(crate) fn seal_chunk(hpke: &mut hpke::Context, last: bool, text: &mut [u8]) -> [u8; TAG_LENGTH] {
    hpke.seal_in_place(&[u8::from(last)], text)
        .expect("a chunk holds at most 2^24 bytes, and 2^64 chunks are years")
}

/// Opens a chunk in place. An empty chunk is valid only as the single chunk of an empty plaintext.
pub(crate) fn open_chunk(
    hpke: &mut hpke::Context,
    last: bool,
    text: &mut [u8],
    tag: &[u8; TAG_LENGTH],
) -> Option<()> {
    if text.is_empty() && hpke.sequence() > 0 {
        return None;
    }
    hpke.open_in_place(&[u8::from(last)], text, tag)
}
