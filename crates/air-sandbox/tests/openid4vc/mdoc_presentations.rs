//! Wallets that present mdocs by OpenID4VP, and the presentations that the verifier refuses.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use air_jwt::{PartnerToken, SigningKey, jwe::EncryptionKey};
use air_mdoc::{
    DcApiHandover, DeviceResponse, IssuerSigned, RedirectHandover, SessionTranscript, Value as Cbor,
};
use air_oid4vc::vp::{AuthorizationRequest, Presentation, VpToken};
use air_sandbox::{Clock, Data, UnixTime};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{
    mdoc::{doc_type, hash, received, revoke},
    presentations::{asked, body, fetched, post, state},
    wallet::{Wallet, keys},
};
use crate::support::{self, NOW, TestEnv};

const FORMATS: &str = "formats";

/// A wallet that holds an mdoc, and its key.
pub(super) struct Holder<'a> {
    env: &'a TestEnv,
    key: SigningKey,
    credential: IssuerSigned,
}

impl<'a> Holder<'a> {
    pub(super) async fn of(env: &'a TestEnv) -> Self {
        let wallet = Wallet::new(env);
        let mut keys = keys(1);
        let credential = received(&wallet, &keys).await.remove(0);
        env.wait_until_anchored(&hash(&credential)).await;
        Self {
            env,
            key: keys.remove(0),
            credential,
        }
    }

    /// Discloses the age for a session.
    pub(super) fn present(&self, transcript: &SessionTranscript) -> DeviceResponse {
        let namespace = doc_type(self.env);
        let chosen = self.credential.present(&[(&namespace, "age")]).unwrap();
        chosen.sign(&self.key, transcript).unwrap()
    }

    fn answer(&self, request: &AuthorizationRequest) -> VpToken {
        token(&self.present(&transcript(request)))
    }
}

pub(super) fn token(response: &DeviceResponse) -> VpToken {
    text_token(response.to_base64url())
}

fn text_token(text: String) -> VpToken {
    VpToken::new().with("mdoc", Presentation::Text(text))
}

/// The thumbprint of the request's key.
pub(super) fn thumbprint(request: &AuthorizationRequest) -> Option<[u8; 32]> {
    let metadata = request.options().client_metadata.as_ref().unwrap();
    let jwk = Value::Object(metadata.encryption_keys().next()?.clone());
    let key = EncryptionKey::from_slice(jwk.to_string().as_bytes()).unwrap();
    Some(key.thumbprint_bytes())
}

fn transcript(request: &AuthorizationRequest) -> SessionTranscript {
    transcript_with(request, |_| ())
}

/// The transcript of a request after a change.
pub(super) fn transcript_with(
    request: &AuthorizationRequest,
    change: impl FnOnce(&mut RedirectHandover<'_>),
) -> SessionTranscript {
    let client_id = request.client_id().unwrap().to_string();
    let mut handover = RedirectHandover {
        client_id: &client_id,
        nonce: request.nonce().as_str(),
        jwk_thumbprint: thumbprint(request),
        response_uri: request.response_uri().unwrap(),
    };
    change(&mut handover);
    SessionTranscript::from(&handover)
}

#[tokio::test]
async fn a_wallet_presents_an_mdoc_encrypted_and_plain() {
    let env = TestEnv::start().await;
    let holder = Holder::of(&env).await;
    for encrypted in [true, false] {
        let created = asked(&env, json!({ FORMATS: ["mso_mdoc"], "encrypted": encrypted })).await;
        let request = fetched(&env, &created).await;
        assert_eq!(request.query().credentials().len(), 1);
        let metadata = request.options().client_metadata.as_ref().unwrap();
        assert!(metadata.formats.contains_key("mso_mdoc"));
        post(&env, &request, body(&request, holder.answer(&request)))
            .await
            .assert_ok();
        let state = state(&env, &created).await;
        assert_eq!(state["result"]["status"], "Compliant", "{state}");
        let disclosed = &state["result"]["disclosedData"];
        assert_eq!(disclosed["credentialSubject"], json!({ "age": 21 }));
        assert_eq!(disclosed["credentialType"], doc_type(&env), "{state}");
        assert_eq!(disclosed["issuerDid"], env.ids["issuerDid"]);
    }
}

#[tokio::test]
async fn a_request_for_both_formats_takes_either() {
    let env = TestEnv::start().await;
    let mdoc = Holder::of(&env).await;
    let sd_jwt = super::presentations::Holder::with_credential(&env).await;
    for is_mdoc in [true, false] {
        let created = asked(&env, json!({ FORMATS: ["dc+sd-jwt", "mso_mdoc"] })).await;
        let request = fetched(&env, &created).await;
        assert_eq!(request.query().sets().len(), 1);
        let nothing = post(&env, &request, body(&request, VpToken::new())).await;
        nothing.assert_refused(400, "invalid_request");
        let answer = if is_mdoc {
            mdoc.answer(&request)
        } else {
            sd_jwt.answer(&request)
        };
        post(&env, &request, body(&request, answer)).await.assert_ok();
        let state = state(&env, &created).await;
        // A new SD-JWT VC of the user replaced the mdoc.
        let expected = if is_mdoc { "Revok" } else { "Compliant" };
        let status = state["result"]["status"].as_str().unwrap();
        assert!(status.starts_with(expected), "{state}");
    }
    for formats in [json!([]), json!(["mso_mdoc", "mso_mdoc"]), json!(["ldp_vc"])] {
        let body = json!({
            "programId": env.ids["verificationPrograms"]["adult"], FORMATS: formats,
        });
        let token = env.token(PartnerToken::verify);
        let path = "/sandbox/v1/presentation-requests";
        let (status, answer) = env.call(Method::POST, path, Some(&token), Some(&body)).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{formats}: {answer}");
    }
}

fn decoded(bytes: &[u8]) -> Cbor {
    ciborium::from_reader(bytes).unwrap()
}

fn encoded(value: &Cbor) -> Vec<u8> {
    let mut bytes = Vec::new();
    ciborium::into_writer(value, &mut bytes).unwrap();
    bytes
}

/// The member of a CBOR map.
fn member<'v>(map: &'v mut Cbor, name: &str) -> &'v mut Cbor {
    let entries = map.as_map_mut().unwrap();
    let mut found = entries.iter_mut().filter(|(key, _)| key.as_text() == Some(name));
    &mut found.next().unwrap().1
}

