//! The block that is meant, among those of a file.

use crate::{Block, Error, Label, blocks};

/// The private key of a file; certificates, parameters and public keys beside it are passed over.
///
/// # Errors
/// Those of [`blocks`]; [`Error::Absent`] and [`Error::Several`].
pub fn private_key(file: &[u8]) -> Result<Block, Error> {
    only(file, "private key", Label::is_private_key)
}

/// The public key of a file (`PUBLIC KEY`), or the whole of a file in DER.
///
/// # Errors
/// As [`private_key`].
pub fn public_key(file: &[u8]) -> Result<Block, Error> {
    only(file, "public key", |label| label == Label::PublicKey)
}

/// The certificates of a file, in its order; a file in DER is one.
///
/// # Errors
/// Those of [`blocks`]; [`Error::Absent`].
pub fn certificates(file: &[u8]) -> Result<Vec<Block>, Error> {
    let blocks = blocks(file)?;
    let absent = absent("certificate", &blocks);
    let certificates: Vec<Block> = blocks
        .into_iter()
        .filter(|block| block.label().is_none_or(|label| label == Label::Certificate))
        .collect();
    if certificates.is_empty() {
        return Err(absent);
    }
    Ok(certificates)
}

fn only(file: &[u8], wanted: &'static str, is_wanted: fn(Label) -> bool) -> Result<Block, Error> {
    let blocks = blocks(file)?;
    let absent = absent(wanted, &blocks);
    let mut found = blocks
        .into_iter()
        .filter(|block| block.label().is_none_or(is_wanted));
    match (found.next(), found.next()) {
        (None, _) => Err(absent),
        (Some(only), None) => Ok(only),
        (Some(_), Some(_)) => Err(Error::Several { wanted }),
    }
}

fn absent(wanted: &'static str, blocks: &[Block]) -> Error {
    Error::Absent {
        wanted,
        found: blocks.first().and_then(Block::label).unwrap_or(Label::Other),
    }
}
