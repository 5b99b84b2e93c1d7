//! Login sessions: of operators, if the operator token is required, and of users in the wallet.
//! They are stored on the server, so that a copy of a cookie is useless after the logout.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use air_api::UnixTime;

/// The default maximum number of sessions.
const MOST: usize = 64;

/// Sessions, each with its owner and its expiry time. It has no `Debug`, because sessions are secrets.
pub(crate) struct Sessions<T> {
    open: Mutex<BTreeMap<String, (T, UnixTime)>>,
    most: usize,
}

impl<T> Default for Sessions<T> {
    fn default() -> Self {
        Self::with_limit(MOST)
    }
}

impl<T> Sessions<T> {
    /// Creates sessions with a maximum number. One more removes the session that expires first.
    pub(crate) fn with_limit(most: usize) -> Self {
        Self {
            open: Mutex::default(),
            most,
        }
    }
}

impl<T: Clone> Sessions<T> {
    pub(crate) fn open(&self, session: &str, owner: T, ends: UnixTime, now: UnixTime) {
        let mut sessions = self.lock();
        sessions.retain(|_, (_, ends)| now < *ends);
        while sessions.len() >= self.most {
            let first = sessions.iter().min_by_key(|(_, (_, ends))| *ends);
            let Some(first) = first.map(|(session, _)| session.clone()) else {
                break;
            };
            sessions.remove(&first);
        }
        sessions.insert(session.to_owned(), (owner, ends));
    }

    pub(crate) fn owner(&self, session: &str, now: UnixTime) -> Option<T> {
        let sessions = self.lock();
        let (owner, ends) = sessions.get(session)?;
        (now < *ends).then(|| owner.clone())
    }

    pub(crate) fn is_open(&self, session: &str, now: UnixTime) -> bool {
        self.owner(session, now).is_some()
    }

    pub(crate) fn end(&self, session: &str) {
        self.lock().remove(session);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, (T, UnixTime)>> {
        // No code panics while it holds this lock.
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> UnixTime {
        UnixTime::from_secs(seconds)
    }

    #[test]
    fn a_session_ends_by_time_and_by_logging_out() {
        let sessions = Sessions::default();
        sessions.open("one", "ada", at(10), at(0));
        assert_eq!(sessions.owner("one", at(9)), Some("ada"));
        assert!(sessions.is_open("one", at(9)) && !sessions.is_open("one", at(10)));
        assert!(!sessions.is_open("other", at(0)));
        sessions.end("one");
        assert!(!sessions.is_open("one", at(0)));
    }

    #[test]
    fn one_more_than_there_may_be_ends_the_one_that_ends_first() {
        let sessions = Sessions::default();
        for number in 0..=MOST {
            sessions.open(&number.to_string(), (), at(100 + number as u64), at(0));
        }
        assert!(!sessions.is_open("0", at(0)) && sessions.is_open("1", at(0)));
        assert_eq!(sessions.lock().len(), MOST);
        sessions.open("late", (), at(1_000), at(500));
        assert_eq!(sessions.lock().len(), 1, "what is over is forgotten");
    }
}
