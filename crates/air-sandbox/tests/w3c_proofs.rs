//! W3C credentials with proofs, beside the credentials on the ledger: issuance, holding, revocation and verification. A stand-in makes the
//! proofs; `cargo xtask ssi` runs the real program.

mod refusals;

use std::sync::{Arc, atomic::Ordering};

use air_jwt::PartnerToken;
use air_sandbox::{Clock, Platform, UnixTime};
use reqwest::{Method, StatusCode, header};
use serde_json::{Value, json};

use crate::{
    dashboard::holder::signed_in,
    stand_in_proofs::{StandInProofs, present},
    support::{NOW, TestEnv, config_with, data},
};

const DAY: u64 = 24 * 60 * 60;
const ADA: &str = "ada@example.com";
const SUITES: [&str; 4] = ["ecdsa-rdfc-2019", "eddsa-rdfc-2022", "ecdsa-sd-2023", "bbs-2023"];

/// A platform with the stand-in.
struct ProofEnv {
    env: TestEnv,
    proofs: Arc<StandInProofs>,
}

impl ProofEnv {
    async fn start() -> Self {
        let proofs = Arc::new(StandInProofs::default());
        let mut config = config_with(|config| {
            config.block_time = std::time::Duration::from_millis(10);
            config.clock = Clock::new(|| UnixTime::from_secs(NOW));
            config.proof_program = Some(proofs.clone());
        });
        config.data = data(air_sandbox::Data::Memory).await;
        let platform = Platform::start(config).await.unwrap();
        let env = TestEnv::start_on(platform).await;
        Self { env, proofs }
    }

    /// Sends a set-up call about the schema `adult`.
    async fn create(&self, kind: &str, settings: Value) -> (StatusCode, Value) {
        create(&self.env, kind, settings).await
    }

    /// Creates a published program, and returns its ID.
    async fn program(&self, settings: Value) -> String {
        let (status, created) = self.create("programs", settings).await;
        assert_eq!(status, StatusCode::OK, "{created}");
        created["credentialId"].as_str().unwrap().to_owned()
    }

    /// Creates a verification program of adults, and returns its ID.
    async fn verification(&self, suites: &[&str]) -> String {
        let rule = json!({ "attribute": "age", "operator": "greater", "value": 17 });
        let settings = json!({ "proofs": suites, "conditions": [rule] });
        let (status, created) = self.create("verification-programs", settings).await;
        assert_eq!(status, StatusCode::OK, "{created}");
        created["programId"].as_str().unwrap().to_owned()
    }

    fn order(&self, program: &str) -> Value {
        let mut order = self.env.order();
        order["credentialId"] = program.into();
        order
    }

    /// Asks for the W3C credential as the holder.
    async fn held(&self, hash: &str) -> (StatusCode, Value) {
        let session = self.env.login(ADA).await;
        let path = format!("/sandbox/v1/users/me/credentials/{hash}/w3c");
        self.env
            .call_as_user(Method::GET, &path, &session, None, None)
            .await
    }

    /// The holder's W3C credential.
    async fn credential(&self, hash: &str) -> Value {
        let (status, held) = self.held(hash).await;
        assert_eq!(status, StatusCode::OK, "{held}");
        assert_eq!(held["coreClaimHash"], hash);
        held["credential"].clone()
    }

    async fn verify(&self, program: &str, presentation: &Value) -> Value {
        let (status, report) = self.post(program, &json!({ "presentation": presentation })).await;
        assert_eq!(status, StatusCode::OK, "{report}");
        report
    }

