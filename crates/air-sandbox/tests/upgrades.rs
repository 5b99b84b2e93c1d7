//! Databases of earlier builds, as SQL: each is migrated, and has everything that it had. The folder
//! `upgrades` has the files; the page on testing says how a release adds one.

mod earlier;

use air_api::sandbox::{Block, ConsistencyProof, Transaction};
use air_jwt::JwkSet;
use air_sandbox::{Data, Error, Platform, UnixTime};
use air_vc::Verifier;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use self::earlier::Earlier;
use crate::support::{self, CAK, NOW, TestEnv, config_with};

/// Verifies a credential of the earlier build. Its status list is at the URL of that build's platform.
async fn verify(env: &TestEnv, credential: &str) -> Result<(), air_vc::Error> {
    let issuer = env.ids["issuerDid"].as_str().unwrap();
    let keys = format!("/sandbox/v1/issuers/{issuer}/jwks.json");
    let (_, keys) = env.call(Method::GET, &keys, None, None).await;
    let keys = JwkSet::from_slice(keys.to_string().as_bytes()).unwrap();
    let verifier = Verifier::new(issuer, &keys);
    let list = verifier.named_lists(credential)?.token.unwrap();
    let path = reqwest::Url::parse(list.uri()).unwrap().path().to_owned();
    let url = format!("{}{path}", env.platform.url());
    let token = env.http.get(url).send().await.unwrap().text().await.unwrap();
    let now = UnixTime::from_secs(NOW);
    let lists = [list.verify(&token, now)?];
    verifier
        .with_status_lists(&lists)
        .verify(credential, now)
        .map(drop)
}

/// Checks that the ledger proves the place of a credential.
async fn prove(env: &TestEnv, hash: &str) {
    let entry = hex::decode(hash).unwrap();
    let transaction = hex::encode(air_ledger::merkle::leaf_hash(&entry));
    let path = format!("/sandbox/v1/ledger/transactions/0x{transaction}");
    let (status, answer) = env.call(Method::GET, &path, None, None).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let proof = serde_json::from_value::<Transaction>(answer).unwrap().proof;
    assert!(proof.unwrap().verifies(&entry), "{hash}");
}

async fn get(env: &TestEnv, path: &str) -> Value {
    let (status, answer) = env.call(Method::GET, path, None, None).await;
    assert_eq!(status, StatusCode::OK, "{path}: {answer}");
    answer
}

#[tokio::test]
async fn databases_of_earlier_builds_keep_credentials_ledger_statuses_events_and_users() {
    let states = Earlier::all();
    assert!(states.len() >= 2, "{states:?}");
    for state in states {
        let earlier = Earlier::load(&state).await;
        let env = earlier.start().await;
        let [ada, bob, cyd, eve] = earlier.hashes().await;
        for hash in [&ada, &bob, &cyd, &eve] {
            let answer = env.wait_until_anchored(hash).await;
            assert_eq!(answer["coreClaimHash"], hash.as_str(), "{state}");
            prove(&env, hash).await;
        }
        for (hash, expected) in [
            (&ada, Ok(())),
            (&bob, Ok(())),
            (&eve, Err(air_vc::Error::Revoked)),
        ] {
            let credential = format!("SELECT credential FROM credentials WHERE core_claim_hash = '{hash}'");
            let credential = earlier.text(credential).await;
            assert_eq!(verify(&env, &credential).await, expected, "{state}");
        }
        let events = get(&env, "/sandbox/v1/events/log?limit=500").await;
        let of_type = |kind: &str| {
            let events = events["events"].as_array().unwrap().iter();
            events.filter(|event| event["type"] == kind).count()
        };
        assert_eq!(
            ["user.created", "credential.issued", "credential.revoked"].map(of_type),
            [4, 4, 1],
            "{state}"
        );
        for (statement, expected) in [
            ("SELECT public_key FROM caks", CAK),
            ("SELECT CAST(total AS TEXT) FROM stored_bytes", "4"),
            ("SELECT CAST(COUNT(*) AS TEXT) FROM users", "4"),
        ] {
            let found = earlier.text(statement.to_owned()).await;
            assert_eq!(found, expected, "{state}: {statement}");
        }
        let schemas = get(&env, "/sandbox/v1/schemas?q=adult").await;
        assert_eq!(schemas["total"], 1, "{state}: {schemas}");
        let mut again = env.order();
        again["onDuplicate"] = json!("ignore");
        let known = env.issue_on_behalf("ada@example.com", &again).await;
        assert_eq!(known, ada, "{state}: the user has the credential already");
        is_used_further(&env, &bob).await;
    }
}

