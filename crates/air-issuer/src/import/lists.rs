//! The comparison of published status lists with the revocations of the tables, before anything is written.

use air_vc::status::{Status, StatusBits, StatusList};

use super::{
    ImportError,
    record::Rules,
    source::{PublishedList, Source, Taken, Tokens},
};
use crate::status::{self, ListDifference};

/// The maximum number of lists.
const LISTS: u64 = 100_000;
/// The newest credentials, whose `iss` is read.
const SAMPLE: i64 = 32;

/// The findings of the first pass.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Survey {
    /// The form of `iss` of the newest stored credentials.
    pub(super) iss: Option<&'static str>,
    /// The number of indices that are taken.
    pub(super) taken: u64,
    /// The statement without which ids of open transactions are unknown.
    pub(super) missing_grant: Option<String>,
    /// The list and the index behind the last one.
    pub(super) next: Option<(u64, u64)>,
    /// The lists that were compared.
    pub(super) lists: u64,
    /// The revocations that they do not show yet.
    pub(super) unpublished_revocations: u64,
}

impl Survey {
    pub(super) async fn of(source: &mut Source, rules: &Rules) -> Result<Self, ImportError> {
        let Taken {
            indices: taken,
            missing_grant,
        } = source.taken().await?;
        let mut survey = Self {
            iss: rules.issuer_form(&source.newest_tokens(SAMPLE).await?)?,
            taken,
            // Without lists, no index is issued.
            missing_grant: missing_grant.filter(|_| rules.list_size.is_some()),
            next: rules.list_size.and_then(|size| status::open_list(size, taken)),
            ..Self::default()
        };
        if let Some((size, (open, _))) = rules.list_size.zip(survey.next)
            && open >= LISTS
        {
            return Err(ImportError::TooManyLists {
                taken,
                size,
                limit: LISTS,
            });
        }
        survey.compare_lists(source, rules).await?;
        Ok(survey)
    }

    async fn compare_lists(&mut self, source: &mut Source, rules: &Rules) -> Result<(), ImportError> {
        let (mut after, mut first) = (None, None);
        while let Some(published) = source.list_after(after).await? {
            after = Some(published.id);
            // Ids are the numbers of the lists, or begin with 1.
            let base = *first.get_or_insert(u64::from(published.id == 1));
            let number = published.id - base;
            let list = decode(&published, number)?;
            let size = rules.list_size.ok_or(ImportError::ListsOff {
                entries: list.entries(),
            })?;
            if list.entries() != size {
                return Err(ImportError::ListSize {
                    list: number,
                    entries: list.entries(),
                    configured: size,
                });
            }
            let difference = ListDifference::of(&list, &computed(source, number, size).await?);
            if let Some(first) = difference.first_only_at {
                return Err(ImportError::ListDiffers {
                    list: number,
                    count: difference.first_only,
                    first,
                });
            }
            self.lists += 1;
            self.unpublished_revocations += difference.second_only;
        }
        Ok(())
    }
}

fn decode(published: &PublishedList, number: u64) -> Result<StatusList, ImportError> {
    let unreadable = || ImportError::ListUnreadable { list: number };
    let compressed = published.compressed.as_deref().filter(|_| published.bits == 1);
    StatusList::from_zlib(StatusBits::One, compressed.ok_or_else(unreadable)?).map_err(|_| unreadable())
}

/// The list as the union of the tables has it.
async fn computed(source: &mut Source, number: u64, size: u64) -> Result<StatusList, ImportError> {
    let sign = |error| ImportError::Target(crate::Error::Sign(error));
    let mut list = StatusList::new(StatusBits::One, size).map_err(sign)?;
    let start = number.saturating_mul(size);
    let (mut after, until) = (start, start.saturating_add(size));
    loop {
        let batch = source.batch(after, until, Tokens::Omitted).await?;
        let Some(last) = batch.rows.last() else {
            return Ok(list);
        };
        after = last.id;
        for row in batch.rows.iter().filter(|row| batch.is_revoked(row)) {
            list.set(row.id - 1 - start, Status::Invalid).map_err(sign)?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(revoked: &[u64]) -> StatusList {
        let mut list = StatusList::new(StatusBits::One, 24).unwrap();
        for index in revoked {
            list.set(*index, Status::Invalid).unwrap();
        }
        list
    }

    #[test]
    fn a_list_of_two_bits_or_without_bytes_is_refused() {
        let published = |bits, compressed| PublishedList {
            id: 0,
            bits,
            compressed,
        };
        let bytes = list(&[3]).to_zlib();
        assert_eq!(decode(&published(1, Some(bytes.clone())), 0).unwrap(), list(&[3]));
        for refused in [
            published(2, Some(bytes)),
            published(1, None),
            published(1, Some(vec![1])),
        ] {
            assert!(matches!(
                decode(&refused, 4),
                Err(ImportError::ListUnreadable { list: 4 })
            ));
        }
    }
}
