//! Caches of immutable data that every call needs: accounts, programs, compiled schemas, issuers'
//! keys. Each is read and processed only once.

mod bounded;
#[cfg(feature = "openid4vc")]
mod wallets;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use air_jwt::SigningKey;
use air_schema::Validator;

use self::bounded::BoundedCache;
#[cfg(feature = "openid4vc")]
pub(crate) use self::wallets::{Document, Source, WalletCache};
use super::{
    Refusal,
    stored::{find_program, find_schema},
};
use air_store::{
    ReadTx, Store,
    partners::{self, Partner},
    programs::Program,
    status_lists::List,
};

/// How long an account is cached if other processes use the same database, which may change it.
const SHARED_LIFETIME: Duration = Duration::from_secs(30);

/// The caches. Clones share them.
#[derive(Clone, Default)]
pub(crate) struct DomainCache {
    partners: BoundedCache<String, CachedPartner>,
    programs: BoundedCache<String, Program>,
    validators: BoundedCache<String, Validator>,
    keys: BoundedCache<String, SigningKey>,
    /// The status lists by the issuer's partner ID.
    lists: BoundedCache<String, List>,
    /// The data of issuers and verifiers for wallets.
    #[cfg(feature = "openid4vc")]
    pub(crate) wallets: WalletCache,
    generation: Arc<AtomicU64>,
    /// How often an account was forgotten.
    forgotten: Arc<AtomicU64>,
}

/// An account, and the time when it was read.
struct CachedPartner {
    partner: Arc<Partner>,
    read_at: Instant,
}

impl CachedPartner {
    /// Checks whether the account may be used. Only a shared store has accounts that other processes change.
    fn is_fresh(&self, is_shared: bool, now: Instant) -> bool {
        !is_shared || now.saturating_duration_since(self.read_at) < SHARED_LIFETIME
    }
}

impl DomainCache {
    /// Clears all caches, because the stored data was replaced.
    pub(crate) fn clear(&self) {
        self.partners.clear();
        self.programs.clear();
        self.validators.clear();
        self.keys.clear();
        self.lists.clear();
        #[cfg(feature = "openid4vc")]
        self.wallets.clear();
        // Last: entries that were read until now belong to the previous generation.
        self.generation.fetch_add(1, Ordering::SeqCst);
    }

    /// Returns how often the caches were cleared.
    pub(crate) fn generation(&self) -> u64 {
        self.generation.load(Ordering::SeqCst)
    }

    /// Returns an account.
    pub(crate) async fn partner(&self, store: &Store, id: &str) -> Result<Option<Arc<Partner>>, Refusal> {
        Ok(self.partners(store, &[id]).await?.pop())
    }

    /// Returns accounts in no particular order. One query reads those that are not cached. Unknown
    /// ids are missing.
    pub(crate) async fn partners(&self, store: &Store, ids: &[&str]) -> Result<Vec<Arc<Partner>>, Refusal> {
        let read_at = Instant::now();
        let mut found = Vec::with_capacity(ids.len());
        let mut missing = Vec::new();
        for id in ids {
            match self.partners.find(*id) {
                Some(cached) if cached.is_fresh(store.is_shared(), read_at) => {
                    found.push(cached.partner.clone());
                }
                _ => missing.push(*id),
            }
        }
        if !missing.is_empty() {
            let mut read = store.read().await?;
            found.extend(self.read_partners(&mut read, &missing, read_at).await?);
        }
        Ok(found)
    }

    /// Reads accounts and caches them.
    async fn read_partners(
        &self,
        read: &mut ReadTx,
        ids: &[&str],
        read_at: Instant,
    ) -> Result<Vec<Arc<Partner>>, Refusal> {
        let forgotten = self.forgotten.load(Ordering::SeqCst);
        let found: Vec<_> = partners::find_all(read, ids)
            .await?
            .into_iter()
            .map(Arc::new)
            .collect();
        for partner in &found {
            let cached = CachedPartner {
                partner: partner.clone(),
                read_at,
            };
            self.partners.insert(partner.partner_id.clone().into(), cached);
        }
        // The accounts may have changed since they were read.
        if self.forgotten.load(Ordering::SeqCst) != forgotten {
            for id in ids {
                self.partners.remove(*id);
            }
        }
        Ok(found)
    }

    /// Forgets an account that has changed.
    pub(crate) fn forget_partner(&self, id: &str) {
        self.forgotten.fetch_add(1, Ordering::SeqCst);
        self.partners.remove(id);
    }

