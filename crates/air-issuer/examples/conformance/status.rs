//! Status lists.

use air_jwt::jws::Unverified;

use super::{Suite, client::Seen, expected::Expected};

const PUBLISH: &str = "/admin/publish-token-status-list";
const MEDIA_TYPE: &str = "application/statuslist+jwt";
/// The maximum length of a list's token.
const LIMIT: usize = 4 * 1024 * 1024;

impl Suite<'_> {
    pub(super) async fn status_lists(&mut self) {
        let off = || Expected::error(501, "Not Implemented", "Not Supported");
        let published = if self.has_lists {
            Expected::empty(200)
        } else {
            off()
        };
        if self.target.admin_api_key.is_some() {
            let seen = self.client.post(PUBLISH, &serde_json::json!({})).await;
            self.check("publication of the status lists", &seen, &published);
        } else {
            self.skip(
                "publication of the status lists",
                "it needs the operator's API key",
            );
        }
        let list = self.client.get("/statuslist/0").await;
        if !self.has_lists {
            self.check("a status list while lists are off", &list, &off());
            self.skip("status lists", "the service has none");
            return;
        }
        let expected = Expected::with(
            200,
            MEDIA_TYPE,
            "a token of typ statuslist+jwt with kid, sub, iat and status_list {bits, lst}",
            is_list,
        );
        self.check("the first status list", &list, &expected);
        let seen = self.client.get("/statuslist/999999").await;
        self.check(
            "a status list that does not exist",
            &seen,
            &Expected::error(404, "Not Found", "not_found"),
        );
        for number in ["x", "-1", "0.5"] {
            let seen = self.client.get(&format!("/statuslist/{number}")).await;
            self.check(
                format!("the status list {number}"),
                &seen,
                &Expected::error(400, "Bad Request", ""),
            );
        }
    }
}

/// Whether a response has the first list.
fn is_list(seen: &Seen) -> bool {
    let Ok(token) = Unverified::parse(&seen.body, LIMIT) else {
        return false;
    };
    let Ok(payload) = token.dangerous_payload() else {
        return false;
    };
    let member = |name: &str| payload.get(name);
    let header = |name: &str| token.header().get(name).and_then(serde_json::Value::as_str);
    let list = member("status_list");
    header("typ") == Some("statuslist+jwt")
        && header("alg").is_some()
        && header("kid").is_some()
        && member("sub")
            .and_then(serde_json::Value::as_str)
            .is_some_and(|uri| uri.ends_with("/statuslist/0"))
        && member("iat").is_some_and(serde_json::Value::is_number)
        && list.is_some_and(|list| list["bits"] == 1 && list["lst"].is_string())
}