/// The first document of a response.
fn document(response: &mut Cbor) -> &mut Cbor {
    &mut member(response, "documents").as_array_mut().unwrap()[0]
}

/// The response with the device's signature of another one.
fn with_device_of(response: &DeviceResponse, other: &DeviceResponse) -> DeviceResponse {
    let (mut changed, mut other) = (decoded(response.as_bytes()), decoded(other.as_bytes()));
    *member(document(&mut changed), "deviceSigned") = member(document(&mut other), "deviceSigned").clone();
    DeviceResponse::from_slice(&encoded(&changed)).unwrap()
}

/// The response with another value of its only element.
fn with_another_age(response: &DeviceResponse, namespace: &str) -> DeviceResponse {
    let mut changed = decoded(response.as_bytes());
    let namespaces = member(member(document(&mut changed), "issuerSigned"), "nameSpaces");
    let Cbor::Tag(24, item) = &mut member(namespaces, namespace).as_array_mut().unwrap()[0] else {
        panic!("not encoded CBOR");
    };
    let mut inner = decoded(item.as_bytes().unwrap());
    *member(&mut inner, "elementValue") = Cbor::from(99);
    **item = Cbor::Bytes(encoded(&inner));
    DeviceResponse::from_slice(&encoded(&changed)).unwrap()
}

/// Holders whose presentations a request does not accept from each other.
struct Holders<'a> {
    holder: Holder<'a>,
    /// Of the same issuer.
    other: Holder<'a>,
    /// Of another platform's issuer.
    foreign: Holder<'a>,
}

type Attack = (&'static str, VpToken, &'static str);

impl Holders<'_> {
    /// Responses that break a rule, and a part of the reason.
    fn attacks(&self, request: &AuthorizationRequest) -> Vec<Attack> {
        [self.of_other_sessions(request), self.of_others(request)].concat()
    }

    fn of_other_sessions(&self, request: &AuthorizationRequest) -> Vec<Attack> {
        let reason = "invalid device signature";
        let by = |transcript: &SessionTranscript| token(&self.holder.present(transcript));
        let changed = |change: fn(&mut RedirectHandover<'_>)| by(&transcript_with(request, change));
        let page = self.holder.env.platform.url();
        let dc_api = DcApiHandover {
            origin: &page,
            nonce: request.nonce().as_str(),
            jwk_thumbprint: thumbprint(request),
        };
        let nonce = changed(|session| session.nonce = "another-nonce-of-16-bytes");
        let client = changed(|session| session.client_id = "x509_hash:another");
        let uri = changed(|session| session.response_uri = "https://attacker.example/responses/1");
        let key = changed(|session| {
            session.jwk_thumbprint = session.jwk_thumbprint.is_none().then_some([7; 32]);
        });
        vec![
            ("another nonce", nonce, reason),
            ("another client", client, reason),
            ("another response URI", uri, reason),
            ("another encryption key", key, reason),
            (
                "the Digital Credentials API",
                by(&SessionTranscript::from(&dc_api)),
                reason,
            ),
        ]
    }

    fn of_others(&self, request: &AuthorizationRequest) -> Vec<Attack> {
        let session = transcript(request);
        let (good, other) = (self.holder.present(&session), self.other.present(&session));
        let nothing = self.holder.credential.present(&[]).unwrap();
        let changed = with_another_age(&good, &doc_type(self.holder.env));
        vec![
            (
                "another device key",
                token(&with_device_of(&good, &other)),
                "invalid device signature",
            ),
            (
                "a changed element",
                token(&changed),
                "is not the one that the issuer signed",
            ),
            (
                "an issuer of another platform",
                token(&self.foreign.present(&session)),
                "not trusted",
            ),
            (
                "two documents",
                token(&DeviceResponse::joined([&good, &other]).unwrap()),
                "2 documents",
            ),
            (
                "an element that is missing",
                token(&nothing.sign(&self.holder.key, &session).unwrap()),
                "age",
            ),
            ("junk", text_token("junk".into()), "DeviceResponse"),
            (
                "a credential that nobody presents",
                text_token(self.holder.credential.to_base64url()),
                "DeviceResponse",
            ),
            (
                "another query",
                VpToken::new().with("credential", Presentation::Text(good.to_base64url())),
                "no such Credential Query",
            ),
        ]
    }
}

