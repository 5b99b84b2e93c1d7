//! Keys on a timetable: published, then signing, then retired, then removed.

use air_issuer::{Check, CheckLevel, Clock, Config, Error, check};
use air_jwt::{JwkSet, SigningKey, jws::Unverified};
use serde_json::{Value, json};

use crate::support::{Issuer, TestEnv, open, verify, verify_with_status};

/// An hour after the start of the test.
const SWITCH: &str = "2027-01-15T09:00:00Z";
const ROTATED: &str =
    "credentials = [{ file = \"old.pem\" }, { file = \"new.pem\", signs-from = \"2027-01-15T09:00:00Z\" }]";
const OLD: &str = "credentials = { file = \"old.pem\" }";
const NEW: &str = "credentials = { file = \"new.pem\", signs-from = \"2027-01-15T09:00:00Z\" }";

/// Writes two keys, `old.pem` and `new.pem`, and returns their ids.
fn write_keys(env: &TestEnv) -> [String; 2] {
    ["old", "new"].map(|name| {
        let key = SigningKey::generate(&mut rand::rng());
        let path = env.path().join(format!("{name}.pem"));
        std::fs::write(path, key.expose_pkcs8_pem().as_bytes()).unwrap();
        let set = JwkSet::from(key.public_jwk()).to_json();
        std::fs::write(env.path().join(format!("{name}.json")), set).unwrap();
        key.kid().to_string()
    })
}

async fn refused(env: &TestEnv, keys: &str) -> Error {
    env.try_start(env.config_with_keys(&[], keys))
        .await
        .err()
        .unwrap()
}

async fn start(env: &TestEnv, keys: &str) -> Issuer {
    env.try_start(env.config_with_keys(&[], keys)).await.unwrap()
}

/// Issues a credential to this holder, and returns it.
async fn issue(env: &TestEnv, issuer: &Issuer, holder: &str) -> String {
    let mut request = env.request();
    request["holderDID"] = json!(format!("did:air:id:test:{holder}"));
    assert_eq!(issuer.issue(&request).await, 201);
    open(env, env.platform.stored().last().unwrap())
}

fn signed_by(token: &str) -> String {
    let token = Unverified::parse(token.split('~').next().unwrap(), 100_000).unwrap();
    let kid = token.header()["kid"].as_str().unwrap();
    kid.strip_prefix("did:web:issuer.example#").unwrap().to_owned()
}

/// The ids of the keys in the DID document, which are those of the JWK set.
async fn published(issuer: &Issuer) -> Vec<String> {
    let metadata = issuer.get("/.well-known/jwt-vc-issuer").await.json();
    let kids = |keys: &Value, pointer: &str| -> Vec<String> {
        let keys = keys.as_array().unwrap().iter();
        keys.map(|key| key.pointer(pointer).unwrap().as_str().unwrap().to_owned())
            .collect()
    };
    let in_set = kids(&metadata["jwks"]["keys"], "/kid");
    let document = issuer.get("/.well-known/did.json").await.json();
    assert_eq!(kids(&document["verificationMethod"], "/publicKeyJwk/kid"), in_set);
    in_set
}

#[tokio::test]
async fn a_new_key_is_published_at_once_and_signs_from_its_time_on() {
    let env = TestEnv::new().await;
    let [old, new] = write_keys(&env);
    let issuer = start(&env, OLD).await;
    assert!(!published(&issuer).await.contains(&new));
    let first = issue(&env, &issuer, "first").await;

    let issuer = start(&env, ROTATED).await;
    let kids = published(&issuer).await;
    assert!(kids.contains(&old) && kids.contains(&new), "{kids:?}");
    env.pass(3_599);
    let second = issue(&env, &issuer, "second").await;
    env.pass(1);
    let third = issue(&env, &issuer, "third").await;
    assert_eq!(
        [&first, &second, &third].map(|token| signed_by(token)),
        [old.clone(), old, new]
    );
    assert_eq!(published(&issuer).await, kids);
    for credential in [&first, &second, &third] {
        verify(&env, &issuer, credential).await;
        verify_with_status(&env, &issuer, credential).await.unwrap();
    }
}

