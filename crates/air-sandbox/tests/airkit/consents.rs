//! Credentials that were issued on behalf of a user: the wallet page asks, and only an acceptance
//! is reported to the issuer.

use air_crypto::{CakAcceptance, CakContext, ChainId, Curve, IdentityWallet, LocalWallet};
use air_jwt::PartnerToken;
use air_sandbox::Data;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{AirkitEnv, EMAIL, wallet, wallets::Kept};
use crate::{
    callbacks::Receiver,
    support::{self, NOW, TestEnv, sign},
};

/// The byte of the key of the user's wallet.
const KEY: u8 = 7;

/// The acceptance of a wallet: the public key of a context, signed by the wallet with this key.
fn signed_key(key: &Value, wallet: u8) -> Value {
    let text = |member: &str| key[member].as_str().unwrap();
    let curve: Curve = text("curve").parse().unwrap();
    let context = CakContext::new(
        text("user").parse().unwrap(),
        text("issuer").parse().unwrap(),
        text("schema").parse().unwrap(),
        curve,
    );
    let wallet = LocalWallet::from_bytes(&[wallet; 32]).unwrap();
    let cak = wallet.sign_context(&context, ChainId::TESTNET).unwrap();
    let cak = cak.derive(&context).unwrap();
    let acceptance = CakAcceptance {
        context: &context,
        public_key: cak.public_key(),
    };
    let signature = wallet.sign_acceptance(&acceptance, ChainId::TESTNET).unwrap();
    json!({ "schema": text("schema"), "curve": text("curve"), "publicKey": cak.public_key().to_string(),
        "signature": signature.to_string() })
}

fn acceptance(issuer: &Value, wallet: u8) -> Value {
    let keys = issuer["keys"].as_array().unwrap();
    let keys: Vec<Value> = keys.iter().map(|key| signed_key(key, wallet)).collect();
    json!({ "issuerDid": issuer["issuerDid"], "keys": keys })
}

impl AirkitEnv {
    /// A user with a wallet, for whom the partner issued on behalf: the session and the issued credential.
    async fn user_with_wallet(&self) -> (String, Value) {
        let issued = self.issue_on_behalf(StatusCode::OK).await;
        // Its status does not change by itself any more.
        let hash = issued["coreClaimHash"].as_str().unwrap();
        self.base.wait_until_anchored(hash).await;
        let (session, login) = self.login(EMAIL).await;
        self.keep(&session, &wallet(login["id"].as_str().unwrap())).await;
        (session, issued)
    }

    async fn issue_on_behalf(&self, expected: StatusCode) -> Value {
        let token = self.base.on_behalf_token(EMAIL);
        let (path, order) = ("/v1/credentials/issue-on-behalf", self.base.order());
        let (status, issued) = self
            .base
            .call(Method::POST, path, Some(&token), Some(&order))
            .await;
        assert_eq!(status, expected, "{issued}");
        issued
    }

    /// The issuers that the page asks about.
    async fn asked(&self, session: &str) -> Vec<Value> {
        let (status, _, answer) = self.call("consents", Some(session), &json!({})).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["issuers"].as_array().unwrap().clone()
    }

    async fn decide(&self, session: &str, path: &str, body: &Value) {
        let (status, _, answer) = self.call(path, Some(session), body).await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }

    /// A call of the partner's.
    async fn read(&self, path: &str) -> (StatusCode, Value) {
        let token = self.base.token(PartnerToken::issue);
        self.base.call(Method::GET, path, Some(&token), None).await
    }

    /// Issues with a key of the partner's choice, in a session that the partner's server opened.
    async fn issue_from_the_server(&self) -> (StatusCode, Value) {
        let token = self.base.token(PartnerToken::issue);
        let mut order = self.base.order();
        order["cakPublicKey"] = json!(support::CAK);
        let session = self.base.login(EMAIL).await;
        let path = "/sandbox/v1/credentials/issue";
        self.base
            .call_as_user(Method::POST, path, &session, Some(&token), Some(&order))
            .await
    }

