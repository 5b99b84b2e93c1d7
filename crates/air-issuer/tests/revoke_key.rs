//! After a key has leaked: the credentials that it signed from a time on are revoked, and no others.

use air_issuer::{Error, KeyRevocation, KeyRevocationReport, revoke_key};
use air_jwt::SigningKey;
use serde_json::json;

use crate::support::{Issuer, TestEnv, open, verify_with_status};

const OLD: &str = "credentials = { file = \"old.pem\" }";

/// Writes a key, and returns its id.
fn write_key(env: &TestEnv, name: &str) -> String {
    let key = SigningKey::generate(&mut rand::rng());
    let path = env.path().join(format!("{name}.pem"));
    std::fs::write(path, key.expose_pkcs8_pem().as_bytes()).unwrap();
    key.kid().to_string()
}

async fn start(env: &TestEnv, keys: &str) -> Issuer {
    env.try_start(env.config_with_keys(&[], keys)).await.unwrap()
}

async fn issue(env: &TestEnv, issuer: &Issuer, holders: std::ops::Range<usize>) {
    for holder in holders {
        let mut request = env.request();
        request["holderDID"] = json!(format!("did:air:id:test:{holder}"));
        assert_eq!(issuer.issue(&request).await, 201);
    }
}

async fn revoke(env: &TestEnv, revocation: &KeyRevocation) -> KeyRevocationReport {
    revoke_key(&env.plain_config(), &env.clock(), revocation)
        .await
        .unwrap()
}

#[tokio::test]
async fn what_a_leaked_key_signed_since_a_time_is_revoked_while_the_service_runs() {
    let env = TestEnv::new().await;
    let (old, other) = (write_key(&env, "old"), "did:web:issuer.example#other".to_owned());
    let issuer = start(&env, OLD).await;
    issue(&env, &issuer, 0..3).await;
    env.pass(3_600);
    let since = env.now();
    // More than one list of 16 entries.
    issue(&env, &issuer, 3..23).await;

    let revocation = |kid: &str, is_dry_run| KeyRevocation {
        kid: kid.to_owned(),
        since,
        is_dry_run,
    };
    let foreign = format!("did:web:other.example#{old}");
    for kid in [&other, &foreign] {
        for is_dry_run in [true, false] {
            let refused = revoke_key(&env.plain_config(), &env.clock(), &revocation(kid, is_dry_run)).await;
            assert!(
                matches!(refused, Err(Error::UnknownKey { .. })),
                "{kid}: {refused:?}"
            );
        }
    }
    let counted = revoke(&env, &revocation(&old, true)).await;
    assert_eq!((counted.credentials, counted.lists.len()), (20, 0));
    let url = format!("did:web:issuer.example#{old}");
    let revoked = revoke(&env, &revocation(&url, false)).await;
    assert_eq!(revoked.credentials, 20);
    assert!(revoked.lists.len() > 1, "{revoked:?}");
    assert_eq!(
        revoke(&env, &revocation(&old, false)).await,
        KeyRevocationReport::default()
    );

    for (number, upload) in env.platform.stored().iter().enumerate() {
        let credential = open(&env, upload);
        let is_valid = verify_with_status(&env, &issuer, &credential).await.is_ok();
        assert_eq!(is_valid, number < 3, "{number}");
    }
    assert!(issuer.service.verify_audit_log().await.unwrap().is_some());

    // The holder gets a credential of the next key for the same request, and the leaked key is withdrawn.
    write_key(&env, "new");
    let keys = format!("credentials = {{ file = \"new.pem\" }}\nwithdrawn = [\"{old}\"]");
    let issuer = start(&env, &keys).await;
    issue(&env, &issuer, 3..4).await;
    let stored = env.platform.stored();
    assert_eq!(stored.len(), 24);
    let credential = open(&env, &stored[23]);
    verify_with_status(&env, &issuer, &credential).await.unwrap();
}

#[tokio::test]
async fn a_database_without_the_services_tables_is_refused_and_stays_as_it_is() {
    let env = TestEnv::new().await;
    let revocation = KeyRevocation {
        kid: "key-1".to_owned(),
        since: env.now(),
        is_dry_run: false,
    };
    // The second call finds no tables of the first.
    for _ in 0..2 {
        let refused = revoke_key(&env.plain_config(), &env.clock(), &revocation).await;
        assert!(matches!(refused, Err(Error::NoDatabase)), "{refused:?}");
    }
    assert!(!env.path().join("data").exists());
}
