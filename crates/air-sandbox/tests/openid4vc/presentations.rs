//! Wallets that present credentials by OpenID4VP, and the refusals of the verifier.

use air_jwt::{
    PartnerToken, SigningKey, UnixTime,
    jwe::{ContentEncryption, EncryptionKey},
    jws,
};
use air_oid4vc::vp::{
    AuthorizationRequest, AuthorizationResponse, ErrorCode, Expected, Invocation, Presentation,
    RequestObject, RequestUriMethod, RequestUriPost, ResponseBody, ResponseMode, VpToken,
};
use air_vc::{Challenge, ClaimPath, Credential};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use reqwest::{Method, StatusCode};
use rustls::pki_types::{CertificateDer, pem::PemObject};
use serde_json::{Value, json};

use super::{
    hash,
    wallet::{Answer, Wallet, keys},
};
use crate::support::{NOW, TestEnv};

const PATH: &str = "/sandbox/v1/presentation-requests";

/// A wallet that holds a credential, and its key.
pub(crate) struct Holder<'a> {
    wallet: Wallet<'a>,
    key: SigningKey,
    credential: Credential,
}

impl<'a> Holder<'a> {
    pub(crate) async fn with_credential(env: &'a TestEnv) -> Self {
        let wallet = Wallet::new(env);
        let created = wallet.offered(json!({})).await;
        let token = wallet.redeem(&created).await;
        let (nonce, _) = wallet.nonces().await;
        let mut keys = keys(1);
        let answer = wallet.request(&token, &wallet.order(&keys, &nonce)).await;
        answer.assert_ok();
        let credential = answer.body["credentials"][0]["credential"].as_str().unwrap();
        env.wait_until_anchored(&hash(credential)).await;
        Self {
            wallet,
            key: keys.remove(0),
            credential: credential.parse().unwrap(),
        }
    }

    fn test_env(&self) -> &'a TestEnv {
        self.wallet.env
    }

    /// A presentation of the age for this nonce and audience.
    pub(super) fn present(&self, nonce: &str, audience: &str) -> String {
        let challenge = Challenge {
            nonce: nonce.to_owned(),
            audience: audience.to_owned(),
        };
        let presentation = self.credential.present(&[ClaimPath::named("age")]).unwrap();
        presentation
            .bind(&self.key, &challenge, UnixTime::from_secs(NOW))
            .unwrap()
            .as_str()
            .to_owned()
    }

    /// A presentation of the age without a proof of possession.
    pub(super) fn unbound(&self) -> String {
        let presentation = self.credential.present(&[ClaimPath::named("age")]).unwrap();
        presentation.as_str().to_owned()
    }

    /// A proof of possession with these claims.
    pub(super) fn proof_with(&self, claims: &Value) -> String {
        jws::sign(&self.key, "kb+jwt", claims)
    }

    pub(crate) fn answer(&self, request: &AuthorizationRequest) -> VpToken {
        let presentation = self.present(request.nonce().as_str(), &request.audience(None).unwrap());
        VpToken::new().with("credential", Presentation::Text(presentation))
    }
}

/// A presentation request of the partner.
pub(crate) async fn asked(env: &TestEnv, members: Value) -> Value {
    let mut body = json!({ "programId": env.ids["verificationPrograms"]["adult"] });
    for (name, value) in members.as_object().unwrap() {
        body[name] = value.clone();
    }
    let token = env.token(PartnerToken::verify);
    let (status, created) = env.call(Method::POST, PATH, Some(&token), Some(&body)).await;
    assert_eq!(status, StatusCode::OK, "{created}");
    created
}

pub(super) async fn state(env: &TestEnv, created: &Value) -> Value {
    let path = format!("{PATH}/{}", created["requestId"].as_str().unwrap());
    let token = env.token(PartnerToken::verify);
    env.call(Method::GET, &path, Some(&token), None).await.1
}

pub(super) fn request_uri(created: &Value) -> String {
    let invocation = Invocation::parse(created["url"].as_str().unwrap()).unwrap();
    let Invocation::ByReference {
        request_uri, method, ..
    } = invocation
    else {
        panic!("not by reference");
    };
    assert_eq!(method, RequestUriMethod::Post);
    request_uri
}

