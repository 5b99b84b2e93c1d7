//! The state that the platform has acknowledged, and so must still have.

use std::{collections::BTreeSet, time::Duration};

use air_api::{CoreClaimHash, EmailAddress, StorageId, sandbox::Block};
use air_sandbox::UnixTime;

/// The time around its expiry in which a credential is left alone, since the clock goes on during a call.
const MARGIN: Duration = Duration::from_hours(1);

/// The issuance programs: their keys in the seed, and the lifetimes of their credentials in days.
pub(crate) const PROGRAMS: [(&str, Option<u32>); 3] =
    [("permanent", None), ("month", Some(30)), ("half-year", Some(180))];

#[derive(Clone, Debug)]
pub(crate) struct Credential {
    pub(crate) user: usize,
    pub(crate) hash: CoreClaimHash,
    pub(crate) issued_at: UnixTime,
    pub(crate) expires_at: Option<UnixTime>,
    pub(crate) revoked_at: Option<UnixTime>,
    /// The SD-JWT VC, if the holder was present.
    pub(crate) text: Option<String>,
}

/// A sealed document in dStorage.
#[derive(Clone, Debug)]
pub(crate) struct Document {
    pub(crate) id: StorageId,
    pub(crate) bytes: Vec<u8>,
}

/// The status that a verification must find.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Expected {
    Compliant,
    Expired,
    Revoked,
    NotFound,
}

/// The acknowledged state.
#[derive(Clone, Debug, Default)]
pub(crate) struct Accounts {
    pub(crate) credentials: Vec<Credential>,
    pub(crate) documents: Vec<Document>,
    /// The number of users.
    pub(crate) users: usize,
    /// The number of verifications with the result `Compliant`. Each one is an entry of the ledger.
    pub(crate) compliant: usize,
    /// Blocks of the ledger, oldest first.
    pub(crate) heads: Vec<Block>,
    /// The numbers of the issuer's status lists.
    pub(crate) lists: BTreeSet<u64>,
}

impl Credential {
    pub(crate) fn is_expired(&self, now: UnixTime) -> bool {
        self.expires_at.is_some_and(|at| at <= now)
    }

    /// Whether its expiry is at least an hour away.
    pub(crate) fn is_settled(&self, now: UnixTime) -> bool {
        self.expires_at
            .is_none_or(|at| at.saturating_add(MARGIN) < now || now.saturating_add(MARGIN) < at)
    }

    /// Whether an event has reported its expiry.
    fn has_expired(&self, now: UnixTime) -> bool {
        let Some(at) = self.expires_at else { return false };
        at <= now && self.revoked_at.is_none_or(|revoked| revoked >= at)
    }
}

impl Accounts {
    pub(crate) fn new() -> Self {
        Self {
            lists: BTreeSet::from([1]),
            ..Self::default()
        }
    }

    pub(crate) fn email(user: usize) -> EmailAddress {
        format!("user{user}@example.com").parse().unwrap()
    }

    pub(crate) fn new_user(&mut self) -> usize {
        self.users += 1;
        self.users
    }

    /// The credentials of a user, oldest first.
    pub(crate) fn of_user(&self, user: usize) -> impl DoubleEndedIterator<Item = &Credential> {
        self.credentials
            .iter()
            .filter(move |credential| credential.user == user)
    }

    /// Adds an issued credential. The platform revokes the earlier ones of the user.
    pub(crate) fn add(&mut self, issued: Credential) {
        for earlier in &mut self.credentials {
            assert_ne!(earlier.hash, issued.hash, "two answers with one credential");
            if earlier.user == issued.user {
                earlier.revoked_at.get_or_insert(issued.issued_at);
            }
        }
        self.credentials.push(issued);
    }

    pub(crate) fn revoked(&self) -> usize {
        self.credentials
            .iter()
            .filter(|credential| credential.revoked_at.is_some())
            .count()
    }

    /// The number of expiries that events have reported.
    pub(crate) fn expired(&self, now: UnixTime) -> usize {
        self.credentials
            .iter()
            .filter(|credential| credential.has_expired(now))
            .count()
    }

    /// The number of entries of the ledger, once each one is in a block.
    pub(crate) fn entries(&self) -> usize {
        self.credentials.len() + self.revoked() + self.compliant
    }

    /// Whether no expiry of the user's credentials is near.
    pub(crate) fn is_settled(&self, user: usize, now: UnixTime) -> bool {
        self.of_user(user).all(|credential| credential.is_settled(now))
    }

    /// Credentials that are valid now and for the next hour, by their places.
    pub(crate) fn valid(&self, now: UnixTime) -> Vec<usize> {
        let is_valid = |credential: &Credential| {
            credential.revoked_at.is_none() && credential.is_settled(now) && !credential.is_expired(now)
        };
        (0..self.credentials.len())
            .filter(|place| is_valid(&self.credentials[*place]))
            .collect()
    }

    /// The platform verifies the newest credential that is not revoked.
    pub(crate) fn expected(&self, user: usize, now: UnixTime) -> Expected {
        let mut held = self.of_user(user).rev().peekable();
        if held.peek().is_none() {
            return Expected::NotFound;
        }
        match held.find(|credential| credential.revoked_at.is_none()) {
            None => Expected::Revoked,
            Some(credential) if credential.is_expired(now) => Expected::Expired,
            Some(_) => Expected::Compliant,
        }
    }
}
