//! The most recent requests, in memory, for debugging a client.

use std::{
    cell::RefCell,
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use air_api::sandbox::LoggedRequest;
use tokio::sync::watch;

use crate::text::{MESSAGE_LIMIT, into_bounded};

/// The number of requests in the log.
const CAPACITY: usize = 1000;

tokio::task_local! {
    /// The partner whose token was verified for this task's request.
    static CALLER: RefCell<Option<String>>;
}

/// Runs a request's handler. Also returns the caller that `note_caller` recorded.
pub async fn with_caller<T>(answering: impl Future<Output = T>) -> (T, Option<String>) {
    let answering = async {
        let answer = answering.await;
        (answer, CALLER.with(RefCell::take))
    };
    CALLER.scope(RefCell::default(), answering).await
}

/// Records the partner of a verified Partner JWT.
pub(crate) fn note_caller(partner_id: &str) {
    // Outside of a request, there is no task-local value to set.
    let _ = CALLER.try_with(|caller| caller.replace(Some(partner_id.to_owned())));
}

/// The request log. Clones share it.
#[derive(Clone, Debug)]
pub struct Requests {
    kept: Arc<Mutex<Kept>>,
    added: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Kept {
    last_number: u64,
    requests: VecDeque<LoggedRequest>,
}

impl Requests {
    /// Stores a request under the next number. A full log drops its oldest request.
    pub fn push(&self, mut request: LoggedRequest) {
        request.message = request
            .message
            .map(|message| into_bounded(message, MESSAGE_LIMIT));
        {
            let mut kept = self.lock();
            kept.last_number += 1;
            request.number = kept.last_number;
            if kept.requests.len() == CAPACITY {
                kept.requests.pop_front();
            }
            kept.requests.push_back(request);
        }
        self.added.send_replace(());
    }

    /// Returns the matching requests after a number, oldest first. A number beyond the last one is from an earlier start, so all requests
    /// are returned.
    pub fn after(&self, number: u64, fits: impl Fn(&LoggedRequest) -> bool) -> Vec<LoggedRequest> {
        let kept = self.lock();
        let number = if number > kept.last_number { 0 } else { number };
        let later = kept.requests.iter().filter(|request| request.number > number);
        later.filter(|request| fits(request)).cloned().collect()
    }

    /// Returns the number of the last request.
    #[must_use]
    pub fn last_number(&self) -> u64 {
        self.lock().last_number
    }

    /// Returns a receiver that is notified of each logged request.
    #[must_use]
    pub fn listen(&self) -> watch::Receiver<()> {
        self.added.subscribe()
    }

    fn lock(&self) -> MutexGuard<'_, Kept> {
        // Nothing that holds this lock panics.
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            kept: Arc::default(),
            added: watch::Sender::new(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use air_api::PlatformTime;
    use air_ids::UnixTime;

    use super::*;

    #[test]
    fn a_thousand_are_kept_and_numbered() {
        let requests = Requests::default();
        let request = LoggedRequest {
            number: 0,
            at: PlatformTime::from_unix(UnixTime::EPOCH),
            request_id: "id".into(),
            method: "GET".into(),
            path: None,
            status: 200,
            duration_milliseconds: 0,
            partner_id: None,
            message: None,
        };
        for _ in 0..=CAPACITY {
            requests.push(request.clone());
        }
        let numbers = |after| -> Vec<u64> {
            let kept = requests.after(after, |_| true);
            kept.iter().map(|request| request.number).collect()
        };
        assert_eq!(numbers(0).len(), CAPACITY);
        assert_eq!(numbers(0)[0], 2);
        assert_eq!(numbers(999), [1000, 1001]);
        assert!(numbers(1001).is_empty());
        assert_eq!(numbers(1002).len(), CAPACITY, "numbers restarted");
    }
}
