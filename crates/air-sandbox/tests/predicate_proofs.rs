//! Predicate proofs of the local platform: schemes, signatures, tokens, and verifications. A stand-in signs and verifies; `cargo xtask zk`
//! runs the real program.

mod refusals;
mod runs;

use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};

use air_api::sandbox::InclusionProof;
use air_jwt::PartnerToken;
use air_sandbox::{Clock, Data, Platform, UnixTime};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::{
    stand_in_predicates::StandInPredicates,
    support::{NOW, TestEnv, config_with, data},
};

const ADA: &str = "ada@example.com";
const CHALLENGES: &str = "/sandbox/v1/users/me/proofs/challenges";
const CREDENTIALS: &str = "/sandbox/v1/users/me/proofs/credentials";
const TOKENS: &str = "/sandbox/v1/users/me/proofs/tokens";
const COMMITMENT: &str = "aa55";

/// A platform with the stand-in.
struct PredicateEnv {
    env: TestEnv,
    program: Arc<StandInPredicates>,
}

impl PredicateEnv {
    async fn start() -> Self {
        let program = Arc::<StandInPredicates>::default();
        let mut config = config_with(|config| {
            config.block_time = Duration::from_millis(10);
            config.clock = Clock::new(|| UnixTime::from_secs(NOW));
            config.predicate_program = Some(program.clone());
        });
        config.data = data(Data::Memory).await;
        let platform = Platform::start(config).await.unwrap();
        let env = TestEnv::start_on(platform).await;
        Self { env, program }
    }

    /// Sends a set-up call about the schema `adult`, unless the settings have another.
    async fn create(&self, kind: &str, settings: Value) -> (StatusCode, Value) {
        create(&self.env, kind, settings).await
    }

    /// Creates a published program with predicate proofs, and returns its ID.
    async fn issuing(&self) -> String {
        let settings = json!({ "predicateProofs": true, "expiration": "30d" });
        let (status, created) = self.create("programs", settings).await;
        assert_eq!(status, StatusCode::OK, "{created}");
        created["credentialId"].as_str().unwrap().to_owned()
    }

    /// Issues on behalf of Ada, and returns the hash of the credential.
    async fn issue(&self, program: &str) -> String {
        let mut order = self.env.order();
        order["credentialId"] = program.into();
        self.env.issue_on_behalf(ADA, &order).await
    }

    async fn post(&self, path: &str, session: &str, body: &Value) -> (StatusCode, Value) {
        self.env
            .call_as_user(Method::POST, path, session, None, Some(body))
            .await
    }

    async fn challenge(&self, session: &str, hash: &str) -> String {
        let (status, made) = self
            .post(CHALLENGES, session, &json!({ "coreClaimHash": hash }))
            .await;
        assert_eq!(status, StatusCode::OK, "{made}");
        made["challenge"].as_str().unwrap().to_owned()
    }

    /// Signs a credential, and returns its document.
    async fn sign(&self, session: &str, hash: &str) -> Value {
        let challenge = self.challenge(session, hash).await;
        let order = json!({ "coreClaimHash": hash, "challenge": challenge, "commitment": COMMITMENT });
        let (status, signed) = self.post(CREDENTIALS, session, &order).await;
        assert_eq!(status, StatusCode::OK, "{signed}");
        signed["credential"].clone()
    }

    async fn tokens(&self, session: &str) -> Vec<Value> {
        let (status, answer) = self
            .env
            .call_as_user(Method::POST, TOKENS, session, None, None)
            .await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        answer["tokens"].as_array().unwrap().clone()
    }

    async fn revoke(&self, hash: &str) {
        let token = self.env.token(PartnerToken::issue);
        let revoke = json!({ "coreClaimHash": hash });
        let path = "/sandbox/v1/credentials/revoke";
        let (status, answer) = self
            .env
            .call(Method::POST, path, Some(&token), Some(&revoke))
            .await;
        assert_eq!(status, StatusCode::OK, "{answer}");
    }

    async fn scheme(&self, program: &str) -> (header::HeaderMap, Vec<u8>) {
        let url = format!("{}/sandbox/v1/proof-schemes/{program}", self.env.platform.url());
        let response = self.env.http.get(url).send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK);
        let headers = response.headers().clone();
        (headers, response.bytes().await.unwrap().to_vec())
    }
}

