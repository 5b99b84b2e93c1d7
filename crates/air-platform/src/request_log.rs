//! The most recent requests, in memory, for debugging a client.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use air_api::sandbox::LoggedRequest;
use air_ids::PartnerId;
use tokio::sync::watch;

use crate::{
    faults::TokenFault,
    text::{MESSAGE_LIMIT, into_bounded},
};

/// The number of requests in the log.
const CAPACITY: usize = 1000;

/// The partner whose Partner JWT or page was identified for a request, and a note about its token.
/// Clones share it: the rules record the partner, and the request log reads it after the response.
#[derive(Clone, Debug, Default)]
pub struct RequestCaller(Arc<Mutex<Recorded>>);

#[derive(Debug, Default)]
struct Recorded {
    partner_id: Option<PartnerId>,
    note: Option<String>,
}

impl RequestCaller {
    /// Returns the last recorded partner.
    #[must_use]
    pub fn partner_id(&self) -> Option<PartnerId> {
        self.lock().partner_id.clone()
    }

    /// Returns the note about the accepted token.
    #[must_use]
    pub fn noted(&self) -> Option<String> {
        self.lock().note.clone()
    }

    /// Records the partner.
    pub(crate) fn record(&self, partner_id: &PartnerId) {
        self.lock().partner_id = Some(partner_id.clone());
    }

    /// Records a note about an accepted token that lacks a required part. The note never contains a
    /// part of the token.
    pub(crate) fn note(&self, note: String) {
        self.lock().note = Some(note);
    }

    fn lock(&self) -> MutexGuard<'_, Recorded> {
        // Nothing that holds this lock panics.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The context of a request whose token is verified.
#[derive(Clone, Debug, Default)]
pub struct RequestContext {
    /// The fault that applies to the verification.
    pub fault: TokenFault,
    /// The caller for the request log.
    pub caller: RequestCaller,
}

/// The request log. Clones share it.
#[derive(Clone, Debug)]
pub struct Requests {
    entries: Arc<Mutex<Entries>>,
    added: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Entries {
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
            let mut entries = self.lock();
            entries.last_number += 1;
            request.number = entries.last_number;
            if entries.requests.len() == CAPACITY {
                entries.requests.pop_front();
            }
            entries.requests.push_back(request);
        }
        self.added.send_replace(());
    }

    /// Returns the matching requests after a number, oldest first. A number beyond the last one is
    /// from an earlier start, so all requests are returned.
    pub fn after(&self, number: u64, fits: impl Fn(&LoggedRequest) -> bool) -> Vec<LoggedRequest> {
        let entries = self.lock();
        let number = if number > entries.last_number { 0 } else { number };
        let later = entries.requests.iter().filter(|request| request.number > number);
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

    fn lock(&self) -> MutexGuard<'_, Entries> {
        // Nothing that holds this lock panics.
        self.entries.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for Requests {
    fn default() -> Self {
        Self {
            entries: Arc::default(),
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
    fn a_request_has_the_caller_that_was_recorded_last() {
        let caller = RequestCaller::default();
        assert_eq!(caller.partner_id(), None);
        let clone = caller.clone();
        for id in ["first", "second"] {
            let id: PartnerId = id.parse().unwrap();
            clone.record(&id);
            assert_eq!(caller.partner_id(), Some(id));
        }
        assert_eq!(RequestCaller::default().partner_id(), None);
    }

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
            let entries = requests.after(after, |_| true);
            entries.iter().map(|request| request.number).collect()
        };
        assert_eq!(numbers(0).len(), CAPACITY);
        assert_eq!(numbers(0)[0], 2);
        assert_eq!(numbers(999), [1000, 1001]);
        assert!(numbers(1001).is_empty());
        assert_eq!(numbers(1002).len(), CAPACITY, "numbers restarted");
    }
}
