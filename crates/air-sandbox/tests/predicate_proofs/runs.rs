//! Verifications that end by a proof.

use std::sync::Arc;

use air_jwt::PartnerToken;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{ADA, PredicateEnv, create};
use crate::{
    stand_in_predicates::{Gate, present},
    support::token_of,
};

/// A credential of Ada's that is signed for proofs.
struct Held {
    program: String,
    hash: String,
    session: String,
    credential: Value,
    scheme: Value,
}

impl PredicateEnv {
    async fn held(&self) -> Held {
        let program = self.issuing().await;
        let hash = self.issue(&program).await;
        let session = self.env.login(ADA).await;
        Held {
            credential: self.sign(&session, &hash).await,
            scheme: self.document(&program).await,
            program,
            hash,
            session,
        }
    }

    /// Creates a verification program for proofs, and returns its ID.
    pub(super) async fn verifying(&self, program: &str, conditions: Value) -> String {
        let settings = json!({ "predicateProofsOf": program, "conditions": conditions });
        let (status, created) = self.create("verification-programs", settings).await;
        assert_eq!(status, StatusCode::OK, "{created}");
        created["programId"].as_str().unwrap().to_owned()
    }

    /// Starts a run of the environment's partner.
    pub(super) async fn try_start(&self, verification_program: &str, session: &str) -> (StatusCode, Value) {
        let token = self.env.token(PartnerToken::verify);
        self.try_start_by(&token, verification_program, session).await
    }

    async fn try_start_by(
        &self,
        token: &str,
        verification_program: &str,
        session: &str,
    ) -> (StatusCode, Value) {
        let (path, order) = (
            "/sandbox/v1/verifications",
            json!({ "programId": verification_program }),
        );
        self.env
            .call_as_user(Method::POST, path, session, Some(token), Some(&order))
            .await
    }

    /// Starts a run, and returns the path of its resources.
    pub(super) async fn start_run(&self, verification_program: &str, session: &str) -> String {
        path_of(self.try_start(verification_program, session).await)
    }

    pub(super) async fn request(&self, run: &str, session: &str) -> Value {
        let path = format!("{run}/proof-request");
        let (status, request) = self
            .env
            .call_as_user(Method::GET, &path, session, None, None)
            .await;
        assert_eq!(status, StatusCode::OK, "{request}");
        request
    }

    pub(super) async fn answer(&self, run: &str, session: &str, body: Value) -> (StatusCode, Value) {
        self.post(&format!("{run}/proof"), session, &body).await
    }

    pub(super) async fn document(&self, program: &str) -> Value {
        serde_json::from_slice(&self.scheme(program).await.1).unwrap()
    }
}

/// The path of the resources of a run that has started.
fn path_of((status, started): (StatusCode, Value)) -> String {
    assert_eq!(status, StatusCode::OK, "{started}");
    let id = started["verificationId"].as_str().unwrap();
    format!("/sandbox/v1/verifications/{id}")
}

fn adult() -> Value {
    json!([
        { "attribute": "age", "operator": "greater", "value": 17 },
        { "attribute": "country", "operator": "equals", "value": "UTO" },
    ])
}

#[tokio::test]
async fn a_proof_makes_a_run_compliant_and_the_platform_reads_no_value() {
    let env = PredicateEnv::start().await;
    let Held {
        program,
        session,
        credential,
        scheme,
        ..
    } = env.held().await;
    let verification_program = env.verifying(&program, adult()).await;
    let before = env.program.commands().len();

    let (status, started) = env.try_start(&verification_program, &session).await;
    let consent = &started["consent"];
    assert_eq!(consent["disclosed"], json!(["country"]));
    let statement = consent["statement"].as_str().unwrap();
    assert!(statement.contains("not the values of: age."), "{statement}");
    assert!(statement.contains("sees the values of: country."), "{statement}");
    let run = path_of((status, started));
    let asked = env.request(&run, &session).await;
    assert_eq!(asked["credentialId"], program.as_str());
    assert_eq!(asked["request"]["verifier"], env.env.ids["verifierDid"]);
    assert_eq!(asked["request"]["program"], verification_program.as_str());
    assert_eq!(env.request(&run, &session).await, asked, "the request stays");

    let presentation = present(&scheme, &asked["request"], &credential);
    let (status, result) = env
        .answer(&run, &session, json!({ "presentation": presentation }))
        .await;
    assert_eq!(status, StatusCode::OK, "{result}");
    assert_eq!(result["status"], "Compliant");
    assert_eq!(result["zkProofs"]["request"], asked["request"]);
    assert_eq!(result["zkProofs"]["presentation"], presentation.as_str());
    assert_eq!(result["zkProofs"]["scheme"], asked["scheme"]);
    assert_eq!(result["zkProofs"]["disclosed"], json!({ "country": "UTO" }));
    assert!(result.get("disclosedData").is_none());

    // The run asked the program for a request and to verify, without the credential.
    let commands = env.program.commands();
    let names: Vec<&Value> = commands[before..]
        .iter()
        .map(|command| &command["command"])
        .collect();
    assert_eq!(names, ["request", "verify"]);
    assert!(
        commands[before..]
            .iter()
            .all(|command| command.get("subject").is_none())
    );

    // It ends once.
    let (status, refused) = env
        .answer(&run, &session, json!({ "presentation": presentation }))
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");
    let token = env.env.token(PartnerToken::verify);
    let (_, record) = env.env.call(Method::GET, &run, Some(&token), None).await;
    assert_eq!(record["status"], "Compliant", "{record}");
    assert!(record.get("credentialStatus").is_none(), "{record}");
}