#[tokio::test]
async fn the_key_of_a_valid_credential_is_not_removed() {
    let env = TestEnv::new().await;
    let [old, _] = write_keys(&env);
    let issuer = start(&env, ROTATED).await;
    let credential = issue(&env, &issuer, "first").await;
    env.pass(3_600);
    let error = refused(&env, NEW).await;
    let end = env.now().as_secs() - 3_600 + 90 * 86_400;
    assert!(
        matches!(&error, Error::KeyRemoved { kid, until } if *kid == old && until.as_secs() == end),
        "{error:?}"
    );
    assert!(
        error.to_string().contains("until 2027-04-15T08:00:00Z"),
        "{error}"
    );

    // The public half is enough.
    let issuer = start(&env, &format!("{NEW}\npublished = \"old.json\"")).await;
    verify(&env, &issuer, &credential).await;
    // The operator may insist.
    let issuer = start(&env, &format!("{NEW}\nwithdrawn = [\"{old}\"]")).await;
    assert!(!published(&issuer).await.contains(&old));

    env.pass(90 * 86_400 - 3_601);
    assert!(matches!(refused(&env, NEW).await, Error::KeyRemoved { .. }));
    env.pass(1);
    let issuer = start(&env, NEW).await;
    assert!(!published(&issuer).await.contains(&old));
}

#[tokio::test]
async fn a_withdrawn_key_is_not_published() {
    let env = TestEnv::new().await;
    let [old, _] = write_keys(&env);
    let withdrawn = format!("withdrawn = [\"{old}\"]");
    // The key that signs, and a public half that was left in the set.
    for keys in [
        OLD,
        "credentials = { file = \"new.pem\" }\npublished = \"old.json\"",
    ] {
        let error = refused(&env, &format!("{keys}\n{withdrawn}")).await;
        assert!(
            error
                .to_string()
                .contains(&format!("the key `{old}` is still published")),
            "{error}"
        );
    }
    let checks = key_checks(
        &env,
        ("ISSUER_ORIGIN", "http://localhost:9"),
        &format!("{OLD}\n{withdrawn}"),
    )
    .await;
    assert!(
        has(&checks, CheckLevel::Failed, "is still published"),
        "{checks:?}"
    );
}

#[tokio::test]
async fn the_key_of_revoked_credentials_may_be_removed() {
    let env = TestEnv::new().await;
    write_keys(&env);
    let issuer = start(&env, OLD).await;
    issue(&env, &issuer, "first").await;
    let nonce = issuer.history().await[0]["revocationNonce"].clone();
    issuer.revoke(&nonce).await;
    env.pass(3_600);
    drop(start(&env, NEW).await);
}

#[tokio::test]
async fn an_id_is_not_given_to_another_key_while_credentials_name_it() {
    let env = TestEnv::new().await;
    write_keys(&env);
    let issuer = start(&env, "credentials = { file = \"old.pem\", kid = \"c1\" }").await;
    issue(&env, &issuer, "first").await;
    let reused = "credentials = { file = \"new.pem\", kid = \"c1\" }";
    let error = refused(&env, reused).await;
    assert!(
        matches!(&error, Error::KeyReplaced { kid, .. } if kid == "c1"),
        "{error:?}"
    );
    env.pass(90 * 86_400);
    drop(start(&env, reused).await);
}

