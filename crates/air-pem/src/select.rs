//! Selects the wanted block of a file.

use crate::{Block, Error, Label, blocks};

/// The private key of a file. It ignores certificates, parameters and public keys in the same file.
///
/// # Errors
/// As [`blocks`]; [`Error::Absent`] without a private key; [`Error::Several`] with more than one.
pub fn private_key(file: &[u8]) -> Result<Block, Error> {
    only(file, "private key", Label::is_private_key)
}

/// The public key of a file (`PUBLIC KEY`), or the whole content of a DER file.
///
/// # Errors
/// As [`private_key`].
pub fn public_key(file: &[u8]) -> Result<Block, Error> {
    only(file, "public key", |label| label == Label::PublicKey)
}

/// All certificates of a file, in order. A DER file is one certificate.
///
/// # Errors
/// As [`blocks`]; [`Error::Absent`] without a certificate.
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