/// Compares the whole answers of two runs of one holder with two verifiers.
#[tokio::test]
async fn two_runs_have_nothing_in_common_that_names_the_holder() {
    let env = PredicateEnv::start().await;
    let Held {
        program,
        hash,
        credential,
        scheme,
        ..
    } = env.held().await;
    env.env.wait_until_anchored(&hash).await;
    let conditions = json!([{ "attribute": "age", "operator": "greater", "value": 17 }]);
    let verifiers = [env.env.another_partner().await, env.env.another_partner().await];
    let mut answers = Vec::new();
    for verifier in &verifiers {
        let settings = json!({
            "partnerId": verifier.1["partnerId"],
            "predicateProofsOf": program,
            "conditions": conditions,
        });
        let (status, created) = env.create("verification-programs", settings).await;
        assert_eq!(status, StatusCode::OK, "{created}");
        let session = env
            .env
            .login_with(&token_of(verifier, PartnerToken::verify), ADA)
            .await;
        let token = token_of(verifier, PartnerToken::verify);
        let verification_program = created["programId"].as_str().unwrap();
        let run = path_of(env.try_start_by(&token, verification_program, &session).await);
        let asked = env.request(&run, &session).await;
        let presentation = present(&scheme, &asked["request"], &credential);
        let (status, answer) = env
            .answer(&run, &session, json!({ "presentation": presentation }))
            .await;
        assert_eq!(status, StatusCode::OK, "{answer}");
        let text = answer.to_string();
        let id = credential["id"].as_str().unwrap();
        for known in [hash.as_str(), id, ADA] {
            assert!(!text.contains(known), "{known}: {text}");
        }
        answers.push(answer);
    }
    let members = |answer: &Value| -> Vec<String> {
        let mut names: Vec<String> = answer.as_object().unwrap().keys().cloned().collect();
        names.sort();
        names
    };
    let expected = ["documents", "status", "transactionHash", "zkProofs"];
    assert_eq!(members(&answers[0]), expected);
    assert_eq!(members(&answers[1]), expected);
    let same = |pointer: &str| answers[0].pointer(pointer).unwrap() == answers[1].pointer(pointer).unwrap();
    for shared in [
        "/status",
        "/documents",
        "/zkProofs/scheme",
        "/zkProofs/disclosed",
        "/zkProofs/request/conditions",
        "/zkProofs/request/disclose",
        "/zkProofs/request/expiresAt",
    ] {
        assert!(same(shared), "{shared}");
    }
    for other in [
        "/zkProofs/presentation",
        "/zkProofs/request/nonce",
        "/zkProofs/request/verifier",
        "/zkProofs/request/program",
    ] {
        assert!(!same(other), "{other}");
    }
    let zk = members(&answers[0]["zkProofs"]);
    assert_eq!(zk, ["disclosed", "presentation", "request", "scheme"]);
    let request = members(&answers[0]["zkProofs"]["request"]);
    assert_eq!(
        request,
        [
            "conditions",
            "disclose",
            "expiresAt",
            "nonce",
            "program",
            "verifier"
        ]
    );
    // The checkpoint is the newest of the ledger, and not an entry of the run.
    let checkpoint = answers[1]["transactionHash"].as_str().unwrap();
    let path = format!("/sandbox/v1/ledger/transactions/{checkpoint}");
    let (status, _) = env.env.call(Method::GET, &path, None, None).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_run_without_a_proof_has_the_state_of_the_credential() {
    let env = PredicateEnv::start().await;
    let program = env.issuing().await;
    let session = env.env.login(ADA).await;
    let verification_program = env.verifying(&program, adult()).await;
    let no_credential = json!({ "unproven": "noCredential" });
    let status = async |body: &Value| {
        let run = env.start_run(&verification_program, &session).await;
        let (code, result) = env.answer(&run, &session, body.clone()).await;
        assert_eq!(code, StatusCode::OK, "{result}");
        assert!(result.get("zkProofs").is_none(), "{result}");
        result["status"].as_str().unwrap().to_owned()
    };
    assert_eq!(status(&no_credential).await, "NotFound");
    let hash = env.issue(&program).await;
    assert_eq!(status(&no_credential).await, "Pending");
    env.sign(&session, &hash).await;
    assert_eq!(
        status(&json!({ "unproven": "nonCompliant" })).await,
        "Non-Compliant"
    );
    env.revoke(&hash).await;
    assert_eq!(status(&no_credential).await, "Revoked");
}

#[tokio::test]
async fn a_proof_for_another_request_is_refused_and_the_run_stays_open() {
    let env = PredicateEnv::start().await;
    let Held {
        program,
        session,
        credential,
        scheme,
        ..
    } = env.held().await;
    let verification_program = env.verifying(&program, adult()).await;
    let run = env.start_run(&verification_program, &session).await;
    // Without a request, there is none to answer.
    let (status, refused) = env.answer(&run, &session, json!({ "presentation": "00" })).await;
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");
    let asked = env.request(&run, &session).await;
    let other = env.start_run(&verification_program, &session).await;
    let other = env.request(&other, &session).await;
    let presentation = present(&scheme, &other["request"], &credential);
    for body in [
        json!({ "presentation": presentation }),
        json!({ "presentation": "zz" }),
        json!({}),
        json!({ "presentation": presentation, "unproven": "nonCompliant" }),
    ] {
        let (status, refused) = env.answer(&run, &session, body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{refused}");
    }
    // A consent alone proves nothing, and a refusal is as in other runs.
    let consent = format!("{run}/consent");
    let (status, refused) = env
        .post(&consent, &session, &json!({ "decision": "agree" }))
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");
    let foreign = env.env.login("bob@example.com").await;
    let presentation = present(&scheme, &asked["request"], &credential);
    let body = json!({ "presentation": presentation });
    let (status, refused) = env.answer(&run, &foreign, body.clone()).await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{refused}");
    let (status, result) = env.answer(&run, &session, body).await;
    assert_eq!(
        (status, &result["status"]),
        (StatusCode::OK, &json!("Compliant")),
        "{result}"
    );
}

/// While the program makes the request, the user refuses: no request is stored, and none is given.
#[tokio::test]
async fn a_run_that_ends_meanwhile_gets_no_request() {
    let env = PredicateEnv::start().await;
    let program = env.issuing().await;
    let session = env.env.login(ADA).await;
    let verification_program = env.verifying(&program, adult()).await;
    let run = env.start_run(&verification_program, &session).await;
    let gate = Arc::new(Gate::new());
    *env.program.gate.lock().unwrap() = Some(gate.clone());
    let path = format!("{run}/proof-request");
    let asking = env.env.call_as_user(Method::GET, &path, &session, None, None);
    let refusing = async {
        gate.begun.acquire().await.unwrap().forget();
        let consent = format!("{run}/consent");
        let (_, refused) = env.post(&consent, &session, &json!({ "decision": "deny" })).await;
        gate.released.add_permits(1);
        refused
    };
    let ((status, answer), refused) = tokio::join!(asking, refusing);
    assert!(refused.to_string().contains("refused consent"), "{refused}");
    assert_eq!(status, StatusCode::CONFLICT, "{answer}");
}

#[tokio::test]
async fn a_refused_consent_ends_a_run() {
    let env = PredicateEnv::start().await;
    let program = env.issuing().await;
    let session = env.env.login(ADA).await;
    let verification_program = env.verifying(&program, adult()).await;
    let run = env.start_run(&verification_program, &session).await;
    let consent = format!("{run}/consent");
    let (status, refused) = env.post(&consent, &session, &json!({ "decision": "deny" })).await;
    assert_eq!(status, StatusCode::CONFLICT);
    assert!(refused.to_string().contains("refused consent"), "{refused}");
    let (status, _) = env
        .answer(&run, &session, json!({ "unproven": "nonCompliant" }))
        .await;
    assert_eq!(status, StatusCode::CONFLICT);
}

/// Many narrow conditions find a value by halving.
#[tokio::test]
async fn a_verifier_can_ask_a_user_twenty_times_in_a_day() {
    let env = PredicateEnv::start().await;
    let program = env.issuing().await;
    let session = env.env.login(ADA).await;
    let verification_program = env.verifying(&program, adult()).await;
    for _ in 0..20 {
        env.start_run(&verification_program, &session).await;
    }
    let (status, refused) = env.try_start(&verification_program, &session).await;
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "{refused}");
    // Other users and other programs are not affected.
    let bob = env.env.login("bob@example.com").await;
    env.start_run(&verification_program, &bob).await;
    let settings = json!({ "conditions": adult() });
    let (_, plain) = create(&env.env, "verification-programs", settings).await;
    env.start_run(plain["programId"].as_str().unwrap(), &session)
        .await;
}