#[tokio::test]
async fn status_lists_are_signed_again_when_the_next_key_signs() {
    let env = TestEnv::new().await;
    let [old, new] = write_keys(&env);
    let lists = ROTATED.replace("credentials", "status-lists");
    let issuer = start(&env, &lists).await;
    let credential = issue(&env, &issuer, "first").await;
    let first = issuer.get("/statuslist/0").await;
    env.pass(3_599);
    assert_eq!(issuer.get("/statuslist/0").await.body, first.body);
    env.pass(1);
    let second = issuer.get("/statuslist/0").await;
    assert_eq!([&first, &second].map(|list| signed_by(&list.body)), [old, new]);
    assert_eq!(issuer.get("/statuslist/0").await.body, second.body);
    verify_with_status(&env, &issuer, &credential).await.unwrap();
}

#[tokio::test]
async fn a_key_signs_at_the_start_and_no_two_share_an_id() {
    let env = TestEnv::new().await;
    write_keys(&env);
    let error = refused(&env, NEW).await;
    assert!(
        error
            .to_string()
            .contains(&format!("no key signs before {SWITCH}")),
        "{error}"
    );
    let same = "credentials = { file = \"old.pem\", kid = \"a\" }\nstatus-lists = { file = \"new.pem\", kid = \"a\" }";
    let error = refused(&env, same).await;
    assert!(error.to_string().contains("give each its own `kid`"), "{error}");
}

/// The messages and codes of the checks of keys.
async fn key_checks(env: &TestEnv, origin: (&str, &str), keys: &str) -> Vec<Check> {
    let config: Config = env.config_with_keys(&[origin], keys);
    let now = env.now();
    let checks = check(&config, &Clock::from_fn(move || now)).await.unwrap();
    checks.into_iter().filter(|check| check.name == "keys").collect()
}

fn has(checks: &[Check], level: CheckLevel, text: &str) -> bool {
    checks
        .iter()
        .any(|check| check.level == level && check.message.contains(text))
}

#[tokio::test]
async fn the_check_reports_the_times_of_keys() {
    let env = TestEnv::new().await;
    let [old, new] = write_keys(&env);
    // Nothing listens there.
    let origin = ("ISSUER_ORIGIN", "http://localhost:9");
    let issuer = env.try_start(env.config_with_keys(&[origin], OLD)).await.unwrap();
    issue(&env, &issuer, "first").await;
    env.pass(60);

    let checks = key_checks(&env, origin, ROTATED).await;
    let signs = |kid: &str, rest: &str| format!("{kid} signs credentials{rest}");
    assert!(has(&checks, CheckLevel::Good, &signs(&old, "")), "{checks:?}");
    assert!(
        has(
            &checks,
            CheckLevel::Good,
            &signs(&new, &format!(" from {SWITCH} on"))
        ),
        "{checks:?}"
    );
    for (signs_from, remedy) in [("08:15:59", "to a later time"), ("08:00:30", "wait until then")] {
        let early = ROTATED.replace("09:00:00", signs_from);
        let checks = key_checks(&env, origin, &early).await;
        assert!(
            checks.iter().any(|check| check.code == Some("key-early")
                && check.level == CheckLevel::Warning
                && check.message.contains("2027-01-15T08:16:00Z")
                && check.remedy.as_deref().is_some_and(|text| text.contains(remedy))),
            "{checks:?}"
        );
    }

    env.pass(3_540);
    let checks = key_checks(&env, origin, ROTATED).await;
    let stays =
        format!("{old} no longer signs credentials; it has to stay published until 2027-04-15T08:00:00Z");
    assert!(has(&checks, CheckLevel::Good, &stays), "{checks:?}");
    let checks = key_checks(&env, origin, NEW).await;
    assert!(
        checks
            .iter()
            .any(|check| check.code == Some("key-removed") && check.level == CheckLevel::Failed),
        "{checks:?}"
    );
    env.pass(90 * 86_400);
    let checks = key_checks(&env, origin, ROTATED).await;
    assert!(
        has(
            &checks,
            CheckLevel::Good,
            &format!("{old} no longer signs credentials; it may be removed")
        ),
        "{checks:?}"
    );
}
