//! The state of one credential after a crash.

use serde_json::Value;

use super::{Issuer, TestEnv, open, verify_with_status};

/// The nonce of the only credential.
pub(crate) fn nonce(history: &[Value]) -> Value {
    let [line] = history else { panic!("{history:?}") };
    line["revocationNonce"].clone()
}

/// The one credential of the environment is stored once, recorded, and can be revoked.
pub(crate) async fn check_whole(env: &TestEnv, issuer: &Issuer) {
    let stored = env.platform.stored();
    let [upload] = stored.as_slice() else {
        panic!("{stored:?}")
    };
    let tries = env.platform.tries();
    assert!(
        tries.windows(2).all(|pair| pair[0] == pair[1]),
        "each try has the same bytes"
    );
    let credential = open(env, upload);
    assert!(verify_with_status(env, issuer, &credential).await.is_ok());
    let nonce = nonce(&issuer.history().await);
    issuer.revoke(&nonce).await;
    assert!(verify_with_status(env, issuer, &credential).await.is_err());
    assert!(issuer.service.verify_audit_log().await.unwrap().is_some());
}
