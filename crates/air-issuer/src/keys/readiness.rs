//! Whether the keys that sign now can sign.

use std::{sync::Arc, time::Duration};

use air_ids::UnixTime;
use air_jwt::Signer;
use tokio::{sync::Mutex, time::timeout};

use super::{NamedSigner, SigningKeys};

/// It is neither a JWS nor a part of one.
const PROBE: &[u8] = b"air issuer ready";
/// The time limit of a probe.
const LIMIT: Duration = Duration::from_secs(3);
/// The time for which a result is kept: anyone can call the route.
const KEPT: Duration = Duration::from_secs(5);

/// The purpose of a key that does not sign, at the time of the last probe.
#[derive(Debug, Default)]
pub(crate) struct Readiness(Arc<Mutex<Option<Probed>>>);

/// The time of a probe, and the purpose of a key that did not sign.
type Probed = (UnixTime, Option<&'static str>);

impl Readiness {
    /// The purpose of a key in a token or behind a service that does not sign now.
    pub(crate) async fn find_unusable(&self, keys: &SigningKeys, now: UnixTime) -> Option<&'static str> {
        // Concurrent callers share one probe.
        let mut last = self.0.clone().lock_owned().await;
        if let Some((at, unusable)) = *last
            && now.abs_diff(at) < KEPT
        {
            return unusable;
        }
        let keys = keys.clone();
        // The result is also kept if the caller disconnects: a caller can't cause one signature after the other.
        let probe = tokio::spawn(async move {
            let unusable = probe_all(&keys, now).await;
            *last = Some((now, unusable));
            unusable
        });
        probe.await.unwrap_or(Some("all purposes"))
    }
}

async fn probe_all(keys: &SigningKeys, now: UnixTime) -> Option<&'static str> {
    let (credentials, lists, tokens) = tokio::join!(
        signs(keys.credentials.signing(now)),
        signs(keys.status_lists.signing(now)),
        signs(keys.tokens.signing(now)),
    );
    let purposes = [
        ("credentials", credentials),
        ("status lists", lists),
        ("Partner JWTs", tokens),
    ];
    let unusable = purposes.iter().find(|(_, signs)| !signs);
    unusable.map(|(purpose, _)| *purpose)
}

async fn signs(signer: &NamedSigner) -> bool {
    if signer.is_in_memory() {
        return true;
    }
    let signed = timeout(LIMIT, signer.sign(PROBE)).await;
    matches!(signed, Ok(Ok(_)))
}
