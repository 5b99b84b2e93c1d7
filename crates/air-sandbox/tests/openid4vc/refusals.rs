//! Refusals of issuers beyond the token endpoint, each with its exact error code. The names are
//! those of the conformance suite of the OpenID Foundation where it has a module for the rule.

use air_jwt::{PartnerToken, SigningKey};
use reqwest::{Method, StatusCode};
use serde_json::json;

use super::wallet::{Answer, Wallet, keys};
use crate::support::{self, TestEnv};

/// A wallet with a token that has issued nothing yet.
async fn with_token(env: &TestEnv) -> (Wallet<'_>, String) {
    let wallet = Wallet::new(env);
    let created = wallet.offered(json!({})).await;
    let token = wallet.redeem(&created).await;
    (wallet, token)
}

/// The values of `WWW-Authenticate`.
pub(super) fn challenges(answer: &Answer) -> Vec<&str> {
    let values = answer.headers.get_all("www-authenticate").iter();
    values.map(|value| value.to_str().unwrap()).collect()
}

#[tokio::test]
async fn fail_on_invalid_nonce() {
    let env = TestEnv::start().await;
    let (wallet, token) = with_token(&env).await;
    let (nonce, dpop_nonce) = wallet.nonces().await;
    for wrong in ["", "junk", &dpop_nonce] {
        let answer = wallet.request(&token, &wallet.order(&keys(1), wrong)).await;
        let code = if wrong.is_empty() {
            "invalid_proof"
        } else {
            "invalid_nonce"
        };
        // The code for an empty nonce is not specified.
        if wrong.is_empty() {
            assert_eq!(answer.status, StatusCode::BAD_REQUEST);
        } else {
            answer.assert_refused(400, code);
        }
    }
    // A nonce is used once.
    let answer = wallet.request(&token, &wallet.order(&keys(1), &nonce)).await;
    answer.assert_ok();
    let answer = wallet.request(&token, &wallet.order(&keys(1), &nonce)).await;
    answer.assert_refused(400, "invalid_nonce");
    // One issuer's nonce is not another's.
    let (_, other) = env.another_partner().await;
    let url = format!(
        "{}/oid4vc/{}/nonce",
        env.platform.url(),
        other["partnerId"].as_str().unwrap()
    );
    let foreign = Answer::of(env.http.post(url)).await.text("c_nonce");
    let answer = wallet.request(&token, &wallet.order(&keys(1), &foreign)).await;
    answer.assert_refused(400, "invalid_nonce");
}

#[tokio::test]
async fn fail_on_missing_proof_and_on_invalid_proofs() {
    let env = TestEnv::start().await;
    let (wallet, token) = with_token(&env).await;
    let program = &env.ids["programs"]["adult"];
    let missing = json!({ "credential_configuration_id": program });
    wallet
        .request(&token, &missing)
        .await
        .assert_refused(400, "invalid_proof");

    let (nonce, _) = wallet.nonces().await;
    let good = wallet.order(&keys(1), &nonce);
    let proof = good["proofs"]["jwt"][0].as_str().unwrap();
    let order =
        |proofs: serde_json::Value| json!({ "credential_configuration_id": program, "proofs": proofs });
    let (head, signature) = proof.rsplit_once('.').unwrap();
    let flipped = if signature.starts_with('A') { "B" } else { "A" };
    let forged = format!("{head}.{flipped}{}", &signature[1..]);
    let key = &keys(1)[0];
    let without_nonce = wallet.key_proof(key, None);
    let mut elsewhere = Wallet::new(&env);
    elsewhere.issuer = "https://other.example".parse().unwrap();
    let wrong_audience = elsewhere.key_proof(key, Some(&nonce));
    let twice = [
        wallet.key_proof(key, Some(&nonce)),
        wallet.key_proof(key, Some(&nonce)),
    ];
    for (what, proofs) in [
        ("a forged signature", json!({ "jwt": [forged] })),
        ("no nonce", json!({ "jwt": [without_nonce] })),
        ("another audience", json!({ "jwt": [wrong_audience] })),
        ("the same key twice", json!({ "jwt": twice })),
        ("no JWT", json!({ "jwt": ["junk"] })),
        ("another type", json!({ "attestation": [proof] })),
        ("two types", json!({ "jwt": [proof], "attestation": [proof] })),
        ("no proofs", json!({ "jwt": [] })),
    ] {
        let answer = wallet.request(&token, &order(proofs)).await;
        assert_eq!(answer.body["error"], "invalid_proof", "{what}: {}", answer.body);
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{what}");
    }
    // Nothing of this used the nonce.
    wallet.request(&token, &good).await.assert_ok();
}

