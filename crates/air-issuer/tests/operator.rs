//! `GET /admin/issuances/{externalId}` and `GET /admin/outbox`.

use serde_json::{Value, json};

use crate::support::{Behaviour, Issuer, TestEnv};

fn request() -> Value {
    json!({
        "userId": "ada@example.com",
        "schemaId": "member",
        "vct": "member",
        "expiration": "2027-06-01",
        "credentialSubject": { "givenName": "Ada", "level": 5 },
    })
}

#[tokio::test]
async fn a_record_shows_the_state_of_a_credential_and_no_claim() {
    let (env, issuer) = TestEnv::with_issuer().await;
    let response = issuer.post("/admin/issue-vc", &request()).await;
    assert_eq!((response.status, response.body.as_str()), (201, ""));
    let path = response.header("location").to_owned();
    let external_id = path.strip_prefix("/admin/issuances/").unwrap();
    assert_eq!(env.platform.stored()[0]["externalId"], external_id);

    let record = issuer.get(&path).await.json();
    let nonce = issuer.history().await[0]["revocationNonce"].clone();
    assert_eq!(record["statusList"]["list"], 0);
    assert!(record["statusList"]["index"].as_u64().unwrap() < 16);
    assert_eq!(
        record,
        json!({
            "externalId": external_id,
            "state": "stored",
            "schemaId": "member",
            "holderDid": "did:air:id:test:holder",
            "revocationNonce": nonce,
            "statusList": record["statusList"],
            "issuedAt": "2027-01-15T08:00:00.000Z",
            "expiresAt": "2027-06-01T00:00:00.000Z",
            "revokedAt": null,
            "reason": null,
            "attempts": null,
        })
    );

    env.pass(60);
    let revocation = json!({ "nonce": nonce, "reason": "left the company" });
    assert_eq!(issuer.post("/admin/revoke", &revocation).await.status, 201);
    let record = issuer.get(&path).await.json();
    assert_eq!(record["revokedAt"], "2027-01-15T08:01:00.000Z");
    assert_eq!(record["reason"], "left the company");
    assert_eq!(issuer.service.verify_audit_log().await.unwrap(), Some(3));
}

#[tokio::test]
async fn a_reason_has_a_limit() {
    let (_env, issuer) = TestEnv::with_issuer().await;
    issuer.post("/admin/issue-vc", &request()).await;
    let nonce = issuer.history().await[0]["revocationNonce"].clone();
    for (length, status) in [(501, 400), (500, 201)] {
        let body = json!({ "nonce": nonce, "reason": "r".repeat(length) });
        assert_eq!(
            issuer.post("/admin/revoke", &body).await.status,
            status,
            "{length}"
        );
    }
}

#[tokio::test]
async fn an_unknown_record_is_a_404() {
    let (_env, issuer) = TestEnv::with_issuer().await;
    for id in ["x", "urn:uuid:00000000-0000-4000-8000-000000000000", "a%00b"] {
        let response = issuer.get(&format!("/admin/issuances/{id}")).await;
        assert_eq!(
            (response.status, &response.json()["message"]),
            (404, &json!("Issuance not found")),
            "{id}"
        );
    }
}

async fn outbox(issuer: &Issuer, query: &str) -> Value {
    let response = issuer.get(&format!("/admin/outbox{query}")).await;
    assert_eq!(response.status, 200, "{response:?}");
    response.json()
}

#[tokio::test]
async fn the_outbox_is_listed_by_age_in_pages() {
    let (env, issuer) = TestEnv::with_issuer().await;
    assert_eq!(
        outbox(&issuer, "").await,
        json!({ "data": [], "nextCursor": null })
    );
    env.platform.set(Behaviour::Refuses(400));
    for holder in ["a", "b", "c"] {
        let mut request = env.request();
        request["holderDID"] = json!(format!("did:air:id:test:{holder}"));
        assert_eq!(issuer.issue(&request).await, 502);
        env.pass(10);
    }
    let first = outbox(&issuer, "?limit=2").await;
    let entries = first["data"].as_array().unwrap();
    assert_eq!(entries.len(), 2);
    assert_eq!(
        (&entries[0]["ageSeconds"], &entries[1]["ageSeconds"]),
        (&json!(30), &json!(20))
    );
    assert_eq!(
        (&entries[0]["attempts"], &entries[0]["lastError"]),
        (&json!(1), &json!("status_400"))
    );
    assert_eq!(entries[0]["nextAt"], "2027-01-15T09:00:00.000Z", "an hour later");
    let id = entries[0]["externalId"].as_str().unwrap();
    let record = issuer.get(&format!("/admin/issuances/{id}")).await.json();
    assert_eq!(
        (&record["state"], &record["attempts"]),
        (&json!("prepared"), &json!(1))
    );

    let cursor = first["nextCursor"].as_str().unwrap();
    let second = outbox(&issuer, &format!("?limit=2&cursor={cursor}")).await;
    assert_eq!(second["data"].as_array().unwrap().len(), 1);
    assert_eq!(
        (&second["data"][0]["ageSeconds"], &second["nextCursor"]),
        (&json!(10), &Value::Null)
    );
    for (query, rule) in [
        ("limit=0", "limit must not be less than 1"),
        ("limit=101", "limit must not be greater than 100"),
        ("cursor=x", "cursor must be the nextCursor of an earlier page"),
    ] {
        let response = issuer.get(&format!("/admin/outbox?{query}")).await;
        assert_eq!(
            (response.status, &response.json()["message"]),
            (400, &json!([rule])),
            "{query}"
        );
    }
}
