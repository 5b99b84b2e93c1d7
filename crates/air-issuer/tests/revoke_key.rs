//! After a key has leaked: the credentials that it signed from a time on are revoked, and no others.

use air_issuer::{KeyRevocation, KeyRevocationReport, revoke_key};
use air_jwt::SigningKey;
use serde_json::json;

use crate::support::{Issuer, World, open, verify_with_status};

const OLD: &str = "credentials = { file = \"old.pem\" }";

/// Writes a key, and returns its id.
fn write_key(world: &World, name: &str) -> String {
    let key = SigningKey::generate(&mut rand::rng());
    let path = world.path().join(format!("{name}.pem"));
    std::fs::write(path, key.expose_pkcs8_pem().as_bytes()).unwrap();
    key.kid().to_string()
}

async fn start(world: &World, keys: &str) -> Issuer {
    world.try_start(world.config_with_keys(&[], keys)).await.unwrap()
}

async fn issue(world: &World, issuer: &Issuer, holders: std::ops::Range<usize>) {
    for holder in holders {
        let mut request = world.request();
        request["holderDID"] = json!(format!("did:air:id:test:{holder}"));
        assert_eq!(issuer.issue(&request).await, 201);
    }
}

async fn revoke(world: &World, revocation: &KeyRevocation) -> KeyRevocationReport {
    revoke_key(&world.plain_config(), &world.clock(), revocation)
        .await
        .unwrap()
}

#[tokio::test]
async fn what_a_leaked_key_signed_since_a_time_is_revoked_while_the_service_runs() {
    let world = World::new().await;
    let (old, other) = (
        write_key(&world, "old"),
        "did:web:issuer.example#other".to_owned(),
    );
    let issuer = start(&world, OLD).await;
    issue(&world, &issuer, 0..3).await;
    world.pass(3_600);
    let since = world.now();
    // More than one list of 16 entries.
    issue(&world, &issuer, 3..23).await;

    let revocation = |kid: &str, is_dry_run| KeyRevocation {
        kid: kid.to_owned(),
        since,
        is_dry_run,
    };
    let foreign = format!("did:web:other.example#{old}");
    for kid in [&other, &foreign] {
        let revoked = revoke(&world, &revocation(kid, false)).await;
        assert_eq!(revoked.credentials, 0, "{kid}");
    }
    let counted = revoke(&world, &revocation(&old, true)).await;
    assert_eq!((counted.credentials, counted.lists.len()), (20, 0));
    let url = format!("did:web:issuer.example#{old}");
    let revoked = revoke(&world, &revocation(&url, false)).await;
    assert_eq!(revoked.credentials, 20);
    assert!(revoked.lists.len() > 1, "{revoked:?}");
    assert_eq!(
        revoke(&world, &revocation(&old, false)).await,
        KeyRevocationReport::default()
    );

    for (number, upload) in world.platform.stored().iter().enumerate() {
        let credential = open(&world, upload);
        let is_valid = verify_with_status(&world, &issuer, &credential).await.is_ok();
        assert_eq!(is_valid, number < 3, "{number}");
    }
    assert!(issuer.service.verify_audit_log().await.unwrap().is_some());

    // The holder gets a credential of the next key for the same request, and the leaked key is withdrawn.
    write_key(&world, "new");
    let keys = format!("credentials = {{ file = \"new.pem\" }}\nwithdrawn = [\"{old}\"]");
    let issuer = start(&world, &keys).await;
    issue(&world, &issuer, 3..4).await;
    let stored = world.platform.stored();
    assert_eq!(stored.len(), 24);
    let credential = open(&world, &stored[23]);
    verify_with_status(&world, &issuer, &credential).await.unwrap();
}