#[tokio::test]
async fn fail_on_unknown_credential_configuration_id_and_identifier() {
    let env = TestEnv::start().await;
    let (wallet, token) = with_token(&env).await;
    let (nonce, _) = wallet.nonces().await;
    let order = wallet.order(&keys(1), &nonce);
    let with = |name: &str, value: serde_json::Value| {
        let mut order = order.clone();
        order
            .as_object_mut()
            .unwrap()
            .remove("credential_configuration_id");
        order[name] = value;
        order
    };
    for (order, status, code) in [
        (
            with("credential_configuration_id", json!("unknown")),
            400,
            "unknown_credential_configuration",
        ),
        (
            // A draft is not offered.
            with(
                "credential_configuration_id",
                env.ids["programs"]["draft"].clone(),
            ),
            400,
            "unknown_credential_configuration",
        ),
        (
            with("credential_identifier", json!("unknown")),
            400,
            "unknown_credential_identifier",
        ),
        (with("note", json!("neither")), 400, "invalid_credential_request"),
        (
            {
                let mut order = order.clone();
                order["credential_response_encryption"] = json!({
                    "jwk": { "kty": "EC", "alg": "ECDH-ES" }, "enc": "A128GCM",
                });
                order
            },
            400,
            "invalid_encryption_parameters",
        ),
    ] {
        wallet.request(&token, &order).await.assert_refused(status, code);
    }
}

#[tokio::test]
async fn a_token_is_for_its_own_program_and_issuer() {
    let env = TestEnv::start().await;
    let (wallet, token) = with_token(&env).await;
    // A second published program of the same partner.
    let schema = env.ids["schemas"]["adult"].as_str().unwrap();
    let second = json!({ "partnerId": env.ids["partnerId"], "schemaId": schema, "publish": true });
    let request = env
        .http
        .post(format!("{}/sandbox/v1/programs", env.platform.url()))
        .bearer_auth(env.platform.operator_token());
    let second = Answer::of(request.json(&second)).await;
    assert!(second.status.is_success(), "{}", second.body);
    let (nonce, _) = wallet.nonces().await;
    let mut order = wallet.order(&keys(1), &nonce);
    order["credential_configuration_id"] = second.body["credentialId"].clone();
    let answer = wallet.request(&token, &order).await;
    answer.assert_refused(403, "insufficient_scope");
    assert!(challenges(&answer)[0].contains("error=\"insufficient_scope\""));

    let (_, other) = env.another_partner().await;
    let mut elsewhere = Wallet::new(&env);
    elsewhere.issuer = format!(
        "{}/oid4vc/{}",
        env.platform.url(),
        other["partnerId"].as_str().unwrap()
    )
    .parse()
    .unwrap();
    elsewhere.key = wallet.key;
    let answer = elsewhere.request(&token, &order).await;
    answer.assert_refused(401, "invalid_token");
}

#[tokio::test]
async fn a_request_without_a_token_is_refused_before_its_body_is_read() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    for name in ["credential", "notification"] {
        let large = "x".repeat(1024 * 1024);
        let missing = Answer::of(env.http.post(wallet.url(name)).body(large)).await;
        let basic = env.http.post(wallet.url(name)).basic_auth("a", Some("b"));
        for answer in [missing, Answer::of(basic).await] {
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
            // RFC 6750, 3.1: without a token, the answer has no error.
            assert_eq!(answer.body, json!(null));
            assert_eq!(
                challenges(&answer),
                [
                    "DPoP realm=\"openid4vci\", algs=\"ES256 RS256\"",
                    "Bearer realm=\"openid4vci\""
                ]
            );
        }
        let unknown = env.http.post(wallet.url(name)).bearer_auth("unknown");
        let answer = Answer::of(unknown).await;
        answer.assert_refused(401, "invalid_token");
        assert_eq!(
            challenges(&answer),
            ["Bearer realm=\"openid4vci\", error=\"invalid_token\", \
              error_description=\"the access token is unknown or has ended (RFC 6750, section 3.1)\""]
        );
        let twice = env.http.post(wallet.url(name)).bearer_auth("a").bearer_auth("b");
        let answer = Answer::of(twice).await;
        answer.assert_refused(400, "invalid_request");
        assert!(challenges(&answer)[0].contains("error=\"invalid_request\""));
    }
    let (wallet, token) = with_token(&env).await;
    let large = json!({ "note": "x".repeat(300_000) });
    let answer = wallet.request(&token, &large).await;
    answer.assert_refused(413, "invalid_request");
}

