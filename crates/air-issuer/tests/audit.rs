//! `GET /admin/audit`: a copy of the audit log, whose chains anyone can check.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use crate::support::{Issuer, TestEnv};

async fn page(issuer: &Issuer, query: &str) -> Value {
    let response = issuer.get(&format!("/admin/audit{query}")).await;
    assert_eq!(response.status, 200, "{response:?}");
    response.json()
}

/// The hash of an entry, as the book describes it. `at` is the time in seconds.
fn hash(entry: &Value, at: u64) -> String {
    let numbers = [entry["seq"].to_string(), at.to_string()];
    let text = |name: &str| entry[name].as_str().unwrap();
    let mut fields = vec![text("instance"), &numbers[0], &numbers[1]];
    fields.extend(["action", "subject", "actor", "previous"].map(text));
    fields.extend(entry["reason"].as_str());
    let mut hasher = Sha256::new();
    for field in fields {
        hasher.update((field.len() as u64).to_be_bytes());
        hasher.update(field);
    }
    hex::encode(hasher.finalize())
}

#[tokio::test]
async fn the_log_is_copied_in_pages_with_its_chain() {
    let (env, issuer) = TestEnv::with_issuer().await;
    assert_eq!(page(&issuer, "").await, json!({ "data": [], "nextCursor": null }));
    assert_eq!(issuer.issue(&env.request()).await, 201);
    let nonce = issuer.history().await[0]["revocationNonce"].clone();
    let revocation = json!({ "nonce": nonce, "reason": "left the company" });
    assert_eq!(issuer.post("/admin/revoke", &revocation).await.status, 201);

    let first = page(&issuer, "?limit=2").await;
    let cursor = first["nextCursor"].as_str().unwrap();
    let second = page(&issuer, &format!("?limit=2&cursor={cursor}")).await;
    assert_eq!(second["nextCursor"], Value::Null);
    let entries: Vec<Value> = [&first, &second]
        .into_iter()
        .flat_map(|page| page["data"].as_array().unwrap().clone())
        .collect();
    let actions: Vec<&str> = entries
        .iter()
        .map(|entry| entry["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["prepared", "stored", "revoked"]);
    assert_eq!(page(&issuer, "").await["data"], json!(entries));

    let mut previous = String::new();
    for (seq, entry) in (1..).zip(&entries) {
        assert_eq!(
            (&entry["seq"], &entry["previous"]),
            (&json!(seq), &json!(previous))
        );
        // 2027-01-15T08:00:00Z.
        assert_eq!(entry["at"], "2027-01-15T08:00:00.000Z");
        previous = hash(entry, 1_800_000_000);
        assert_eq!(entry["hash"], previous, "{entry}");
    }
    assert_eq!(entries[2]["reason"], "left the company");
    assert_eq!(entries[0]["subject"], env.platform.stored()[0]["externalId"]);
}

#[tokio::test]
async fn a_page_of_the_log_has_limits() {
    let (_env, issuer) = TestEnv::with_issuer().await;
    for (query, rule) in [
        ("limit=0", "limit must not be less than 1"),
        ("limit=1001", "limit must not be greater than 1000"),
        ("cursor=x", "cursor must be the nextCursor of an earlier page"),
        ("cursor=x.y", "cursor must be the nextCursor of an earlier page"),
    ] {
        let response = issuer.get(&format!("/admin/audit?{query}")).await;
        assert_eq!(
            (response.status, &response.json()["message"]),
            (400, &json!([rule])),
            "{query}"
        );
    }
}
