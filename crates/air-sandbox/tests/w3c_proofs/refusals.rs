//! What is refused, and with which code.

use super::*;

#[tokio::test]
async fn settings_that_contradict_each_other_are_refused() {
    let env = ProofEnv::start().await;
    let both = json!(["bbs-2023", "bbs-2023"]);
    let list =
        json!({ "issuers": [{ "name": "University", "did": "did:web:university.example", "types": "*" }] });
    for (kind, settings, part) in [
        ("programs", json!({ "proof": "ecdsa-jcs-2019" }), "proof"),
        (
            "programs",
            json!({ "unlinkable": true, "expiration": "30d" }),
            "unlinkable",
        ),
        (
            "programs",
            json!({ "proof": "ecdsa-sd-2023", "unlinkable": true, "expiration": "30d" }),
            "unlinkable",
        ),
        (
            "programs",
            json!({ "proof": "bbs-2023", "unlinkable": true, "expiration": "91d" }),
            "unlinkable",
        ),
        (
            "programs",
            json!({ "proof": "bbs-2023", "unlinkable": true }),
            "unlinkable",
        ),
        ("verification-programs", json!({ "proofs": ["none"] }), "proofs"),
        ("verification-programs", json!({ "proofs": both }), "proofs"),
        (
            "verification-programs",
            json!({ "proofs": ["bbs-2023"], "trustList": list }),
            "proofs",
        ),
    ] {
        let (status, refused) = env.create(kind, settings.clone()).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{settings}: {refused}");
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains(part), "{settings}: {message}");
    }
    let issuer = env.env.ids["issuerDid"].as_str().unwrap();
    let document = format!("{}/sandbox/v1/issuers/{issuer}/did.json", env.env.platform.url());
    let (_, document) = env.get(&document).await;
    let methods = document["verificationMethod"].as_array().unwrap();
    assert_eq!(methods.len(), 1, "no key was made: {document}");
    // The list of an existing program, too.
    let verification = env.verification(&["bbs-2023"]).await;
    let path = format!("/sandbox/v1/verification-programs/{verification}/trust-list");
    let (status, refused) = env
        .env
        .call(Method::PUT, &path, None, Some(&json!({ "trustList": list })))
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");
}

#[tokio::test]
async fn a_platform_without_the_program_publishes_no_program_with_proofs() {
    let env = TestEnv::start().await;
    let proof = json!({ "proof": "bbs-2023" });
    let (status, refused) = create(&env, "programs", proof).await;
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");
    let draft = json!({ "proof": "bbs-2023", "publish": false });
    let (status, created) = create(&env, "programs", draft).await;
    assert_eq!(status, StatusCode::OK, "{created}");
    let program = created["credentialId"].as_str().unwrap();
    let path = format!("/sandbox/v1/programs/{program}/publish");
    let (status, refused) = env.call(Method::POST, &path, None, None).await;
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains("without a program for W3C proofs"), "{message}");
}

#[tokio::test]
async fn a_seed_publishes_a_program_with_proofs_only_if_it_can_issue() {
    let env = ProofEnv::start().await;
    let mut seed = TestEnv::seed_file(&env.env.jwks.url);
    seed["partner"]["name"] = json!("Registrar");
    seed["programs"][0]["proof"] = json!("bbs-2023");
    env.proofs.is_broken.store(true, Ordering::SeqCst);
    let (status, refused) = env
        .env
        .call(Method::POST, "/sandbox/v1/seed", None, Some(&seed))
        .await;
    assert_eq!(status, StatusCode::CONFLICT, "{refused}");
    let message = refused["message"].as_str().unwrap();
    assert!(message.contains("can't issue W3C credentials"), "{message}");
    env.proofs.is_broken.store(false, Ordering::SeqCst);
    let ids = env.env.seed(&seed).await;
    // A repetition publishes nothing.
    env.proofs.is_broken.store(true, Ordering::SeqCst);
    assert_eq!(env.env.seed(&seed).await, ids);
}

