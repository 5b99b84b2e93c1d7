//! Seeds: what a file names exists once, a contradiction is rejected with the difference, and keys
//! can be registered without a server.

use air_jwt::{PartnerToken, SigningKey};
use air_sandbox::{Config, Data, Platform};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{self, TestEnv};

async fn count(env: &TestEnv) -> usize {
    let (status, list) = env.call(Method::GET, "/sandbox/v1/seed", None, None).await;
    assert_eq!(status, StatusCode::OK, "{list}");
    list["partners"].as_array().unwrap().len()
}

async fn post_seed(env: &TestEnv, seed: &Value) -> (StatusCode, Value) {
    env.call(Method::POST, "/sandbox/v1/seed", None, Some(seed)).await
}

#[tokio::test]
async fn a_seed_that_is_repeated_returns_the_same_ids_and_makes_nothing() {
    let env = TestEnv::start().await;
    let seed = TestEnv::seed_file(&env.jwks.url);
    let events = async || {
        let path = "/sandbox/v1/events/log?limit=500";
        env.call(Method::GET, path, None, None).await.1
    };
    let before = events().await;
    assert_eq!(env.seed_again(&seed).await, env.ids);
    assert_eq!(events().await, before, "nothing was created");
    assert_eq!(count(&env).await, 1);
    let (_, list) = env.call(Method::GET, "/sandbox/v1/seed", None, None).await;
    let partner = &list["partners"][0];
    assert_eq!(
        (&partner["name"], &partner["jwksUrl"]),
        (&json!("Zenith"), &json!(env.jwks.url))
    );
    for (member, ids) in env.ids.as_object().unwrap() {
        assert_eq!(&partner[member], ids, "{member}");
    }
}

#[tokio::test]
async fn a_seed_is_known_after_a_restart() {
    let folder = tempfile::tempdir().unwrap();
    let data = support::data(Data::Folder(folder.path().into())).await;
    let start = async || {
        let data = data.clone();
        let mut config = Config::default();
        config.data = data;
        Platform::start(config).await.unwrap()
    };
    let seed: air_api::sandbox::Seed =
        serde_json::from_value(TestEnv::seed_file("http://127.0.0.1:9/jwks.json")).unwrap();
    let platform = start().await;
    let first = platform.seed(seed.clone()).await.unwrap();
    platform.stop().await.unwrap();
    let platform = start().await;
    assert_eq!(platform.seed(seed).await.unwrap(), first);
    platform.stop().await.unwrap();
}

#[tokio::test]
async fn a_seed_that_contradicts_what_exists_is_rejected_with_the_difference() {
    let env = TestEnv::start().await;
    let changes: [(&str, Value, &str); 9] = [
        (
            "/partner/jwksUrl",
            json!("http://127.0.0.1:9/other.json"),
            "`jwksUrl` is http://127.0.0.1:",
        ),
        (
            "/partner/issueOnBehalf",
            json!(false),
            "`issueOnBehalf` is true, not false",
        ),
        (
            "/schemas/0/title",
            json!("Older"),
            "`adult`: the schema exists, and the seed differs from it: `title` is Adult, not Older",
        ),
        (
            "/schemas/0/attributes/0/minimum",
            json!(1),
            "the attribute `age`;",
        ),
        (
            "/schemas/0/attributes/0/name",
            json!("years"),
            "the attribute `age` is missing, the attribute `years` is new",
        ),
        ("/programs/0/cak", json!(false), "`cak` is true, not false"),
        (
            "/programs/0/expiration",
            json!("30d"),
            "`expiration` is 90d, not 30d",
        ),
        (
            "/verificationPrograms/0/requireCak",
            json!(false),
            "`requireCak` is true, not false",
        ),
        (
            "/verificationPrograms/0/conditions/0/value",
            json!(20),
            "`conditions`",
        ),
    ];
    for (pointer, value, reason) in changes {
        let mut seed = TestEnv::seed_file(&env.jwks.url);
        *seed.pointer_mut(pointer).unwrap() = value;
        let (status, answer) = post_seed(&env, &seed).await;
        assert_eq!(status, StatusCode::CONFLICT, "{pointer}: {answer}");
        assert!(answer.to_string().contains(reason), "{pointer}: {answer}");
    }
    let unchanged = TestEnv::seed_file(&env.jwks.url);
    assert_eq!(env.seed_again(&unchanged).await, env.ids);
}

