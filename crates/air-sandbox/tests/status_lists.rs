//! Whether a credential still holds, as anybody who has it finds out.

use air_jwt::{JwkSet, PartnerToken};
use air_sandbox::{Data, UnixTime};
use air_vc::{Error, Verifier};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{self, CAK, NOW, TestEnv};

/// A credential that a present user was issued, and its hash.
async fn issue(env: &TestEnv, email: &str) -> (String, String) {
    let token = env.token(PartnerToken::issue);
    let login = json!({ "email": email });
    let (_, session) = env
        .call(Method::POST, "/sandbox/v1/sessions", Some(&token), Some(&login))
        .await;
    let mut order = env.order();
    order["cakPublicKey"] = json!(CAK);
    let response = env
        .http
        .post(format!("{}/sandbox/v1/credentials/issue", env.platform.url()))
        .header("x-partner-auth", token)
        .bearer_auth(session["sessionToken"].as_str().unwrap())
        .json(&order);
    let issued: Value = response.send().await.unwrap().json().await.unwrap();
    let text = |name: &str| {
        issued[name]
            .as_str()
            .unwrap_or_else(|| panic!("{issued}"))
            .to_owned()
    };
    (text("credential"), text("coreClaimHash"))
}

/// The steps of any verifier: the issuer's keys by configuration, the list from where the credential says.
async fn verify(env: &TestEnv, credential: &str) -> Result<(), Error> {
    let issuer = env.ids["issuerDid"].as_str().unwrap();
    let keys = format!("/sandbox/v1/issuers/{issuer}/jwks.json");
    let (_, keys) = env.call(Method::GET, &keys, None, None).await;
    let keys = JwkSet::from_slice(keys.to_string().as_bytes()).unwrap();
    let verifier = Verifier::new(issuer, &keys);
    let list = verifier.named_lists(credential)?.token.unwrap();
    assert!(list.uri().starts_with(&env.platform.url()), "{}", list.uri());
    let response = env.http.get(list.uri()).send().await.unwrap();
    assert_eq!(response.headers()["content-type"], "application/statuslist+jwt");
    let token = response.text().await.unwrap();
    let now = UnixTime::from_secs(NOW);
    let lists = [list.verify(&token, now)?];
    assert_eq!(lists[0].list().entries(), 131_072, "a crowd to hide in");
    verifier
        .with_status_lists(&lists)
        .verify(credential, now)
        .map(drop)
}

#[tokio::test]
async fn a_credentials_list_says_whether_it_was_revoked() {
    let folder = tempfile::tempdir().unwrap();
    let env = TestEnv::start_with(Data::Folder(folder.path().into())).await;
    let (ada, hash) = issue(&env, "ada@example.com").await;
    let (bob, _) = issue(&env, "bob@example.com").await;
    assert_eq!(verify(&env, &ada).await, Ok(()));

    let token = env.token(PartnerToken::issue);
    let revoke = json!({ "coreClaimHash": hash });
    let path = "/sandbox/v1/credentials/revoke";
    for _ in 0..2 {
        let (status, revoked) = env.call(Method::POST, path, Some(&token), Some(&revoke)).await;
        assert_eq!(status, StatusCode::OK);
        assert_eq!(
            revoked,
            json!({ "coreClaimHash": hash, "revocationDate": "2027-01-15 08:00:00" })
        );
    }
    assert_eq!(verify(&env, &ada).await, Err(Error::Revoked));
    assert_eq!(verify(&env, &bob).await, Ok(()));

    // So does the platform's default for duplicates.
    let (again, _) = issue(&env, "bob@example.com").await;
    assert_eq!(verify(&env, &bob).await, Err(Error::Revoked));
    assert_eq!(verify(&env, &again).await, Ok(()));
}

#[tokio::test]
async fn only_its_issuer_revokes_a_credential() {
    let env = TestEnv::start().await;
    let (ada, hash) = issue(&env, "ada@example.com").await;
    let other = env.seed(&TestEnv::seed_file(&env.jwks.url)).await;
    let other: air_jwt::PartnerId = other["partnerId"].as_str().unwrap().parse().unwrap();
    let revoke = json!({ "coreClaimHash": hash });
    let path = "/sandbox/v1/credentials/revoke";
    for (token, expected) in [
        (
            support::sign(PartnerToken::issue(other), &env.key),
            StatusCode::NOT_FOUND,
        ),
        (env.token(PartnerToken::verify), StatusCode::UNAUTHORIZED),
    ] {
        let (status, _) = env.call(Method::POST, path, Some(&token), Some(&revoke)).await;
        assert_eq!(status, expected);
    }
    assert_eq!(verify(&env, &ada).await, Ok(()));
    for list in ["0", "2", "one"] {
        let path = format!(
            "/sandbox/v1/issuers/{}/statuslist/{list}",
            env.ids["issuerDid"].as_str().unwrap()
        );
        assert!(
            env.call(Method::GET, &path, None, None).await.0.is_client_error(),
            "{list}"
        );
    }
}

/// A credential says where its list is for as long as it lives, wherever the platform listens later.
#[tokio::test]
async fn a_list_stays_where_its_credentials_say_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let start = async || {
        let mut config = air_sandbox::Config::default();
        config.data = support::data(Data::Folder(folder.path().into())).await;
        config.public_url = Some("https://air.example".into());
        config.clock = air_sandbox::Clock::new(|| UnixTime::from_secs(NOW));
        air_sandbox::Platform::start(config).await.unwrap()
    };
    let mut env = TestEnv::start().await;
    env.platform = start().await;
    env.ids = env.seed(&TestEnv::seed_file(&env.jwks.url)).await;
    let (ada, _) = issue(&env, "ada@example.com").await;
    let elsewhere = support::start_platform(Data::Memory).await;
    let first = std::mem::replace(&mut env.platform, elsewhere);
    first.stop().await.unwrap();
    env.platform = start().await;

    let issuer = env.ids["issuerDid"].as_str().unwrap();
    let keys = format!("/sandbox/v1/issuers/{issuer}/jwks.json");
    let (_, keys) = env.call(Method::GET, &keys, None, None).await;
    let keys = JwkSet::from_slice(keys.to_string().as_bytes()).unwrap();
    let verifier = Verifier::new(issuer, &keys);
    let list = verifier.named_lists(&ada).unwrap().token.unwrap();
    let path = list.uri().strip_prefix("https://air.example").unwrap();
    let url = format!("{}{path}", env.platform.url());
    let served = env.http.get(url).send().await.unwrap();
    let served = served.text().await.unwrap();
    assert!(list.verify(&served, UnixTime::from_secs(NOW)).is_ok());
}
