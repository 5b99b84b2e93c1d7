//! Settings that are refused, and a platform without the option.

use air_jwt::PartnerToken;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use super::{ADA, CHALLENGES, CREDENTIALS, PredicateEnv, TOKENS, create};
use crate::support::TestEnv;

#[tokio::test]
async fn a_platform_without_the_option_has_no_such_programs_and_no_such_routes() {
    let env = TestEnv::start().await;
    let (status, refused) = create(&env, "programs", json!({ "predicateProofs": true })).await;
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");
    let conditions = json!([{ "attribute": "age", "operator": "greater", "value": 17 }]);
    let settings = json!({ "predicateProofsOf": env.ids["programs"]["adult"], "conditions": conditions });
    let (status, refused) = create(&env, "verification-programs", settings).await;
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");
    let session = env.login(ADA).await;
    let hash = env.issue_on_behalf(ADA, &env.order()).await;
    let scheme = format!(
        "/sandbox/v1/proof-schemes/{}",
        env.ids["programs"]["adult"].as_str().unwrap()
    );
    let run = "/sandbox/v1/verifications/7f01c42c-02cf-4325-96ed-ba034700f724";
    let (request, proof) = (format!("{run}/proof-request"), format!("{run}/proof"));
    for (method, path, body) in [
        (Method::GET, scheme.as_str(), Value::Null),
        (Method::POST, CHALLENGES, json!({ "coreClaimHash": hash })),
        (
            Method::POST,
            CREDENTIALS,
            json!({ "coreClaimHash": hash, "challenge": "00", "commitment": "00" }),
        ),
        (Method::POST, TOKENS, Value::Null),
        (Method::GET, request.as_str(), Value::Null),
        (
            Method::POST,
            proof.as_str(),
            json!({ "unproven": "nonCompliant" }),
        ),
    ] {
        let body = Some(&body).filter(|body| !body.is_null());
        let (status, refused) = env.call_as_user(method, path, &session, None, body).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {refused}");
        assert!(
            refused["message"].as_str().unwrap().contains("predicate proofs"),
            "{path}: {refused}"
        );
    }
}

#[tokio::test]
async fn settings_that_can_not_be_proved_are_refused() {
    let env = PredicateEnv::start().await;
    let program = env.issuing().await;
    let (status, refused) = env.create("programs", json!({ "scales": { "age": 2 } })).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{refused}");
    // A layout that does not work names its attribute.
    let form = json!({ "title": "Account", "attributes": [{ "name": "balance", "type": "number" }] });
    let order = json!({ "partnerId": env.env.ids["partnerId"], "schema": form });
    let (_, schema) = env
        .env
        .call(Method::POST, "/sandbox/v1/schemas", None, Some(&order))
        .await;
    let schema = &schema["schemaId"];
    let settings = json!({ "schemaId": schema, "predicateProofs": true });
    let (status, refused) = env.create("programs", settings).await;
    assert_eq!(status, StatusCode::BAD_REQUEST, "{refused}");
    assert!(
        refused["message"].as_str().unwrap().contains("`balance`"),
        "{refused}"
    );

    let age = json!([{ "attribute": "age", "operator": "greater", "value": 17 }]);
    let country = json!([{ "attribute": "country", "operator": "less", "value": "UTO" }]);
    let plain = &env.env.ids["programs"]["adult"];
    for (settings, word) in [
        (json!({ "predicateProofsOf": program }), "condition"),
        (
            json!({ "predicateProofsOf": program, "conditions": age, "requireCak": true }),
            "requireCak",
        ),
        (
            json!({ "predicateProofsOf": program, "conditions": age, "proofs": ["bbs-2023"] }),
            "proofs",
        ),
        (
            json!({ "predicateProofsOf": plain, "conditions": age }),
            "issuance program",
        ),
        (
            json!({ "predicateProofsOf": "c21s70g0i54sn0023172Cw", "conditions": age }),
            "issuance program",
        ),
        (
            json!({ "predicateProofsOf": program, "conditions": country }),
            "`country`",
        ),
        (
            json!({ "predicateProofsOf": program, "conditions": age, "schemaId": schema }),
            "schema",
        ),
    ] {
        let (status, refused) = env.create("verification-programs", settings.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{settings}: {refused}");
        assert!(
            refused["message"].as_str().unwrap().contains(word),
            "{settings}: {refused}"
        );
    }
}

#[tokio::test]
async fn a_credential_of_another_program_is_not_signed() {
    let env = PredicateEnv::start().await;
    let session = env.env.login(ADA).await;
    let hash = env.env.issue_on_behalf(ADA, &env.env.order()).await;
    let (status, refused) = env
        .post(CHALLENGES, &session, &json!({ "coreClaimHash": hash }))
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND, "{refused}");
}

/// A presentation of the credential itself would show the values.
#[tokio::test]
async fn a_program_for_proofs_accepts_nothing_else() {
    let env = PredicateEnv::start().await;
    let program = env.issuing().await;
    let conditions = json!([{ "attribute": "age", "operator": "greater", "value": 17 }]);
    let verification_program = env.verifying(&program, conditions).await;
    let token = env.env.token(PartnerToken::verify);
    let order = json!({ "programId": verification_program });
    let path = "/sandbox/v1/presentation-requests";
    let (status, refused) = env.env.call(Method::POST, path, Some(&token), Some(&order)).await;
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");
    assert!(
        refused["message"].as_str().unwrap().contains("predicate proofs"),
        "{refused}"
    );
    let presentation = json!({ "issuer": env.env.ids["issuerDid"], "proof": { "cryptosuite": "bbs-2023" } });
    let path = format!("/sandbox/v1/verification-programs/{verification_program}/w3c-presentations");
    let order = json!({ "presentation": presentation });
    let (status, refused) = env
        .env
        .call(Method::POST, &path, Some(&token), Some(&order))
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");
}