#[tokio::test]
async fn a_seed_may_grow_and_a_draft_may_be_published() {
    let env = TestEnv::start().await;
    let mut seed = TestEnv::seed_file(&env.jwks.url);
    seed["programs"][1]["publish"] = json!(true);
    let more = json!({ "key": "more", "schema": "adult", "publish": true });
    seed["programs"].as_array_mut().unwrap().push(more);
    let grown = env.seed_again(&seed).await;
    assert_eq!(grown["programs"]["draft"], env.ids["programs"]["draft"]);
    assert!(grown["programs"]["more"].is_string());
    let path = format!(
        "/sandbox/v1/programs/{}",
        grown["programs"]["draft"].as_str().unwrap()
    );
    let published = async || env.call(Method::GET, &path, None, None).await.1["published"].clone();
    assert_eq!(published().await, true);
    // The file may say less than what exists, and a published program stays published.
    let earlier = TestEnv::seed_file(&env.jwks.url);
    assert_eq!(env.seed_again(&earlier).await, env.ids);
    assert_eq!(published().await, true);
}

#[tokio::test]
async fn a_seed_names_programs_and_does_not_rename_them() {
    let env = TestEnv::start().await;
    let mut seed = TestEnv::seed_file(&env.jwks.url);
    seed["partner"]["name"] = json!("Names");
    let kinds = ["programs", "verificationPrograms"];
    for kind in kinds {
        seed[kind][0]["name"] = json!("Grown-ups");
    }
    let ids = env.seed_again(&seed).await;
    for (kind, route) in [
        ("programs", "programs"),
        ("verificationPrograms", "verification-programs"),
    ] {
        let path = format!("/sandbox/v1/{route}?q={}", ids[kind]["adult"].as_str().unwrap());
        let (status, listed) = env.call(Method::GET, &path, None, None).await;
        assert_eq!(status, StatusCode::OK, "{listed}");
        assert_eq!(listed["records"][0]["name"], "Grown-ups", "{listed}");
    }
    assert_eq!(env.seed_again(&seed).await, ids);
    for kind in kinds {
        let mut other = seed.clone();
        other[kind][0]["name"] = json!("Adults");
        let (status, answer) = post_seed(&env, &other).await;
        assert_eq!(status, StatusCode::CONFLICT, "{answer}");
        assert!(
            answer.to_string().contains("`name` is Grown-ups, not Adults"),
            "{answer}"
        );
        other[kind][0]["name"] = json!("n".repeat(201));
        other["partner"]["name"] = json!("Other");
        let (status, answer) = post_seed(&env, &other).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
        // A file without the name leaves it.
        let mut silent = seed.clone();
        silent[kind][0].as_object_mut().unwrap().remove("name");
        assert_eq!(env.seed_again(&silent).await, ids);
    }
}

#[tokio::test]
async fn a_seed_finds_the_only_partner_of_its_name_and_refuses_to_guess() {
    let env = TestEnv::start().await;
    let partner = json!({ "name": "Ada", "jwksUrl": env.jwks.url, "issueOnBehalf": true });
    let create = async || {
        let path = "/sandbox/v1/partners";
        env.call(Method::POST, path, None, Some(&partner)).await.1
    };
    let created = create().await;
    let seed = json!({ "partner": partner });
    assert_eq!(env.seed_again(&seed).await["partnerId"], created["partnerId"]);
    // The seed knows its partner from now on.
    create().await;
    assert_eq!(env.seed_again(&seed).await["partnerId"], created["partnerId"]);

    let partner = json!({ "name": "Bob", "jwksUrl": env.jwks.url });
    for _ in 0..2 {
        env.call(Method::POST, "/sandbox/v1/partners", None, Some(&partner))
            .await;
    }
    let (status, answer) = post_seed(&env, &json!({ "partner": partner })).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(answer.to_string().contains("several partners"), "{answer}");
}

