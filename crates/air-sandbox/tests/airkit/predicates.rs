//! Predicate proofs in the pages: the module's files, the signature and token of the wallet, and the answer to a request. A stand-in signs
//! and verifies; tests/browser walks through the pages with the real program and module.

use std::sync::Arc;

use air_jwt::PartnerToken;
use air_sandbox::{Config, Data, ProofModule};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use super::{AirkitEnv, EMAIL};
use crate::{
    stand_in_predicates::{self, StandInPredicates},
    support,
};

const BINARY: &[u8] = b"\0asm\x01\0\0\0";
const SCRIPT: &str = "export default async () => {};";

async fn open(module: Option<ProofModule>) -> AirkitEnv {
    let mut config = Config::default();
    config.data = support::data(Data::Memory).await;
    config.airkit = Some("127.0.0.1:0".parse().unwrap());
    config.predicate_program = Some(Arc::<StandInPredicates>::default());
    config.proof_module = module.map(Arc::new);
    AirkitEnv::start(config).await
}

fn module() -> Option<ProofModule> {
    ProofModule::new(SCRIPT.into(), BINARY.to_vec()).ok()
}

impl AirkitEnv {
    async fn made(&self, kind: &str, mut settings: Value) -> Value {
        settings["partnerId"] = self.base.ids["partnerId"].clone();
        settings["schemaId"] = self.base.ids["schemas"]["adult"].clone();
        let path = format!("/sandbox/v1/{kind}");
        let (status, made) = self.base.call(Method::POST, &path, None, Some(&settings)).await;
        assert_eq!(status, StatusCode::OK, "{made}");
        made
    }

    /// Creates an issuance program with predicate proofs, and a verification program that accepts them.
    async fn programs(&self) -> (Value, Value) {
        let issuing = self
            .made("programs", json!({ "predicateProofs": true, "publish": true }))
            .await;
        let conditions = json!([{ "attribute": "age", "operator": "greater", "value": 17 }]);
        let settings = json!({ "predicateProofsOf": issuing["credentialId"], "conditions": conditions });
        let verifying = self.made("verification-programs", settings).await;
        (issuing["credentialId"].clone(), verifying["programId"].clone())
    }

    async fn answered(&self, path: &str, session: &str, body: &Value) -> Value {
        let (status, _, answer) = self.call(path, Some(session), body).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    }

    async fn started(&self, session: &str, program: &Value) -> Value {
        let token = self.base.token(PartnerToken::verify);
        let start = json!({ "partnerToken": token, "programId": program });
        self.answered("verify/start", session, &start).await
    }
}

#[tokio::test]
async fn the_installed_module_is_served_under_its_digest() {
    let env = open(module()).await;
    let (_, _, opened) = env.opened(super::ORIGIN, None).await;
    let binary = opened["proofModule"]["binary"].as_str().unwrap();
    let script = opened["proofModule"]["script"].as_str().unwrap();
    for (path, media_type, bytes) in [
        (binary, "application/wasm", BINARY),
        (script, "text/javascript", SCRIPT.as_bytes()),
    ] {
        let response = env.get(path).await;
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        assert_eq!(response.headers()[header::CONTENT_TYPE], media_type, "{path}");
        let cached = response.headers()[header::CACHE_CONTROL].to_str().unwrap();
        assert!(cached.contains("immutable"), "{cached}");
        assert_eq!(response.bytes().await.unwrap(), bytes, "{path}");
    }
    let digest = binary.split('/').nth(3).unwrap();
    for wrong in [
        binary.replace(digest, &"0".repeat(64)),
        script.replace(".js", ".mjs"),
    ] {
        assert_eq!(env.get(&wrong).await.status(), StatusCode::NOT_FOUND, "{wrong}");
    }
    // A worker has the policy of its script, and this one loads the module.
    for (file, may_load) in [("prover.js", true), ("wallet.js", false)] {
        let response = env.get(&format!("/airkit/assets/{file}")).await;
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY]
            .to_str()
            .unwrap();
        assert!(policy.starts_with("default-src 'none'"), "{file}: {policy}");
        assert_eq!(
            policy.contains("'wasm-unsafe-eval'"),
            may_load,
            "{file}: {policy}"
        );
    }
}

