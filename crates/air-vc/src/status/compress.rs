//! ZLIB (RFC 1950) and GZIP (RFC 1952), with a limit on inflated data.

use std::io::{Read, Write};

use flate2::{Compression, bufread::ZlibDecoder, write::ZlibEncoder};
#[cfg(feature = "bitstring")]
use flate2::{bufread::GzDecoder, write::GzEncoder};

use crate::Error;

/// The maximum number of inflated bytes: 134 million entries of one bit.
pub(super) const LIMIT: usize = 16 * 1024 * 1024;
/// The maximum size that is compressed at the highest level, as the draft recommends (4.1).
const SMALL: usize = 32 * 1024;
const TO_A_VECTOR: &str = "a vector takes every write";

pub(super) fn zlib(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = ZlibEncoder::new(Vec::new(), level(bytes));
    encoder.write_all(bytes).expect(TO_A_VECTOR);
    encoder.finish().expect(TO_A_VECTOR)
}

pub(super) fn unzlib(compressed: &[u8]) -> Result<Vec<u8>, Error> {
    let mut decoder = ZlibDecoder::new(compressed);
    let bytes = read(&mut decoder, "the list is not in the ZLIB format, or cut short")?;
    at_the_end(decoder.into_inner())?;
    Ok(bytes)
}

#[cfg(feature = "bitstring")]
pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), level(bytes));
    encoder.write_all(bytes).expect(TO_A_VECTOR);
    encoder.finish().expect(TO_A_VECTOR)
}

#[cfg(feature = "bitstring")]
pub(super) fn gunzip(compressed: &[u8]) -> Result<Vec<u8>, Error> {
    let mut decoder = GzDecoder::new(compressed);
    let bytes = read(&mut decoder, "the list is not in the GZIP format, or cut short")?;
    at_the_end(decoder.into_inner())?;
    Ok(bytes)
}

/// For a million entries, the highest level takes eight times as long as this one and saves a
/// ninth. That is too slow for a list that is signed again at each revocation.
fn level(bytes: &[u8]) -> Compression {
    if bytes.len() <= SMALL {
        Compression::best()
    } else {
        Compression::new(6)
    }
}

/// Reads to the end, where the checksum is, but at most one byte more than the limit.
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
        let bomb = vec![0; LIMIT + 1];
        let refusal = Error::StatusListTooLarge { limit: LIMIT };
        assert_eq!(unzlib(&zlib(&bomb)), Err(refusal));
    }

    #[cfg(feature = "bitstring")]
    #[test]
    fn as_much_as_the_limit_is_inflated_of_gzip_too() {
        let fits = vec![0; LIMIT];
        assert_eq!(gunzip(&gzip(&fits)).unwrap(), fits);
        let bomb = vec![0; LIMIT + 1];
        let refusal = Error::StatusListTooLarge { limit: LIMIT };
        assert_eq!(gunzip(&gzip(&bomb)), Err(refusal));
    }
}