/// Revokes an earlier credential, and appends a new one to the ledger of the earlier build.
async fn is_used_further(env: &TestEnv, earlier: &str) {
    let before: Block = serde_json::from_value(get(env, "/sandbox/v1/ledger/head").await).unwrap();
    let token = env.token(air_jwt::PartnerToken::issue);
    let path = "/sandbox/v1/credentials/revoke";
    let body = json!({ "coreClaimHash": earlier });
    let (status, answer) = env.call(Method::POST, path, Some(&token), Some(&body)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let issued = env.issue_on_behalf("fay@example.com", &env.order()).await;
    env.wait_until_anchored(&issued).await;
    prove(env, &issued).await;
    let head: Block = serde_json::from_value(get(env, "/sandbox/v1/ledger/head").await).unwrap();
    assert!(head.number > before.number);
    let path = format!(
        "/sandbox/v1/ledger/consistency?from={}&to={}",
        before.number, head.number
    );
    let proof: ConsistencyProof = serde_json::from_value(get(env, &path).await).unwrap();
    assert_eq!((&proof.from, &proof.to), (&before, &head));
    assert!(proof.verifies());
}

/// The table is in the way of the third statement of a migration, after one that copied rows.
#[tokio::test]
async fn a_migration_that_fails_in_the_middle_leaves_the_rows_and_goes_on_later() {
    let earlier = Earlier::load("2026-11-24").await;
    earlier.run("CREATE TABLE on_behalf_refusals (id TEXT)").await;
    let credentials = "SELECT CAST(COUNT(*) AS TEXT) FROM credentials";
    let migrations = "SELECT CAST(MAX(version) AS TEXT) FROM _sqlx_migrations";
    for _ in 0..2 {
        let data = support::data(earlier.data()).await;
        let refused = Platform::start(config_with(|config| config.data = data)).await;
        assert!(matches!(refused, Err(Error::Store(_))), "{refused:?}");
        assert_eq!(earlier.text(credentials.to_owned()).await, "4");
        // All statements of the failed migration are rolled back; those before it were committed.
        assert_eq!(earlier.text(migrations.to_owned()).await, "28");
        assert!(!earlier.has_table("caks").await);
    }
    if let Data::Folder(folder) = support::data(earlier.data()).await {
        assert!(folder.join("platform-before-upgrade-0016.sqlite").exists());
    }
    earlier.run("DROP TABLE on_behalf_refusals").await;
    let env = earlier.start().await;
    assert_eq!(earlier.text("SELECT public_key FROM caks".to_owned()).await, CAK);
    let [_, bob, ..] = earlier.hashes().await;
    is_used_further(&env, &bob).await;
}

/// An applied migration that is edited later has another checksum, and no earlier database opens.
#[tokio::test]
async fn a_database_with_another_text_of_a_migration_is_refused() {
    let earlier = Earlier::load("2026-11-24").await;
    earlier
        .run("UPDATE _sqlx_migrations SET checksum = (SELECT checksum FROM _sqlx_migrations WHERE version = 1) WHERE version = 16")
        .await;
    let data = support::data(earlier.data()).await;
    let refused = Platform::start(config_with(|config| config.data = data)).await;
    assert!(matches!(refused, Err(Error::Store(_))), "{refused:?}");
    assert_eq!(
        earlier
            .text("SELECT CAST(COUNT(*) AS TEXT) FROM users".to_owned())
            .await,
        "4"
    );
}
