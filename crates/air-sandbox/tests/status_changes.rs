//! Verifiers hear that a credential which they accepted was revoked or has expired.

use std::{sync::atomic::Ordering, time::Duration};

use air_jwt::PartnerToken;
use air_sandbox::{Data, Quotas};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::{
    callbacks::{Receiver, Setup, setup, setup_with},
    support::CAK,
};

const SUBSCRIPTION: &str = "/sandbox/v1/callbacks/subscription";

impl Setup {
    async fn subscribe(&self, wants: bool) -> (StatusCode, Value) {
        let token = self.env.token(PartnerToken::verify);
        let body = json!({ "credentialStatusChanges": wants });
        self.env
            .call(Method::PUT, SUBSCRIPTION, Some(&token), Some(&body))
            .await
    }

    /// A compliant verification of this user's credential: its id.
    async fn accepted(&self, session: &str) -> String {
        let id = self.ask(session).await;
        assert_eq!(self.decide(&id, session, "agree").await, StatusCode::OK);
        id
    }

    /// The verification as its verifier reads it, with its entity tag; `None` if the tag is still current.
    async fn read(&self, id: &str, tag: Option<&str>) -> Option<(Value, String)> {
        let env = &self.env;
        let url = format!("{}/sandbox/v1/verifications/{id}", env.platform.url());
        let mut request = env
            .http
            .get(url)
            .header("x-partner-auth", env.token(PartnerToken::verify));
        if let Some(tag) = tag {
            request = request.header("if-none-match", tag);
        }
        let response = request.send().await.unwrap();
        let tag = response.headers()["etag"].to_str().unwrap().to_owned();
        if response.status() == StatusCode::NOT_MODIFIED {
            assert!(response.bytes().await.unwrap().is_empty());
            return None;
        }
        assert_eq!(response.status(), StatusCode::OK);
        Some((response.json().await.unwrap(), tag))
    }

    async fn revoke(&self, session: &str) {
        let env = &self.env;
        let mut order = env.order();
        order["cakPublicKey"] = json!(CAK);
        order["onDuplicate"] = json!("ignore");
        let token = env.token(PartnerToken::issue);
        let path = "/sandbox/v1/credentials/issue";
        let (status, held) = env
            .call_as_user(Method::POST, path, session, Some(&token), Some(&order))
            .await;
        assert_eq!(status, StatusCode::OK, "{held}");
        let body = json!({ "coreClaimHash": held["coreClaimHash"] });
        let path = "/sandbox/v1/credentials/revoke";
        let (status, answer) = env.call(Method::POST, path, Some(&token), Some(&body)).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }

