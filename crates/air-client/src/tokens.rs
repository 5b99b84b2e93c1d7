//! Signs the client's Partner JWTs, and caches them until shortly before they expire.

#[cfg(test)]
mod tests;

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, SystemTime},
};

use air_ids::UnixTime;
use air_jwt::{EmailAddress, Kid, PartnerId, PartnerJwt, PartnerToken, SharedSigner, Signer};

use crate::Error;

/// The maximum number of cached tokens. The least recently used one makes room.
const CACHE_LIMIT: usize = 256;
/// A token is renewed this long before it expires, or after half of its lifetime if that is later. The
/// platform's clock may be ahead by as much.
const MARGIN: Duration = Duration::from_mins(1);
/// The lifetimes of tokens.
pub(crate) const SHORTEST_LIFETIME: Duration = Duration::from_secs(10);
pub(crate) const USUAL_LIFETIME: Duration = Duration::from_mins(5);
pub(crate) const LONGEST_LIFETIME: Duration = Duration::from_mins(15);

/// Returns the time.
type Clock = Arc<dyn Fn() -> UnixTime + Send + Sync>;

/// The purpose of a token, and its user.
#[derive(Clone, PartialEq, Eq, Hash)]
pub(crate) enum TokenPurpose {
    Issue,
    Verify,
    IssueOnBehalf(EmailAddress),
}

/// The partner's signer with a cache of tokens.
pub(crate) struct Tokens {
    partner: PartnerId,
    signer: SharedSigner,
    lifetime: Duration,
    clock: Clock,
    cache: Mutex<Cache>,
}

/// A token for one attempt of a call.
pub(crate) struct CallToken {
    jwt: Arc<PartnerJwt>,
    /// Whether an earlier call used the token too.
    pub(crate) is_reused: bool,
}

/// Everything in a token that differs between calls of one client. The partner and the lifetime are
/// the client's.
#[derive(Clone, PartialEq, Eq, Hash)]
struct CacheKey {
    purpose: TokenPurpose,
    kid: Kid,
}

#[derive(Default)]
struct Cache {
    entries: HashMap<CacheKey, Entry>,
    uses: u64,
}

struct Entry {
    slot: Arc<Slot>,
    last_use: u64,
}

/// A token that one caller signs while the others wait for it.
type Slot = tokio::sync::Mutex<Option<CachedToken>>;

struct CachedToken {
    jwt: Arc<PartnerJwt>,
    signed_at: UnixTime,
    renew_at: UnixTime,
}

impl TokenPurpose {
    fn token(&self, partner: PartnerId) -> PartnerToken {
        match self {
            Self::Issue => PartnerToken::issue(partner),
            Self::Verify => PartnerToken::verify(partner),
            Self::IssueOnBehalf(recipient) => PartnerToken::issue_on_behalf(partner, recipient.clone()),
        }
    }
}

impl Tokens {
    pub(crate) fn new(partner: PartnerId, signer: SharedSigner, lifetime: Duration) -> Self {
        Self {
            partner,
            signer,
            lifetime: lifetime.clamp(SHORTEST_LIFETIME, LONGEST_LIFETIME),
            clock: Arc::new(now),
            cache: Mutex::default(),
        }
    }

    pub(crate) fn partner(&self) -> &PartnerId {
        &self.partner
    }

    pub(crate) fn signer(&self) -> &SharedSigner {
        &self.signer
    }

    /// Returns a cached token, or signs one.
    pub(crate) async fn token(&self, purpose: &TokenPurpose) -> Result<CallToken, Error> {
        let slot = self.slot(purpose);
        let mut cached = slot.lock().await;
        let now = (self.clock)();
        if let Some(cached) = cached.as_ref().filter(|cached| cached.is_fresh(now)) {
            return Ok(CallToken {
                jwt: cached.jwt.clone(),
                is_reused: true,
            });
        }
        let token = purpose.token(self.partner.clone()).valid_for(self.lifetime);
        let signed = token.sign_with(&self.signer, now).await;
        let jwt = Arc::new(signed.map_err(Error::NotSigned)?);
        *cached = Some(CachedToken {
            jwt: jwt.clone(),
            signed_at: now,
            renew_at: now.saturating_add(self.renewal()),
        });
        Ok(CallToken {
            jwt,
            is_reused: false,
        })
    }

    /// Removes a token that the platform refused.
    pub(crate) fn forget(&self, purpose: &TokenPurpose) {
        let key = self.key(purpose);
        self.cache().entries.remove(&key);
    }

    /// Returns the age at which a token is renewed.
    fn renewal(&self) -> Duration {
        self.lifetime.saturating_sub(MARGIN).max(self.lifetime / 2)
    }

    fn slot(&self, purpose: &TokenPurpose) -> Arc<Slot> {
        self.cache().slot(self.key(purpose))
    }

    fn key(&self, purpose: &TokenPurpose) -> CacheKey {
        CacheKey {
            purpose: purpose.clone(),
            kid: self.signer.kid().clone(),
        }
    }

    fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Cache {
    fn slot(&mut self, key: CacheKey) -> Arc<Slot> {
        self.uses += 1;
        if !self.entries.contains_key(&key) && self.entries.len() >= CACHE_LIMIT {
            self.evict();
        }
        let entry = self.entries.entry(key).or_insert_with(|| Entry {
            slot: Arc::default(),
            last_use: 0,
        });
        entry.last_use = self.uses;
        entry.slot.clone()
    }

    /// Removes the least recently used token.
    fn evict(&mut self) {
        let oldest = self.entries.iter().min_by_key(|(_, entry)| entry.last_use);
        if let Some(key) = oldest.map(|(key, _)| key.clone()) {
            self.entries.remove(&key);
        }
    }
}

impl CachedToken {
    /// A token from the future was signed before the machine's clock was set back.
    fn is_fresh(&self, now: UnixTime) -> bool {
        (self.signed_at..self.renew_at).contains(&now)
    }
}

impl CallToken {
    pub(crate) fn expose_secret(&self) -> &str {
        self.jwt.expose_secret()
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tokens")
            .field("partner", &self.partner)
            .field("signer", &self.signer)
            .finish_non_exhaustive()
    }
}

/// Returns the machine's time.
pub(crate) fn now() -> UnixTime {
    UnixTime::from_system_time(SystemTime::now())
}