    /// All that the issuer can read: the status, the key, its events and its callbacks.
    async fn seen_by_issuer(&self, issued: &Value) -> Vec<(StatusCode, Value)> {
        let hash = issued["coreClaimHash"].as_str().unwrap();
        let mut seen = Vec::new();
        for path in [
            format!("/v1/credentials/status?coreClaimHash={hash}"),
            self.cak_path(issued),
            "/sandbox/v1/events/log?limit=500".to_owned(),
            "/sandbox/v1/callbacks".to_owned(),
        ] {
            seen.push(self.read(&path).await);
        }
        seen
    }

    fn cak_path(&self, issued: &Value) -> String {
        let ids = &self.base.ids;
        let text = |id: &Value| id.as_str().unwrap().to_owned();
        format!(
            "/sandbox/v1/cak?user={}&issuer={}&schema={}",
            text(&issued["userUuid"]),
            text(&ids["issuerDid"]),
            text(&ids["schemas"]["adult"])
        )
    }
}

#[tokio::test]
async fn an_accepted_key_is_recorded_and_told_to_the_issuer() {
    let env = AirkitEnv::open().await;
    let mut receiver = Receiver::serve(&[]).await;
    let token = env.base.token(PartnerToken::issue);
    let callback = json!({ "callbackUrl": receiver.url });
    let (_, record) = env
        .base
        .call(Method::POST, "/v1/issuer/modify", Some(&token), Some(&callback))
        .await;
    let (session, issued) = env.user_with_wallet().await;
    let asked = env.asked(&session).await;
    let [issuer] = asked.as_slice() else {
        panic!("{asked:?}")
    };
    assert!(issuer["issuer"].as_str().unwrap().starts_with("Zenith"));
    assert_eq!(issuer["partnerId"], env.partner());
    let credential = json!({ "title": "Adult",
        "fields": [{ "title": "age", "value": 21 }, { "title": "country", "value": "UTO" }] });
    assert_eq!(issuer["credentials"], json!([credential]));
    assert_eq!(env.seen_by_issuer(&issued).await[1].0, StatusCode::NOT_FOUND);

    let accepted = acceptance(issuer, KEY);
    env.decide(&session, "consents/accept", &accepted).await;
    let key = &accepted["keys"][0]["publicKey"];
    let seen = env.seen_by_issuer(&issued).await;
    assert_eq!(seen[0].1["sandbox"]["cak"]["publicKey"], *key);
    assert_eq!(seen[1].1["publicKey"], *key);
    let schema = &env.base.ids["schemas"]["adult"];
    let events = seen[2].1["events"].as_array().unwrap();
    let available: Vec<_> = events
        .iter()
        .filter(|event| event["type"] == "cak.available")
        .collect();
    let [available] = available.as_slice() else {
        panic!("{events:?}")
    };
    let told = json!({ "userUuid": issued["userUuid"], "schemaId": schema, "curve": "secp256r1" });
    assert_eq!(available["data"], told);

    let (headers, body) = receiver.next().await;
    let told = json!({ "type": "cak.available", "userId": issued["userUuid"], "issuerDid": issuer["issuerDid"],
        "schemaId": schema, "curve": "secp256r1" });
    assert_eq!(
        serde_json::from_slice::<Value>(&body).unwrap(),
        told,
        "no data and no key"
    );
    let secret = record["callbackSecret"].as_str().unwrap();
    let webhook = standardwebhooks::Webhook::new(secret).unwrap();
    let id = headers["webhook-id"].to_str().unwrap();
    let signature = webhook.sign(id, i64::try_from(NOW).unwrap(), &body).unwrap();
    assert_eq!(headers["webhook-signature"].to_str().unwrap(), signature);
    let callbacks = &seen[3].1["callbacks"];
    assert_eq!(callbacks[0]["recordId"], id);
    assert_eq!(callbacks[0]["event"], "cak.available");
    assert_eq!(callbacks[0].get("verifierDid"), None);

    // It is asked once, and the next credential has the key from the start.
    assert!(env.asked(&session).await.is_empty());
    let again = env.refusal("consents/accept", Some(&session), &accepted).await;
    assert_eq!(again, "INVALID_PARAMETER");
    let next = env.issue_on_behalf(StatusCode::OK).await;
    assert_eq!(next["sandbox"]["cak"]["publicKey"], *key);
    assert!(env.asked(&session).await.is_empty());
}

