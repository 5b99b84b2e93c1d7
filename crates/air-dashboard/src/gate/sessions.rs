//! Login sessions, which exist if the operator token is required. They are stored on the server, so that a
//! copy of a cookie is useless after the logout.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

/// The maximum number of sessions. One more removes the session that expires first.
const MOST: usize = 64;

/// Sessions with their expiry times. It has no `Debug`, because sessions are secrets.
#[derive(Default)]
pub(super) struct Sessions(Mutex<BTreeMap<String, u64>>);

impl Sessions {
    pub(super) fn open(&self, session: &str, ends: u64, now: u64) {
        let mut sessions = self.lock();
        sessions.retain(|_, ends| now < *ends);
        while sessions.len() >= MOST {
            let first = sessions.iter().min_by_key(|(_, ends)| **ends);
            let Some(first) = first.map(|(session, _)| session.clone()) else {
                break;
            };
            sessions.remove(&first);
        }
        sessions.insert(session.to_owned(), ends);
    }

    pub(super) fn is_open(&self, session: &str, now: u64) -> bool {
        self.lock().get(session).is_some_and(|ends| now < *ends)
    }

    pub(super) fn end(&self, session: &str) {
        self.lock().remove(session);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        // No code panics while it holds this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_session_ends_by_time_and_by_logging_out() {
        let sessions = Sessions::default();
        sessions.open("one", 10, 0);
        assert!(sessions.is_open("one", 9) && !sessions.is_open("one", 10));
        assert!(!sessions.is_open("other", 0));
        sessions.end("one");
        assert!(!sessions.is_open("one", 0));
    }

    #[test]
    fn one_more_than_there_may_be_ends_the_one_that_ends_first() {
        let sessions = Sessions::default();
        for number in 0..=MOST {
            sessions.open(&number.to_string(), 100 + number as u64, 0);
        }
        assert!(!sessions.is_open("0", 0) && sessions.is_open("1", 0));
        assert_eq!(sessions.lock().len(), MOST);
        sessions.open("late", 1_000, 500);
        assert_eq!(sessions.lock().len(), 1, "what is over is forgotten");
    }
}
