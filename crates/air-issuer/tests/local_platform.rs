//! The local platform as the AIR side: it finds the user, stores the envelope, and the holder opens it.

use std::fs;

use air_client::AirClient;
use air_issuer::{Config, Environment, IssuerService};
use air_jwt::{KeyForm, PartnerToken, jws::Unverified};
use air_sandbox::TestPlatform;
use axum::{body::Body, http::Request};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Value, json};
use tower_service::Service;

use crate::support::{ADMIN_KEY, API_KEY};

const SCHEMA: &str = r#"{
    "title": "Adult",
    "attributes": [
        { "name": "isOver18", "type": "boolean", "required": true },
        { "name": "country", "type": "string" }
    ]
}"#;
pub(crate) const EMAIL: &str = "ada@example.com";

/// Starts an issuer of the platform's partner, with lists of this size.
pub(crate) async fn start(
    platform: &TestPlatform,
    folder: &std::path::Path,
    lists: Option<&str>,
) -> IssuerService {
    let (url, key) = (platform.url(), platform.key());
    let private_key = STANDARD.encode(key.expose_der(KeyForm::Pkcs8));
    let environment = Environment::new([
        ("ISSUER_ORIGIN", "https://issuer.example"),
        ("MOCA_CHAIN_API_ORIGIN", url.as_str()),
        ("PARTNER_ID", platform.partner_id().as_str()),
        ("PARTNER_PRIVATE_KEY_DER", private_key.as_str()),
        ("PARTNER_PRIVATE_KEY_KID", key.kid().as_str()),
        ("API_KEY", API_KEY),
        ("ADMIN_API_KEY", ADMIN_KEY),
        // An empty variable counts as unset.
        ("SD_JWT_TSL_PARTITION_SIZE", lists.unwrap_or_default()),
    ]);
    fs::write(folder.join("adult.json"), SCHEMA).unwrap();
    fs::write(
        folder.join("adults.csv"),
        "userId,credentialSubject.isOver18\nuser-1,true\n",
    )
    .unwrap();
    let toml = format!(
        "sqlite = \"data\"\nschemas = [{{ id = \"{}\", valid-for = \"1d\", document = \"adult.json\", \
         claims = {{ table = \"adults.csv\" }} }}]",
        platform.ids().schemas["adult"]
    );
    let config = Config::read(&environment, Some(&toml), folder).unwrap();
    IssuerService::start(config).await.unwrap()
}

async fn post(issuer: &IssuerService, path: &str, body: &Value) -> u16 {
    let request = Request::post(path)
        .header("x-api-key", API_KEY)
        .header("x-admin-api-key", ADMIN_KEY)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .unwrap();
    issuer.router().call(request).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_credential_goes_from_the_issuer_through_the_platform_to_its_holder() {
    let platform = TestPlatform::start().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let issuer = start(&platform, folder.path(), Some("16")).await;
    let schema = platform.ids().schemas["adult"].to_string();
    let by_address = json!({
        "userId": EMAIL,
        "schemaId": schema,
        "vct": schema,
        "expiration": "2199-01-01",
        "credentialSubject": { "isOver18": true },
    });
    assert_eq!(post(&issuer, "/admin/issue-vc", &by_address).await, 201);

    let client = AirClient::at(&platform.url()).unwrap();
    let now = air_issuer::Clock::system().now();
    let token = PartnerToken::issue(platform.partner_id().clone())
        .sign(platform.key(), now)
        .unwrap();
    let email = EMAIL.parse().unwrap();
    let user = client.initialize_user(&token, &email).await.unwrap();
    let by_air = json!({
        "holderDID": user.did,
        "encryptionKey": user.public_key,
        "userId": "user-1",
        "schemaId": schema,
    });
    assert_eq!(post(&issuer, "/issue-vc", &by_air).await, 201);

    let local = client.local();
    let session = local.login(&token, &email).await.unwrap().session_token;
    let held = local.held_credentials(&session).await.unwrap();
    assert_eq!(held.vcs.len(), 2);
    let key = local.holder_keys(&session).await.unwrap().custodial.unwrap();
    for credential in held.vcs {
        let received = local
            .fetch_credential(&session, &credential.storage_path)
            .await
            .unwrap();
        let plaintext = key.open(&received.envelope).unwrap();
        let compact: String = serde_json::from_slice(&plaintext).unwrap();
        let token = Unverified::parse(compact.split('~').next().unwrap(), 100_000).unwrap();
        let payload = token.dangerous_payload().unwrap();
        assert_eq!(payload["sub"], user.did.as_str());
        assert_eq!(payload["iss"], "did:web:issuer.example");
        assert_eq!(payload["vct"], schema.as_str());
    }
}