#[tokio::test]
async fn a_key_without_the_wallets_own_signature_is_not_recorded() {
    let env = AirkitEnv::open().await;
    let (session, issued) = env.user_with_wallet().await;
    let issuer = env.asked(&session).await.remove(0);
    let accepted = acceptance(&issuer, KEY);
    let before = env.seen_by_issuer(&issued).await;
    let changed = |member: &str, value: Value| {
        let mut changed = accepted.clone();
        changed["keys"][0][member] = value;
        changed
    };
    let foreign = acceptance(&issuer, 9);
    let foreign_key = foreign["keys"][0]["publicKey"].clone();
    let (denied, invalid) = ("PERMISSION_NOT_ENABLED", "INVALID_PARAMETER");
    for (case, body, name) in [
        ("another wallet", foreign.clone(), denied),
        ("another key", changed("publicKey", foreign_key), denied),
        ("another curve", changed("curve", json!("secp256k1")), invalid),
        (
            "another schema",
            changed("schema", json!("01KKX3Q7DEK0GM2TCKMMHA")),
            invalid,
        ),
        ("no signature", changed("signature", json!("0x00")), invalid),
        (
            "no key",
            json!({ "issuerDid": issuer["issuerDid"], "keys": [] }),
            invalid,
        ),
        (
            "a key twice",
            json!({ "issuerDid": issuer["issuerDid"], "keys": [accepted["keys"][0], accepted["keys"][0]] }),
            invalid,
        ),
        (
            "another issuer",
            json!({ "issuerDid": "did:air:id:test:x", "keys": accepted["keys"] }),
            invalid,
        ),
    ] {
        let refused = env.refusal("consents/accept", Some(&session), &body).await;
        assert_eq!(refused, name, "{case}");
    }
    let backend = env.backend_session().await;
    let refuse = json!({ "issuerDid": issuer["issuerDid"] });
    for (path, body) in [
        ("consents", &json!({})),
        ("consents/accept", &accepted),
        ("consents/refuse", &refuse),
    ] {
        assert_eq!(env.refusal(path, Some(&backend), body).await, denied, "{path}");
        assert_eq!(env.refusal(path, None, body).await, "UNAUTHORIZED", "{path}");
    }
    let (other, _) = env.login("ben@example.com").await;
    assert!(env.asked(&other).await.is_empty());
    let taken = env.refusal("consents/accept", Some(&other), &accepted).await;
    assert_eq!(taken, denied, "another user, who has no wallet");
    let after = env.seen_by_issuer(&issued).await;
    assert_eq!(
        (&after[0], &after[1], &after[3]),
        (&before[0], &before[1], &before[3])
    );
    env.decide(&session, "consents/accept", &accepted).await;
}

#[tokio::test]
async fn a_refusal_tells_the_issuer_nothing_until_it_issues_on_behalf_again() {
    let env = AirkitEnv::open().await;
    let (session, issued) = env.user_with_wallet().await;
    let issuer = env.asked(&session).await.remove(0);
    let before = env.seen_by_issuer(&issued).await;
    let refusal = json!({ "issuerDid": issuer["issuerDid"] });
    env.decide(&session, "consents/refuse", &refusal).await;
    assert_eq!(env.seen_by_issuer(&issued).await, before);
    assert!(env.asked(&session).await.is_empty());
    let accepted = acceptance(&issuer, KEY);
    let late = env.refusal("consents/accept", Some(&session), &accepted).await;
    assert_eq!(late, "INVALID_PARAMETER");

    let refused = env.issue_on_behalf(StatusCode::CONFLICT).await;
    assert!(
        refused["message"].as_str().unwrap().contains("refused consent"),
        "{refused}"
    );
    // Others are issued to, alone and in batches, and another partner issues to this user.
    for email in ["ben@example.com", "eve@example.com"] {
        env.base.issue_on_behalf(email, &env.base.order()).await;
    }
    env.issue_on_behalf(StatusCode::CONFLICT).await;
    let (key, ids) = env.base.another_partner().await;
    let partner = ids["partnerId"].as_str().unwrap().parse().unwrap();
    let token = sign(
        PartnerToken::issue_on_behalf(partner, EMAIL.parse().unwrap()),
        &key,
    );
    let order = json!({ "issuerDid": ids["issuerDid"], "credentialId": ids["programs"]["adult"],
        "credentialSubject": { "age": 21, "country": "UTO" } });
    let path = "/v1/credentials/issue-on-behalf";
    let (status, answer) = env
        .base
        .call(Method::POST, path, Some(&token), Some(&order))
        .await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    // A session that the partner's server opened does not prove that the user is present.
    let (status, answer) = env.issue_from_the_server().await;
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
}

