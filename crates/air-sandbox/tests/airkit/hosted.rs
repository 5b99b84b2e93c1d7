//! `issueCredential` for an issuer with a backend of its own: preview, consent, issuance, and the credential in dStorage.

mod backend;
mod pages;

use air_jwt::{PartnerToken, SigningKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use self::backend::{API_KEY, Backend, Fault};
use super::{AirkitEnv, EMAIL};
use crate::support::{NOW, sign};

/// A platform with a registered backend, and a user who is logged in.
struct HostedEnv {
    env: AirkitEnv,
    backend: Backend,
    session: String,
}

/// A Partner JWT as the vendor's issuer service signs it: without `typ` and scope.
fn bare_token(key: &SigningKey, partner: &str) -> String {
    let encode = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({ "alg": "ES256", "kid": key.kid().as_str() });
    let claims = json!({ "partnerId": partner, "iat": NOW, "exp": NOW + 900 });
    let signed = format!("{}.{}", encode(&header), encode(&claims));
    let signature = URL_SAFE_NO_PAD.encode(key.sign(signed.as_bytes()));
    format!("{signed}.{signature}")
}

impl HostedEnv {
    async fn open() -> Self {
        let env = AirkitEnv::open().await;
        let token = bare_token(&env.base.key, &env.partner());
        let backend = Backend::serve(env.base.platform.url(), token).await;
        let (session, _) = env.login(EMAIL).await;
        let hosted = Self {
            env,
            backend,
            session,
        };
        hosted.register(&hosted.backend.registration()).await;
        hosted
    }

    async fn register(&self, registration: &Value) {
        let path = format!("/sandbox/v1/partners/{}/issuer-backend", self.env.partner());
        let base = &self.env.base;
        let (status, answer) = base.call(Method::PUT, &path, None, Some(registration)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }

    /// The call of the page, as the SDK asks for it.
    fn call_body(&self) -> Value {
        let base = &self.env.base;
        let token = sign(PartnerToken::issue(base.partner_id()), &base.key);
        json!({ "partnerToken": token, "request": {
            "issuerDid": self.backend.did, "credentialId": base.ids["programs"]["adult"],
            "credentialSubject": {}, "curve": "secp256r1",
        } })
    }

    async fn call(&self, path: &str) -> (StatusCode, Value) {
        self.call_with(path, &self.call_body()).await
    }

    async fn call_with(&self, path: &str, body: &Value) -> (StatusCode, Value) {
        let (status, _, answer) = self.env.call(path, Some(&self.session), body).await;
        (status, answer)
    }

    /// The number of envelopes that the user has.
    async fn held(&self) -> usize {
        let base = &self.env.base;
        let session = base.login(EMAIL).await;
        let path = "/sandbox/v1/users/me/vcs";
        let (_, held) = base.call_as_user(Method::GET, path, &session, None, None).await;
        held["vcs"].as_array().unwrap().len()
    }
}

#[tokio::test]
async fn a_user_sees_the_preview_and_gets_the_credential() {
    let hosted = HostedEnv::open().await;
    hosted
        .backend
        .offer(json!({ "age": 21, "country": "UTO", "level": "gold" }));
    let (status, offer) = hosted.call("issue/preview").await;
    assert_eq!(status, StatusCode::OK, "{offer}");
    assert_eq!(offer["title"], "Adult");
    assert_eq!((&offer["isHosted"], &offer["cak"]), (&json!(true), &Value::Null));
    let values: Vec<&Value> = offer["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| &field["value"])
        .collect();
    assert_eq!(values, [&json!(21), &json!("UTO"), &json!("gold")]);
    assert_eq!(hosted.held().await, 0, "a preview stores nothing");
    assert!(hosted.backend.calls().is_empty());

    let (status, taken) = hosted.call("issue").await;
    assert_eq!(status, StatusCode::OK, "{taken}");
    assert!(
        taken["storagePath"].as_str().unwrap().starts_with("vcs/"),
        "{taken}"
    );
    assert_eq!(taken["schemaId"], hosted.env.base.ids["schemas"]["adult"]);
    assert_eq!(taken["received"]["fields"][0]["value"], 21);
    assert!(taken.get("coreClaimHash").is_none(), "nothing is anchored");
    assert_eq!(hosted.held().await, 1);

    let [call]: [Value; 1] = hosted.backend.calls().try_into().unwrap();
    assert_eq!(call["userId"], EMAIL);
    assert_eq!(call["proofType"], "SD_JWT_VC");
    let jwk = &call["signingKey"]["jwk"];
    assert_eq!((&jwk["kty"], &jwk["crv"]), (&json!("EC"), &json!("P-256")));
    assert_eq!(jwk.as_object().unwrap().len(), 4, "public members only: {jwk}");

    // Issuers receive the same keys from then on.
    let base = &hosted.env.base;
    let (_, user) = base
        .call(
            Method::POST,
            "/v1/auth/initialize-user",
            Some(&base.token(PartnerToken::issue)),
            Some(&json!({ "email": EMAIL })),
        )
        .await;
    assert_eq!(user["signingKey"], call["signingKey"]);
    assert_eq!(user["publicKey"], call["pubKey"]);
}

#[tokio::test]
async fn a_lost_answer_is_a_success_if_the_credential_is_stored() {
    let hosted = HostedEnv::open().await;
    hosted.backend.set(Fault::LosesAnswer);
    let (status, taken) = hosted.call("issue").await;
    assert_eq!(status, StatusCode::OK, "{taken}");
    assert_eq!(hosted.backend.calls().len(), 1, "it is not asked twice");
    assert_eq!(hosted.held().await, 1);
}

#[tokio::test]
async fn an_issuer_need_not_issue_what_the_holder_has() {
    let hosted = HostedEnv::open().await;
    let (_, first) = hosted.call("issue").await;
    hosted.backend.set(Fault::StoresNothing);
    let (status, again) = hosted.call("issue").await;
    assert_eq!(status, StatusCode::OK, "{again}");
    assert_eq!(again["storagePath"], first["storagePath"]);
}

/// Checks that the backend failed, and returns the message.
fn unavailable(status: StatusCode, refused: &Value) -> &str {
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{refused}");
    assert_eq!(refused["errorName"], "CONFIG_ERROR");
    refused["errorMessage"].as_str().unwrap()
}

#[tokio::test]
async fn an_issuer_that_stores_nothing_or_the_wrong_thing_is_named() {
    for (fault, expected) in [
        (Fault::StoresNothing, "stored no credential"),
        (Fault::SealsToAnother, "does not open with the `pubKey`"),
        (Fault::NamesAnother, "`sub`"),
    ] {
        let hosted = HostedEnv::open().await;
        hosted.backend.set(fault);
        let (status, refused) = hosted.call("issue").await;
        let message = unavailable(status, &refused);
        assert!(message.starts_with("issuer backend unavailable"), "{message}");
        assert!(message.contains(expected), "{fault:?}: {message}");
    }
}

#[tokio::test]
async fn a_wrong_key_and_a_backend_that_is_away_say_what_to_do() {
    let hosted = HostedEnv::open().await;
    let mut registration = hosted.backend.registration();
    registration["apiKey"] = json!("another-key");
    hosted.register(&registration).await;
    for path in ["issue/preview", "issue"] {
        let (_, refused) = hosted.call(path).await;
        let message = refused["errorMessage"].as_str().unwrap();
        assert!(message.contains("refused the API key (403)"), "{message}");
        assert!(message.contains("register the backend again"), "{message}");
        assert!(!message.contains("another-key"), "{message}");
    }
    let mut registration = hosted.backend.registration();
    // No server listens on port 1.
    registration["availableVcApiUrl"] = json!("http://127.0.0.1:1");
    hosted.register(&registration).await;
    let (_, refused) = hosted.call("issue/preview").await;
    assert_eq!(refused["errorName"], "CONFIG_ERROR");
    let message = refused["errorMessage"].as_str().unwrap();
    assert!(
        message.starts_with("issuer backend unavailable: available-vc: "),
        "{message}"
    );
    assert!(!message.contains(API_KEY), "{message}");
}

#[tokio::test]
async fn a_subject_of_the_partners_another_program_and_a_wallets_own_key_are_refused() {
    let hosted = HostedEnv::open().await;
    let mut with_subject = hosted.call_body();
    with_subject["request"]["credentialSubject"] = json!({ "age": 99 });
    let mut draft = hosted.call_body();
    draft["request"]["credentialId"] = hosted.env.base.ids["programs"]["draft"].clone();
    let (_, other) = hosted.env.base.another_partner().await;
    let mut foreign = hosted.call_body();
    foreign["request"]["credentialId"] = other["programs"]["adult"].clone();
    let mut stranger = hosted.call_body();
    stranger["request"]["issuerDid"] = json!("did:web:other.example");
    for (body, expected) in [
        (with_subject, "INVALID_PARAMETER"),
        (draft, "CONFIG_ERROR"),
        (foreign, "PERMISSION_NOT_ENABLED"),
        (stranger, "CONFIG_ERROR"),
    ] {
        for path in ["issue/preview", "issue"] {
            let (status, refused) = hosted.call_with(path, &body).await;
            assert!(!status.is_success(), "{refused}");
            assert_eq!(refused["errorName"], expected, "{path}: {refused}");
        }
    }
    assert!(hosted.backend.calls().is_empty());

    let own = air_crypto::holder::HolderPrivateKey::generate(&mut rand::rng()).public_key();
    let base = &hosted.env.base;
    let session = base.login(EMAIL).await;
    let path = "/sandbox/v1/users/me/encryption-key";
    let key = json!({ "publicKey": own.to_string() });
    base.call_as_user(Method::PUT, path, &session, None, Some(&key))
        .await;
    let (status, refused) = hosted.call("issue/preview").await;
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");
    let message = refused["errorMessage"].as_str().unwrap();
    assert!(
        message.contains("open it with the wallet's private key"),
        "{message}"
    );
}

#[tokio::test]
async fn the_platforms_own_issuer_still_issues_beside_a_backend() {
    let hosted = HostedEnv::open().await;
    let mut body = hosted.call_body();
    body["request"]["issuerDid"] = hosted.env.base.ids["issuerDid"].clone();
    body["request"]["credentialSubject"] = json!({ "age": 21, "country": "UTO" });
    let (status, offer) = hosted.call_with("issue/preview", &body).await;
    assert_eq!(status, StatusCode::OK, "{offer}");
    assert_eq!(offer["isHosted"], false);
    assert!(hosted.backend.calls().is_empty());
}

impl HostedEnv {
    /// Runs the verification program with the user's consent.
    async fn verify(&self) -> (StatusCode, Value) {
        let base = &self.env.base;
        let token = sign(PartnerToken::verify(base.partner_id()), &base.key);
        let program = &base.ids["verificationPrograms"]["adult"];
        let start = json!({ "partnerToken": token, "programId": program, "fieldsToDisclose": ["age"] });
        let (status, started) = self.call_with("verify/start", &start).await;
        assert_eq!(status, StatusCode::OK, "{started}");
        let decide =
            json!({ "verificationId": started["verificationId"], "decision": { "decision": "agree" } });
        let (status, mut decided) = self.call_with("verify/decide", &decide).await;
        if status.is_success() {
            decided = decided["verificationResult"].take();
        }
        (status, decided)
    }
}

#[tokio::test]
async fn mismatch_12_a_held_credential_is_verified_by_its_schema_id() {
    let hosted = HostedEnv::open().await;
    let (_, nothing) = hosted.verify().await;
    assert_eq!(nothing["status"], "NotFound", "{nothing}");
    let (status, taken) = hosted.call("issue").await;
    assert_eq!(status, StatusCode::OK, "{taken}");
    let (status, result) = hosted.verify().await;
    assert_eq!(status, StatusCode::OK, "{result}");
    assert_eq!(result["status"], "Compliant", "{result}");
    assert!(result["transactionHash"].as_str().unwrap().starts_with("0x"));
    let shown = &result["disclosedData"];
    assert_eq!(shown["credentialSubject"], json!({ "age": 21 }));
    assert_eq!(shown["credentialType"], hosted.env.base.ids["schemas"]["adult"]);
    assert_eq!(shown["issuerDid"], hosted.backend.did.as_str());
    assert_eq!(shown["issuanceDate"], "2027-01-15 08:00:00");
    assert_eq!(shown["expirationDate"], "2027-01-16 08:00:00");
}

#[tokio::test]
async fn conditions_are_tested_on_the_issuers_claims() {
    let hosted = HostedEnv::open().await;
    hosted.backend.offer(json!({ "age": 17, "country": "UTO" }));
    hosted.call("issue").await;
    let (_, result) = hosted.verify().await;
    assert_eq!(result["status"], "Non-Compliant", "{result}");
    assert!(result.get("disclosedData").is_none());
}

#[tokio::test]
async fn mismatch_10_a_credential_is_revoked_by_a_list_with_the_origin_as_issuer() {
    let hosted = HostedEnv::open().await;
    hosted.backend.name_a_list();
    hosted.call("issue").await;
    let (_, result) = hosted.verify().await;
    assert_eq!(result["status"], "Compliant", "{result}");
    hosted.backend.revoke();
    let (_, result) = hosted.verify().await;
    assert_eq!(result["status"], "Revoked", "{result}");
}

#[tokio::test]
async fn a_credential_without_a_list_is_revoked_by_the_backends_answer() {
    let hosted = HostedEnv::open().await;
    let mut registration = hosted.backend.registration();
    let url = format!("{}/revocation-status/", hosted.backend.url);
    registration["revocationStatusApiUrl"] = json!(url);
    hosted.register(&registration).await;
    hosted.call("issue").await;
    let (_, result) = hosted.verify().await;
    assert_eq!(result["status"], "Compliant", "{result}");
    hosted.backend.revoke();
    let (_, result) = hosted.verify().await;
    assert_eq!(result["status"], "Revoked", "{result}");
    // The status must be known.
    registration["revocationStatusApiUrl"] = json!(format!("{}/nowhere", hosted.backend.url));
    hosted.register(&registration).await;
    let (status, refused) = hosted.verify().await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{refused}");
    assert!(
        refused["errorMessage"].as_str().unwrap().contains("answered 404"),
        "{refused}"
    );
}

#[tokio::test]
async fn a_credential_of_another_key_or_bound_to_none_is_refused() {
    for (fault, expected) in [
        (Fault::SignsWithAnother, "signature"),
        (Fault::BindsToNone, "key"),
    ] {
        let hosted = HostedEnv::open().await;
        hosted.backend.set(fault);
        let (status, taken) = hosted.call("issue").await;
        assert_eq!(status, StatusCode::OK, "{taken}");
        let (status, refused) = hosted.verify().await;
        let message = unavailable(status, &refused);
        assert!(message.contains("can't be verified"), "{message}");
        assert!(message.contains(expected), "{fault:?}: {message}");
    }
}