#[tokio::test]
async fn the_verifier_refuses_mdocs_of_other_sessions_devices_and_issuers() {
    let env = TestEnv::start().await;
    let elsewhere = TestEnv::start().await;
    let other = Holder::of(&env).await;
    let all = Holders {
        // It replaces the other one's credential, whose signature remains valid.
        holder: Holder::of(&env).await,
        other,
        foreign: Holder::of(&elsewhere).await,
    };
    for encrypted in [true, false] {
        let created = asked(&env, json!({ FORMATS: ["mso_mdoc"], "encrypted": encrypted })).await;
        let request = fetched(&env, &created).await;
        for (what, token, reason) in all.attacks(&request) {
            let answer = post(&env, &request, body(&request, token)).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{what}");
            assert_eq!(answer.body["error"], "invalid_request", "{what}: {}", answer.body);
            let said = answer.text("error_description");
            assert!(said.contains(reason), "{what}: {said}");
            assert!(!said.contains(request.nonce().as_str()), "{what}: {said}");
        }
        // Nothing of this ended the request.
        post(&env, &request, body(&request, all.holder.answer(&request)))
            .await
            .assert_ok();
    }
}

#[tokio::test]
async fn the_result_of_an_mdoc_has_its_status() {
    let env = TestEnv::start().await;
    let holder = Holder::of(&env).await;
    let present = async || {
        let created = asked(&env, json!({ FORMATS: ["mso_mdoc"] })).await;
        let request = fetched(&env, &created).await;
        post(&env, &request, body(&request, holder.answer(&request)))
            .await
            .assert_ok();
        state(&env, &created).await["result"].clone()
    };
    let clock = "/sandbox/v1/clock";
    let ahead = json!({ "advanceSeconds": 91 * 86_400 });
    env.call(Method::PUT, clock, None, Some(&ahead)).await;
    assert_eq!(present().await, json!({ "status": "Expired" }));
    env.call(Method::PUT, clock, None, Some(&json!({ "reset": {} })))
        .await;
    assert_eq!(present().await["status"], "Compliant");
    revoke(&env, &hash(&holder.credential)).await;
    let result = present().await;
    let status = result["status"].as_str().unwrap();
    assert!(["Revoking", "Revoked"].contains(&status), "{result}");
    assert!(result.get("disclosedData").is_none(), "{result}");
}

#[tokio::test]
async fn an_mdoc_that_has_expired_is_refused() {
    let time = Arc::new(AtomicU64::new(NOW));
    let clock = time.clone();
    let clock = Clock::new(move || UnixTime::from_secs(clock.load(Ordering::SeqCst)));
    let platform = support::start_platform_at(Data::Memory, clock).await;
    let env = TestEnv::start_on(platform).await;
    let holder = Holder::of(&env).await;
    let end = holder.credential.mso().validity().valid_until.as_secs();
    for (now, is_valid) in [(end - 1, true), (end + 30, false)] {
        time.store(now, Ordering::SeqCst);
        let verify = PartnerToken::verify(env.partner_id());
        let verify = verify.sign(&env.key, UnixTime::from_secs(now)).unwrap();
        let body_of_request = json!({
            "programId": env.ids["verificationPrograms"]["adult"], FORMATS: ["mso_mdoc"],
        });
        let path = "/sandbox/v1/presentation-requests";
        let (status, created) = env
            .call(
                Method::POST,
                path,
                Some(verify.expose_secret()),
                Some(&body_of_request),
            )
            .await;
        assert_eq!(status, StatusCode::OK, "{created}");
        let request = fetched(&env, &created).await;
        let answer = post(&env, &request, body(&request, holder.answer(&request))).await;
        if is_valid {
            answer.assert_ok();
        } else {
            answer.assert_refused(400, "invalid_request");
            assert!(
                answer.text("error_description").contains("expired"),
                "{}",
                answer.body
            );
        }
    }
}

/// The platform's own pages and its verification read an mdoc like any credential of the user.
#[tokio::test]
async fn the_platforms_own_verification_reads_a_wallets_mdoc() {
    let env = TestEnv::start().await;
    let holder = Holder::of(&env).await;
    super::assert_own_verification(&env).await;
    assert_eq!(holder.credential.mso().doc_type().as_str(), doc_type(&env));
}