    async fn post(&self, program: &str, body: &Value) -> (StatusCode, Value) {
        let token = self.env.token(PartnerToken::verify);
        let path = format!("/sandbox/v1/verification-programs/{program}/w3c-presentations");
        self.env.call(Method::POST, &path, Some(&token), Some(body)).await
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

    async fn get(&self, url: &str) -> (String, Value) {
        let response = self.env.http.get(url).send().await.unwrap();
        let media_type = response.headers()[header::CONTENT_TYPE]
            .to_str()
            .unwrap()
            .to_owned();
        (media_type, response.json().await.unwrap())
    }
}

async fn create(env: &TestEnv, kind: &str, mut settings: Value) -> (StatusCode, Value) {
    settings["partnerId"] = env.ids["partnerId"].clone();
    settings["schemaId"] = env.ids["schemas"]["adult"].clone();
    if kind == "programs" && settings.get("publish").is_none() {
        settings["publish"] = true.into();
    }
    let path = format!("/sandbox/v1/{kind}");
    env.call(Method::POST, &path, None, Some(&settings)).await
}

#[tokio::test]
async fn each_suite_is_issued_held_verified_and_revoked() {
    let env = ProofEnv::start().await;
    let verification = env.verification(&SUITES).await;
    for suite in SUITES {
        let program = env.program(json!({ "proof": suite, "expiration": "30d" })).await;
        let hash = env.env.issue_on_behalf(ADA, &env.order(&program)).await;
        let credential = env.credential(&hash).await;
        assert_eq!(credential["proof"]["cryptosuite"], suite);
        assert_eq!(credential["type"], json!(["Adult"]));
        let subject = &credential["credentialSubject"];
        assert_eq!(
            (&subject["age"], &subject["country"]),
            (&json!(21), &json!("UTO"))
        );
        let is_bbs = suite == "bbs-2023";
        assert_eq!(subject.get("id").is_none(), is_bbs, "{suite}");
        assert_eq!(credential.get("id").is_none(), is_bbs, "{suite}");
        // Exact times link the presentations of BBS.
        let (from, until) = (NOW, NOW + 30 * DAY);
        let (from, until) = if is_bbs {
            (from - from % DAY, until.next_multiple_of(DAY))
        } else {
            (from, until)
        };
        assert_eq!(
            (&credential["validFrom"], &credential["validUntil"]),
            (&json!(from), &json!(until))
        );

        let report = env.verify(&verification, &credential).await;
        assert_eq!(report["valid"], true, "{suite}: {report}");
        assert_eq!(report["status"], "Compliant");
        assert_eq!(report["suite"], suite);
        assert_eq!(report["issuerDid"], env.env.ids["issuerDid"]);
        assert_eq!(report["credentialSubject"]["age"], 21);
        assert_eq!(report["linkable"], true, "a status index links presentations");
        env.revoke(&hash).await;
        let report = env.verify(&verification, &credential).await;
        assert_eq!(report["valid"], false, "{suite}: {report}");
        assert_eq!(report["checks"][0]["check"], "status");
        assert_eq!(report.get("status"), None);
        let (status, refused) = env.held(&hash).await;
        assert_eq!(status, StatusCode::CONFLICT, "{refused}");
        assert!(
            refused["message"].as_str().unwrap().contains("revoked"),
            "{refused}"
        );
    }
}

#[tokio::test]
async fn an_issuer_publishes_its_keys_and_contexts() {
    let env = ProofEnv::start().await;
    for suite in SUITES {
        env.program(json!({ "proof": suite })).await;
    }
    let issuer = env.env.ids["issuerDid"].as_str().unwrap();
    let url = env.env.platform.url();
    let (media_type, document) = env
        .get(&format!("{url}/sandbox/v1/issuers/{issuer}/did.json"))
        .await;
    assert_eq!(media_type, "application/did+json");
    assert_eq!(document["id"], issuer);
    let methods = document["verificationMethod"].as_array().unwrap();
    let ids: Vec<&Value> = methods.iter().map(|method| &method["id"]).collect();
    assert_eq!(document["assertionMethod"], json!(ids));
    let multikeys = methods.iter().filter(|method| method["type"] == "Multikey");
    let names: Vec<&str> = multikeys.map(|method| method["id"].as_str().unwrap()).collect();
    let expected = ["bbs-2023", "eddsa-rdfc-2022"].map(|suite| format!("{issuer}#{suite}"));
    assert_eq!(names, expected);
    // A second program has the same keys.
    env.program(json!({ "proof": "bbs-2023" })).await;
    let (_, again) = env
        .get(&format!("{url}/sandbox/v1/issuers/{issuer}/did.json"))
        .await;
    assert_eq!(again, document);

    let schema = env.env.ids["schemas"]["adult"].as_str().unwrap();
    let context = format!("{url}/sandbox/v1/schemas/{schema}/context.jsonld");
    let program = env.program(json!({ "proof": "ecdsa-rdfc-2019" })).await;
    let hash = env.env.issue_on_behalf(ADA, &env.order(&program)).await;
    let credential = env.credential(&hash).await;
    assert_eq!(credential["@context"], json!([context]));
    let (media_type, document) = env.get(&context).await;
    assert_eq!(media_type, "application/ld+json");
    let commands = env.proofs.commands();
    assert_eq!(commands[0]["contexts"][&context], document);
}

#[tokio::test]
async fn unlinkable_credentials_share_nothing_but_the_disclosed_claims() {
    let env = ProofEnv::start().await;
    let program = env
        .program(json!({ "proof": "bbs-2023", "unlinkable": true, "expiration": "90d" }))
        .await;
    let hash = env.env.issue_on_behalf(ADA, &env.order(&program)).await;
    let credential = env.credential(&hash).await;
    assert_eq!(credential.get("credentialStatus"), None);
    let verification = env.verification(&["bbs-2023"]).await;
    let report = env.verify(&verification, &present(&credential, &["age"])).await;
    assert_eq!(report["status"], "Compliant", "{report}");
    assert_eq!(report["credentialSubject"], json!({ "age": 21 }));
    assert_eq!(report["linkable"], false);
    assert_eq!(report.get("links"), None);
    // A condition on a claim that is not disclosed does not hold.
    let report = env
        .verify(&verification, &present(&credential, &["country"]))
        .await;
    assert_eq!(
        (&report["valid"], &report["status"]),
        (&json!(true), &json!("Non-Compliant"))
    );

    // A credential that can't be revoked any more is not signed after the revocation.
    env.revoke(&hash).await;
    assert_eq!(env.held(&hash).await.0, StatusCode::CONFLICT);
    assert_eq!(env.verify(&verification, &credential).await["valid"], true);
}

#[tokio::test]
async fn a_credential_that_is_revoked_while_it_is_signed_stays_with_the_platform() {
    let env = ProofEnv::start().await;
    let program = env
        .program(json!({ "proof": "bbs-2023", "unlinkable": true, "expiration": "90d" }))
        .await;
    let hash = env.env.issue_on_behalf(ADA, &env.order(&program)).await;
    env.proofs.is_held.store(true, Ordering::SeqCst);
    let revoked = async {
        env.proofs.begun.notified().await;
        env.revoke(&hash).await;
        env.proofs.released.notify_one();
    };
    let ((status, refused), ()) = tokio::join!(env.held(&hash), revoked);
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");
    assert_eq!(env.proofs.commands().len(), 1, "it was signed");
}

#[tokio::test]
async fn a_present_user_gets_the_same_and_exports_it_from_the_wallets_page() {
    let env = ProofEnv::start().await;
    let program = env
        .program(json!({ "proof": "ecdsa-sd-2023", "expiration": "1y" }))
        .await;
    let session = env.env.login(ADA).await;
    let token = env.env.token(PartnerToken::issue);
    let path = "/sandbox/v1/credentials/issue";
    let order = env.order(&program);
    let (status, issued) = env
        .env
        .call_as_user(Method::POST, path, &session, Some(&token), Some(&order))
        .await;
    assert_eq!(status, StatusCode::OK, "{issued}");
    let hash = issued["coreClaimHash"].as_str().unwrap();
    let credential = env.credential(hash).await;

    let wallet = signed_in(&env.env, ADA).await;
    let page = wallet.page(&format!("/wallet/credentials/{hash}")).await;
    assert!(
        page.contains("Export as W3C credential with a proof (ecdsa-sd-2023)"),
        "{page}"
    );
    let export = format!("/wallet/credentials/{hash}/export?format=w3c-proof");
    let exported: Value = serde_json::from_str(&wallet.page(&export).await).unwrap();
    assert_eq!(exported, credential);
}

/// A proof over RDF covers `"UTO"` and `["UTO"]` alike, so a holder chooses the form.
#[tokio::test]
async fn a_claim_in_another_form_does_not_evade_a_condition() {
    let env = ProofEnv::start().await;
    let program = env.program(json!({ "proof": "bbs-2023" })).await;
    let hash = env.env.issue_on_behalf(ADA, &env.order(&program)).await;
    let credential = env.credential(&hash).await;
    let country = credential["credentialSubject"]["country"].clone();
    let rule = json!({ "attribute": "country", "operator": "not equals", "value": country });
    let settings = json!({ "proofs": ["bbs-2023"], "conditions": [rule] });
    let (_, created) = env.create("verification-programs", settings).await;
    let verification = created["programId"].as_str().unwrap();
    let report = env
        .verify(verification, &present(&credential, &["country"]))
        .await;
    assert_eq!(report["status"], "Non-Compliant", "{report}");
    let mut other = credential.clone();
    other["credentialSubject"]["country"] = json!([country]);
    let report = env.verify(verification, &present(&other, &["country"])).await;
    assert_eq!(report["valid"], false, "{report}");
    assert_eq!(report.get("status"), None);
    assert!(
        report["reason"].as_str().unwrap().contains("`country`"),
        "{report}"
    );
}

#[tokio::test]
async fn a_credential_ends_by_the_platforms_clock() {
    let env = ProofEnv::start().await;
    let program = env
        .program(json!({ "proof": "ecdsa-rdfc-2019", "expiration": "1d" }))
        .await;
    let hash = env.env.issue_on_behalf(ADA, &env.order(&program)).await;
    let credential = env.credential(&hash).await;
    let verification = env.verification(&["ecdsa-rdfc-2019"]).await;
    assert_eq!(env.verify(&verification, &credential).await["valid"], true);
    let advance = json!({ "advanceSeconds": DAY });
    let (status, _) = env
        .env
        .call(Method::PUT, "/sandbox/v1/clock", None, Some(&advance))
        .await;
    assert_eq!(status, StatusCode::OK);
    let report = env.verify(&verification, &credential).await;
    assert_eq!(report["checks"][0]["check"], "validity", "{report}");
    let (status, refused) = env.held(&hash).await;
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");
}

#[tokio::test]
async fn a_program_that_fails_is_unavailable_and_its_reason_stays_in_the_log() {
    let env = ProofEnv::start().await;
    let program = env.program(json!({ "proof": "bbs-2023" })).await;
    let hash = env.env.issue_on_behalf(ADA, &env.order(&program)).await;
    let credential = env.credential(&hash).await;
    let verification = env.verification(&["bbs-2023"]).await;
    env.proofs.is_broken.store(true, Ordering::SeqCst);
    let body = json!({ "presentation": credential });
    for (status, refused) in [env.held(&hash).await, env.post(&verification, &body).await] {
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE, "{refused}");
        assert!(!refused.to_string().contains("/opt/"), "{refused}");
    }
    // Issuance does not need it.
    env.env
        .issue_on_behalf("bob@example.com", &env.order(&program))
        .await;
}
