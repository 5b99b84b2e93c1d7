//! Behaviour of all routes: keys, bodies, unknown paths.

use serde_json::json;

use super::{Suite, expected::Expected};

const GUARDED: [(&str, &str, &str); 6] = [
    ("POST", "/available-vc", "x-api-key"),
    ("POST", "/issue-vc", "x-api-key"),
    ("POST", "/admin/issue-vc", "x-admin-api-key"),
    ("GET", "/admin/issuance-history", "x-admin-api-key"),
    ("POST", "/admin/revoke", "x-admin-api-key"),
    ("POST", "/admin/publish-token-status-list", "x-admin-api-key"),
];
/// Longer than the limit of 100 kB.
const TOO_LONG: usize = 110_000;

impl Suite<'_> {
    pub(super) async fn shared(&mut self) {
        for (method, path, header) in GUARDED {
            let seen = self.client.call_with(method, path, None).await;
            self.check(
                format!("{method} {path} without a key"),
                &seen,
                &Expected::forbidden(),
            );
            let wrong = Some((header, "wrong"));
            let seen = self.client.call_with(method, path, wrong).await;
            self.check(
                format!("{method} {path} with a wrong key"),
                &seen,
                &Expected::forbidden(),
            );
        }
        let seen = self.client.get("/x").await;
        let unknown = json!({ "message": "Cannot GET /x", "error": "Not Found", "statusCode": 404 });
        self.check("an unknown path", &seen, &Expected::json(404, unknown));
        let long = json!({ "padding": "x".repeat(TOO_LONG) });
        for path in ["/available-vc", "/issue-vc"] {
            let seen = self.client.post(path, &long).await;
            self.check(
                format!("a body of more than 100 kB to {path}"),
                &seen,
                &Expected::error_without_name(413, "request entity too large"),
            );
            let seen = self.client.post_text(path, "{".to_owned()).await;
            self.check(
                format!("a body that is not JSON to {path}"),
                &seen,
                &Expected::error(400, "Bad Request", ""),
            );
        }
    }
}
