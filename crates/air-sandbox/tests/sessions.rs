//! A session belongs to the partner that opened it: what another partner stored, sealed or asked is
//! out of its reach.

use air_crypto::holder::HolderPrivateKey;
use air_jwt::PartnerToken;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::support::{TestEnv, token_of};

const ADA: &str = "ada@example.com";
const KEY: &str = "/sandbox/v1/users/me/encryption-key";
const HELD: &str = "/sandbox/v1/users/me/vcs";

/// Two partners of one platform. The second logs in users of the first.
struct SessionEnv {
    base: TestEnv,
    hostile: (air_jwt::SigningKey, Value),
    /// Ada's session of the hostile partner.
    session: String,
}

impl SessionEnv {
    async fn set() -> Self {
        let base = TestEnv::start().await;
        let hostile = base.another_partner().await;
        let token = token_of(&hostile, PartnerToken::verify);
        let session = base.login_with(&token, ADA).await;
        Self {
            base,
            hostile,
            session,
        }
    }

    async fn initialize(&self, token: &str) -> Value {
        let body = json!({ "email": ADA });
        let path = "/v1/auth/initialize-user";
        let (status, user) = self.base.call(Method::POST, path, Some(token), Some(&body)).await;
        assert_eq!(status, StatusCode::OK, "{user}");
        user
    }

    async fn as_hostile(&self, method: Method, path: &str, body: Option<&Value>) -> (StatusCode, Value) {
        self.base
            .call_as_user(method, path, &self.session, None, body)
            .await
    }
}

#[tokio::test]
async fn another_partners_session_never_gets_the_custodial_key() {
    let env = SessionEnv::set().await;
    let owner = env.base.token(PartnerToken::issue);
    let user = env.initialize(&owner).await;
    let (status, answer) = env.as_hostile(Method::GET, KEY, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{answer}");
    assert!(answer.get("custodialPrivateKey").is_none());
    // Asking as an issuer gives the hostile partner a key of its own, which opens nothing of the owner's.
    let hostile = token_of(&env.hostile, PartnerToken::issue);
    let own = env.initialize(&hostile).await;
    let (status, answer) = env.as_hostile(Method::GET, KEY, None).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(answer["publicKey"], own["publicKey"]);
    assert_ne!(answer["publicKey"], user["publicKey"]);
}

#[tokio::test]
async fn another_partners_session_never_replaces_the_key_that_credentials_are_sealed_to() {
    let env = SessionEnv::set().await;
    let owner = env.base.token(PartnerToken::issue);
    let before = env.initialize(&owner).await;
    let planted = HolderPrivateKey::generate(&mut rand::rng())
        .public_key()
        .to_string();
    let body = json!({ "publicKey": planted });
    let (status, answer) = env.as_hostile(Method::PUT, KEY, Some(&body)).await;
    assert_eq!(
        status,
        StatusCode::OK,
        "it is the hostile partner's own key: {answer}"
    );
    assert_eq!(env.initialize(&owner).await["publicKey"], before["publicKey"]);
    let session = env.base.login(ADA).await;
    let (_, held) = env
        .base
        .call_as_user(Method::GET, KEY, &session, None, None)
        .await;
    assert_eq!(held["publicKey"], before["publicKey"]);
    assert!(
        held["custodialPrivateKey"].is_string(),
        "the private half is still kept"
    );
}

#[tokio::test]
async fn another_partners_session_never_lists_sealed_credentials() {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let env = SessionEnv::set().await;
    let owner = env.base.token(PartnerToken::issue);
    let user = env.initialize(&owner).await;
    let key = hex::decode(&user["publicKey"].as_str().unwrap()[2..]).unwrap();
    let sealed = json!({
        "holderDid": user["did"], "proofType": "SD_JWT_VC", "schemaId": env.base.ids["schemas"]["adult"],
        "expiresAt": "2090-01-01T00:00:00Z", "data": BASE64_STANDARD.encode("sealed"),
        "iv": BASE64_STANDARD.encode([0; 12]), "authTag": BASE64_STANDARD.encode([0; 16]),
        "encryptedKey": BASE64_STANDARD.encode(key), "externalId": "order-1",
    });
    let (status, stored) = env
        .base
        .call(Method::POST, "/v1/dstorage/vcs", Some(&owner), Some(&sealed))
        .await;
    assert_eq!(status, StatusCode::CREATED, "{stored}");
    let (status, held) = env.as_hostile(Method::GET, HELD, None).await;
    assert_eq!((status, held), (StatusCode::OK, json!({ "vcs": [] })));
    let path = format!("/v1/dstorage/{}", stored["storagePath"].as_str().unwrap());
    let (status, answer) = env.as_hostile(Method::GET, &path, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{answer}");
    let session = env.base.login(ADA).await;
    let (_, held) = env
        .base
        .call_as_user(Method::GET, HELD, &session, None, None)
        .await;
    assert_eq!(held["vcs"][0]["storagePath"], stored["storagePath"]);
}

#[tokio::test]
async fn another_partners_session_never_answers_a_verifiers_question() {
    let env = SessionEnv::set().await;
    let base = &env.base;
    let session = base.login(ADA).await;
    let verify = base.token(PartnerToken::verify);
    let program = json!({ "programId": base.ids["verificationPrograms"]["adult"] });
    let path = "/sandbox/v1/verifications";
    let (status, run) = base
        .call_as_user(Method::POST, path, &session, Some(&verify), Some(&program))
        .await;
    assert_eq!(status, StatusCode::OK, "{run}");
    let consent = format!("{path}/{}/consent", run["verificationId"].as_str().unwrap());
    for decision in ["agree", "deny"] {
        let body = json!({ "decision": decision });
        let (status, answer) = env.as_hostile(Method::POST, &consent, Some(&body)).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{decision}: {answer}");
    }
    let body = json!({ "decision": "agree" });
    let (status, result) = base
        .call_as_user(Method::POST, &consent, &session, None, Some(&body))
        .await;
    assert_eq!(status, StatusCode::OK, "the question is still open: {result}");
}

#[tokio::test]
async fn a_partner_never_calls_with_a_session_that_another_opened() {
    let env = SessionEnv::set().await;
    let base = &env.base;
    let issue = json!({
        "issuerDid": base.ids["issuerDid"], "credentialId": base.ids["programs"]["adult"],
        "credentialSubject": { "age": 21, "country": "UTO" },
    });
    let verify = json!({ "programId": base.ids["verificationPrograms"]["adult"] });
    for (path, token, body) in [
        (
            "/sandbox/v1/credentials/issue",
            base.token(PartnerToken::issue),
            issue,
        ),
        (
            "/sandbox/v1/verifications",
            base.token(PartnerToken::verify),
            verify,
        ),
    ] {
        let (status, answer) = base
            .call_as_user(Method::POST, path, &env.session, Some(&token), Some(&body))
            .await;
        assert_eq!(status, StatusCode::FORBIDDEN, "{path}: {answer}");
    }
}
