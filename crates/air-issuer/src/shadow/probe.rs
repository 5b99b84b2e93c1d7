//! The requests of a comparison. Each of them only reads.

use serde_json::{Value, json};

/// A nonce that no credential has: nonces are random, and this is the last but one.
const UNKNOWN_NONCE: &str = "9223372036854775806";
const PREVIEWS: &str = "/available-vc";

/// The API key of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Absent,
    Valid,
    Wrong,
}

/// The comparison of two responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Names, types and values.
    Document,
    /// Bits.
    StatusList,
    /// Names and types, and the values within the envelopes.
    Previews,
    /// Names and types of a refusal.
    Refusal,
}

/// A request.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Probe {
    /// The method, the path and the purpose, without users.
    pub(super) name: String,
    pub(super) path: String,
    /// With a body the method is POST.
    pub(super) body: Option<Value>,
    pub(super) key: Key,
    pub(super) kind: Kind,
}

/// The inputs of the requests.
#[derive(Debug)]
pub(super) struct Plan<'a> {
    pub(super) nonces: &'a [u64],
    pub(super) lists: &'a [u64],
    pub(super) holder_did: &'a str,
    pub(super) holder_key: String,
    pub(super) users: &'a [String],
    pub(super) schemas: &'a [String],
    pub(super) has_api_key: bool,
}

impl Probe {
    fn get(path: impl Into<String>, purpose: &str, kind: Kind) -> Self {
        let path = path.into();
        Self {
            name: named("GET", &path, purpose),
            path,
            body: None,
            key: Key::Absent,
            kind,
        }
    }

    fn post_previews(purpose: &str, body: Value, key: Key, kind: Kind) -> Self {
        Self {
            name: named("POST", PREVIEWS, purpose),
            path: PREVIEWS.to_owned(),
            body: Some(body),
            key,
            kind,
        }
    }
}

fn named(method: &str, path: &str, purpose: &str) -> String {
    if purpose.is_empty() {
        format!("{method} {path}")
    } else {
        format!("{method} {path} ({purpose})")
    }
}

impl Plan<'_> {
    /// The parts that are left out, with the reason.
    pub(super) fn skipped(&self) -> Vec<&'static str> {
        let parts = [
            (
                !self.has_api_key,
                "previews: they need the API key of both services",
            ),
            (
                self.users.is_empty(),
                "the claims of previews: they need the id of a user",
            ),
            (
                self.nonces.is_empty(),
                "revocations: the configured database has no credentials; import them first",
            ),
            (
                self.lists.is_empty(),
                "status lists: the configured database has none",
            ),
        ];
        let parts = parts.into_iter().filter(|(is_skipped, _)| *is_skipped);
        parts.map(|(_, reason)| reason).collect()
    }

    /// The requests, in order.
    pub(super) fn probes(&self) -> Vec<Probe> {
        let mut probes = Vec::new();
        for document in ["did.json", "jwt-vc-issuer", "air-partner-info"] {
            probes.push(Probe::get(format!("/.well-known/{document}"), "", Kind::Document));
        }
        let nonces = self.nonces.iter().map(ToString::to_string);
        for nonce in nonces.chain([UNKNOWN_NONCE.to_owned()]) {
            probes.push(Probe::get(
                format!("/revocation-status/{nonce}"),
                "",
                Kind::Document,
            ));
        }
        for list in self.lists {
            probes.push(Probe::get(format!("/statuslist/{list}"), "", Kind::StatusList));
        }
        probes.extend(self.refusals());
        if self.has_api_key {
            probes.extend(self.previews());
        }
        probes
    }

    fn refusals(&self) -> Vec<Probe> {
        let mut probes = vec![
            Probe::get("/revocation-status/x", "no number", Kind::Refusal),
            Probe::get("/statuslist/x", "no number", Kind::Refusal),
            Probe::get("/statuslist/999999999", "unknown list", Kind::Refusal),
            Probe::get("/no-such-path", "unknown path", Kind::Refusal),
            Probe {
                key: Key::Wrong,
                ..Probe::get("/admin/issuance-history", "wrong key", Kind::Refusal)
            },
            Probe::post_previews("wrong key", json!({}), Key::Wrong, Kind::Refusal),
        ];
        if self.has_api_key {
            probes.push(Probe::post_previews(
                "empty body",
                json!({}),
                Key::Valid,
                Kind::Refusal,
            ));
        }
        probes
    }

    fn previews(&self) -> Vec<Probe> {
        let body = |user: &str, schema: Option<&str>| {
            let mut body = json!({
                "holderDID": self.holder_did,
                "pubKey": self.holder_key,
                "userId": user,
                "proofType": "SD_JWT_VC",
            });
            if let Some(schema) = schema {
                body["schemaId"] = json!(schema);
            }
            body
        };
        let unknown = body("nobody", Some("no-such-schema"));
        let mut probes = vec![Probe::post_previews(
            "unknown schema",
            unknown,
            Key::Valid,
            Kind::Document,
        )];
        let schemas: Vec<Option<&str>> = match self.schemas {
            [] => vec![None],
            schemas => schemas.iter().map(|schema| Some(schema.as_str())).collect(),
        };
        for (number, user) in (1..).zip(self.users) {
            for schema in &schemas {
                let purpose = format!("user {number}, {}", schema.unwrap_or("all schemas"));
                let body = body(user, *schema);
                probes.push(Probe::post_previews(&purpose, body, Key::Valid, Kind::Previews));
            }
        }
        probes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan(users: &[String], has_api_key: bool) -> Plan<'_> {
        Plan {
            nonces: &[7],
            lists: &[0],
            holder_did: "did:air:id:test:holder",
            holder_key: "00".to_owned(),
            users,
            schemas: &[],
            has_api_key,
        }
    }

    #[test]
    fn no_request_issues_revokes_or_publishes_and_no_name_has_a_user() {
        let users = ["ada@example.com".to_owned()];
        let probes = plan(&users, true).probes();
        for probe in &probes {
            assert!(probe.body.is_none() || probe.path == "/available-vc", "{probe:?}");
            assert!(!probe.name.contains("ada@"), "{probe:?}");
        }
        let previews = probes.iter().filter(|probe| probe.kind == Kind::Previews);
        assert_eq!(previews.count(), 1);
        assert!(plan(&users, true).skipped().is_empty());
    }

    #[test]
    fn without_a_key_previews_are_left_out_and_the_report_says_so() {
        let plan = plan(&[], false);
        let mut probes = plan.probes().into_iter();
        assert!(probes.all(|probe| probe.key != Key::Valid));
        assert_eq!(plan.skipped().len(), 2);
    }
}