#[tokio::test]
async fn a_registered_key_signs_without_a_server_for_its_set() {
    registered_keys_sign(json!("http://127.0.0.1:1/jwks.json")).await;
}

#[tokio::test]
async fn a_registered_key_signs_for_a_partner_that_publishes_none() {
    registered_keys_sign(Value::Null).await;
}

async fn registered_keys_sign(jwks_url: Value) {
    let mut env = TestEnv::start().await;
    let mut seed = TestEnv::seed_file("");
    seed["partner"]["jwksUrl"] = jwks_url.clone();
    env.ids = env.seed(&seed).await;
    let partner = env.ids["partnerId"].as_str().unwrap().to_owned();
    let token = |key: &SigningKey| support::sign(PartnerToken::issue(partner.parse().unwrap()), key);
    let path = format!("/sandbox/v1/partners/{partner}/keys");
    let register = async |keys: Value| {
        let body = json!({ "keys": keys });
        env.call(Method::POST, &path, None, Some(&body)).await
    };
    let login = async |token: &str| {
        let body = json!({ "email": "ada@example.com" });
        let call = env.call(Method::POST, "/sandbox/v1/sessions", Some(token), Some(&body));
        call.await.0
    };
    let keys: Vec<SigningKey> = (0..11).map(|_| SigningKey::generate(&mut rand::rng())).collect();
    let (first, last) = (&keys[0], &keys[10]);
    assert_eq!(login(&token(first)).await, StatusCode::UNAUTHORIZED);
    let (status, registered) = register(json!([first.public_jwk()])).await;
    assert_eq!(status, StatusCode::OK, "{registered}");
    assert_eq!(registered["kids"], json!([first.kid()]));
    assert_eq!(login(&token(first)).await, StatusCode::OK);
    assert_eq!(login(&token(last)).await, StatusCode::UNAUTHORIZED);
    // A key is added to the others, and the eleventh takes the place of the oldest.
    for key in &keys[1..] {
        register(json!([key.public_jwk()])).await;
    }
    assert_eq!(login(&token(last)).await, StatusCode::OK);
    assert_eq!(login(&token(first)).await, StatusCode::UNAUTHORIZED);

    // A removed key verifies no token any more.
    let remove = async |kid: &str| {
        let path = format!("{path}/{kid}");
        env.call(Method::DELETE, &path, None, None).await
    };
    let (status, left) = remove(last.kid().as_str()).await;
    assert_eq!(status, StatusCode::OK, "{left}");
    assert_eq!(left["kids"].as_array().unwrap().len(), 9);
    assert_eq!(login(&token(last)).await, StatusCode::UNAUTHORIZED);
    assert_eq!(login(&token(&keys[9])).await, StatusCode::OK);
    let (status, answer) = remove(last.kid().as_str()).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{answer}");
    let list = format!("/sandbox/v1/partners?q={partner}");
    let (_, listed) = env.call(Method::GET, &list, None, None).await;
    assert_eq!(listed["records"][0]["registeredKeys"], left["kids"]);
    assert_eq!(listed["records"][0]["jwksUrl"], jwks_url);

    let private: Value = serde_json::from_str(&first.expose_jwk()).unwrap();
    for keys in [json!([]), json!([private]), json!([{ "kty": "oct" }])] {
        let (status, answer) = register(keys).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
    }
    let unknown = "/sandbox/v1/partners/7f01c42c-02cf-4325-96ed-ba034700f724/keys";
    let body = json!({ "keys": [first.public_jwk()] });
    let (status, _) = env.call(Method::POST, unknown, None, Some(&body)).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}
