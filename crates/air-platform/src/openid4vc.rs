//! OpenID4VCI and OpenID4VP: offers of issuance programs to wallets, access tokens, credentials that are bound to a wallet's keys, and
//! presentation requests of verification programs.

pub mod authorization;
mod batcher;
mod certificates;
mod copies;
mod credential_requests;
pub mod credentials;
pub mod deferred;
mod families;
pub mod issuer;
mod issuer_documents;
mod mdoc;
pub mod offers;
mod presentation_records;
mod presentation_results;
pub mod presentations;
pub mod presented;
mod profiles;
mod query;
pub mod refresh;
mod request_keys;
mod secrets;
mod signed_metadata;
mod times;
pub mod tokens;
mod transactions;
mod waiting;

use std::time::Duration;

pub(crate) use batcher::WalletBatcher;
pub use certificates::authority_certificate;
pub(crate) use issuer_documents::IssuerDocuments;
pub use request_keys::request_keys;
pub use secrets::nonce_key;
use secrets::{Digest, digest};
pub use signed_metadata::signed_metadata;

use super::App;
use air_store::{
    authorization_requests, credential_offers, deferred_issuances, presentation_requests, refresh_tokens,
    single_use,
};

/// The number of seconds for which the state of an expired offer is kept.
const RETENTION: Duration = Duration::from_hours(24);
/// The time for which the digest of a value is kept beyond the value. A value is checked when its request begins, and the
/// request may then wait for its body and for the writer. The clock of another process may be slow, too.
const SINGLE_USE_RETENTION: Duration = Duration::from_mins(5);

/// Deletes offers and presentation requests that expired a day ago, deferred requests that nobody asked for, expired refresh tokens, authorization requests that are no longer kept, the keys of presentation
/// requests that have expired, old keys of credential requests, and the digests of values that are too old to be accepted.
pub(crate) async fn forget_old(app: &App) -> sqlx::Result<()> {
    let now = app.machine_clock.now();
    let until = now.saturating_sub(RETENTION);
    let digests_until = now.saturating_sub(SINGLE_USE_RETENTION);
    app.cache.wallets.forget_ended_grants(now);
    let mut read = app.store.read().await?;
    let is_due = credential_offers::any_until(&mut read, until).await?
        || presentation_requests::any_until(&mut read, until).await?
        || presentation_requests::any_expired_key(&mut read, now).await?
        || authorization_requests::any_expired(&mut read, now).await?
        || single_use::any_expired(&mut read, digests_until).await?
        || deferred_issuances::any_expired(&mut read, now).await?
        || refresh_tokens::any_expired(&mut read, now).await?
        || request_keys::any_old(&mut read, now).await?;
    drop(read);
    if !is_due {
        return Ok(());
    }
    let mut tx = app.store.write().await?;
    credential_offers::forget_until(&mut tx, until).await?;
    presentation_requests::forget_until(&mut tx, until).await?;
    presentation_requests::forget_expired_keys(&mut tx, now).await?;
    authorization_requests::forget_expired(&mut tx, now).await?;
    single_use::forget_expired(&mut tx, digests_until).await?;
    deferred_issuances::forget_expired(&mut tx, now).await?;
    refresh_tokens::forget_expired(&mut tx, now).await?;
    request_keys::forget_old(&mut tx, now).await?;
    tx.commit().await
}