#[tokio::test]
async fn a_platform_without_the_module_starts_no_run_that_needs_it() {
    let env = open(None).await;
    let (_, _, opened) = env.opened(super::ORIGIN, None).await;
    assert_eq!(opened["proofModule"], Value::Null);
    let (_, verifying) = env.programs().await;
    let (session, _) = env.login(EMAIL).await;
    let answer = env.started(&session, &verifying).await;
    assert_eq!(answer, json!({ "lacksProofModule": true }));
    // A program without proofs does not need it.
    let plain = env.base.ids["verificationPrograms"]["adult"].clone();
    assert_eq!(env.started(&session, &plain).await["needsProof"], false);
}

#[tokio::test]
async fn the_wallet_gets_a_signature_and_a_token_and_answers_once() {
    let env = open(module()).await;
    let (issuing, verifying) = env.programs().await;
    let mut order = env.base.order();
    order["credentialId"] = issuing.clone();
    let hash = env.base.issue_on_behalf(EMAIL, &order).await;
    let (session, _) = env.login(EMAIL).await;
    let of = json!({ "program": issuing });
    let held = env.answered("provable", &session, &of).await;
    assert_eq!(held["credential"]["coreClaimHash"], hash.as_str());
    assert_eq!(held["credential"]["signature"], Value::Null);
    let of = json!({ "program": issuing, "coreClaimHash": hash });
    let token = env.answered("provable/token", &session, &of).await;
    assert_eq!(token, json!({ "token": null }), "it is not signed yet");
    let made = env.answered("provable/challenge", &session, &of).await;
    let commitment = json!({
        "program": issuing, "coreClaimHash": hash, "challenge": made["challenge"], "commitment": "aa55",
    });
    let signed = env.answered("provable/sign", &session, &commitment).await;
    let held = env
        .answered("provable", &session, &json!({ "program": issuing }))
        .await;
    assert_eq!(held["credential"]["signature"], signed["credential"]["signature"]);
    assert!(env.answered("provable/token", &session, &of).await["token"].is_string());

    let run = env.started(&session, &verifying).await;
    assert_eq!(run["needsProof"], true);
    assert_eq!(run["holdsCredential"], false, "the platform reads no value");
    let id = json!({ "verificationId": run["verificationId"] });
    let asked = env.answered("verify/request", &session, &id).await;
    assert_eq!(asked["program"], issuing);
    let presentation = stand_in_predicates::present(&held["scheme"], &asked["request"], &held["credential"]);
    let answer = json!({ "verificationId": run["verificationId"], "presentation": presentation });
    let ended = env.answered("verify/prove", &session, &answer).await;
    let result = &ended["verificationResult"];
    assert_eq!(result["status"], "Compliant");
    assert_eq!(result["zkProofs"]["presentation"], presentation);
    assert_eq!(result["zkProofs"]["disclosed"], json!({}));
    assert_eq!(
        env.refusal("verify/prove", Some(&session), &answer).await,
        "INVALID_PARAMETER"
    );
}

#[tokio::test]
async fn a_credential_is_its_holders() {
    let env = open(module()).await;
    let (issuing, verifying) = env.programs().await;
    let mut order = env.base.order();
    order["credentialId"] = issuing.clone();
    let hash = env.base.issue_on_behalf(EMAIL, &order).await;
    let (ada, _) = env.login(EMAIL).await;
    let (bob, _) = env.login("bob@example.com").await;
    let held = env
        .answered("provable", &bob, &json!({ "program": issuing }))
        .await;
    assert_eq!(held["credential"], Value::Null);
    let of = json!({ "program": issuing, "coreClaimHash": hash });
    assert_eq!(
        env.refusal("provable/challenge", Some(&bob), &of).await,
        "CONFIG_ERROR"
    );
    let run = env.started(&ada, &verifying).await;
    let id = json!({ "verificationId": run["verificationId"] });
    assert_eq!(
        env.refusal("verify/request", Some(&bob), &id).await,
        "CONFIG_ERROR"
    );
    for path in ["provable", "provable/challenge", "provable/token"] {
        assert_eq!(env.refusal(path, None, &of).await, "UNAUTHORIZED", "{path}");
    }
}