/// Reads a request object as a wallet does: the certificate is the one that the client identifier names.
pub(super) fn verified(object: &str, created: &Value, wallet_nonce: Option<&str>) -> AuthorizationRequest {
    let Invocation::ByReference { client_id, .. } =
        Invocation::parse(created["url"].as_str().unwrap()).unwrap()
    else {
        panic!("not by reference");
    };
    let read = RequestObject::parse(object).unwrap();
    let [leaf] = read.certificates()[..] else {
        panic!("the chain has the leaf alone, without the anchor");
    };
    let pem = format!("-----BEGIN CERTIFICATE-----\n{leaf}\n-----END CERTIFICATE-----\n");
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
    read.client_id().check_certificate(&der, &[]).unwrap();
    let key = air_x509_key(&der);
    let expected = Expected {
        client_id: Some(&client_id),
        wallet_nonce,
        audience: None,
        now: UnixTime::from_secs(NOW),
        skew: 60,
    };
    read.verify(&key, &expected).unwrap()
}

/// The public key of a certificate: the only uncompressed point of P-256 after its algorithm
/// identifier (RFC 5480, 2.1.1 and 2.2).
fn air_x509_key(der: &[u8]) -> air_jwt::Jwk {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};

    // prime256v1, then a BIT STRING of 66 bytes that begins with the point's form.
    let before = [
        0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
    ];
    let at = der
        .windows(before.len())
        .position(|window| window == before)
        .unwrap();
    let point = &der[at + before.len()..at + before.len() + 64];
    let part = |range: std::ops::Range<usize>| URL_SAFE_NO_PAD.encode(&point[range]);
    let jwk = json!({ "kty": "EC", "crv": "P-256", "alg": "ES256", "kid": "leaf", "x": part(0..32), "y": part(32..64) });
    air_jwt::Jwk::from_slice(jwk.to_string().as_bytes()).unwrap()
}

pub(crate) async fn fetched(env: &TestEnv, created: &Value) -> AuthorizationRequest {
    let response = env.http.get(request_uri(created)).send().await.unwrap();
    assert_eq!(response.status(), StatusCode::OK);
    assert_eq!(
        response.headers()["content-type"],
        "application/oauth-authz-req+jwt"
    );
    assert_eq!(response.headers()["cache-control"], "no-store");
    verified(&response.text().await.unwrap(), created, None)
}

/// The body of a response: encrypted if the request says so.
pub(crate) fn body(request: &AuthorizationRequest, token: VpToken) -> String {
    let response = AuthorizationResponse::presented(token, request);
    encoded(request, response)
}

pub(super) fn encoded(request: &AuthorizationRequest, response: AuthorizationResponse) -> String {
    if request.response_mode() == ResponseMode::DirectPost {
        return ResponseBody::Plain(response).to_form();
    }
    let members = Value::Object(response.to_members());
    ResponseBody::Encrypted(encrypted(request, &members)).to_form()
}

/// Encrypts a response to the key of its request.
pub(super) fn encrypted(request: &AuthorizationRequest, response: &Value) -> String {
    let metadata = request.options().client_metadata.as_ref().unwrap();
    let jwk = Value::Object(metadata.encryption_keys().next().unwrap().clone());
    let key = EncryptionKey::from_slice(jwk.to_string().as_bytes()).unwrap();
    let plaintext = response.to_string();
    key.encrypt(ContentEncryption::A256Gcm, plaintext.as_bytes(), &mut rand::rng())
}

pub(crate) async fn post(env: &TestEnv, request: &AuthorizationRequest, form: String) -> Answer {
    let http = env
        .http
        .post(request.response_uri().unwrap())
        .header("content-type", "application/x-www-form-urlencoded");
    Answer::of(http.body(form)).await
}

#[tokio::test]
async fn a_wallet_presents_to_the_verifier_encrypted_and_plain() {
    let env = TestEnv::start().await;
    let holder = Holder::with_credential(&env).await;
    for encrypted in [true, false] {
        let created = asked(&env, json!({ "encrypted": encrypted })).await;
        assert_eq!(state(&env, &created).await["state"], "open");
        // Fetched twice, and once with the wallet's nonce.
        let request = fetched(&env, &created).await;
        assert_eq!(fetched(&env, &created).await, request);
        let wallet = RequestUriPost {
            wallet_metadata: None,
            wallet_nonce: Some(request.nonce().clone()),
        };
        let http = env
            .http
            .post(request_uri(&created))
            .header("content-type", "application/x-www-form-urlencoded");
        let object = http.body(wallet.to_form()).send().await.unwrap();
        assert_eq!(object.status(), StatusCode::OK);
        let object = object.text().await.unwrap();
        verified(&object, &created, Some(request.nonce().as_str()));

        assert_eq!(request.response_mode().is_encrypted(), encrypted);
        let form = body(&request, holder.answer(&request));
        let answer = post(&env, &request, form.clone()).await;
        answer.assert_ok();
        let state = state(&env, &created).await;
        assert_eq!(state["state"], "presented", "{state}");
        assert_eq!(state["result"]["status"], "Compliant", "{state}");
        assert_eq!(
            state["result"]["disclosedData"]["credentialSubject"],
            json!({ "age": 21 })
        );
        // The response is accepted once, and the request is gone.
        let answer = post(&env, &request, form).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND);
        let gone = Answer::of(env.http.get(request_uri(&created))).await;
        assert_eq!(gone.status, StatusCode::NOT_FOUND);
    }
    let token = env.token(PartnerToken::verify);
    let (_, events) = env
        .call(Method::GET, "/sandbox/v1/events/log", Some(&token), None)
        .await;
    let events = events["events"].as_array().unwrap();
    let received: Vec<&Value> = events
        .iter()
        .filter(|event| event["type"] == "presentation.received")
        .collect();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0]["data"]["status"], "Compliant");
    assert!(!received[0].to_string().contains("\"age\""));
}

