//! ZLIB (RFC 1950) and GZIP (RFC 1952), with an end to what is inflated.

use std::io::{Read, Write};

use flate2::{
    Compression,
    bufread::{GzDecoder, ZlibDecoder},
    write::{GzEncoder, ZlibEncoder},
};

use crate::Error;

/// The most that is inflated: 134 million entries of one bit.
pub(super) const LIMIT: usize = 16 * 1024 * 1024;
/// On a million entries with one in a hundred set, the highest level takes eight times as long and saves a ninth. The
/// draft recommends it (4.1); a list that is signed anew at each revocation is better served by this one.
const LEVEL: Compression = Compression::new(6);
const TO_A_VECTOR: &str = "a vector takes every write";

pub(super) fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), LEVEL);
    encoder.write_all(bytes).expect(TO_A_VECTOR);
    encoder.finish().expect(TO_A_VECTOR)
}

pub(super) fn unzlib(compressed: &[u8]) -> Result<Vec<u8>, Error> {
    let mut decoder = ZlibDecoder::new(compressed);
    let bytes = read(&mut decoder, "the list is not in the ZLIB format, or cut short")?;
    at_the_end(decoder.into_inner())?;
    Ok(bytes)
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), LEVEL);
    encoder.write_all(bytes).expect(TO_A_VECTOR);
    encoder.finish().expect(TO_A_VECTOR)
}

pub(super) fn gunzip(compressed: &[u8]) -> Result<Vec<u8>, Error> {
    let mut decoder = GzDecoder::new(compressed);
    let bytes = read(&mut decoder, "the list is not in the GZIP format, or cut short")?;
    at_the_end(decoder.into_inner())?;
    Ok(bytes)
}

/// Reads to the end, where the checksum is, and at most one byte beyond what is allowed.
fn read(decoder: &mut impl Read, reason: &'static str) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    decoder
        .take(LIMIT as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|_| Error::MalformedStatus { reason })?;
    if bytes.len() > LIMIT {
        return Err(Error::StatusListTooLarge { limit: LIMIT });
    }
    Ok(bytes)
}

fn at_the_end(rest: &[u8]) -> Result<(), Error> {
    if rest.is_empty() {
        return Ok(());
    }
    Err(Error::MalformedStatus {
        reason: "something follows the compressed list",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_much_as_the_limit_is_inflated_and_no_more() {
        let fits = vec![0; LIMIT];
        assert_eq!(unzlib(&zlib(&fits)).unwrap(), fits);
        assert_eq!(gunzip(&gzip(&fits)).unwrap(), fits);
        let bomb = vec![0; LIMIT + 1];
        let refusal = Error::StatusListTooLarge { limit: LIMIT };
        assert_eq!(unzlib(&zlib(&bomb)), Err(refusal));
        let refusal = Error::StatusListTooLarge { limit: LIMIT };
        assert_eq!(gunzip(&gzip(&bomb)), Err(refusal));
    }
}
