//! The sessions of operators who signed in. They are in memory: a restart ends them.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use air_ids::UnixTime;

use super::cookie::CookieValue;

/// A session ends after this time.
const LIFETIME: Duration = Duration::from_hours(8);
/// A session that is not used ends earlier.
const IDLE_TIME: Duration = Duration::from_mins(30);
/// The maximum number of sessions. One more ends the session that was not used for the longest time.
const LIMIT: usize = 64;

/// Sessions by the digest of their cookie.
#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<[u8; 32], Session>>);

struct Session {
    /// The API key by the start of its digest.
    actor: String,
    ends: UnixTime,
    used_at: UnixTime,
}

impl Session {
    fn is_open(&self, now: UnixTime) -> bool {
        now < self.ends && now < self.used_at.saturating_add(IDLE_TIME)
    }
}

impl Sessions {
    pub(super) fn open(&self, actor: String, now: UnixTime) -> CookieValue {
        let cookie = CookieValue::generate();
        let mut sessions = self.lock();
        sessions.retain(|_, session| session.is_open(now));
        while sessions.len() >= LIMIT {
            let oldest = sessions.iter().min_by_key(|(_, session)| session.used_at);
            let Some(oldest) = oldest.map(|(digest, _)| *digest) else {
                break;
            };
            sessions.remove(&oldest);
        }
        let session = Session {
            actor,
            ends: now.saturating_add(LIFETIME),
            used_at: now,
        };
        sessions.insert(cookie.digest(), session);
        cookie
    }

    /// Returns the actor of an open session, and counts it as used.
    pub(super) fn touch(&self, cookie: &CookieValue, now: UnixTime) -> Option<String> {
        let mut sessions = self.lock();
        let session = sessions.get_mut(&cookie.digest())?;
        if !session.is_open(now) {
            return None;
        }
        session.used_at = now;
        Some(session.actor.clone())
    }

    pub(super) fn close(&self, cookie: &CookieValue) {
        self.lock().remove(&cookie.digest());
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<[u8; 32], Session>> {
        // No code panics while it holds this lock.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_000_000);

    fn after(minutes: u64) -> UnixTime {
        NOW.saturating_add(Duration::from_mins(minutes))
    }

    #[test]
    fn a_session_ends_without_use_after_its_lifetime_and_when_it_is_closed() {
        let sessions = Sessions::default();
        let idle = sessions.open("a".to_owned(), NOW);
        assert!(sessions.touch(&idle, after(29)).is_some());
        assert!(sessions.touch(&idle, after(58)).is_some(), "it was used");
        assert!(sessions.touch(&idle, after(88)).is_none());

        let used = sessions.open("b".to_owned(), NOW);
        for minutes in (0..480).step_by(20) {
            assert_eq!(sessions.touch(&used, after(minutes)).as_deref(), Some("b"));
        }
        assert!(sessions.touch(&used, after(480)).is_none(), "eight hours");

        let closed = sessions.open("c".to_owned(), NOW);
        sessions.close(&closed);
        assert!(sessions.touch(&closed, NOW).is_none());
        assert!(sessions.touch(&CookieValue::generate(), NOW).is_none());
    }

    #[test]
    fn one_session_too_many_ends_the_one_without_use() {
        let sessions = Sessions::default();
        let first = sessions.open("first".to_owned(), NOW);
        let second = sessions.open("second".to_owned(), NOW);
        assert!(sessions.touch(&first, after(1)).is_some());
        for _ in 0..LIMIT - 1 {
            sessions.open("more".to_owned(), after(2));
        }
        assert!(sessions.touch(&second, after(2)).is_none());
        assert!(sessions.touch(&first, after(2)).is_some());
        assert_eq!(sessions.lock().len(), LIMIT);
    }
}
