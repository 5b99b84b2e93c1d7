//! The container's header: the bytes before the first chunk (CAK specification, section 4).

use std::io::{self, Read};

use subtle::ConstantTimeEq;

use crate::{
    CakPrivateKey, CakPublicKey, Curve, Error, Field, SealingContext,
    backend::{Point, group, sha256},
    context::{LENGTH_PREFIX_LIMIT, push_length_prefixed},
    hpke::{self, AeadId, KDF_ID},
};

pub(crate) const TAG_LENGTH: usize = 16;
pub(crate) const PREFIX_LENGTH: usize = 16;
pub(crate) const POINT_LENGTH: usize = 65;
pub(crate) const COMMIT_LENGTH: usize = 32;
/// `prefix || LP(enc) || commit`.
pub(crate) const HEADER_LENGTH: usize = PREFIX_LENGTH + 2 + POINT_LENGTH + COMMIT_LENGTH;

const MAGIC: &[u8; 8] = b"AIR-SEAL";
const VERSION: u8 = 1;

/// The number of plaintext bytes in a chunk: 2^12 to 2^24. Defaults to 2^16.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ChunkSize(u8);

impl ChunkSize {
    /// 2^`log2` bytes.
    ///
    /// # Errors
    /// [`Error::ChunkSizeOutOfRange`] outside of 12 to 24.
    pub const fn from_log2(log2: u8) -> Result<Self, Error> {
        match log2 {
            12..=24 => Ok(Self(log2)),
            _ => Err(Error::ChunkSizeOutOfRange { log2 }),
        }
    }

    /// The base-2 logarithm: 12 to 24.
    #[must_use]
    pub const fn log2(self) -> u8 {
        self.0
    }

    /// The size in bytes.
    #[must_use]
    pub const fn bytes(self) -> usize {
        1 << self.0
    }
}

impl Default for ChunkSize {
    fn default() -> Self {
        Self(16)
    }
}

/// The public part of a container: curve, chunk size, encapsulated key and commitment. Reading it
/// needs no key.
///
/// ```rust
/// use air_crypto::{CakContext, CakPrivateKey, ContainerHeader, Curve};
///
/// # fn main() -> Result<(), air_crypto::Error> {
/// let context = CakContext::new("u".parse()?, "did:x:i".parse()?, "s".parse()?, Curve::Secp256r1);
/// let key = CakPrivateKey::generate(Curve::Secp256r1, &mut rand::rng());
/// let sealed = key.public_key().seal(&context, b"", &[0; 100_000], &mut rand::rng())?;
///
/// let header = ContainerHeader::read(&mut sealed.as_slice())?;
/// let layout = header.layout(sealed.len() as u64)?;
/// assert_eq!((layout.chunks, layout.document_length), (2, 100_000));
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContainerHeader {
    curve: Curve,
    chunk_size: ChunkSize,
    enc: Point,
    commit: [u8; COMMIT_LENGTH],
}

/// The number of chunks in a container, and the length of its document.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ContainerLayout {
    /// The number of chunks, at least 1.
    pub chunks: u64,
    /// The document's length in bytes.
    pub document_length: u64,
}

impl ContainerHeader {
    /// The length of the header in bytes: 115.
    pub const LENGTH: u64 = HEADER_LENGTH as u64;

    /// Reads the 115 bytes before the first chunk.
    ///
    /// # Errors
    /// [`Error::NotAContainer`] when the magic, version, suite, chunk size or point is wrong, or
    /// the input ends; [`Error::Read`] when the reader fails.
    pub fn read(reader: &mut impl Read) -> Result<Self, Error> {
        let prefix: [u8; PREFIX_LENGTH] = read_array(reader)?;
        let (curve, chunk_size) = parse_prefix(&prefix)?;
        if usize::from(u16::from_be_bytes(read_array(reader)?)) != POINT_LENGTH {
            return Err(Error::NotAContainer {
                reason: "the encapsulated key is not 65 bytes long",
            });
        }
        let point: Point = read_array(reader)?;
        // Only the uncompressed form is 65 bytes long, so the parsed point equals the bytes that
        // were read.
        let enc = group(curve).parse_point(&point).ok_or(Error::NotAContainer {
            reason: "the encapsulated key is not a point of its curve",
        })?;
        Ok(Self {
            curve,
            chunk_size,
            enc,
            commit: read_array(reader)?,
        })
    }