#[cfg(test)]
mod tests {
    use std::sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    };

    use air_ids::UnixTime;
    use serde_json::json;

    use super::{
        authorization::{NotPushed, Push},
        *,
    };
    use crate::{Clock, RefusalKind, seeding};
    use air_api::sandbox::Seeded;
    use air_oid4vc::oauth::{AuthorizationRequest, Client, CodeVerifier, PushedRequest, Requested};
    use air_store::{partners::Partner, sql};

    const NOW: u64 = 1_800_000_000;

    struct TestEnv {
        app: App,
        time: Arc<AtomicU64>,
        seeded: Seeded,
        partner: Arc<Partner>,
    }

    impl TestEnv {
        async fn new() -> Self {
            let time = Arc::new(AtomicU64::new(NOW));
            let now = time.clone();
            let app = App::for_tests(Clock::new(move || {
                UnixTime::from_secs(now.load(Ordering::SeqCst))
            }))
            .await;
            let seed = json!({
                "partner": { "name": "Zenith", "jwksUrl": "http://127.0.0.1/jwks" },
                "schemas": [{ "key": "adult", "title": "Adult", "attributes": [
                    { "name": "isOver18", "type": "boolean", "required": true },
                ]}],
                "programs": [{ "key": "adult", "schema": "adult", "publish": true }],
                "verificationPrograms": [{ "key": "adult", "schema": "adult", "conditions": [
                    { "attribute": "isOver18", "operator": "equals", "value": true },
                ]}],
            });
            let seed = serde_json::from_value(seed).unwrap();
            let seeded = seeding::seed(&app, seed, None).await.unwrap().into_body();
            let partner = issuer::find_partner(&app, seeded.partner_id.as_str()).await;
            Self {
                app,
                time,
                seeded,
                partner: partner.unwrap().unwrap(),
            }
        }

        async fn offer(&self) -> Result<air_api::sandbox::CreatedOffer, crate::Refusal> {
            let order = json!({
                "issuerDid": self.partner.issuer_did,
                "credentialId": self.seeded.programs["adult"],
                "credentialSubject": { "isOver18": true },
            });
            let order = serde_json::from_value(order).unwrap();
            offers::create_for(&self.app, &self.partner, None, order).await
        }

        async fn request(&self) -> Result<air_api::sandbox::CreatedPresentationRequest, crate::Refusal> {
            let order = json!({ "programId": self.seeded.verification_programs["adult"] });
            let order = serde_json::from_value(order).unwrap();
            presentations::create_for(&self.app, &self.partner, order).await
        }

        async fn push(&self) -> Result<String, NotPushed> {
            let verifier = CodeVerifier::from_random(&[7; 32]);
            let requested = Requested::scope(self.seeded.programs["adult"].as_str());
            let request =
                AuthorizationRequest::new("wallet", "https://wallet.example/cb", requested, &verifier);
            let client = Client {
                id: "wallet",
                dpop_key: None,
            };
            let request = PushedRequest::accept(
                request.to_form().as_bytes(),
                &client,
                UnixTime::from_secs(NOW + 90),
            )
            .unwrap();
            let push = Push { request, proof: None };
            authorization::push(&self.app, self.partner.partner_id.as_str(), &push).await
        }

        /// Copies each row until there are as many as the quota, all open.
        async fn fill(&self, insert: &'static str) {
            let mut tx = self.app.store.write().await.unwrap();
            sql::query(insert).execute(&mut tx).await.unwrap();
            tx.commit().await.unwrap();
        }
    }

    #[tokio::test]
    async fn a_partner_has_at_most_ten_thousand_open_offers() {
        let env = TestEnv::new().await;
        env.offer().await.unwrap();
        env
            .fill(
                "WITH RECURSIVE copies(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM copies WHERE n < 9999)
                 INSERT INTO credential_offers (offer_id, partner_id, program_id, email, subject, replaces, reference_digest,
                     code_digest, attempts_left, created_at, expires_at)
                 SELECT 'copy-' || n, partner_id, program_id, email, subject, replaces, randomblob(32), randomblob(32),
                     attempts_left, created_at, expires_at
                 FROM credential_offers, copies",
            )
            .await;
        env.offer().await.unwrap();
        let refusal = env.offer().await.unwrap_err();
        assert_eq!(refusal.kind(), RefusalKind::InsufficientStorage);
        // Offers that have ended do not count.
        env.time.fetch_add(600, Ordering::SeqCst);
        env.offer().await.unwrap();
    }

    #[tokio::test]
    async fn a_partner_has_at_most_ten_thousand_open_presentation_requests() {
        let env = TestEnv::new().await;
        env.request().await.unwrap();
        env
            .fill(
                "WITH RECURSIVE copies(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM copies WHERE n < 9999)
                 INSERT INTO presentation_requests (request_id, partner_id, program_id, random, created_at, expires_at)
                 SELECT 'copy-' || n, partner_id, program_id, random, created_at, expires_at
                 FROM presentation_requests, copies",
            )
            .await;
        env.request().await.unwrap();
        let refusal = env.request().await.unwrap_err();
        assert_eq!(refusal.kind(), RefusalKind::InsufficientStorage);
        env.time.fetch_add(600, Ordering::SeqCst);
        env.request().await.unwrap();
    }

    #[tokio::test]
    async fn the_key_of_a_presentation_request_is_deleted_when_the_request_expires() {
        let env = TestEnv::new().await;
        let first = env.request().await.unwrap();
        env.time.fetch_add(1, Ordering::SeqCst);
        let second = env.request().await.unwrap();
        let has_key = async |request_id: &str| {
            let mut read = env.app.store.read().await.unwrap();
            let partner_id = &env.partner.partner_id;
            let found = presentation_requests::find(&mut read, partner_id, request_id).await;
            found.unwrap().unwrap().decryption_key.is_some()
        };
        env.time.fetch_add(598, Ordering::SeqCst);
        forget_old(&env.app).await.unwrap();
        assert!(has_key(&first.request_id).await && has_key(&second.request_id).await);
        env.time.fetch_add(1, Ordering::SeqCst);
        forget_old(&env.app).await.unwrap();
        assert!(!has_key(&first.request_id).await);
        assert!(has_key(&second.request_id).await);
    }

    #[tokio::test]
    async fn an_issuer_has_at_most_ten_thousand_open_authorization_requests_which_are_forgotten() {
        let env = TestEnv::new().await;
        env.push().await.unwrap();
        env
            .fill(
                "WITH RECURSIVE copies(n) AS (SELECT 2 UNION ALL SELECT n + 1 FROM copies WHERE n < 9999)
                 INSERT INTO authorization_requests (request_id, partner_id, program_id, client_id, form, request_digest,
                     created_at, expires_at)
                 SELECT 'copy-' || n, partner_id, program_id, client_id, form, randomblob(32), created_at, expires_at
                 FROM authorization_requests, copies",
            )
            .await;
        env.push().await.unwrap();
        let Err(NotPushed::Refused(refusal)) = env.push().await else {
            panic!("one more than the quota");
        };
        assert_eq!(refusal.kind(), RefusalKind::InsufficientStorage);
        // Requests that no browser arrived with are deleted when they expire.
        env.time
            .fetch_add(authorization::REQUEST_LIFETIME.as_secs(), Ordering::SeqCst);
        forget_old(&env.app).await.unwrap();
        let mut read = env.app.store.read().await.unwrap();
        let left = sql::query_scalar::<i64>("SELECT count(*) FROM authorization_requests");
        assert_eq!(left.fetch_one(&mut read).await.unwrap(), 0);
        drop(read);
        env.push().await.unwrap();
    }

    #[tokio::test]
    async fn a_used_value_is_refused_for_a_while_after_it_has_expired() {
        let env = TestEnv::new().await;
        let value = tokens::OnceOnly {
            digest: [1; 32],
            expires_at: UnixTime::from_secs(NOW + 1),
        };
        let is_accepted = async || {
            forget_old(&env.app).await.unwrap();
            tokens::spend(&env.app, value).await.unwrap()
        };
        assert!(is_accepted().await);
        env.time.fetch_add(300, Ordering::SeqCst);
        assert!(!is_accepted().await);
        env.time.fetch_add(1, Ordering::SeqCst);
        assert!(is_accepted().await);
    }
}
