//! Checks rows before anything is sent.

use std::collections::HashSet;

use super::{
    BulkError, NumberedRow, ROW_LIMIT, Reason, Refusal, RefusedRow, Row, journal::LISTED, row::RowDigest,
};

/// The result of checking all rows of an input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Review {
    /// The number of rows.
    pub rows: u64,
    /// The number of rows that would be refused.
    pub refused: u64,
    /// The first thousand refused rows.
    pub refused_rows: Vec<RefusedRow>,
}

/// Detects repeated rows by eight bytes of their hash.
#[derive(Debug, Default)]
pub(super) struct Seen(HashSet<u64>);

/// Checks rows without sending them.
///
/// # Errors
/// [`BulkError`] if the rows cannot be read, or are more than [`ROW_LIMIT`].
pub fn review(rows: impl IntoIterator<Item = Result<NumberedRow, BulkError>>) -> Result<Review, BulkError> {
    let (mut seen, mut review) = (Seen::default(), Review::default());
    for row in rows {
        let NumberedRow {
            number,
            line,
            content,
        } = row?;
        check_number(number)?;
        review.rows += 1;
        if let Err(refusal) = seen.check(content) {
            review.refused += 1;
            if review.refused_rows.len() < LISTED {
                review.refused_rows.push(RefusedRow {
                    number,
                    line,
                    refusal,
                });
            }
        }
    }
    Ok(review)
}

pub(super) fn check_number(number: u64) -> Result<(), BulkError> {
    if (1..=ROW_LIMIT).contains(&number) {
        Ok(())
    } else {
        Err(BulkError::TooManyRows { limit: ROW_LIMIT })
    }
}

impl Seen {
    /// Returns the row with its digest, or the refusal of a repeated row.
    pub(super) fn check(&mut self, content: Result<Row, Refusal>) -> Result<(Row, RowDigest), Refusal> {
        let row = content?;
        let digest = row.digest();
        if self.0.insert(short(&digest)) {
            Ok((row, digest))
        } else {
            Err(Refusal::new(Reason::Duplicate, ""))
        }
    }
}

fn short(digest: &RowDigest) -> u64 {
    let mut bytes = [0; 8];
    bytes.iter_mut().zip(digest).for_each(|(to, from)| *to = *from);
    u64::from_be_bytes(bytes)
}

#[cfg(test)]
mod tests {
    use rand::{RngExt, SeedableRng, rngs::StdRng};

    use super::{
        super::{CsvRows, NdjsonRows},
        *,
    };

    #[test]
    fn counts_rows_and_names_what_would_be_refused() {
        let text = "email,credentialSubject.age\na@b.cd,21\na@b.cd,22\nada,1\na@b.cd, 21\n";
        let found = review(CsvRows::new(text.as_bytes()).unwrap()).unwrap();
        assert_eq!((found.rows, found.refused), (4, 2));
        let refused: Vec<_> = found
            .refused_rows
            .iter()
            .map(|row| (row.line, row.refusal.reason))
            .collect();
        assert_eq!(refused, [(4, Reason::NotAnEmail), (5, Reason::Duplicate)]);
    }

    /// Combines fragments of rows in any order.
    #[test]
    fn any_bytes_are_rows_or_refused() {
        const PIECES: [&[u8]; 14] = [
            b"email",
            b"credentialSubject",
            b".age",
            b"expiration",
            b",",
            b"\"",
            b"\n",
            b"\r\n",
            b"{",
            b"}",
            b":",
            b"21",
            b"a@b.cd",
            b"\xff",
        ];
        let mut rng = StdRng::seed_from_u64(1);
        for _ in 0..3000 {
            let length = rng.random_range(0..60);
            let pieces = (0..length).map(|_| PIECES[rng.random_range(0..PIECES.len())]);
            let bytes = pieces.collect::<Vec<_>>().concat();
            let headed = [b"email,credentialSubject.age\n", &bytes[..]].concat();
            for text in [&bytes, &headed] {
                let _ = CsvRows::new(&text[..]).and_then(review);
                review(NdjsonRows::new(&text[..])).unwrap();
            }
        }
    }
}
