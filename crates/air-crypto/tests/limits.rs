//! Headers, layouts and streams: both sides of limits, and results that no other test reads.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use std::io::{self, Read, Write};

use air_crypto::{
    CakContext, CakPrivateKey, ChunkSize, ContainerHeader, Curve, Error, Field, Opener, Sealer,
};
use sha2::{Digest, Sha256};

const HEADER: usize = 115;
const CHUNK: usize = 4096;
const SEALED_CHUNK: usize = CHUNK + 16;

fn context(curve: Curve) -> CakContext {
    CakContext::new(
        "u".parse().unwrap(),
        "did:x:i".parse().unwrap(),
        "s".parse().unwrap(),
        curve,
    )
}

fn chunk_size() -> ChunkSize {
    ChunkSize::from_log2(12).unwrap()
}

/// A key, and a container that is sealed to it.
fn sealed(curve: Curve, document: &[u8]) -> (CakPrivateKey, Vec<u8>) {
    let mut rng = rand::rng();
    let key = CakPrivateKey::generate(curve, &mut rng);
    let container = key
        .public_key()
        .seal_in_chunks(&context(curve), b"", chunk_size(), document, &mut rng)
        .unwrap();
    (key, container)
}

#[test]
fn a_header_describes_its_container() {
    assert_eq!(chunk_size().log2(), 12);
    for (curve, kem) in [
        (Curve::Secp256r1, "DHKEM(P-256, HKDF-SHA256)"),
        (Curve::Secp256k1, "DHKEM(secp256k1, HKDF-SHA256)"),
    ] {
        let (_, container) = sealed(curve, b"document");
        let header = ContainerHeader::read(&mut container.as_slice()).unwrap();
        assert_eq!((header.curve(), header.chunk_size()), (curve, chunk_size()));
        assert_eq!(header.kem_name(), kem);
        let point = format!("0x{}", hex::encode(&container[18..83]));
        assert_eq!(header.encapsulated_key(), point);
        assert_eq!(header.commitment(), hex::encode(&container[83..HEADER]));
        let digest = Sha256::digest(&container[..HEADER]);
        assert_eq!(header.fingerprint(), hex::encode(digest));
    }
}

#[test]
fn a_layout_is_that_of_the_length() {
    let (_, container) = sealed(Curve::Secp256r1, b"");
    let header = ContainerHeader::read(&mut container.as_slice()).unwrap();
    let layout = |length: usize| header.layout(u64::try_from(length).unwrap());
    for (document, chunks) in [
        (0, 1),
        (1, 1),
        (CHUNK, 1),
        (CHUNK + 1, 2),
        (2 * CHUNK, 2),
        (2 * CHUNK + 1, 3),
    ] {
        let found = layout(HEADER + document + 16 * chunks).unwrap();
        let found = (found.document_length, found.chunks);
        assert_eq!(found, (document as u64, chunks as u64));
    }
    for short in [
        0,
        HEADER - 1,
        HEADER,
        HEADER + 15,
        // A second chunk without a document.
        HEADER + SEALED_CHUNK + 1,
        HEADER + SEALED_CHUNK + 15,
        HEADER + SEALED_CHUNK + 16,
    ] {
        assert!(
            matches!(layout(short), Err(Error::NotAContainer { .. })),
            "{short}"
        );
    }
}

#[test]
fn a_short_header_and_a_failed_read_are_told_apart() {
    let (_, container) = sealed(Curve::Secp256r1, b"");
    for length in [0, 15, 16, 82, HEADER - 1] {
        let read = ContainerHeader::read(&mut &container[..length]);
        let Err(Error::NotAContainer { reason }) = read else {
            panic!("{length}: {read:?}");
        };
        assert_eq!(reason, "it ends before its first chunk", "{length}");
    }
    let start = &container[..50];
    let failed = ContainerHeader::read(&mut start.chain(Broken));
    assert!(matches!(failed, Err(Error::Read(_))), "{failed:?}");
}

#[test]
fn a_label_has_at_most_65535_bytes() {
    let key = CakPrivateKey::generate(Curve::Secp256r1, &mut rand::rng());
    let seal = |length: usize| {
        let label = vec![0; length];
        let context = context(Curve::Secp256r1);
        key.public_key()
            .seal(&context, &label, b"", &mut rand::rng())
            .map(drop)
    };
    assert!(seal(65_535).is_ok());
    let refused = seal(65_536);
    assert!(
        matches!(
            refused,
            Err(Error::FieldTooLong {
                field: Field::Label,
                length: 65_536,
                limit: 65_535
            })
        ),
        "{refused:?}"
    );
}

/// A reader that fails.
struct Broken;

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        Err(io::Error::other("the disk is broken"))
    }
}

/// A sealer into memory, and the key that opens its container.
fn sealer<W: Write>(writer: W) -> (CakPrivateKey, Sealer<W>) {
    let mut rng = rand::rng();
    let key = CakPrivateKey::generate(Curve::Secp256r1, &mut rng);
    let context = context(Curve::Secp256r1);
    let sealer = Sealer::new(key.public_key(), &context, b"", chunk_size(), writer, &mut rng).unwrap();
    (key, sealer)
}

#[test]
fn a_sealer_copies_a_reader_and_counts_its_bytes() {
    for length in [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 1] {
        for before in [0, 10] {
            let document: Vec<u8> = (0..length).map(|at| u8::try_from(at % 251).unwrap()).collect();
            let (key, mut sealer) = sealer(Vec::new());
            sealer.write_all(&vec![7; before]).unwrap();
            let copied = sealer.copy_from(&mut document.as_slice()).unwrap();
            assert_eq!(copied, length as u64);
            let container = sealer.finish().unwrap();
            let mut opened = Vec::new();
            let opener = Opener::new(&key, &context(Curve::Secp256r1), b"", container.as_slice()).unwrap();
            assert_eq!(format!("{opener:?}"), "Opener { chunk_size: ChunkSize(12), .. }");
            let count = opener.copy_to(&mut opened).unwrap();
            assert_eq!(count, (before + length) as u64);
            assert!(opened == [vec![7; before], document].concat(), "{length}");
        }
    }
}

#[test]
fn a_sealer_reports_a_failed_read() {
    // The read fails within a chunk, or after it, where the end of the document could be.
    for length in [10, CHUNK] {
        let (_, mut sealer) = sealer(Vec::new());
        let document = vec![1; length];
        let failed = sealer.copy_from(&mut document.as_slice().chain(Broken));
        assert!(matches!(failed, Err(Error::Read(_))), "{length}: {failed:?}");
    }
}

/// A writer that counts how often it is flushed.
#[derive(Default)]
struct Flushes(usize);

impl Write for Flushes {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0 += 1;
        Ok(())
    }
}

#[test]
fn a_sealer_flushes_its_writer() {
    let (_, mut sealer) = sealer(Flushes::default());
    sealer.flush().unwrap();
    assert_eq!(sealer.finish().unwrap().0, 2);
}