#[tokio::test]
async fn each_request_has_a_key_a_nonce_and_a_state_of_its_own() {
    let env = TestEnv::start().await;
    let first = fetched(&env, &asked(&env, json!({})).await).await;
    let second = fetched(&env, &asked(&env, json!({})).await).await;
    assert_ne!(first.nonce(), second.nonce());
    assert_ne!(first.options().state, second.options().state);
    let keys = |request: &AuthorizationRequest| request.options().client_metadata.clone().unwrap().keys;
    assert_ne!(keys(&first), keys(&second));
    assert_eq!(first.client_id(), second.client_id(), "one certificate");
    assert!(!keys(&first)[0].contains_key("d"));
}

#[tokio::test]
async fn the_verifier_refuses_responses_that_break_a_rule() {
    let env = TestEnv::start().await;
    let holder = Holder::with_credential(&env).await;
    let created = asked(&env, json!({ "encrypted": false })).await;
    let request = fetched(&env, &created).await;
    let nonce = request.nonce().as_str().to_owned();
    let audience = request.audience(None).unwrap();
    let with = |presentation: String| VpToken::new().with("credential", Presentation::Text(presentation));
    let good = holder.present(&nonce, &audience);
    // The signature of the key binding is another presentation's.
    let (head, _) = good.rsplit_once('.').unwrap();
    let other = holder.present("another-nonce-of-16-bytes", &audience);
    let forged = format!("{head}.{}", other.rsplit('.').next().unwrap());
    let (unbound, _) = good.rsplit_once('~').unwrap();
    let nothing = holder.credential.present(&[]).unwrap();
    let challenge = Challenge {
        nonce: nonce.clone(),
        audience: audience.clone(),
    };
    let now = UnixTime::from_secs(NOW);
    let nothing = nothing.bind(&holder.key, &challenge, now).unwrap();
    for (what, token) in [
        (
            "another nonce",
            with(holder.present("another-nonce-of-16-bytes", &audience)),
        ),
        (
            "another audience",
            with(holder.present(&nonce, "x509_hash:another")),
        ),
        ("a forged key binding", with(forged)),
        ("no key binding", with(format!("{unbound}~"))),
        ("a claim that is missing", with(nothing.as_str().to_owned())),
        ("no presentation", with("junk".into())),
        (
            "another query",
            VpToken::new().with("other", Presentation::Text(good.clone())),
        ),
        (
            "two presentations",
            with(good.clone()).with("credential", Presentation::Text(good.clone())),
        ),
        ("nothing", VpToken::new()),
    ] {
        let answer = post(&env, &request, body(&request, token)).await;
        assert_eq!(answer.body["error"], "invalid_request", "{what}: {}", answer.body);
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{what}");
        assert!(!answer.body.to_string().contains(&nonce), "{what}");
    }
    let wrong_state = body(&request, with(good.clone())).replace("&state=", "&state=x");
    post(&env, &request, wrong_state)
        .await
        .assert_refused(400, "invalid_request");
    let large = format!("vp_token={}", "x".repeat(1024 * 1024));
    post(&env, &request, large)
        .await
        .assert_refused(413, "invalid_request");
    // Nothing of this ended the request.
    let answer = post(&env, &request, body(&request, with(good))).await;
    answer.assert_ok();
}

#[tokio::test]
async fn a_response_is_for_its_own_request() {
    let env = TestEnv::start().await;
    let holder = Holder::with_credential(&env).await;
    for encrypted in [true, false] {
        let first = fetched(&env, &asked(&env, json!({ "encrypted": encrypted })).await).await;
        let second = fetched(&env, &asked(&env, json!({ "encrypted": encrypted })).await).await;
        // A response to the first request at the second one's address: another state and, if
        // encrypted, another key.
        let form = body(&first, holder.answer(&first));
        let answer = post(&env, &second, form.clone()).await;
        answer.assert_refused(400, "invalid_request");
        // Even with the second one's state and key, its presentation has the first one's nonce.
        let answer = post(&env, &second, body(&second, holder.answer(&first))).await;
        answer.assert_refused(400, "invalid_request");
        post(&env, &first, form).await.assert_ok();
    }
}

