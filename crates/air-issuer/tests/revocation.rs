//! `POST /admin/revoke` and `GET /revocation-status/:nonce`.

use serde_json::json;

use crate::support::{Issuer, TestEnv, open, verify_with_status};

#[tokio::test]
async fn a_revoked_credential_is_revoked_everywhere_at_once() {
    let (env, issuer) = TestEnv::with_issuer().await;
    assert_eq!(issuer.issue(&env.request()).await, 201);
    let mut other = env.request();
    other["holderDID"] = json!("did:air:id:test:other");
    assert_eq!(issuer.issue(&other).await, 201);
    let stored = env.platform.stored();
    let [revoked, untouched] = [0, 1].map(|at| open(&env, &stored[at]));
    for credential in [&revoked, &untouched] {
        assert!(verify_with_status(&env, &issuer, credential).await.is_ok());
    }
    let nonce = issuer.history().await[0]["revocationNonce"].clone();
    let path = format!("/revocation-status/{}", nonce.as_str().unwrap());
    assert_eq!(issuer.get(&path).await.json(), json!({"isRevoked": false}));

    for _ in 0..2 {
        let response = issuer
            .post("/admin/revoke", &json!({"nonce": nonce, "reason": "left"}))
            .await;
        assert_eq!((response.status, response.body.as_str()), (201, ""));
    }
    assert_eq!(issuer.get(&path).await.json(), json!({"isRevoked": true}));
    let error = verify_with_status(&env, &issuer, &revoked).await.unwrap_err();
    assert!(error.to_string().contains("revoked"), "{error}");
    assert!(
        verify_with_status(&env, &issuer, &untouched).await.is_ok(),
        "its neighbour is valid"
    );
    let history = issuer.history().await;
    assert_eq!(history[0]["revokedAt"], "2027-01-15T08:00:00.000Z");
    assert_eq!(issuer.service.verify_audit_log().await.unwrap(), Some(5));

    assert_eq!(issuer.issue(&env.request()).await, 201, "a new one replaces it");
    assert_eq!(env.platform.stored().len(), 3);
}

#[tokio::test]
async fn unknown_and_invalid_nonces() {
    let (_env, issuer) = TestEnv::with_issuer().await;
    for nonce in ["1", "0", "9223372036854775808", "18446744073709551615"] {
        let response = issuer.post("/admin/revoke", &json!({ "nonce": nonce })).await;
        assert_eq!(response.status, 404);
        let message = "Revocation nonce not found";
        assert_eq!(
            response.json(),
            json!({"message": message, "error": "Not Found", "statusCode": 404})
        );
        let status = issuer.get(&format!("/revocation-status/{nonce}")).await;
        assert_eq!(
            (status.status, status.json()),
            (200, json!({"isRevoked": false})),
            "{nonce}"
        );
    }
    for nonce in [
        json!("x"),
        json!("1.5"),
        json!("123456789012345678901"),
        json!(""),
        json!(null),
    ] {
        let response = issuer.post("/admin/revoke", &json!({ "nonce": nonce })).await;
        assert_eq!(response.status, 400, "{nonce}");
    }
    for path in ["x", "1.5", "-1", "123456789012345678901"] {
        assert_eq!(
            issuer.get(&format!("/revocation-status/{path}")).await.status,
            400,
            "{path}"
        );
    }
}

/// A credential of another holder, and its nonce.
async fn issue(env: &TestEnv, issuer: &Issuer, holder: usize) -> String {
    let mut request = env.request();
    request["holderDID"] = json!(format!("did:air:id:test:{holder}"));
    assert_eq!(issuer.issue(&request).await, 201);
    let query = format!("/admin/issuance-history?holderDid=did:air:id:test:{holder}");
    let history = issuer.get(&query).await.json();
    history["data"][0]["revocationNonce"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn several_credentials_are_revoked_at_once_or_none() {
    let (env, issuer) = TestEnv::with_issuer().await;
    // More than a list of 16 entries has.
    let mut nonces = Vec::new();
    for holder in 0..18 {
        nonces.push(issue(&env, &issuer, holder).await);
    }
    let untouched = nonces.pop().unwrap();
    let is_revoked = async |nonce: &str| {
        let status = issuer.get(&format!("/revocation-status/{nonce}")).await.json();
        status["isRevoked"].as_bool().unwrap()
    };
    let mut wrong = nonces.clone();
    wrong.push("1".to_owned());
    let refused = issuer.post("/admin/revoke", &json!({ "nonces": wrong })).await;
    let message = "Revocation nonces not found: 1; nothing was revoked";
    assert_eq!(
        (refused.status, &refused.json()["message"]),
        (404, &json!(message))
    );
    assert!(!is_revoked(nonces[0].as_str()).await);

    let body = json!({ "nonces": nonces, "reason": "the key leaked" });
    for _ in 0..2 {
        let response = issuer.post("/admin/revoke", &body).await;
        assert_eq!((response.status, response.body.as_str()), (201, ""));
    }
    for nonce in &nonces {
        assert!(is_revoked(nonce.as_str()).await, "{nonce}");
    }
    assert!(!is_revoked(untouched.as_str()).await);
    let stored = env.platform.stored();
    for (place, envelope) in stored.iter().enumerate() {
        let verified = verify_with_status(&env, &issuer, &open(&env, envelope)).await;
        assert_eq!(verified.is_err(), place < nonces.len(), "{place}");
    }
    let entries = 2 * stored.len() as u64 + nonces.len() as u64;
    assert_eq!(issuer.service.verify_audit_log().await.unwrap(), Some(entries));
}

#[tokio::test]
async fn a_list_of_nonces_has_a_form() {
    let (_env, issuer) = TestEnv::with_issuer().await;
    let form = "nonces must be a list of 1 to 1000 nonces, without nonce";
    let digits = "each of nonces must be a number string of at most 20 digits";
    for (body, rule) in [
        (json!({ "nonces": [] }), form),
        (json!({ "nonces": "1" }), form),
        (json!({ "nonces": ["1"], "nonce": "1" }), form),
        (json!({ "nonces": vec!["1"; 1_001] }), form),
        (json!({ "nonces": [1] }), digits),
        (json!({ "nonces": ["1", "x"] }), digits),
    ] {
        let response = issuer.post("/admin/revoke", &body).await;
        assert_eq!(
            (response.status, &response.json()["message"]),
            (400, &json!([rule])),
            "{rule}"
        );
    }
}

#[tokio::test]
async fn without_status_lists_credentials_are_revoked_all_the_same() {
    let env = TestEnv::new().await;
    let issuer = env.start_with(&[("SD_JWT_TSL_PARTITION_SIZE", "")]).await;
    assert_eq!(issuer.issue(&env.request()).await, 201);
    let credential = open(&env, &env.platform.stored()[0]);
    let verified = crate::support::verify(&env, &issuer, &credential).await;
    assert_eq!(verified.status_reference(), None);
    let nonce = issuer.history().await[0]["revocationNonce"].clone();
    issuer.revoke(&nonce).await;
    let path = format!("/revocation-status/{}", nonce.as_str().unwrap());
    assert_eq!(issuer.get(&path).await.json(), json!({"isRevoked": true}));
}
