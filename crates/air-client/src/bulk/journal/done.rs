//! A bit set of the rows that are done.

/// A bit set that grows with the highest row number: 125 kB for a million rows.
#[derive(Debug, Default)]
pub(super) struct Done(Vec<u64>);

impl Done {
    /// Inserts a row. Returns whether it was absent.
    pub(super) fn insert(&mut self, row: u64) -> bool {
        let Some((word, bit)) = place(row) else {
            return false;
        };
        if word >= self.0.len() {
            self.0.resize(word + 1, 0);
        }
        let Some(word) = self.0.get_mut(word) else {
            return false;
        };
        let is_new = *word & bit == 0;
        *word |= bit;
        is_new
    }

    pub(super) fn contains(&self, row: u64) -> bool {
        place(row).is_some_and(|(word, bit)| self.0.get(word).is_some_and(|word| word & bit != 0))
    }
}

/// Returns the position of a row's bit, or `None` beyond the row limit.
fn place(row: u64) -> Option<(usize, u64)> {
    let index = row.checked_sub(1).filter(|_| row <= super::super::ROW_LIMIT)?;
    Some((usize::try_from(index / 64).ok()?, 1 << (index % 64)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn remembers_rows_and_takes_none_twice_or_out_of_range() {
        let mut done = Done::default();
        for row in [1, 64, 65, 1000] {
            assert!(!done.contains(row));
            assert!(done.insert(row));
            assert!(done.contains(row));
            assert!(!done.insert(row));
        }
        assert!(!done.contains(2));
        assert!(!done.insert(0) && !done.insert(u64::MAX));
    }
}
