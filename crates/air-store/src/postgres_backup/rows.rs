//! The count and the sum of a table's rows, whatever their order.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The number of rows, and the sum of the SHA-256 of each row: four numbers of 64 bits, each modulo 2^64.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RowSum {
    pub(super) rows: u64,
    sum: [u64; 4],
}

impl RowSum {
    /// Adds a row by its line, without its end.
    pub(super) fn add(&mut self, line: &[u8]) {
        self.rows += 1;
        let digest = Sha256::digest(line);
        let (words, _) = digest.as_chunks::<8>();
        for (sum, word) in self.sum.iter_mut().zip(words) {
            *sum = sum.wrapping_add(u64::from_be_bytes(*word));
        }
    }
}

/// Finds the rows in the parts of a stream of `COPY`, which may end anywhere.
#[derive(Default)]
pub(super) struct RowSplitter {
    begun: Vec<u8>,
    pub(super) sum: RowSum,
}

impl RowSplitter {
    pub(super) fn add(&mut self, mut part: &[u8]) {
        while let Some(end) = part.iter().position(|byte| *byte == b'\n') {
            let (line, rest) = part.split_at(end);
            if self.begun.is_empty() {
                self.sum.add(line);
            } else {
                self.begun.extend_from_slice(line);
                self.sum.add(&self.begun);
                self.begun.clear();
            }
            part = rest.get(1..).unwrap_or_default();
        }
        self.begun.extend_from_slice(part);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sum_depends_on_each_row_and_not_on_their_order() {
        let sum = |rows: &[&str]| {
            let mut sum = RowSum::default();
            for row in rows {
                sum.add(row.as_bytes());
            }
            sum
        };
        assert_eq!(sum(&["a", "b"]), sum(&["b", "a"]));
        assert_ne!(sum(&["a", "b"]), sum(&["a", "c"]));
        assert_ne!(sum(&["a", "a"]), sum(&["b", "b"]));
        assert_ne!(sum(&["a", "a"]), sum(&[]));
    }

    #[test]
    fn rows_are_found_wherever_the_parts_end() {
        let text = b"1\tone\n\n22\ttwo\n";
        let mut whole = RowSplitter::default();
        whole.add(text);
        assert_eq!(whole.sum.rows, 3);
        for size in 1..text.len() {
            let mut parts = RowSplitter::default();
            for part in text.chunks(size) {
                parts.add(part);
            }
            assert_eq!(parts.sum, whole.sum, "{size}");
        }
    }
}
