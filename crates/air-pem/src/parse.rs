//! Finds the blocks in a text (RFC 7468, sections 2 and 3), as leniently as OpenSSL does.

use base64::{Engine, engine::general_purpose::STANDARD};
use zeroize::Zeroizing;

use crate::{Block, Error, Label};

/// The maximum length in bytes. An RSA key of 4,096 bits has 3.2 KiB, a certificate with its chain
/// about ten.
const LIMIT: usize = 256 * 1024;
const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";
const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// Removes the byte order mark that some editors and shells write before UTF-8.
#[must_use]
pub fn without_byte_order_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(BYTE_ORDER_MARK).unwrap_or(bytes)
}

/// All blocks of a file, in order. A DER file is one block without a label. Text around the blocks
/// is ignored.
///
/// # Errors
/// Any [`Error`] except [`Error::Absent`] and [`Error::Several`].
pub fn blocks(file: &[u8]) -> Result<Vec<Block>, Error> {
    if file.len() > LIMIT {
        return Err(Error::TooLong { limit: LIMIT });
    }
    if file.starts_with(b"\xFF\xFE") || file.starts_with(b"\xFE\xFF") {
        return Err(Error::Utf16);
    }
    if is_der(file) {
        return Ok(vec![Block {
            label: None,
            der: Zeroizing::new(file.to_vec()),
            is_encrypted: false,
        }]);
    }
    let mut rest = without_byte_order_mark(file);
    let mut blocks = Vec::new();
    while let Some((_, after)) = split_once(rest, BEGIN) {
        let (block, remainder) = read_block(after)?;
        blocks.push(block);
        rest = remainder;
    }
    if blocks.is_empty() {
        return Err(Error::NoBlock);
    }
    Ok(blocks)
}

/// Reads the block whose label begins here. Returns the block and the text after it.
fn read_block(text: &[u8]) -> Result<(Block, &[u8]), Error> {
    let line_end = text.iter().position(|byte| matches!(byte, b'\n' | b'\r'));
    let (name, rest) = split_once(text, DASHES).ok_or(Error::Boundary)?;
    if line_end.is_some_and(|end| end < name.len()) {
        return Err(Error::Boundary);
    }
    let label = Label::of(name);
    let unfinished = Error::Unfinished { label };
    let (body, rest) = split_once(rest, END).ok_or(unfinished)?;
    // The text is stripped in two steps: the end must repeat the name of the beginning.
    let rest = rest
        .strip_prefix(name)
        .and_then(|rest| rest.strip_prefix(DASHES))
        .ok_or(unfinished)?;
    let (headers, base64) = split_headers(body);
    let block = Block {
        label: Some(label),
        der: decode(base64).ok_or(Error::NotBase64 { label })?,
        is_encrypted: split_once(headers, b"ENCRYPTED").is_some(),
    };
    Ok((block, rest))
}

/// Splits off the headers of the older format (RFC 1421, 4.4), which end at the first empty line.
/// Base64 has no colon.
fn split_headers(body: &[u8]) -> (&[u8], &[u8]) {
    if !body.contains(&b':') {
        return (&[], body);
    }
    let mut length = 0;
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        length += line.len();
        let is_first = length == line.len();
        if line.trim_ascii().is_empty() && !is_first {
            break;
        }
    }
    body.split_at_checked(length).unwrap_or((&[], body))
}

fn decode(base64: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let letters: Zeroizing<Vec<u8>> = Zeroizing::new(
        base64
            .iter()
            .copied()
            .filter(|byte| !byte.is_ascii_whitespace())
            .collect(),
    );
    STANDARD.decode(&letters).ok().map(Zeroizing::new)
}

/// Whether the whole file is one DER sequence (X.690, 8.1.3). The encoded length must match the
/// file, which it does not in a text.
fn is_der(file: &[u8]) -> bool {
    let [0x30, first, rest @ ..] = file else {
        return false;
    };
    if *first < 0x80 {
        return rest.len() == usize::from(*first);
    }
    let count = usize::from(*first & 0x7f);
    if !(1..=4).contains(&count) {
        return false;
    }
    let Some((length, contents)) = rest.split_at_checked(count) else {
        return false;
    };
    let length = length
        .iter()
        .fold(0, |length, byte| length << 8 | usize::from(*byte));
    contents.len() == length
}

fn split_once<'a>(text: &'a [u8], pattern: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let at = text.windows(pattern.len()).position(|window| window == pattern)?;
    Some((text.get(..at)?, text.get(at + pattern.len()..)?))
}