    /// The curve of the key that opens the container.
    #[must_use]
    pub fn curve(&self) -> Curve {
        self.curve
    }

    /// The chunk size.
    #[must_use]
    pub fn chunk_size(&self) -> ChunkSize {
        self.chunk_size
    }

    /// The KEM's name in the registry of RFC 9180.
    #[must_use]
    pub fn kem_name(&self) -> &'static str {
        match self.curve {
            Curve::Secp256r1 => "DHKEM(P-256, HKDF-SHA256)",
            Curve::Secp256k1 => "DHKEM(secp256k1, HKDF-SHA256)",
        }
    }

    /// The encapsulated key: the uncompressed SEC1 point as `0x04` and 128 more hex digits.
    #[must_use]
    pub fn encapsulated_key(&self) -> String {
        format!("0x{}", hex::encode(self.enc))
    }

    /// SHA-256 over the header, as 64 hex digits. It identifies the container: every container has
    /// its own encapsulated key.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        hex::encode(self.digest())
    }

    pub(crate) fn digest(&self) -> [u8; 32] {
        sha256(&self.to_bytes())
    }

    /// The commitment to key, context and label: 64 hex digits.
    #[must_use]
    pub fn commitment(&self) -> String {
        hex::encode(self.commit)
    }

    /// Computes the layout of a container of `length` bytes with this header. It does not check the
    /// content.
    ///
    /// # Errors
    /// [`Error::NotAContainer`] when no container can have that length, because the file is
    /// truncated.
    pub fn layout(&self, length: u64) -> Result<ContainerLayout, Error> {
        let cut_short = Error::NotAContainer {
            reason: "it is cut short: no container has its length",
        };
        let Some(sealed) = length.checked_sub(Self::LENGTH) else {
            return Err(cut_short);
        };
        let tag = TAG_LENGTH as u64;
        let sealed_chunk = self.chunk_size.bytes() as u64 + tag;
        let chunks = sealed.div_ceil(sealed_chunk).max(1);
        let last = sealed - (chunks - 1) * sealed_chunk;
        // A chunk is empty only when the document is empty.
        if last < tag || (last == tag && chunks > 1) {
            return Err(cut_short);
        }
        Ok(ContainerLayout {
            chunks,
            document_length: sealed - chunks * tag,
        })
    }

    pub(crate) fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_LENGTH);
        bytes.extend_from_slice(&prefix(self.curve, self.chunk_size));
        push_length_prefixed(&mut bytes, &self.enc);
        bytes.extend_from_slice(&self.commit);
        bytes
    }

    /// Creates the header of a new container, and the sender's HPKE context.
    pub(crate) fn new_sender(
        public_key: &CakPublicKey,
        context: SealingContext<'_>,
        label: &[u8],
        chunk_size: ChunkSize,
        rng: &mut impl rand_core::CryptoRng,
    ) -> Result<(Self, hpke::Context), Error> {
        let curve = public_key.curve();
        let info = info(curve, context, label, chunk_size)?;
        let (hpke, enc) =
            hpke::setup_sender(public_key, AeadId::Aes256Gcm, &info, rng).ok_or(Error::InvalidPoint {
                field: Field::PublicKey,
                curve,
            })?;
        let commit = commitment(&hpke);
        Ok((
            Self {
                curve,
                chunk_size,
                enc,
                commit,
            },
            hpke,
        ))
    }

    /// Creates the receiver's HPKE context after it has checked the commitment to key, context and
    /// label.
    pub(crate) fn receiver(
        &self,
        key: &CakPrivateKey,
        context: SealingContext<'_>,
        label: &[u8],
    ) -> Result<hpke::Context, Error> {
        if key.curve() != self.curve {
            return Err(Error::WrongKey);
        }
        let info = info(self.curve, context, label, self.chunk_size)?;
        let hpke = hpke::setup_receiver(key, AeadId::Aes256Gcm, &self.enc, &info).ok_or(Error::WrongKey)?;
        self.confirm(hpke)
    }

    /// As [`Self::receiver`], with a Diffie–Hellman result that custodians computed for
    /// `public_key`.
    pub(crate) fn receiver_from_dh(
        &self,
        public_key: &CakPublicKey,
        dh: &[u8; 32],
        context: SealingContext<'_>,
        label: &[u8],
    ) -> Result<hpke::Context, Error> {
        let info = info(self.curve, context, label, self.chunk_size)?;
        self.confirm(hpke::setup_receiver_from_dh(
            public_key,
            AeadId::Aes256Gcm,
            &self.enc,
            dh,
            &info,
        ))
    }

    fn confirm(&self, hpke: hpke::Context) -> Result<hpke::Context, Error> {
        if bool::from(commitment(&hpke).ct_eq(&self.commit)) {
            Ok(hpke)
        } else {
            Err(Error::WrongKey)
        }
    }

    /// The encapsulated key: a point of the curve.
    pub(crate) fn enc(&self) -> &Point {
        &self.enc
    }
}

