//! Wallets that receive mdocs by OpenID4VCI and present them by OpenID4VP, and what the verifier refuses.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use air_jwt::{JwkSet, PartnerToken, SigningKey, VerifyingKey, jwe::EncryptionKey};
use air_mdoc::{
    CredentialStatus, DcApiHandover, DeviceResponse, IssuerClaim, IssuerSigned, RedirectHandover,
    SessionTranscript, UntrustedIssuer, Value as Cbor, Verifier,
};
use air_oid4vc::{
    oauth::{AuthorizationRequest as CodeRequest, Requested},
    vci::FormatMetadata,
    vp::{AuthorizationRequest, Presentation, VpToken},
};
use air_sandbox::{Clock, Data};
use air_vc::status::{Status, StatusListVerifier, StatusReference};
use air_x509::{Anchors, CertificateChain, Validator};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{
    code_flow::{CLIENT, CodeFlow, REDIRECT},
    presentations::{asked, body, fetched, post, state},
    wallet::{Wallet, keys},
};
use crate::support::{self, NOW, TestEnv};

const FORMATS: &str = "formats";

fn configuration(world: &TestEnv) -> String {
    format!("{}.mdoc", world.ids["programs"]["adult"].as_str().unwrap())
}

fn doc_type(world: &TestEnv) -> String {
    format!(
        "urn:air:schema:{}",
        world.ids["schemas"]["adult"].as_str().unwrap()
    )
}

fn hash(credential: &IssuerSigned) -> String {
    hex::encode(Sha256::digest(credential.mso_bytes()))
}

/// Receives one mdoc for each key.
async fn received(wallet: &Wallet<'_>, keys: &[SigningKey]) -> Vec<IssuerSigned> {
    let created = wallet.offered(json!({ "format": "mso_mdoc" })).await;
    let token = wallet.redeem(&created).await;
    let (nonce, _) = wallet.nonces().await;
    let order = wallet.order_of(&configuration(wallet.world), keys, &nonce);
    let answer = wallet.request(&token, &order).await;
    answer.assert_ok();
    let issued = answer.body["credentials"].as_array().unwrap();
    let texts = issued.iter().map(|item| item["credential"].as_str().unwrap());
    texts
        .map(|text| IssuerSigned::from_base64url(text).unwrap())
        .collect()
}

/// A wallet that holds an mdoc, and its key.
pub(super) struct Holder<'a> {
    world: &'a TestEnv,
    key: SigningKey,
    credential: IssuerSigned,
}

impl<'a> Holder<'a> {
    pub(super) async fn of(world: &'a TestEnv) -> Self {
        let wallet = Wallet::new(world);
        let mut keys = keys(1);
        let credential = received(&wallet, &keys).await.remove(0);
        world.wait_until_anchored(&hash(&credential)).await;
        Self {
            world,
            key: keys.remove(0),
            credential,
        }
    }