    /// The status changes in the event log.
    async fn told(&self) -> Vec<Value> {
        let path = "/sandbox/v1/events/log?type=credential.status_changed";
        let token = self.env.token(PartnerToken::verify);
        let (status, page) = self.env.call(Method::GET, path, Some(&token), None).await;
        assert_eq!(status, StatusCode::OK, "{page}");
        page["events"].as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn a_subscribed_verifier_hears_of_a_revocation_once_for_each_program() {
    let setup = setup(Data::Memory).await;
    assert_eq!(setup.subscribe(true).await.0, StatusCode::NOT_FOUND, "no URL yet");
    let mut receiver = Receiver::serve(&[]).await;
    let secret = setup.set_callback(&receiver.url).await;
    assert_eq!(setup.subscribe(true).await.0, StatusCode::OK);
    let ada = setup.user("ada@example.com").await;
    setup.accepted(&ada).await;
    receiver.next().await;
    setup.time.fetch_add(60, Ordering::SeqCst);
    let newest = setup.accepted(&ada).await;
    receiver.next().await;
    let refused = setup.ask(&ada).await;
    assert_eq!(setup.decide(&refused, &ada, "deny").await, StatusCode::CONFLICT);

    let (before, tag) = setup.read(&newest, None).await.unwrap();
    assert_eq!(before["credentialStatus"], "valid", "{before}");
    assert_eq!(setup.read(&newest, Some(&tag)).await, None);
    setup.revoke(&ada).await;

    let (headers, body) = receiver.next().await;
    let user = setup.told().await[0]["data"]["userUuid"].clone();
    let event: Value = serde_json::from_slice(&body).unwrap();
    let expected = json!({
        "type": "credential.status_changed", "verificationId": newest, "status": "revoked", "userId": user,
        "programId": setup.env.ids["verificationPrograms"]["adult"],
    });
    assert_eq!(event, expected);
    let header = |name: &str| headers[name].to_str().unwrap();
    let webhook = standardwebhooks::Webhook::new(&secret).unwrap();
    let timestamp = header("webhook-timestamp").parse().unwrap();
    let signature = webhook.sign(header("webhook-id"), timestamp, &body).unwrap();
    assert_eq!(header("webhook-signature"), signature);
    assert_eq!(
        setup.told().await.len(),
        1,
        "the newest verification of the program alone"
    );

    let (after, _) = setup.read(&newest, Some(&tag)).await.unwrap();
    assert_eq!(after["credentialStatus"], "revoked");
    assert_eq!(after["status"], "Compliant", "the result stays");
    let (denied, _) = setup.read(&refused, None).await.unwrap();
    assert_eq!(denied["consent"], "denied");
    assert!(
        denied.get("credentialStatus").is_none() && denied.get("status").is_none(),
        "{denied}"
    );
}

#[tokio::test]
async fn a_verifier_without_a_subscription_has_the_event_of_an_expiry_and_no_callback() {
    let setup = setup(Data::Memory).await;
    let mut receiver = Receiver::serve(&[]).await;
    setup.set_callback(&receiver.url).await;
    assert_eq!(setup.subscribe(true).await.0, StatusCode::OK);
    assert_eq!(setup.subscribe(false).await.0, StatusCode::OK);
    let ada = setup.user("ada@example.com").await;
    let id = setup.accepted(&ada).await;
    receiver.next().await;
    let later = json!({ "advanceSeconds": 20 * 366 * 86_400 });
    let clock = "/sandbox/v1/clock";
    let (status, _) = setup.env.call(Method::PUT, clock, None, Some(&later)).await;
    assert_eq!(status, StatusCode::OK);
    let told = async {
        loop {
            if let Some(event) = setup.told().await.pop() {
                return event;
            }
        }
    };
    let event = tokio::time::timeout(Duration::from_mins(1), told).await.unwrap();
    assert_eq!(event["data"]["status"], "expired");
    assert_eq!(event["data"]["verificationId"], id);
    let (record, _) = setup.read(&id, None).await.unwrap();
    assert_eq!(record["credentialStatus"], "expired");
    let path = "/sandbox/v1/callbacks";
    let token = setup.env.token(PartnerToken::issue);
    let (_, listed) = setup.env.call(Method::GET, path, Some(&token), None).await;
    let listed = listed["callbacks"].as_array().unwrap();
    assert!(
        listed.iter().all(|one| one["event"] == "cak.released"),
        "{listed:?}"
    );
}

#[tokio::test]
async fn a_verifier_whose_quota_is_used_up_has_the_event_and_no_callback() {
    let quotas = Quotas {
        open_callbacks: 1,
        ..Quotas::default()
    };
    let setup = setup_with(Data::Memory, quotas).await;
    let mut receiver = Receiver::serve(&[]).await;
    setup.set_callback(&receiver.url).await;
    assert_eq!(setup.subscribe(true).await.0, StatusCode::OK);
    let mut users = Vec::new();
    for email in ["ada@example.com", "bob@example.com"] {
        let user = setup.user(email).await;
        setup.accepted(&user).await;
        receiver.next().await;
        users.push(user);
    }
    let outage = json!({ "callbackOutage": true });
    let (status, answer) = setup
        .env
        .call(Method::PUT, "/sandbox/v1/faults", None, Some(&outage))
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    for user in &users {
        setup.revoke(user).await;
    }
    assert_eq!(setup.told().await.len(), 2);
    let token = setup.env.token(PartnerToken::issue);
    let (_, listed) = setup
        .env
        .call(Method::GET, "/sandbox/v1/callbacks", Some(&token), None)
        .await;
    let listed = listed["callbacks"].as_array().unwrap();
    let changes = listed
        .iter()
        .filter(|one| one["event"] == "credential.status_changed");
    assert_eq!(changes.count(), 1, "{listed:?}");
    // Waiting changes count for the calls that open records, too.
    let token = setup.env.token(PartnerToken::verify);
    let open = json!({ "issuerDid": setup.env.ids["issuerDid"] });
    let path = "/v1/verifier/verify/initialize";
    let (status, answer) = setup
        .env
        .call(Method::POST, path, Some(&token), Some(&open))
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
}