fn prefix(curve: Curve, chunk_size: ChunkSize) -> [u8; PREFIX_LENGTH] {
    let [m0, m1, m2, m3, m4, m5, m6, m7] = *MAGIC;
    let ([kem0, kem1], [kdf0, kdf1], [aead0, aead1]) = (
        hpke::kem_id(curve).to_be_bytes(),
        KDF_ID.to_be_bytes(),
        AeadId::Aes256Gcm.id().to_be_bytes(),
    );
    [
        m0,
        m1,
        m2,
        m3,
        m4,
        m5,
        m6,
        m7,
        VERSION,
        kem0,
        kem1,
        kdf0,
        kdf1,
        aead0,
        aead1,
        chunk_size.0,
    ]
}

fn parse_prefix(bytes: &[u8; PREFIX_LENGTH]) -> Result<(Curve, ChunkSize), Error> {
    let [magic @ .., version, kem0, kem1, kdf0, kdf1, aead0, aead1, log2] = bytes;
    if magic != MAGIC {
        return Err(Error::NotAContainer {
            reason: "it does not begin with AIR-SEAL",
        });
    }
    if *version != VERSION {
        return Err(Error::NotAContainer {
            reason: "its version is not 1",
        });
    }
    let curve = hpke::curve_of_kem(u16::from_be_bytes([*kem0, *kem1])).ok_or(Error::NotAContainer {
        reason: "its KEM is neither P-256 nor secp256k1",
    })?;
    if u16::from_be_bytes([*kdf0, *kdf1]) != KDF_ID {
        return Err(Error::NotAContainer {
            reason: "its KDF is not HKDF-SHA256",
        });
    }
    if u16::from_be_bytes([*aead0, *aead1]) != AeadId::Aes256Gcm.id() {
        return Err(Error::NotAContainer {
            reason: "its AEAD is not AES-256-GCM",
        });
    }
    let chunk_size = ChunkSize::from_log2(*log2).map_err(|_| Error::NotAContainer {
        reason: "its chunk size is not 2^12 to 2^24 bytes",
    })?;
    Ok((curve, chunk_size))
}

/// `"seal" || LP(prefix) || LP(context) || LP(aad)`. Three fields of full length make a context
/// that is too long for `LP`, so the length is checked again.
pub(crate) fn info(
    curve: Curve,
    context: SealingContext<'_>,
    label: &[u8],
    chunk_size: ChunkSize,
) -> Result<Vec<u8>, Error> {
    if context.curve() != curve {
        return Err(Error::CurveMismatch {
            context: context.curve(),
            key: curve,
        });
    }
    let limit = LENGTH_PREFIX_LIMIT;
    let context = context.to_bytes();
    for (field, length) in [(Field::Label, label.len()), (Field::Context, context.len())] {
        if length > limit {
            return Err(Error::FieldTooLong { field, length, limit });
        }
    }
    let mut info = b"seal".to_vec();
    push_length_prefixed(&mut info, &prefix(curve, chunk_size));
    push_length_prefixed(&mut info, &context);
    push_length_prefixed(&mut info, label);
    Ok(info)
}

pub(crate) fn commitment(hpke: &hpke::Context) -> [u8; COMMIT_LENGTH] {
    let mut commit = [0; COMMIT_LENGTH];
    hpke.export(b"AIR-SEAL commit", &mut commit);
    commit
}

fn read_array<const N: usize>(reader: &mut impl Read) -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    reader
        .read_exact(&mut bytes)
        .map_err(|error| match error.kind() {
            io::ErrorKind::UnexpectedEof => Error::NotAContainer {
                reason: "it ends before its first chunk",
            },
            _ => Error::Read(error),
        })?;
    Ok(bytes)
}