#[tokio::test]
async fn at_most_as_many_proofs_as_the_metadata_says() {
    let env = TestEnv::start().await;
    let (wallet, token) = with_token(&env).await;
    let most = usize::try_from(wallet.metadata().await.batch_size.unwrap()).unwrap();
    let (nonce, _) = wallet.nonces().await;
    let answer = wallet
        .request(&token, &wallet.order(&keys(most + 1), &nonce))
        .await;
    answer.assert_refused(400, "invalid_credential_request");
    for _ in 0..4 {
        let (nonce, _) = wallet.nonces().await;
        let answer = wallet.request(&token, &wallet.order(&keys(most), &nonce)).await;
        answer.assert_ok();
    }
    // 128 credentials are all that a token gets.
    let (nonce, _) = wallet.nonces().await;
    let answer = wallet.request(&token, &wallet.order(&keys(1), &nonce)).await;
    answer.assert_refused(400, "credential_request_denied");
}

#[tokio::test]
async fn a_notification_is_for_its_own_response() {
    let env = TestEnv::start().await;
    let (wallet, token) = with_token(&env).await;
    let (nonce, _) = wallet.nonces().await;
    let answer = wallet.request(&token, &wallet.order(&keys(1), &nonce)).await;
    let id = answer.text("notification_id");
    let (other, other_token) = with_token(&env).await;
    let notify = async |wallet: &Wallet<'_>, token: &str, body: serde_json::Value| {
        let (_, nonce) = wallet.nonces().await;
        let proof = wallet.proof("notification", Some(&nonce), Some(token));
        wallet.ask("notification", token, &proof, &body).await
    };
    let body = json!({ "notification_id": id, "event": "credential_accepted" });
    let answer = notify(&other, &other_token, body).await;
    answer.assert_refused(400, "invalid_notification_id");
    let body = json!({ "notification_id": id, "event": "credential_lost" });
    let answer = notify(&wallet, &token, body).await;
    answer.assert_refused(400, "invalid_notification_request");
    let body = json!({ "notification_id": id, "event": "credential_deleted" });
    let answer = notify(&wallet, &token, body).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn an_offer_is_checked_before_it_is_made() {
    let env = TestEnv::start().await;
    let token = env.on_behalf_token("ada@example.com");
    let with = |name: &str, value: serde_json::Value| {
        let mut order = env.order();
        order[name] = value;
        order
    };
    for (order, status) in [
        (with("credentialId", json!("c21s70g0i54sn0023172Cv")), 404),
        (with("credentialId", env.ids["programs"]["draft"].clone()), 404),
        (with("credentialSubject", json!({ "age": "old" })), 400),
        (with("expiresIn", json!(0)), 400),
        (with("expiresIn", json!(86_401)), 400),
        (with("note", json!(1)), 400),
    ] {
        let (got, answer) = env
            .call(Method::POST, "/sandbox/v1/offers", Some(&token), Some(&order))
            .await;
        assert_eq!(got.as_u16(), status, "{order}: {answer}");
    }
    // An address needs a partner that may issue on behalf of users.
    let key = SigningKey::generate(&mut rand::rng());
    let jwks = support::Jwks::serve(&key).await;
    let mut seed = TestEnv::seed_file(&jwks.url);
    seed["partner"]["issueOnBehalf"] = false.into();
    let ids = env.seed(&seed).await;
    let partner: air_jwt::PartnerId = ids["partnerId"].as_str().unwrap().parse().unwrap();
    let addressed = PartnerToken::issue_on_behalf(partner, "ada@example.com".parse().unwrap());
    let addressed = support::sign(addressed, &key);
    let mut order = env.order();
    order["issuerDid"] = ids["issuerDid"].clone();
    order["credentialId"] = ids["programs"]["adult"].clone();
    let (status, answer) = env
        .call(Method::POST, "/sandbox/v1/offers", Some(&addressed), Some(&order))
        .await;
    assert_eq!(status, StatusCode::FORBIDDEN, "{answer}");
    assert!(answer.to_string().contains("without `email`"), "{answer}");
    // Without a recipient, it is for anyone's wallet.
    let anonymous = env.token(PartnerToken::issue);
    let order = env.order();
    let (status, _) = env
        .call(Method::POST, "/sandbox/v1/offers", Some(&anonymous), Some(&order))
        .await;
    assert_eq!(status, StatusCode::OK);
    let verify = env.token(PartnerToken::verify);
    let (status, _) = env
        .call(Method::POST, "/sandbox/v1/offers", Some(&verify), Some(&order))
        .await;
    assert_eq!(status, StatusCode::UNAUTHORIZED);
    let (other, ids) = env.another_partner().await;
    let partner: air_jwt::PartnerId = ids["partnerId"].as_str().unwrap().parse().unwrap();
    let foreign = PartnerToken::issue_on_behalf(partner, "eve@example.com".parse().unwrap());
    let foreign = support::sign(foreign, &other);
    let (status, _) = env
        .call(Method::POST, "/sandbox/v1/offers", Some(&foreign), Some(&order))
        .await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn unknown_issuers_offers_types_and_lists_are_not_found() {
    let env = TestEnv::start().await;
    let wallet = Wallet::new(&env);
    let unknown = "7f01c42c-02cf-4325-96ed-ba034700f724";
    let url = env.platform.url();
    for path in [
        format!("/.well-known/openid-credential-issuer/oid4vc/{unknown}"),
        format!("/.well-known/oauth-authorization-server/oid4vc/{unknown}"),
        format!("/.well-known/jwt-vc-issuer/oid4vc/{unknown}"),
        "/credential-types/unknown".into(),
        format!("/oid4vc/{unknown}/statuslist/1"),
        format!("/oid4vc/{}/statuslist/7", env.partner_id()),
        format!("/oid4vc/{}/offers/unknown", env.partner_id()),
    ] {
        let answer = Answer::of(env.http.get(format!("{url}{path}"))).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{path}");
    }
    for name in ["token", "nonce", "credential", "notification"] {
        let answer = Answer::of(env.http.post(format!("{url}/oid4vc/{unknown}/{name}"))).await;
        assert_eq!(answer.status, StatusCode::NOT_FOUND, "{name}");
        let answer = Answer::of(env.http.get(wallet.url(name))).await;
        assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{name}");
    }
}

/// PostgreSQL has no text with U+0000, so that a value with it must not reach the store.
#[tokio::test]
async fn refuses_the_character_nul_on_every_route_for_wallets() {
    let env = TestEnv::start().await;
    let (wallet, token) = with_token(&env).await;
    let (nonce, _) = wallet.nonces().await;
    let good = wallet.order(&keys(1), &nonce);
    let refused = |answer: &Answer, what: &str| {
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{what}: {}", answer.body);
        assert!(
            answer.body.to_string().contains("U+0000"),
            "{what}: {}",
            answer.body
        );
    };
    for name in ["credential_configuration_id", "note", "a\0b"] {
        let mut order = good.clone();
        order[name] = "a\0b".into();
        refused(&wallet.request(&token, &order).await, name);
    }
    for name in ["notification_id", "event", "event_description"] {
        let mut body = json!({ "notification_id": "1.a", "event": "credential_accepted" });
        body[name] = "a\0b".into();
        let (_, nonce) = wallet.nonces().await;
        let proof = wallet.proof("notification", Some(&nonce), Some(&token));
        refused(&wallet.ask("notification", &token, &proof, &body).await, name);
    }
    for form in [
        "grant_type=a%00b",
        "grant_type=urn:ietf:params:oauth:grant-type:pre-authorized_code&pre-authorized_code=a%00b",
        "grant_type=urn:ietf:params:oauth:grant-type:pre-authorized_code&pre-authorized_code=a&tx_code=a%00b",
        "a%00b=c",
    ] {
        refused(&wallet.token_with(form.to_owned(), None).await, form);
    }
    let url = env.platform.url();
    for path in [
        "/.well-known/openid-credential-issuer/oid4vc/a%00b".to_owned(),
        "/.well-known/oauth-authorization-server/oid4vc/a%00b".to_owned(),
        "/.well-known/jwt-vc-issuer/oid4vc/a%00b".to_owned(),
        "/credential-types/a%00b".to_owned(),
        "/oid4vc/a%00b/statuslist/1".to_owned(),
        "/oid4vc/a%00b/requests/a".to_owned(),
        format!("/oid4vc/{}/offers/a%00b", env.partner_id()),
        format!("/oid4vc/{}/requests/a%00b", env.partner_id()),
    ] {
        let answer = Answer::of(env.http.get(format!("{url}{path}"))).await;
        refused(&answer, &path);
    }
}
