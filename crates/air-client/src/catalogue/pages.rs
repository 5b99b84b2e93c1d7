//! Streams the records of a list, page by page.

use std::collections::{HashSet, VecDeque};

use air_api::catalogue::Page;
use futures_util::{Stream, stream};

use crate::Error;

/// The position of a stream.
struct State<T, K> {
    ready: VecDeque<T>,
    /// The keys of the previous page, to skip records that growth shifted to this page.
    before: HashSet<K>,
    /// The next page to request, if any.
    next: Option<u32>,
}

/// Streams all records, starting at the page `first`. `ask` requests a page by its number; `key` identifies a
/// record.
pub(super) fn stream<T, K, F>(
    first: u32,
    ask: impl Fn(u32) -> F + Send + Sync,
    key: impl Fn(&T) -> K + Send + Sync,
) -> impl Stream<Item = Result<T, Error>> + Send
where
    T: Send,
    K: Eq + std::hash::Hash + Send,
    F: Future<Output = Result<Page<T>, Error>> + Send,
{
    let state = State {
        ready: VecDeque::new(),
        before: HashSet::new(),
        next: Some(first),
    };
    stream::try_unfold((state, ask, key), async |(mut state, ask, key)| {
        loop {
            if let Some(record) = state.ready.pop_front() {
                return Ok(Some((record, (state, ask, key))));
            }
            let Some(number) = state.next else {
                return Ok(None);
            };
            let page = ask(number).await?;
            state.take(number, page, &key)?;
        }
    })
}

impl<T, K: Eq + std::hash::Hash> State<T, K> {
    fn take(&mut self, number: u32, page: Page<T>, key: impl Fn(&T) -> K) -> Result<(), Error> {
        // If a server keeps returning another page, this would loop forever.
        if page.current != number {
            return Err(Error::UnexpectedAnswer {
                reason: "it is another page than was asked for",
                request_id: None,
            });
        }
        let is_last = page.records.is_empty() || u64::from(number) >= page.pages;
        self.next = number.checked_add(1).filter(|_| !is_last);
        let keys = page.records.iter().map(&key).collect();
        let before = std::mem::replace(&mut self.before, keys);
        let new = page.records.into_iter();
        self.ready = new.filter(|record| !before.contains(&key(record))).collect();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use futures_util::{StreamExt, TryStreamExt};

    use super::*;

    fn page(current: u32, pages: u64, records: &[u32]) -> Page<u32> {
        Page {
            current,
            pages,
            size: 3,
            total: 0,
            records: records.to_vec(),
        }
    }

    #[tokio::test]
    async fn asks_for_a_page_when_it_is_wanted() {
        let asked = AtomicU32::new(0);
        let ask = |number| {
            asked.fetch_add(1, Ordering::SeqCst);
            async move { Ok(page(number, 1000, &[number * 3, number * 3 + 1, number * 3 + 2])) }
        };
        let taken: Vec<u32> = stream(1, ask, |record| *record)
            .take(4)
            .try_collect()
            .await
            .unwrap();
        assert_eq!(taken, [3, 4, 5, 6]);
        assert_eq!(asked.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn what_growth_moved_to_the_next_page_comes_once() {
        // The newest records are first. Two are published between the first and the second page.
        let ask = |number| async move {
            Ok(match number {
                1 => page(1, 2, &[6, 5, 4]),
                2 => page(2, 3, &[5, 4, 3]),
                _ => page(3, 3, &[2]),
            })
        };
        let all: Vec<u32> = stream(1, ask, |record| *record).try_collect().await.unwrap();
        assert_eq!(all, [6, 5, 4, 3, 2]);
    }

    #[tokio::test]
    async fn ends_at_an_empty_page_whatever_the_count_says() {
        let ask = |number| async move { Ok(page(number, 1000, if number == 1 { &[1] } else { &[] })) };
        let all: Vec<u32> = stream(1, ask, |record| *record).try_collect().await.unwrap();
        assert_eq!(all, [1]);
    }

    #[tokio::test]
    async fn a_platform_that_does_not_turn_the_page_is_an_error_and_the_end() {
        let ask = |_| async move { Ok(page(1, 1000, &[1])) };
        let items: Vec<Result<u32, Error>> = stream(1, ask, |record| *record).collect().await;
        assert_eq!(items.len(), 2);
        assert!(matches!(items.last(), Some(Err(Error::UnexpectedAnswer { .. }))));
    }
}