async fn create(env: &TestEnv, kind: &str, mut settings: Value) -> (StatusCode, Value) {
    if settings.get("partnerId").is_none() {
        settings["partnerId"] = env.ids["partnerId"].clone();
    }
    if settings.get("schemaId").is_none() {
        settings["schemaId"] = env.ids["schemas"]["adult"].clone();
    }
    if kind == "programs" {
        settings["publish"] = true.into();
    }
    let path = format!("/sandbox/v1/{kind}");
    env.call(Method::POST, &path, None, Some(&settings)).await
}

#[tokio::test]
async fn a_scheme_is_public_and_its_digest_is_in_the_ledger() {
    let env = PredicateEnv::start().await;
    let program = env.issuing().await;
    let (headers, bytes) = env.scheme(&program).await;
    assert_eq!(headers[header::CONTENT_TYPE], "application/json");
    let scheme: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(scheme["issuer"], env.env.ids["issuerDid"]);
    assert_eq!(scheme["schemaId"], env.env.ids["schemas"]["adult"]);
    assert_eq!(scheme["epochSeconds"], 86_400);

    let digest = Sha256::digest(&bytes);
    let leaf = hex::encode(air_ledger::merkle::leaf_hash(&digest));
    let path = format!("/sandbox/v1/ledger/transactions/0x{leaf}");
    assert_eq!(
        headers[header::LINK].to_str().unwrap(),
        format!("<{path}>; rel=\"related\"")
    );
    let proven = async {
        loop {
            let (status, transaction) = env.env.call(Method::GET, &path, None, None).await;
            assert_eq!(status, StatusCode::OK, "{transaction}");
            if let Some(proof) = transaction.get("proof") {
                return proof.clone();
            }
        }
    };
    let proof = tokio::time::timeout(Duration::from_mins(1), proven)
        .await
        .unwrap();
    let proof: InclusionProof = serde_json::from_value(proof).unwrap();
    assert!(proof.verifies(&digest));

    // A second program of the schema has the same scheme, and one of another schema the same key.
    let again = env.issuing().await;
    assert_eq!(env.scheme(&again).await.1, bytes);
    let form = json!({ "title": "Account", "attributes": [{ "name": "balance", "type": "number" }] });
    let partner = &env.env.ids["partnerId"];
    let order = json!({ "partnerId": partner, "schema": form });
    let (_, schema) = env
        .env
        .call(Method::POST, "/sandbox/v1/schemas", None, Some(&order))
        .await;
    let settings =
        json!({ "schemaId": schema["schemaId"], "predicateProofs": true, "scales": { "balance": 2 } });
    let (status, created) = env.create("programs", settings).await;
    assert_eq!(status, StatusCode::OK, "{created}");
    let (_, bytes) = env.scheme(created["credentialId"].as_str().unwrap()).await;
    let other: Value = serde_json::from_slice(&bytes).unwrap();
    assert_eq!(other["publicKey"], scheme["publicKey"]);
    assert_eq!(other["scales"], json!({ "balance": 2 }));
}