#[tokio::test]
async fn a_partners_server_replaces_no_accepted_key() {
    let env = AirkitEnv::open().await;
    let (session, issued) = env.user_with_wallet().await;
    let accepted = acceptance(&env.asked(&session).await[0], KEY);
    env.decide(&session, "consents/accept", &accepted).await;
    let (status, answer) = env.issue_from_the_server().await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    let (_, key) = env.read(&env.cak_path(&issued)).await;
    assert_eq!(key["publicKey"], accepted["keys"][0]["publicKey"]);

    // Beyond this machine, it records none at all.
    let env = AirkitEnv::open_at("0.0.0.0:0", support::data(Data::Memory).await).await;
    let issued = env.issue_on_behalf(StatusCode::OK).await;
    let (status, answer) = env.issue_from_the_server().await;
    assert_eq!(status, StatusCode::OK, "{answer}");
    assert_eq!(env.read(&env.cak_path(&issued)).await.0, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_wallet_in_place_of_an_automated_one_ends_the_old_ones_keys() {
    let env = AirkitEnv::open().await;
    env.issue_on_behalf(StatusCode::OK).await;
    let (session, login) = env.login(EMAIL).await;
    let user = login["id"].as_str().unwrap();
    env.keep(&session, &Kept::of(9, user).automated().json()).await;
    let accepted = acceptance(&env.asked(&session).await[0], 9);
    env.decide(&session, "consents/accept", &accepted).await;

    env.keep(&session, &wallet(user)).await;
    let issued = env.issue_on_behalf(StatusCode::OK).await;
    assert_eq!(issued["sandbox"]["cak"]["state"], "missing");
    assert_eq!(env.read(&env.cak_path(&issued)).await.0, StatusCode::NOT_FOUND);
    let accepted = acceptance(&env.asked(&session).await[0], KEY);
    env.decide(&session, "consents/accept", &accepted).await;
    let (_, key) = env.read(&env.cak_path(&issued)).await;
    assert_eq!(key["publicKey"], accepted["keys"][0]["publicKey"]);
}

#[tokio::test]
async fn each_issuer_is_asked_about_and_beyond_loopback_only_the_pages_own() {
    for (address, count) in [("127.0.0.1:0", 2), ("0.0.0.0:0", 1)] {
        let env = AirkitEnv::open_at(address, support::data(Data::Memory).await).await;
        env.issue_on_behalf(StatusCode::OK).await;
        let (key, ids) = env.base.another_partner().await;
        let partner = ids["partnerId"].as_str().unwrap().parse().unwrap();
        let token = sign(
            PartnerToken::issue_on_behalf(partner, EMAIL.parse().unwrap()),
            &key,
        );
        let order = json!({ "issuerDid": ids["issuerDid"], "credentialId": ids["programs"]["adult"],
            "credentialSubject": { "age": 22, "country": "XYZ" } });
        let path = "/v1/credentials/issue-on-behalf";
        env.base
            .call(Method::POST, path, Some(&token), Some(&order))
            .await;
        let (session, _) = env.login(EMAIL).await;
        let asked = env.asked(&session).await;
        assert_eq!(asked.len(), count, "{address}: {asked:?}");
        assert!(asked.iter().any(|issuer| issuer["partnerId"] == env.partner()));
        let foreign = json!({ "issuerDid": ids["issuerDid"] });
        let (status, _, answer) = env.call("consents/refuse", Some(&session), &foreign).await;
        assert_eq!(status.is_success(), count == 2, "{address}: {answer}");
    }
}

#[tokio::test]
async fn the_dashboard_says_that_the_user_has_not_accepted() {
    let base = TestEnv::start().await;
    let hash = base.issue_on_behalf(EMAIL, &base.order()).await;
    let url = format!("{}/dashboard/credentials/{hash}", base.platform.url());
    let page = base.http.get(url).send().await.unwrap().text().await.unwrap();
    assert!(page.contains("no CAK yet: the user has not accepted"), "{page}");
}
