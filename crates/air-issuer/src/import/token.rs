//! The signed part of a stored credential, of which identifiers and times are read. Its claims are not.

use air_ids::UnixTime;
use air_jwt::jws::Unverified;
use serde_json::{Map, Value};

/// The maximum length of a signed part.
pub(super) const LIMIT: usize = 64 * 1024;

/// The identifiers and times of a stored credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct StoredToken {
    /// Empty if the header has none.
    pub(super) kid: String,
    pub(super) issuer: String,
    pub(super) id: Option<String>,
    pub(super) nonce: Option<String>,
    pub(super) vct: Option<String>,
    pub(super) issued_at: Option<UnixTime>,
    pub(super) expires_at: Option<UnixTime>,
    pub(super) status: Option<ListReference>,
}

/// The entry that a credential names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ListReference {
    pub(super) list: u64,
    pub(super) index: u64,
}

impl StoredToken {
    /// Reads the part before the first `~`. `None` if it is not a JWT with an issuer.
    pub(super) fn parse(signed_part: &str) -> Option<Self> {
        let token = Unverified::parse(signed_part, LIMIT).ok()?;
        let payload = token.dangerous_payload().ok()?;
        let text = |name: &str| payload.get(name).and_then(Value::as_str).map(str::to_owned);
        let time = |name: &str| payload.get(name).and_then(Value::as_u64).map(UnixTime::from_secs);
        let kid = token.header().get("kid").and_then(Value::as_str);
        Some(Self {
            kid: kid.unwrap_or_default().to_owned(),
            issuer: text("iss")?,
            id: text("id"),
            nonce: text("nonce"),
            vct: text("vct"),
            issued_at: time("iat"),
            expires_at: time("exp"),
            status: match payload.get("status").and_then(|status| status.get("status_list")) {
                Some(entry) => Some(ListReference::parse(entry.as_object()?)?),
                None => None,
            },
        })
    }
}

impl ListReference {
    fn parse(entry: &Map<String, Value>) -> Option<Self> {
        let (_, list) = entry.get("uri")?.as_str()?.rsplit_once('/')?;
        Some(Self {
            list: list.parse().ok()?,
            index: entry.get("idx")?.as_u64()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use air_jwt::{SigningKey, jws};
    use serde_json::json;

    use super::*;

    fn signed(payload: &Value) -> String {
        let key = SigningKey::generate(&mut rand::rng()).with_kid("partner-1".parse().unwrap());
        jws::sign(&key, "dc+sd-jwt", payload)
    }

    #[test]
    fn identifiers_and_times_are_read_and_claims_are_not() {
        let payload = json!({
            "iss": "https://issuer.example", "id": "urn:uuid:1", "nonce": "7", "vct": "member", "iat": 1, "exp": 2,
            "level": "a claim", "status": {"status_list": {"idx": 5, "uri": "https://issuer.example/statuslist/3"}}
        });
        let token = StoredToken::parse(&signed(&payload)).unwrap();
        assert_eq!(token.kid, "partner-1");
        assert_eq!(token.issuer, "https://issuer.example");
        assert_eq!(
            (token.id.as_deref(), token.nonce.as_deref()),
            (Some("urn:uuid:1"), Some("7"))
        );
        assert_eq!(token.expires_at, Some(UnixTime::from_secs(2)));
        assert_eq!(token.status, Some(ListReference { list: 3, index: 5 }));
        assert!(!format!("{token:?}").contains("a claim"));
    }

    #[test]
    fn a_token_without_issuer_or_with_a_broken_status_is_refused() {
        for payload in [
            json!({"id": "urn:uuid:1"}),
            json!({"iss": "i", "status": {"status_list": 5}}),
            json!({"iss": "i", "status": {"status_list": {"idx": 5, "uri": "https://issuer.example/x"}}}),
            json!({"iss": "i", "status": {"status_list": {"idx": -1, "uri": "https://issuer.example/0"}}}),
        ] {
            assert_eq!(StoredToken::parse(&signed(&payload)), None, "{payload}");
        }
        for text in ["", "a.b", "a.b.c"] {
            assert_eq!(StoredToken::parse(text), None, "{text}");
        }
    }
}
