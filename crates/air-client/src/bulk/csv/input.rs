//! The bytes of a CSV: bounded records, a marked end, and the separator of the header line.

use std::io::{self, Chain, Cursor, Read};

/// The maximum size of a record in bytes.
pub(in crate::bulk) const RECORD_LIMIT: u64 = 1 << 20;
/// Line ends that are appended to the input: a record that includes both has an unclosed quotation mark.
const END: &[u8] = b"\n\n";

/// A reader that fails beyond a limit, since an unclosed quotation mark would read the whole file
/// into memory.
#[derive(Debug)]
pub(super) struct Allowance<R> {
    reader: Chain<Cursor<Vec<u8>>, R>,
    left: u64,
    /// The total number of bytes read.
    read: u64,
    /// The rest of [`END`].
    end: &'static [u8],
}

impl<R: Read> Allowance<R> {
    /// Creates a reader of the head and the rest of an input.
    pub(super) fn new(head: Vec<u8>, rest: R) -> Self {
        Self {
            reader: Cursor::new(head).chain(rest),
            left: RECORD_LIMIT,
            read: 0,
            end: END,
        }
    }

    /// Allows the next record.
    pub(super) fn renew(&mut self) {
        self.left = RECORD_LIMIT;
    }

    pub(super) fn is_exhausted(&self) -> bool {
        self.left == 0
    }

    /// Checks whether a record that ends at this byte includes the end of the input.
    pub(super) fn is_at_end(&self, byte: u64) -> bool {
        self.end.is_empty() && byte == self.read
    }
}

impl<R: Read> Read for Allowance<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        let mut read = (&mut self.reader).take(self.left).read(buffer)?;
        self.left -= read as u64;
        if read == 0 {
            read = self.end.read(buffer)?;
        }
        self.read += read as u64;
        Ok(read)
    }
}

/// Reads the beginning of an input, and returns it with the separator: the first comma or semicolon of the
/// header line that is not in quotation marks.
pub(super) fn separator(reader: &mut impl Read) -> io::Result<(Vec<u8>, u8)> {
    let mut head = Vec::new();
    let (mut is_quoted, mut has_text) = (false, false);
    let mut piece = [0; 512];
    while (head.len() as u64) < RECORD_LIMIT {
        let read = match reader.read(&mut piece) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            read => read?,
        };
        let bytes = piece.get(..read).unwrap_or_default();
        head.extend_from_slice(bytes);
        for byte in bytes {
            match byte {
                b'"' => (is_quoted, has_text) = (!is_quoted, true),
                b',' | b';' if !is_quoted => return Ok((head, *byte)),
                // A blank line before the header does not end it.
                b'\n' if !is_quoted && has_text => return Ok((head, b',')),
                _ => has_text |= !byte.is_ascii_whitespace(),
            }
        }
        if read == 0 {
            break;
        }
    }
    Ok((head, b','))
}