    /// Discloses the age for a session.
    pub(super) fn present(&self, transcript: &SessionTranscript) -> DeviceResponse {
        let namespace = doc_type(self.world);
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

async fn anchors(world: &TestEnv) -> Anchors {
    let url = format!("{}/sandbox/v1/wallet-authority.pem", world.platform.url());
    let pem = world.http.get(url).send().await.unwrap().bytes().await.unwrap();
    Anchors::from_pem(&pem).unwrap()
}

async fn revoke(world: &TestEnv, hash: &str) {
    let (token, body) = (world.token(PartnerToken::issue), json!({ "coreClaimHash": hash }));
    let path = "/sandbox/v1/credentials/revoke";
    let (status, answer) = world.call(Method::POST, path, Some(&token), Some(&body)).await;
    assert_eq!(status, StatusCode::OK, "{answer}");
}

/// The status of a credential in the list that it names.
async fn status(wallet: &Wallet<'_>, credential: &IssuerSigned) -> Status {
    let http = &wallet.world.http;
    let Some(CredentialStatus::StatusList(named)) = credential.mso().status() else {
        panic!("no status list");
    };
    let metadata = wallet
        .issuer
        .as_str()
        .replacen("/oid4vc/", "/.well-known/jwt-vc-issuer/oid4vc/", 1);
    let metadata: Value = http.get(metadata).send().await.unwrap().json().await.unwrap();
    let keys = JwkSet::from_slice(metadata["jwks"].to_string().as_bytes()).unwrap();
    let list = http.get(&named.uri).send().await.unwrap().text().await.unwrap();
    let verifier = StatusListVerifier::new(wallet.issuer.as_str(), &keys, named.uri.clone());
    let reference = StatusReference {
        index: named.index,
        uri: named.uri.clone(),
    };
    verifier.verify(&list, NOW).unwrap().status(&reference).unwrap()
}

#[tokio::test]
async fn a_wallet_receives_a_batch_of_mdocs_that_any_verifier_checks() {
    let world = TestEnv::start().await;
    let wallet = Wallet::new(&world);
    let metadata = wallet.metadata().await;
    metadata.check_as_issuer().unwrap();
    let offered = &metadata.configurations[&configuration(&world)];
    let doctype = doc_type(&world);
    assert_eq!(
        offered.format,
        FormatMetadata::Mdoc {
            doctype: doctype.clone()
        }
    );
    assert_eq!(offered.binding_methods, ["cose_key"]);
    assert_eq!(
        offered.other["credential_metadata"]["claims"][0]["path"],
        json!([doctype, "age"])
    );
    let held = keys(3);
    let issued = received(&wallet, &held).await;
    assert_eq!(issued.len(), 3);

    let anchors = anchors(&world).await;
    let by_authority = |claim: &IssuerClaim<'_>| -> Result<VerifyingKey, UntrustedIssuer> {
        let chain = CertificateChain::from_ders(claim.certificates.iter()).unwrap();
        let valid = Validator::haip(&anchors)
            .validate(chain, NOW)
            .map_err(UntrustedIssuer::new)?;
        assert_eq!(valid.leaf().uris(), [wallet.issuer.as_str()]);
        // ISO/IEC 18013-5, B.1: the signer and its authority are of the same country.
        for certificate in [valid.leaf(), valid.anchor()] {
            assert!(
                certificate.subject().contains("C=ZZ"),
                "{}",
                certificate.subject()
            );
        }
        Ok(valid.jwk().unwrap().verifying_key().clone())
    };
    for (credential, key) in issued.iter().zip(&held) {
        let verified = Verifier::new(&by_authority)
            .requiring_doc_type(doctype.parse().unwrap())
            .verify_issuer_signed(credential, NOW)
            .unwrap();
        assert_eq!(verified.element(&doctype, "age"), Some(&Cbor::from(21)));
        assert_eq!(verified.element(&doctype, "country"), Some(&Cbor::from("UTO")));
        assert_eq!(verified.mso().device_key(), key.verifying_key());
        let validity = verified.mso().validity();
        assert_eq!(validity.signed % 86_400, 0);
        assert_eq!(validity.valid_until % 86_400, 0);
        assert!(validity.valid_until <= NOW + 90 * 86_400);
    }

    // They are rows like any other: the ledger, the status list and the events have them.
    for credential in &issued {
        world.wait_until_anchored(&hash(credential)).await;
        assert_eq!(status(&wallet, credential).await, Status::Valid);
    }
    let token = world.token(PartnerToken::issue);
    let (_, events) = world
        .call(Method::GET, "/sandbox/v1/events/log", Some(&token), None)
        .await;
    let events = events["events"].as_array().unwrap();
    let told = events.iter().filter(|event| event["type"] == "credential.issued");
    assert_eq!(told.count(), 3, "{events:?}");
    revoke(&world, &hash(&issued[1])).await;
    assert_eq!(status(&wallet, &issued[1]).await, Status::Invalid);
    assert_eq!(status(&wallet, &issued[0]).await, Status::Valid);
}

#[tokio::test]
async fn an_offer_permits_its_own_format_alone() {
    let world = TestEnv::start().await;
    let wallet = Wallet::new(&world);
    for (format, other) in [
        (
            "mso_mdoc",
            world.ids["programs"]["adult"].as_str().unwrap().to_owned(),
        ),
        ("dc+sd-jwt", configuration(&world)),
    ] {
        let created = wallet.offered(json!({ "format": format })).await;
        assert_eq!(wallet.state(&created).await["format"], format);
        let token = wallet.redeem(&created).await;
        let (nonce, _) = wallet.nonces().await;
        let order = wallet.order_of(&other, &keys(1), &nonce);
        let answer = wallet.request(&token, &order).await;
        answer.assert_refused(403, "insufficient_scope");
    }
    let mut order = world.order();
    order["format"] = "ldp_vc".into();
    let token = world.on_behalf_token("ada@example.com");
    let (status, answer) = world
        .call(Method::POST, "/sandbox/v1/offers", Some(&token), Some(&order))
        .await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{answer}");
}

/// The second time, the wallet has no offer, and the claims are those of the mdoc that the user has.
#[tokio::test]
async fn the_code_flow_issues_mdocs_with_and_without_an_offer() {
    let world = TestEnv::start().await;
    let flow = CodeFlow::new(&world);
    let configuration = configuration(&world);
    let created = flow
        .wallet
        .offered(json!({ "signIn": true, "format": "mso_mdoc" }))
        .await;
    let offer = flow.wallet.read_offer(&created).await;
    assert_eq!(offer.configuration_ids, [configuration.as_str()]);
    let state = offer.authorization_code.unwrap().issuer_state.unwrap();
    // The offer is of the mdoc alone.
    let other = flow.request().with_issuer_state(&state);
    assert_eq!(flow.push(&other.to_form()).await.status, StatusCode::BAD_REQUEST);
    for state in [Some(&state), None] {
        let requested = Requested::configurations([configuration.as_str()]);
        let mut request = CodeRequest::new(CLIENT, REDIRECT, requested, &flow.verifier);
        if let Some(state) = state {
            request = request.with_issuer_state(state);
        }
        let code = flow.agreed(&request, None).await;
        let token = flow.redeem(&code).await;
        token.assert_ok();
        let detail = &token.body["authorization_details"][0];
        assert_eq!(detail["credential_configuration_id"], configuration.as_str());
        let (nonce, _) = flow.wallet.nonces().await;
        let mut order = flow.wallet.order_of(&configuration, &keys(1), &nonce);
        let members = order.as_object_mut().unwrap();
        members.remove("credential_configuration_id");
        members.insert(
            "credential_identifier".into(),
            detail["credential_identifiers"][0].clone(),
        );
        let answer = flow.wallet.request(&token.text("access_token"), &order).await;
        answer.assert_ok();
        let text = answer.body["credentials"][0]["credential"].as_str().unwrap();
        let issued = IssuerSigned::from_base64url(text).unwrap();
        assert_eq!(issued.mso().doc_type().as_str(), doc_type(&world));
        let (_, items) = issued.namespaces().next().unwrap();
        assert_eq!(items.len(), 2);
    }
}

#[tokio::test]
async fn a_proof_of_an_mdoc_has_a_key_on_p_256() {
    let world = TestEnv::start().await;
    let metadata = Wallet::new(&world).metadata().await;
    let offered = &metadata.configurations[&configuration(&world)];
    assert_eq!(offered.proof_types["jwt"].algorithms, ["ES256"]);
}

/// The parts of a credential that a verifier sees, although nothing is disclosed.
fn visible(credential: &IssuerSigned) -> BTreeSet<String> {
    let mso = credential.mso();
    let Some(CredentialStatus::StatusList(status)) = mso.status() else {
        panic!("no status list");
    };
    let items = credential.namespaces().flat_map(|(_, items)| items);
    let mut seen: BTreeSet<String> = items
        .map(|item| hex::encode(Sha256::digest(item.as_bytes())))
        .collect();
    seen.insert(hex::encode(
        mso.device_key().to_uncompressed_p256_point().unwrap(),
    ));
    seen.insert(format!("index {}", status.index));
    seen.insert(hex::encode(credential.mso_bytes()));
    seen
}

#[tokio::test]
async fn nothing_links_two_mdocs_of_a_batch_except_what_all_holders_have() {
    let world = TestEnv::start().await;
    let wallet = Wallet::new(&world);
    let issued = received(&wallet, &keys(10)).await;
    for (index, one) in issued.iter().enumerate() {
        for other in &issued[index + 1..] {
            let shared: Vec<_> = visible(one).intersection(&visible(other)).cloned().collect();
            assert_eq!(shared, Vec::<String>::new());
            // The times are rounded, and the certificate is the issuer's.
            assert_eq!(one.mso().validity(), other.mso().validity());
            assert_eq!(one.certificates(), other.certificates());
        }
    }
}

#[tokio::test]
async fn a_wallet_presents_an_mdoc_encrypted_and_plain() {
    let world = TestEnv::start().await;
    let holder = Holder::of(&world).await;
    for encrypted in [true, false] {
        let created = asked(&world, json!({ FORMATS: ["mso_mdoc"], "encrypted": encrypted })).await;
        let request = fetched(&world, &created).await;
        assert_eq!(request.query().credentials().len(), 1);
        let metadata = request.options().client_metadata.as_ref().unwrap();
        assert!(metadata.formats.contains_key("mso_mdoc"));
        post(&world, &request, body(&request, holder.answer(&request)))
            .await
            .assert_ok();
        let state = state(&world, &created).await;
        assert_eq!(state["result"]["status"], "Compliant", "{state}");
        let disclosed = &state["result"]["disclosedData"];
        assert_eq!(disclosed["credentialSubject"], json!({ "age": 21 }));
        assert_eq!(disclosed["credentialType"], doc_type(&world), "{state}");
        assert_eq!(disclosed["issuerDid"], world.ids["issuerDid"]);
    }
}

#[tokio::test]
async fn a_request_for_both_formats_takes_either() {
    let world = TestEnv::start().await;
    let mdoc = Holder::of(&world).await;
    let sd_jwt = super::presentations::Holder::with_credential(&world).await;
    for is_mdoc in [true, false] {
        let created = asked(&world, json!({ FORMATS: ["dc+sd-jwt", "mso_mdoc"] })).await;
        let request = fetched(&world, &created).await;
        assert_eq!(request.query().sets().len(), 1);
        let nothing = post(&world, &request, body(&request, VpToken::new())).await;
        nothing.assert_refused(400, "invalid_request");
        let answer = if is_mdoc {
            mdoc.answer(&request)
        } else {
            sd_jwt.answer(&request)
        };
        post(&world, &request, body(&request, answer)).await.assert_ok();
        let state = state(&world, &created).await;
        // A new SD-JWT VC of the user replaced the mdoc.
        let expected = if is_mdoc { "Revok" } else { "Compliant" };
        let status = state["result"]["status"].as_str().unwrap();
        assert!(status.starts_with(expected), "{state}");
    }
    for formats in [json!([]), json!(["mso_mdoc", "mso_mdoc"]), json!(["ldp_vc"])] {
        let body = json!({
            "programId": world.ids["verificationPrograms"]["adult"], FORMATS: formats,
        });
        let token = world.token(PartnerToken::verify);
        let path = "/sandbox/v1/presentation-requests";
        let (status, answer) = world.call(Method::POST, path, Some(&token), Some(&body)).await;
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
        let page = self.holder.world.platform.url();
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
        let changed = with_another_age(&good, &doc_type(self.holder.world));
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
    let world = TestEnv::start().await;
    let elsewhere = TestEnv::start().await;
    let other = Holder::of(&world).await;
    let all = Holders {
        // It replaces the other one's credential, whose signature remains valid.
        holder: Holder::of(&world).await,
        other,
        foreign: Holder::of(&elsewhere).await,
    };
    for encrypted in [true, false] {
        let created = asked(&world, json!({ FORMATS: ["mso_mdoc"], "encrypted": encrypted })).await;
        let request = fetched(&world, &created).await;
        for (what, token, reason) in all.attacks(&request) {
            let answer = post(&world, &request, body(&request, token)).await;
            assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{what}");
            assert_eq!(answer.body["error"], "invalid_request", "{what}: {}", answer.body);
            let said = answer.text("error_description");
            assert!(said.contains(reason), "{what}: {said}");
            assert!(!said.contains(request.nonce().as_str()), "{what}: {said}");
        }
        // Nothing of this ended the request.
        post(&world, &request, body(&request, all.holder.answer(&request)))
            .await
            .assert_ok();
    }
}

#[tokio::test]
async fn the_result_of_an_mdoc_has_its_status() {
    let world = TestEnv::start().await;
    let holder = Holder::of(&world).await;
    let present = async || {
        let created = asked(&world, json!({ FORMATS: ["mso_mdoc"] })).await;
        let request = fetched(&world, &created).await;
        post(&world, &request, body(&request, holder.answer(&request)))
            .await
            .assert_ok();
        state(&world, &created).await["result"].clone()
    };
    let clock = "/sandbox/v1/clock";
    let ahead = json!({ "advanceSeconds": 91 * 86_400 });
    world.call(Method::PUT, clock, None, Some(&ahead)).await;
    assert_eq!(present().await, json!({ "status": "Expired" }));
    world
        .call(Method::PUT, clock, None, Some(&json!({ "reset": {} })))
        .await;
    assert_eq!(present().await["status"], "Compliant");
    revoke(&world, &hash(&holder.credential)).await;
    let result = present().await;
    let status = result["status"].as_str().unwrap();
    assert!(["Revoking", "Revoked"].contains(&status), "{result}");
    assert!(result.get("disclosedData").is_none(), "{result}");
}

#[tokio::test]
async fn an_mdoc_that_has_expired_is_refused() {
    let time = Arc::new(AtomicU64::new(NOW));
    let clock = time.clone();
    let clock = Clock::new(move || clock.load(Ordering::SeqCst));
    let platform = support::start_platform_at(Data::Memory, clock).await;
    let world = TestEnv::start_on(platform).await;
    let holder = Holder::of(&world).await;
    let end = holder.credential.mso().validity().valid_until;
    for (now, is_valid) in [(end - 1, true), (end + 30, false)] {
        time.store(now, Ordering::SeqCst);
        let verify = PartnerToken::verify(world.partner_id());
        let verify = verify.sign(&world.key, now).unwrap();
        let body_of_request = json!({
            "programId": world.ids["verificationPrograms"]["adult"], FORMATS: ["mso_mdoc"],
        });
        let path = "/sandbox/v1/presentation-requests";
        let (status, created) = world
            .call(
                Method::POST,
                path,
                Some(verify.expose_secret()),
                Some(&body_of_request),
            )
            .await;
        assert_eq!(status, StatusCode::OK, "{created}");
        let request = fetched(&world, &created).await;
        let answer = post(&world, &request, body(&request, holder.answer(&request))).await;
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
    let world = TestEnv::start().await;
    let holder = Holder::of(&world).await;
    let verify = world.token(PartnerToken::verify);
    let session = world.login_with(&verify, "ada@example.com").await;
    let start = json!({ "programId": world.ids["verificationPrograms"]["adult"] });
    let path = "/sandbox/v1/verifications";
    let (_, started) = world
        .call_as_user(Method::POST, path, &session, Some(&verify), Some(&start))
        .await;
    let path = format!("{path}/{}/consent", started["verificationId"].as_str().unwrap());
    let agree = json!({ "decision": "agree" });
    let (status, result) = world
        .call_as_user(Method::POST, &path, &session, None, Some(&agree))
        .await;
    assert_eq!(status, StatusCode::OK, "{result}");
    assert_eq!(result["status"], "Compliant", "{result}");
    assert_eq!(result["disclosedData"]["credentialSubject"]["age"], 21);
    assert_eq!(holder.credential.mso().doc_type().as_str(), doc_type(&world));
}
