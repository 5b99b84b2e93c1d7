//! The background jobs of a running service: uploads that are due, and the deletion of rows whose time has ended. Each
//! instance runs them.

use std::{sync::Arc, time::Duration};

use tokio::{task::JoinSet, time::sleep};

#[cfg(feature = "openid4vc")]
use crate::openid4vc;
use crate::{
    Error,
    state::State,
    store::{idempotency, issuances::references},
};

/// The time between two polls of the outbox.
const DELIVERY_PERIOD: Duration = Duration::from_secs(1);
/// The time between two deletions of old idempotency keys, and of the references of ended credentials.
const CLEANING_PERIOD: Duration = Duration::from_mins(10);
/// Events of other instances are looked for after this number of polls of this instance's own.
const POLLS: u32 = 60;
/// The time between two polls of the events doubles so many times while the endpoint fails: to 64 s.
const DOUBLINGS: u32 = 6;

/// Starts the jobs. They end when the set is dropped.
pub(crate) fn start(state: &Arc<State>) -> JoinSet<()> {
    let mut jobs = JoinSet::new();
    let service = state.clone();
    jobs.spawn(async move { deliver(&service).await });
    let service = state.clone();
    jobs.spawn(async move { forget_idempotency_keys(&service).await });
    let service = state.clone();
    jobs.spawn(async move { erase_references(&service).await });
    if state.config.webhook.is_some() {
        let service = state.clone();
        jobs.spawn(async move { send_events(&service).await });
    }
    #[cfg(feature = "openid4vc")]
    {
        let service = state.clone();
        jobs.spawn(async move { openid4vc::forget_each_minute(&service).await });
    }
    jobs
}

/// Tries the uploads that are due each second.
async fn deliver(state: &State) {
    loop {
        if let Err(error) = state.deliver_due().await {
            log(&error, "the outbox failed; it is retried");
        }
        sleep(DELIVERY_PERIOD).await;
    }
}

async fn forget_idempotency_keys(state: &State) {
    loop {
        let until = state.clock.now().saturating_sub(idempotency::LIFETIME);
        if let Err(error) = idempotency::forget(&state.store, until).await {
            log(
                &error.into(),
                "old idempotency keys are not deleted; it is tried again",
            );
        }
        sleep(CLEANING_PERIOD).await;
    }
}

/// Erases the keyed hashes of users of credentials that have expired.
async fn erase_references(state: &State) {
    loop {
        let is_more = match references::erase(&state.store, state.clock.now()).await {
            Ok(erased) => erased == references::BATCH,
            Err(error) => {
                log(
                    &error.into(),
                    "the references of ended credentials are not erased; it is tried again",
                );
                false
            }
        };
        if !is_more {
            sleep(CLEANING_PERIOD).await;
        }
    }
}

/// Sends events each second, and less often while the endpoint fails.
async fn send_events(state: &State) {
    let mut polls = 0;
    let mut failures = 0;
    loop {
        let mut sent = state.send_own_events().await;
        if polls == 0 && sent.as_ref().is_ok_and(|sent| !sent.has_failed) {
            sent = state.send_left_events().await;
        }
        polls = (polls + 1) % POLLS;
        let has_failed = match sent {
            Ok(sent) => sent.has_failed,
            Err(error) => {
                log(&error, "the events can't be read; it is tried again");
                true
            }
        };
        failures = if has_failed {
            (failures + 1).min(DOUBLINGS)
        } else {
            0
        };
        sleep(DELIVERY_PERIOD * 2_u32.pow(failures)).await;
    }
}

/// Logs a failure of a job, with its cause.
fn log(error: &Error, message: &'static str) {
    let cause = std::error::Error::source(error).map(ToString::to_string);
    tracing::error!(%error, cause, "{message}");
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};

    use super::*;
    use crate::{Clock, Config, Environment};

    async fn state() -> (tempfile::TempDir, Arc<State>) {
        let folder = tempfile::tempdir().unwrap();
        let key = air_jwt::SigningKey::generate(&mut rand::rng()).expose_der(air_jwt::KeyForm::Pkcs8);
        let (key, api_key, admin_api_key) = (STANDARD.encode(key), "k".repeat(32), "a".repeat(32));
        let environment = Environment::new([
            ("ISSUER_ORIGIN", "https://issuer.example"),
            ("PARTNER_ID", "f0a2c1de-3f64-4a7a-9d55-0f1f4f6f9a11"),
            ("PARTNER_PRIVATE_KEY_DER", key.as_str()),
            ("API_KEY", api_key.as_str()),
            ("ADMIN_API_KEY", admin_api_key.as_str()),
        ]);
        let config = Config::read(&environment, Some("sqlite = \"data\""), folder.path()).unwrap();
        let state = Arc::new(State::open(config, Clock::system()).await.unwrap());
        (folder, state)
    }

    #[tokio::test]
    async fn jobs_end_with_their_set() {
        let (_folder, state) = state().await;
        let jobs = start(&state);
        assert!(Arc::strong_count(&state) > 1);
        drop(jobs);
        while Arc::strong_count(&state) > 1 {
            tokio::task::yield_now().await;
        }
        state.store.close().await;
    }

    #[tokio::test]
    async fn references_of_ended_credentials_are_erased() {
        let (_folder, state) = state().await;
        let mut tx = state.store.write().await.unwrap();
        sqlx::query(
            "INSERT INTO issuances (external_id, holder_did, schema_id, vct, user_ref, subject_ref, request_ref, \
             nonce, kid, issued_at, expires_at, state) \
             VALUES ('urn:uuid:1', 'did:x', 'member', 'member', 'u', 's', 'r', 1, 'k', 1, 2, 'stored')",
        )
        .execute(tx.connection())
        .await
        .unwrap();
        tx.commit().await.unwrap();
        let _jobs = start(&state);
        loop {
            let user: String = sqlx::query_scalar("SELECT user_ref FROM issuances")
                .fetch_one(state.store.reader())
                .await
                .unwrap();
            if user.is_empty() {
                break;
            }
            tokio::task::yield_now().await;
        }
    }
}
