//! The memory that large bodies may take at once, all callers together. A body within the limit of JSON needs none of it: the number of
//! connections bounds those.

use std::sync::Arc;

use axum::{
    extract::Request,
    http::{HeaderMap, header},
};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::JSON_LIMIT;
use crate::domain::Refusal;

/// What a permit stands for, in bytes: a semaphore counts no more than 2^32 of them at once.
const UNIT: usize = 1024;
/// When to send the body again, in seconds.
const RETRY_AFTER: u64 = 5;

/// Clones share it.
#[derive(Clone, Debug)]
pub(crate) struct BodyBudget(Arc<Semaphore>);

impl BodyBudget {
    pub(crate) fn new(bytes: usize) -> Self {
        let units = (bytes / UNIT).min(Semaphore::MAX_PERMITS);
        Self(Arc::new(Semaphore::new(units)))
    }
}

/// A part of the budget, until it is dropped.
#[derive(Debug)]
pub(crate) struct Reserved {
    _permit: Option<OwnedSemaphorePermit>,
}

/// Goes with the requests of a route whose bodies may be larger than JSON's.
#[derive(Clone, Debug)]
pub(crate) struct LargeBody {
    budget: BodyBudget,
    limit: usize,
}

impl LargeBody {
    pub(crate) fn new(budget: BodyBudget, limit: usize) -> Self {
        Self { budget, limit }
    }

    /// Reserves room for the whole body before any of it is read: its declared length, or all that the route takes.
    fn reserve(&self, headers: &HeaderMap) -> Result<Reserved, Refusal> {
        let declared = headers.get(header::CONTENT_LENGTH);
        let declared = declared.and_then(|length| length.to_str().ok()?.parse().ok());
        let length: usize = declared.unwrap_or(self.limit);
        // The body's reader refuses what is longer than the limit.
        let length = length.min(self.limit);
        if length <= JSON_LIMIT {
            return Ok(Reserved { _permit: None });
        }
        let units = u32::try_from(length.div_ceil(UNIT)).unwrap_or(u32::MAX);
        let permit = self.budget.0.clone().try_acquire_many_owned(units);
        permit
            .map(|permit| Reserved {
                _permit: Some(permit),
            })
            .map_err(|_| {
                Refusal::unavailable("too many large bodies are being received; send this one again later")
                    .retry_after(RETRY_AFTER)
            })
    }
}

/// Reserves room for a request's body where its route takes large ones.
pub(crate) fn reserve(request: &Request) -> Result<Reserved, Refusal> {
    match request.extensions().get::<LargeBody>() {
        Some(large) => large.reserve(request.headers()),
        None => Ok(Reserved { _permit: None }),
    }
}
