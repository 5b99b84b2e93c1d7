//! The operator's calls: issuance by e-mail address, the history, and revocation.

use serde_json::{Value, json};

use super::{Suite, expected::Expected};

const ISSUE: &str = "/admin/issue-vc";
const HISTORY: &str = "/admin/issuance-history";
const REVOKE: &str = "/admin/revoke";
const NO_KEY: &str = "it needs the operator's API key";
const NO_SUBJECT: &str = "it needs the operator's API key, an e-mail address, a schema and claims";
/// The members of a line.
const TEXTS: [&str; 5] = [
    "holderDid",
    "schemaId",
    "revocationNonce",
    "createdAt",
    "expiresAt",
];
/// A nonce that no credential has: 2^64 - 1.
const UNKNOWN: &str = "18446744073709551615";

impl Suite<'_> {
    fn is_operator(&self) -> bool {
        self.target.admin_api_key.is_some()
    }

    pub(super) async fn admin_issuance(&mut self) {
        if !self.is_operator() {
            self.skip("issuance by the operator", NO_KEY);
            return;
        }
        let seen = self.client.post(ISSUE, &json!({})).await;
        self.check(
            "issuance by the operator without members",
            &seen,
            &Expected::rules(),
        );
        let Some(subject) = self.target.subject.clone() else {
            self.skip("issuance by the operator", NO_SUBJECT);
            return;
        };
        let request = json!({
            "userId": subject.email,
            "schemaId": subject.schema_id,
            "vct": subject.vct,
            "expiration": "2199-01-01T00:00:00.000Z",
            "credentialSubject": subject.claims,
        });
        let mut reserved = subject.claims.clone();
        reserved.insert("iss".to_owned(), json!("https://issuer.example"));
        for (case, name, value) in [
            (
                "issuance that expires in the past",
                "expiration",
                json!("2001-01-01T00:00:00.000Z"),
            ),
            (
                "issuance without a valid expiration",
                "expiration",
                json!("tomorrow"),
            ),
            (
                "issuance of the claim iss",
                "credentialSubject",
                Value::Object(reserved),
            ),
            (
                "issuance of claims that are no object",
                "credentialSubject",
                json!([]),
            ),
        ] {
            let mut request = request.clone();
            request[name] = value;
            let seen = self.client.post(ISSUE, &request).await;
            self.check(format!("{case}, by the operator"), &seen, &Expected::rules());
        }
        let mut unresolved = request.clone();
        unresolved["userId"] = json!("nobody");
        let seen = self.client.post(ISSUE, &unresolved).await;
        let expected = Expected::error(422, "Unprocessable Entity", "Unable to resolve user: ");
        self.check("issuance by the operator to nobody", &seen, &expected);
        let seen = self.client.post(ISSUE, &request).await;
        self.check("issuance by the operator", &seen, &Expected::empty(201));
    }

    pub(super) async fn history(&mut self) {
        if !self.is_operator() {
            self.skip("the history", NO_KEY);
            return;
        }
        for (query, page, limit) in [("", 1, 25), ("?page=2&limit=1&order=createdAt_desc", 2, 1)] {
            let seen = self.client.get(&format!("{HISTORY}{query}")).await;
            let expected = Expected::json_with(
                200,
                "{\"data\":[{holderDid, schemaId, revocationNonce, createdAt, expiresAt, revokedAt, type}],\
                 \"pagination\":{page, limit, total}}",
                move |body| is_history(body, page, limit),
            );
            self.check(format!("the history{query}"), &seen, &expected);
        }
        for query in ["page=0", "page=x", "limit=0", "limit=101", "order=nonsense_asc"] {
            let seen = self.client.get(&format!("{HISTORY}?{query}")).await;
            self.check(format!("the history?{query}"), &seen, &Expected::rules());
        }
    }

    /// Revokes the credentials that the suite has issued to the holder.
    pub(super) async fn revocation(&mut self) {
        for (case, nonce) in [("an unknown nonce", UNKNOWN), ("another unknown nonce", "0")] {
            let seen = self.client.get(&format!("/revocation-status/{nonce}")).await;
            let expected = Expected::json(200, json!({ "isRevoked": false }));
            self.check(format!("the status of {case}"), &seen, &expected);
        }
        let seen = self.client.get("/revocation-status/x").await;
        let expected = Expected::error(400, "Bad Request", "");
        self.check("the status of a nonce that is no number", &seen, &expected);
        if !self.is_operator() {
            self.skip("revocation", NO_KEY);
            return;
        }
        for (case, nonce) in [
            ("revocation without a nonce", Value::Null),
            ("revocation of a nonce that is no number", json!("x")),
            ("revocation of a nonce of 21 digits", json!("1".repeat(21))),
        ] {
            let seen = self.client.post(REVOKE, &json!({ "nonce": nonce })).await;
            self.check(case, &seen, &Expected::rules());
        }
        let seen = self.client.post(REVOKE, &json!({ "nonce": UNKNOWN })).await;
        let expected = Expected::error(404, "Not Found", "Revocation nonce not found");
        self.check("revocation of an unknown nonce", &seen, &expected);

        let issued = self.nonces().await;
        let issued: Vec<String> = issued
            .into_iter()
            .filter(|nonce| !self.earlier.contains(nonce))
            .collect();
        if issued.is_empty() {
            self.skip(
                "revocation of a credential",
                "it needs a holder who got a credential",
            );
        }
        for nonce in issued {
            let path = format!("/revocation-status/{nonce}");
            let seen = self.client.get(&path).await;
            let expected = Expected::json(200, json!({ "isRevoked": false }));
            self.check("the status of a new credential", &seen, &expected);
            for case in ["revocation of a credential", "revocation of a revoked credential"] {
                let seen = self.client.post(REVOKE, &json!({ "nonce": nonce })).await;
                self.check(case, &seen, &Expected::empty(201));
            }
            let seen = self.client.get(&path).await;
            let expected = Expected::json(200, json!({ "isRevoked": true }));
            self.check("the status of a revoked credential", &seen, &expected);
        }
    }

    /// The nonces of the newest credentials of the holder, if the operator's key and a holder are given.
    pub(super) async fn nonces(&self) -> Vec<String> {
        let Some(holder) = self.target.holder.as_ref().filter(|_| self.is_operator()) else {
            return Vec::new();
        };
        let path = format!("{HISTORY}?holderDid={}&limit=100&order=id_desc", holder.did);
        let history = self.client.get(&path).await.json();
        let lines = history["data"].as_array().into_iter().flatten();
        lines
            .filter_map(|line| Some(line["revocationNonce"].as_str()?.to_owned()))
            .collect()
    }
}

fn is_history(body: &Value, page: u64, limit: u64) -> bool {
    let Some(lines) = body["data"].as_array() else {
        return false;
    };
    let pagination = &body["pagination"];
    lines.iter().all(is_line)
        && pagination["page"] == page
        && pagination["limit"] == limit
        && pagination["total"].is_u64()
}

fn is_line(line: &Value) -> bool {
    let has = |name: &str| line.get(name).is_some();
    TEXTS.iter().all(|name| line[*name].is_string())
        && has("revokedAt")
        && (line["revokedAt"].is_null() || line["revokedAt"].is_string())
        && has("type")
}