    /// Returns an issuance program. A draft is not cached, because it may be published.
    pub(crate) async fn program(&self, tx: &mut ReadTx, id: &str) -> Result<Arc<Program>, Refusal> {
        if let Some(program) = self.cached_program(id) {
            return Ok(program);
        }
        let program = find_program(tx, id).await?;
        if !program.published {
            return Ok(Arc::new(program));
        }
        Ok(self.programs.insert(id.to_owned(), program))
    }

    /// Returns an issuance program if it is cached.
    pub(crate) fn cached_program(&self, id: &str) -> Option<Arc<Program>> {
        self.programs.find(id)
    }

    /// Returns the validator of a published schema.
    pub(crate) async fn validator(
        &self,
        tx: &mut ReadTx,
        schema_id: &str,
    ) -> Result<Arc<Validator>, Refusal> {
        if let Some(validator) = self.cached_validator(schema_id) {
            return Ok(validator);
        }
        let schema = find_schema(tx, schema_id).await?;
        let validator = Validator::new(&schema).map_err(Refusal::internal)?;
        Ok(self.validators.insert(schema_id.to_owned(), validator))
    }

    /// Returns a validator if it is cached.
    pub(crate) fn cached_validator(&self, schema_id: &str) -> Option<Arc<Validator>> {
        self.validators.find(schema_id)
    }

    /// Returns the status list of a partner's last credential. It may be full or may never have been stored.
    pub(crate) fn cached_list(&self, partner_id: &str) -> Option<Arc<List>> {
        self.lists.find(partner_id)
    }

    pub(crate) fn keep_list(&self, partner_id: &str, list: &List) {
        self.lists.insert(partner_id.to_owned(), list.clone());
    }

    /// Returns the key that signs a partner's credentials.
    pub(crate) fn issuer_key(&self, partner: &Partner) -> Result<Arc<SigningKey>, Refusal> {
        if let Some(key) = self.keys.find(partner.partner_id.as_str()) {
            return Ok(key);
        }
        let key = SigningKey::from_pem(&partner.issuer_key).map_err(Refusal::internal)?;
        Ok(self.keys.insert(partner.partner_id.clone().into(), key))
    }
}

impl fmt::Debug for DomainCache {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DomainCache").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use air_ids::UnixTime;

    use super::*;
    use crate::{App, Clock, setup};

    #[test]
    fn an_account_of_a_shared_store_is_read_again_after_its_lifetime() {
        let read_at = Instant::now();
        let cached = CachedPartner {
            partner: Arc::new(Partner {
                partner_id: "p".parse().unwrap(),
                name: String::new(),
                jwks_url: Some("https://p.example/jwks".parse().unwrap()),
                allowed_origins: String::new(),
                issue_on_behalf: false,
                issuer_did: "did:example:p".parse().unwrap(),
                verifier_did: String::new(),
                issuer_key: String::new(),
                registered_keys: None,
            }),
            read_at,
        };
        let last = read_at + SHARED_LIFETIME.saturating_sub(Duration::from_millis(1));
        assert!(cached.is_fresh(true, last) && !cached.is_fresh(true, read_at + SHARED_LIFETIME));
        assert!(cached.is_fresh(false, read_at + Duration::from_hours(1)));
    }

    #[tokio::test]
    async fn accounts_that_are_not_cached_are_read_with_one_query() {
        let app = App::for_tests(Clock::new(|| UnixTime::from_secs(1_800_000_000))).await;
        let mut ids = Vec::new();
        for name in ["Zenith", "Boreal", "Meridian"] {
            let new = serde_json::json!({ "name": name, "jwksUrl": "http://localhost:1/jwks.json" });
            let new = serde_json::from_value(new).unwrap();
            let created = setup::create_partner(&app, new, None).await.unwrap().into_body();
            ids.push(created.partner_id.to_string());
        }
        app.cache.clear();
        let mut wanted: Vec<&str> = ids.iter().map(String::as_str).collect();
        wanted.push("unknown");
        let mut read = app.store.read().await.unwrap();
        let before = read.round_trips();
        let found = app
            .cache
            .read_partners(&mut read, &wanted, Instant::now())
            .await
            .unwrap();
        assert_eq!((found.len(), read.round_trips() - before), (3, 1));
        let cached = wanted.iter().filter(|id| app.cache.partners.find(**id).is_some());
        assert_eq!(cached.count(), 3);
        drop(read);
        let again = app.cache.partners(&app.store, &wanted).await.unwrap();
        assert_eq!(again.len(), 3);
    }
}