#[tokio::test]
async fn only_the_holder_in_a_session_of_the_issuer_gets_a_w3c_credential() {
    let env = ProofEnv::start().await;
    let program = env.program(json!({ "proof": "ecdsa-rdfc-2019" })).await;
    let hash = env.env.issue_on_behalf(ADA, &env.order(&program)).await;
    let plain = env.env.issue_on_behalf("bob@example.com", &env.env.order()).await;
    let path = |hash: &str| format!("/sandbox/v1/users/me/credentials/{hash}/w3c");
    let other = env.env.another_partner().await;
    let token = crate::support::token_of(&other, PartnerToken::issue);
    let foreign = env.env.login_with(&token, ADA).await;
    let bob = env.env.login("bob@example.com").await;
    for (session, hash, expected) in [
        (&foreign, &hash, StatusCode::NOT_FOUND),
        (&bob, &hash, StatusCode::NOT_FOUND),
        // A program without a proof.
        (&bob, &plain, StatusCode::CONFLICT),
    ] {
        let (status, refused) = env
            .env
            .call_as_user(Method::GET, &path(hash), session, None, None)
            .await;
        assert_eq!(status, expected, "{refused}");
    }
    assert!(env.proofs.commands().is_empty(), "nothing was signed");
}

#[tokio::test]
async fn presentations_that_break_a_rule_are_refused() {
    let env = ProofEnv::start().await;
    let program = env.program(json!({ "proof": "ecdsa-rdfc-2019" })).await;
    let hash = env.env.issue_on_behalf(ADA, &env.order(&program)).await;
    let credential = env.credential(&hash).await;
    let verification = env.verification(&["ecdsa-rdfc-2019"]).await;
    let verification = verification.as_str();
    let (_, none) = env.create("verification-programs", json!({})).await;
    let none = none["programId"].as_str().unwrap();
    let with = |name: &str, value: Value| {
        let mut changed = credential.clone();
        changed[name] = value;
        json!({ "presentation": changed })
    };
    let own = json!({ "presentation": credential });
    let challenge = |text: &str| json!({ "presentation": credential, "challenge": text });
    let other_suite = with("proof", json!({ "cryptosuite": "bbs-2023" }));
    for (program, body, expected, part) in [
        ("unknown", &own, StatusCode::NOT_FOUND, "verification program"),
        (none, &own, StatusCode::CONFLICT, "proofs"),
        (verification, &json!({}), StatusCode::BAD_REQUEST, "presentation"),
        (
            verification,
            &with("proof", Value::Null),
            StatusCode::BAD_REQUEST,
            "cryptosuite",
        ),
        (
            verification,
            &other_suite,
            StatusCode::BAD_REQUEST,
            "ecdsa-rdfc-2019",
        ),
        (
            verification,
            &with("issuer", json!(1)),
            StatusCode::BAD_REQUEST,
            "issuer",
        ),
        (
            verification,
            &challenge("n-1"),
            StatusCode::BAD_REQUEST,
            "challenge",
        ),
    ] {
        let (status, refused) = env.post(program, body).await;
        assert_eq!(status, expected, "{body}: {refused}");
        let message = refused["message"].as_str().unwrap();
        assert!(message.contains(part), "{body}: {message}");
    }
    let bbs = env.verification(&["bbs-2023"]).await;
    for length in [0, 1025] {
        let body = json!({ "presentation": other_suite["presentation"], "challenge": "n".repeat(length) });
        let (status, refused) = env.post(&bbs, &body).await;
        assert_eq!(status, StatusCode::BAD_REQUEST, "{refused}");
    }
    let other = env.env.another_partner().await;
    let token = crate::support::token_of(&other, PartnerToken::verify);
    let path = format!("/sandbox/v1/verification-programs/{verification}/w3c-presentations");
    let (status, _) = env.env.call(Method::POST, &path, Some(&token), Some(&own)).await;
    assert_eq!(status, StatusCode::FORBIDDEN);

    // A credential that is not authentic has a report.
    let mut changed = credential.clone();
    changed["credentialSubject"]["age"] = json!(99);
    let report = env.verify(verification, &changed).await;
    assert_eq!(
        (&report["valid"], &report["checks"][0]["check"]),
        (&json!(false), &json!("signature"))
    );
    let unknown = &with("issuer", json!("did:web:university.example"))["presentation"];
    let report = env.verify(verification, unknown).await;
    assert_eq!(report["valid"], false);
    assert!(report["reason"].as_str().unwrap().contains("issuer"), "{report}");
    // One of another partner's schema is not one of the program's.
    let other_type = present(&with("type", json!(["Other"]))["presentation"], &["age"]);
    let report = env.verify(verification, &other_type).await;
    assert_eq!(report["checks"][0]["check"], "type", "{report}");
}