#[tokio::test]
async fn an_encrypted_request_refuses_a_plain_response_and_the_reverse() {
    let env = TestEnv::start().await;
    let holder = Holder::with_credential(&env).await;
    let encrypted = fetched(&env, &asked(&env, json!({})).await).await;
    let plain = ResponseBody::Plain(AuthorizationResponse::presented(
        holder.answer(&encrypted),
        &encrypted,
    ));
    let answer = post(&env, &encrypted, plain.to_form()).await;
    answer.assert_refused(400, "invalid_request");
    let answer = post(&env, &encrypted, "response=junk".into()).await;
    answer.assert_refused(400, "invalid_request");
    let request = fetched(&env, &asked(&env, json!({ "encrypted": false })).await).await;
    let answer = post(&env, &request, body(&encrypted, holder.answer(&encrypted))).await;
    answer.assert_refused(400, "invalid_request");
}

#[tokio::test]
async fn the_result_has_the_credentials_status() {
    let env = TestEnv::start().await;
    let holder = Holder::with_credential(&env).await;
    let revoke = json!({ "coreClaimHash": hash(holder.credential.as_str()) });
    let token = env.token(PartnerToken::issue);
    let (status, _) = env
        .call(
            Method::POST,
            "/sandbox/v1/credentials/revoke",
            Some(&token),
            Some(&revoke),
        )
        .await;
    assert_eq!(status, StatusCode::OK);
    let created = asked(&env, json!({})).await;
    let request = fetched(&env, &created).await;
    post(&env, &request, body(&request, holder.answer(&request)))
        .await
        .assert_ok();
    let state = state(&env, &created).await;
    let status = state["result"]["status"].as_str().unwrap();
    assert!(["Revoking", "Revoked"].contains(&status), "{state}");
    assert!(state["result"].get("disclosedData").is_none(), "{state}");
    // The request is anyone's to answer, and a refusal ends it, too.
    let created = asked(&env, json!({})).await;
    let request = fetched(&env, &created).await;
    let refusal = AuthorizationResponse::refusal(ErrorCode::AccessDenied, Some(&request));
    let form = ResponseBody::Plain(refusal).to_form();
    post(&env, &request, form).await.assert_ok();
    let state = self::state(&env, &created).await;
    assert_eq!(state["state"], "refused", "{state}");
    assert_eq!(holder.test_env().partner_id(), env.partner_id());
}

/// PostgreSQL has no text with U+0000, so that a value with it must not reach the store.
#[tokio::test]
async fn refuses_the_character_nul_in_responses() {
    let env = TestEnv::start().await;
    let request = fetched(&env, &asked(&env, json!({ "encrypted": false })).await).await;
    for form in [
        "state=a%00b",
        "a%00b=c",
        "vp_token=%7B%22credential%22%3A%5B%22%5Cu0000%22%5D%7D",
    ] {
        let answer = post(&env, &request, form.to_owned()).await;
        answer.assert_refused(400, "invalid_request");
        assert!(
            answer.body.to_string().contains("U+0000"),
            "{form}: {}",
            answer.body
        );
    }
    // The issuer of a credential is read before its signature is checked.
    let (head, claims) = (
        json!({ "alg": "ES256", "typ": "dc+sd-jwt" }),
        json!({
            "iss": format!("{}/oid4vc/a\0b", env.platform.url()), "vct": "a",
        }),
    );
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let forged = format!(
        "{}.{}.{}~",
        part(&head),
        part(&claims),
        URL_SAFE_NO_PAD.encode([1; 64])
    );
    let token = VpToken::new().with("credential", Presentation::Text(forged));
    let answer = post(&env, &request, body(&request, token)).await;
    answer.assert_refused(400, "invalid_request");
    assert!(answer.body.to_string().contains("not trusted"), "{}", answer.body);
    for name in [
        "wallet_nonce=a%00b",
        "wallet_metadata=%7B%22a%22%3A%22%5Cu0000%22%7D",
    ] {
        let uri = request
            .response_uri()
            .unwrap()
            .replace("/responses/", "/requests/");
        let http = env
            .http
            .post(uri)
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = Answer::of(http.body(name)).await;
        answer.assert_refused(400, "invalid_request");
        assert!(
            answer.body.to_string().contains("U+0000"),
            "{name}: {}",
            answer.body
        );
    }
}
