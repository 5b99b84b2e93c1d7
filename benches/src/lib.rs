//! Code that the benches share. Each stands beside a peer in the same run: `cargo xtask bench`.

pub mod schema;

use std::{
    fs::File,
    io::{self, Read, Write},
    path::Path,
};

use air_crypto::{CakContext, CakPrivateKey, ChunkSize, Curve, Sealer};

/// A context as long as the platform's are.
#[must_use]
pub fn context(curve: Curve) -> CakContext {
    context_of("7f01c42c-02cf-4325-96ed-ba034700f724", curve)
}

/// The same of another user.
#[must_use]
pub fn context_of(user: &str, curve: Curve) -> CakContext {
    let part = "the parts are constant";
    CakContext::new(
        user.parse().expect(part),
        "did:air:id:test:5P44fsVUhPctDTWH2Nz26pZJFsg6CqyiAELTGeVQDB"
            .parse()
            .expect(part),
        "c21s70g0i54sn0023172Cv".parse().expect(part),
        curve,
    )
}

/// A file of `length` bytes that are not all the same.
///
/// # Errors
/// When it can't be written.
pub fn write_document(path: &Path, length: usize) -> io::Result<()> {
    let block: Vec<u8> = (0..=250).cycle().take(1 << 20).collect();
    let mut file = File::create(path)?;
    let mut left = length;
    while left > 0 {
        let now = left.min(block.len());
        file.write_all(block.get(..now).unwrap_or_default())?;
        left -= now;
    }
    Ok(())
}

/// Seals a file to a file as a program would: the sealer between two files.
///
/// # Errors
/// When a file can't be read or written.
pub fn seal_file(key: &CakPrivateKey, from: &Path, to: &Path) -> io::Result<()> {
    let context = context(key.curve());
    let mut sealer = Sealer::new(
        key.public_key(),
        &context,
        b"",
        ChunkSize::default(),
        File::create(to)?,
        &mut rand::rng(),
    )
    .map_err(io::Error::other)?;
    sealer
        .copy_from(&mut File::open(from)?)
        .map_err(io::Error::other)?;
    sealer.finish().map(drop).map_err(io::Error::other)
}

/// The lower bound for sealing: the same reads and writes, and nothing between them.
///
/// # Errors
/// When a file can't be read or written.
pub fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    let (mut from, mut to) = (File::open(from)?, File::create(to)?);
    let mut chunk = vec![0; 1 << 16];
    loop {
        let read = from.read(&mut chunk)?;
        if read == 0 {
            return Ok(());
        }
        to.write_all(chunk.get(..read).unwrap_or_default())?;
    }
}
