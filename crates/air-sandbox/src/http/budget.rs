//! Limits the memory of large bodies, for all callers together and for each partner. A body within the JSON
//! limit uses no budget, because the number of connections limits those bodies.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use axum::{
    extract::Request,
    http::{HeaderMap, header},
};

use super::JSON_LIMIT;
use air_platform::Refusal;

/// The budget is divided into this number of shares. Each partner has one share, which has room for at least
/// one body.
const SHARES: usize = 4;
/// The value of `Retry-After` in seconds.
const RETRY_AFTER: u64 = 5;

/// A memory budget that clones share.
#[derive(Clone, Debug)]
pub(crate) struct BodyBudget(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// In bytes.
    total: usize,
    held: Mutex<Held>,
}

/// The number of reserved bytes.
#[derive(Debug, Default)]
struct Held {
    by_all: usize,
    /// The bytes of each caller. Callers without a reservation are absent.
    by_caller: HashMap<BodyCaller, usize>,
}

/// The caller that sends a body: a partner. All other callers together have one share.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) struct BodyCaller(Option<Arc<str>>);

impl BodyCaller {
    pub(crate) fn partner(id: &str) -> Self {
        Self(Some(id.into()))
    }
}

impl BodyBudget {
    pub(crate) fn new(bytes: usize) -> Self {
        Self(Arc::new(Shared {
            total: bytes,
            held: Mutex::default(),
        }))
    }

    /// Reserves `length` bytes for a body of a route with the given `limit`.
    fn reserve(&self, caller: BodyCaller, length: usize, limit: usize) -> Result<Reserved, Refusal> {
        let share = limit.max(self.0.total / SHARES);
        let mut held = self.0.held();
        let by_caller = held.by_caller.get(&caller).copied().unwrap_or(0);
        if length > self.0.total - held.by_all {
            let refused = "too many large bodies are being received; send this one again later";
            return Err(Refusal::unavailable(refused).retry_after(RETRY_AFTER));
        }
        if by_caller + length > share {
            let refused = "too many large bodies of yours are being received; send this one when another has been answered";
            return Err(Refusal::too_many(refused).retry_after(RETRY_AFTER));
        }
        held.by_all += length;
        held.by_caller.insert(caller.clone(), by_caller + length);
        drop(held);
        let reservation = Reservation {
            budget: self.0.clone(),
            caller,
            length,
        };
        Ok(Reserved {
            _reservation: Some(reservation),
        })
    }
}

impl Shared {
    fn held(&self) -> MutexGuard<'_, Held> {
        // No code panics while it holds this lock.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A reserved part of the budget, which is released on drop.
#[derive(Debug)]
pub(crate) struct Reserved {
    _reservation: Option<Reservation>,
}

#[derive(Debug)]
struct Reservation {
    budget: Arc<Shared>,
    caller: BodyCaller,
    length: usize,
}

impl Drop for Reservation {
    fn drop(&mut self) {
        let mut held = self.budget.held();
        held.by_all -= self.length;
        if let Some(by_caller) = held.by_caller.get_mut(&self.caller) {
            *by_caller -= self.length;
            if *by_caller == 0 {
                held.by_caller.remove(&self.caller);
            }
        }
    }
}

/// A request extension for routes whose bodies may exceed the JSON limit.
#[derive(Clone, Debug)]
pub(crate) struct LargeBody {
    budget: BodyBudget,
    limit: usize,
}

impl LargeBody {
    pub(crate) fn new(budget: BodyBudget, limit: usize) -> Self {
        Self { budget, limit }
    }

    /// Reserves memory for the whole body before any of it is read: its declared length, or the limit of the
    /// route.
    fn reserve(&self, caller: BodyCaller, headers: &HeaderMap) -> Result<Reserved, Refusal> {
        let declared = headers.get(header::CONTENT_LENGTH);
        let declared = declared.and_then(|length| length.to_str().ok()?.parse().ok());
        let length: usize = declared.unwrap_or(self.limit);
        // The body's reader rejects a body that exceeds the limit.
        let length = length.min(self.limit);
        if length <= JSON_LIMIT {
            return Ok(Reserved { _reservation: None });
        }
        self.budget.reserve(caller, length, self.limit)
    }
}

/// Reserves memory for a request's body if its route accepts large ones. The extractor that identifies the
/// caller adds a [`BodyCaller`].
pub(crate) fn reserve(request: &Request) -> Result<Reserved, Refusal> {
    let extensions = request.extensions();
    let caller = extensions.get::<BodyCaller>().cloned().unwrap_or_default();
    match extensions.get::<LargeBody>() {
        Some(large) => large.reserve(caller, request.headers()),
        None => Ok(Reserved { _reservation: None }),
    }
}

#[cfg(test)]
mod tests {
    use air_platform::RefusalKind;

    use super::*;

    const LIMIT: usize = 32 << 20;

    #[test]
    fn a_partner_gets_a_quarter_and_room_for_one_body() {
        for (total, most) in [(8 * LIMIT, 2), (4 * LIMIT, 1), (2 * LIMIT, 1)] {
            let budget = BodyBudget::new(total);
            let of = |id: &str| budget.reserve(BodyCaller::partner(id), LIMIT, LIMIT);
            let held: Vec<_> = (0..most).map(|_| of("a").unwrap()).collect();
            let refused = of("a").unwrap_err();
            assert_eq!(refused.kind(), RefusalKind::TooMany);
            assert_eq!(refused.seconds_to_wait(), Some(RETRY_AFTER));
            assert!(of("b").is_ok(), "another partner");
            assert!(
                budget.reserve(BodyCaller::default(), LIMIT, LIMIT).is_ok(),
                "no partner"
            );
            drop(held);
            assert!(of("a").is_ok(), "its room is given back");
        }
    }

    #[test]
    fn all_together_get_the_budget() {
        let budget = BodyBudget::new(4 * LIMIT);
        let of = |id: usize| budget.reserve(BodyCaller::partner(&id.to_string()), LIMIT, LIMIT);
        let held: Vec<_> = (0..4).map(|id| of(id).unwrap()).collect();
        assert_eq!(of(4).unwrap_err().kind(), RefusalKind::Unavailable);
        drop(held);
        assert!(of(4).is_ok());
        let held = budget.0.held();
        assert_eq!((held.by_all, held.by_caller.len()), (0, 0));
    }
}