#[tokio::test]
async fn a_holder_gets_one_signature_for_one_commitment() {
    let env = PredicateEnv::start().await;
    let program = env.issuing().await;
    let hash = env.issue(&program).await;
    let session = env.env.login(ADA).await;
    let earlier = env.challenge(&session, &hash).await;
    let challenge = env.challenge(&session, &hash).await;
    assert_ne!(challenge, earlier);
    let order = |challenge: &str, commitment: &str| json!({ "coreClaimHash": hash, "challenge": challenge, "commitment": commitment });
    // Only the newest challenge of a credential is open.
    for (challenge, commitment, status) in [
        (earlier.as_str(), COMMITMENT, StatusCode::CONFLICT),
        ("00", COMMITMENT, StatusCode::BAD_REQUEST),
        (challenge.as_str(), "", StatusCode::BAD_REQUEST),
        (challenge.as_str(), "a", StatusCode::BAD_REQUEST),
    ] {
        let refused = env
            .post(CREDENTIALS, &session, &order(challenge, commitment))
            .await;
        assert_eq!(refused.0, status, "{}", refused.1);
    }
    let (status, signed) = env
        .post(CREDENTIALS, &session, &order(&challenge, COMMITMENT))
        .await;
    assert_eq!(status, StatusCode::OK, "{signed}");
    assert_eq!(signed["credentialId"], program.as_str());
    assert_eq!(
        signed["credential"]["subject"],
        json!({ "age": 21, "country": "UTO" })
    );
    assert!(signed["credential"]["signature"].as_str().unwrap().len() >= 64);
    let again = env
        .post(CREDENTIALS, &session, &order(&challenge, COMMITMENT))
        .await;
    assert_eq!(again, (StatusCode::OK, signed));
    let commands = env.program.commands();
    let issued = commands
        .iter()
        .filter(|command| command["command"] == "issue")
        .count();
    assert_eq!(issued, 1, "a repeated call signs nothing");
    // Another secret gets no second signature.
    let other = env.challenge(&session, &hash).await;
    let (status, refused) = env.post(CREDENTIALS, &session, &order(&other, "bb66")).await;
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");
}

#[tokio::test]
async fn a_valid_credential_gets_tokens_and_a_revoked_or_expired_one_none() {
    let env = PredicateEnv::start().await;
    let program = env.issuing().await;
    let hash = env.issue(&program).await;
    let session = env.env.login(ADA).await;
    assert!(env.tokens(&session).await.is_empty(), "it is not signed yet");
    env.sign(&session, &hash).await;
    let tokens = env.tokens(&session).await;
    assert_eq!(tokens.len(), 1);
    assert_eq!(tokens[0]["coreClaimHash"], hash.as_str());
    assert_eq!(tokens[0]["credentialId"], program.as_str());
    assert_eq!(tokens[0]["epoch"], NOW / 86_400);
    // In the session of another partner and of another user, there are none.
    let other = env.env.another_partner().await;
    let token = crate::support::token_of(&other, PartnerToken::issue);
    let foreign = env.env.login_with(&token, ADA).await;
    assert!(env.tokens(&foreign).await.is_empty());
    let bob = env.env.login("bob@example.com").await;
    assert!(env.tokens(&bob).await.is_empty());
    for session in [&foreign, &bob] {
        let (status, _) = env
            .post(CHALLENGES, session, &json!({ "coreClaimHash": hash }))
            .await;
        assert_eq!(status, StatusCode::NOT_FOUND);
    }
    env.revoke(&hash).await;
    assert!(env.tokens(&session).await.is_empty());
    let (status, refused) = env
        .post(CHALLENGES, &session, &json!({ "coreClaimHash": hash }))
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");

    let hash = env.issue(&program).await;
    env.sign(&session, &hash).await;
    assert_eq!(env.tokens(&session).await.len(), 1);
    let advance = json!({ "advanceSeconds": 30 * 86_400 });
    let (status, _) = env
        .env
        .call(Method::PUT, "/sandbox/v1/clock", None, Some(&advance))
        .await;
    assert_eq!(status, StatusCode::OK);
    assert!(env.tokens(&session).await.is_empty());
}

#[tokio::test]
async fn a_program_that_fails_is_unavailable_and_stops_the_next_start() {
    let env = PredicateEnv::start().await;
    let program = env.issuing().await;
    let hash = env.issue(&program).await;
    let session = env.env.login(ADA).await;
    env.sign(&session, &hash).await;
    env.program.is_broken.store(true, Ordering::SeqCst);
    let (status, refused) = env
        .env
        .call_as_user(Method::POST, TOKENS, &session, None, None)
        .await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{refused}");
    assert!(!refused.to_string().contains("/opt/"), "{refused}");
    // Issuance does not need it.
    let mut order = env.env.order();
    order["credentialId"] = program.as_str().into();
    env.env.issue_on_behalf("bob@example.com", &order).await;
    let config = config_with(|config| config.predicate_program = Some(env.program.clone()));
    let error = Platform::start(config).await.err().unwrap();
    assert!(error.to_string().contains("air-zk"), "{error}");
}
