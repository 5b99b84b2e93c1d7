//! The difference of two status lists.

use air_vc::status::StatusList;

/// The entries in which two lists of the same size and with one bit for each entry differ.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ListDifference {
    /// Entries that are revoked in the first list only.
    pub(crate) first_only: u64,
    /// The index of the first of them.
    pub(crate) first_only_at: Option<u64>,
    /// Entries that are revoked in the second list only.
    pub(crate) second_only: u64,
}

impl ListDifference {
    /// Compares two lists, bit by bit.
    pub(crate) fn of(first: &StatusList, second: &StatusList) -> Self {
        let mut difference = Self::default();
        let bytes = first.as_bytes().iter().zip(second.as_bytes());
        for (start, (first, second)) in (0_u64..).step_by(8).zip(bytes) {
            difference.second_only += u64::from((second & !first).count_ones());
            let first_only = first & !second;
            difference.first_only += u64::from(first_only.count_ones());
            if first_only != 0 && difference.first_only_at.is_none() {
                // The first entry is the lowest bit.
                difference.first_only_at = Some(start + u64::from(first_only.trailing_zeros()));
            }
        }
        difference
    }
}

#[cfg(test)]
mod tests {
    use air_vc::status::{Status, StatusBits};

    use super::*;

    fn list(revoked: &[u64]) -> StatusList {
        let mut list = StatusList::new(StatusBits::One, 24).unwrap();
        for index in revoked {
            list.set(*index, Status::Invalid).unwrap();
        }
        list
    }

    #[test]
    fn each_bit_counts_for_the_list_that_has_it() {
        let same = ListDifference::of(&list(&[1, 9]), &list(&[1, 9]));
        assert_eq!(same, ListDifference::default());
        let later = ListDifference::of(&list(&[1]), &list(&[1, 2, 23]));
        assert_eq!((later.second_only, later.first_only_at), (2, None));
        assert_eq!(
            ListDifference::of(&list(&[1, 10, 23]), &list(&[1, 2])),
            ListDifference {
                first_only: 2,
                first_only_at: Some(10),
                second_only: 1,
            }
        );
    }
}
