//! The hashes that the database stores in place of user ids, subjects and requests.

use serde_json::{Map, Value};

use super::NewCredential;
use crate::reference_key::ReferenceKey;

/// The hashes of a request.
#[derive(Debug)]
pub(super) struct References {
    pub(super) user: String,
    pub(super) subject: String,
    /// The same for equal requests.
    pub(super) request: String,
}

impl References {
    pub(super) fn of(new: &NewCredential<'_>, key: &ReferenceKey) -> Self {
        let subject = canonical(new.subject);
        let cnf = new.holder_key.map(|key| key.thumbprint().to_string());
        let encryption_key = new.encryption_key.to_string();
        let fields = [
            new.holder_did,
            new.schema_id,
            new.vct,
            subject.as_str(),
            cnf.as_deref().unwrap_or_default(),
            &encryption_key,
            new.distinction,
        ];
        Self {
            user: key.hash("user", &[new.user_id]),
            subject: key.hash("subject", &[&subject]),
            request: key.hash("request", &fields),
        }
    }
}

#[cfg(feature = "openid4vc")]
impl References {
    /// The hashes of a credential for a wallet. It equals no other, because each request of a wallet gives new ones.
    pub(super) fn of_one(
        external_id: &str,
        user_id: &str,
        subject: &Map<String, Value>,
        key: &ReferenceKey,
    ) -> Self {
        Self {
            user: key.hash("user", &[user_id]),
            subject: key.hash("subject", &[&canonical(subject)]),
            request: key.hash("wallet request", &[external_id]),
        }
    }
}

/// Writes an object, such as a subject, with its members in order at each level.
pub(crate) fn canonical(object: &Map<String, Value>) -> String {
    fn sorted(value: &Value) -> Value {
        match value {
            Value::Object(members) => {
                let mut names: Vec<&String> = members.keys().collect();
                names.sort_unstable();
                let members = names
                    .into_iter()
                    .filter_map(|name| Some((name.clone(), sorted(members.get(name)?))));
                Value::Object(members.collect())
            }
            Value::Array(items) => Value::Array(items.iter().map(sorted).collect()),
            other => other.clone(),
        }
    }
    sorted(&Value::Object(object.clone())).to_string()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_order_of_members_does_not_matter() {
        let one = json!({"b": 1, "a": {"d": [1, {"z": 1, "y": 2}], "c": "x"}});
        let same = json!({"a": {"c": "x", "d": [1, {"y": 2, "z": 1}]}, "b": 1});
        let other = json!({"a": {"c": "x", "d": [{"y": 2, "z": 1}, 1]}, "b": 1});
        let text = |value: &Value| canonical(value.as_object().unwrap());
        assert_eq!(text(&one), text(&same));
        assert_ne!(text(&one), text(&other));
    }
}
