//! The members of a body, with the vendor's tolerance and texts. All broken rules are reported together.

use air_crypto::holder::HolderPublicKey;
use serde_json::{Map, Value};

use super::refusal::Refusal;
use crate::text::is_storable;

/// The maximum length of a text.
const TEXT_LIMIT: usize = 2_048;
/// The maximum length of the `pubKey` of the vendor's service.
const PUB_KEY_LIMIT: usize = 92;
/// The proof type that this service issues.
const PROOF_TYPE: &str = "SD_JWT_VC";

/// Members of an object, and the rules that they break.
#[derive(Debug)]
pub(super) struct Fields {
    members: Map<String, Value>,
    broken: Vec<String>,
}

/// The holder's key, and the member that it came in.
pub(super) struct EncryptionKey {
    pub(super) name: &'static str,
    pub(super) key: HolderPublicKey,
}

impl Fields {
    pub(super) fn new(members: Map<String, Value>) -> Self {
        Self {
            members,
            broken: Vec::new(),
        }
    }

    /// Takes a member.
    pub(super) fn take(&mut self, name: &str) -> Option<Value> {
        self.members.remove(name).filter(|value| !value.is_null())
    }

    /// Reports a broken rule.
    pub(super) fn refuse(&mut self, rule: impl Into<String>) {
        self.broken.push(rule.into());
    }

    /// A text that must be there. A number or a truth value counts as its text.
    pub(super) fn text(&mut self, name: &str) -> String {
        if let Some(text) = self.optional_text(name) {
            return text;
        }
        // Another rule may have been reported for it.
        if !self.broken.iter().any(|rule| rule.starts_with(name)) {
            self.refuse(format!("{name} should not be empty"));
        }
        String::new()
    }

    /// A text that may be missing, but not empty.
    pub(super) fn optional_text(&mut self, name: &str) -> Option<String> {
        let text = match self.take(name)? {
            Value::String(text) => text,
            Value::Number(number) => number.to_string(),
            Value::Bool(value) => value.to_string(),
            _ => {
                self.refuse(format!("{name} must be a string"));
                return None;
            }
        };
        if text.is_empty() {
            self.refuse(format!("{name} should not be empty"));
            return None;
        }
        if !is_storable(&text) {
            self.refuse(format!("{name} must not contain the character U+0000"));
            return None;
        }
        if text.len() > TEXT_LIMIT {
            self.refuse(format!(
                "{name} must be shorter than or equal to {TEXT_LIMIT} characters"
            ));
            return None;
        }
        Some(text)
    }

    /// The holder's DID, of any network.
    pub(super) fn holder_did(&mut self) -> String {
        let did = self.text("holderDID");
        if !did.is_empty() && !is_did(&did) {
            self.refuse("Invalid holderDID Format");
        }
        did
    }

    /// The holder's DID, which may be missing.
    #[cfg(feature = "openid4vc")]
    pub(super) fn optional_holder_did(&mut self) -> Option<String> {
        let did = self.optional_text("holderDID")?;
        if !is_did(&did) {
            self.refuse("Invalid holderDID Format");
        }
        Some(did)
    }

    /// The holder's key as hex: `encryptionKey`, or else `pubKey`.
    pub(super) fn encryption_key(&mut self) -> Option<EncryptionKey> {
        let preferred = self.optional_text("encryptionKey");
        let older = self.optional_text("pubKey");
        if older.as_ref().is_some_and(|key| key.len() > PUB_KEY_LIMIT) {
            self.refuse(format!(
                "pubKey must be shorter than or equal to {PUB_KEY_LIMIT} characters"
            ));
            return None;
        }
        let (name, text) = match (preferred, older) {
            (Some(text), _) => ("encryptionKey", text),
            (None, Some(text)) => ("pubKey", text),
            (None, None) => {
                if !self.broken.iter().any(|rule| rule.contains("Key ")) {
                    self.refuse("pubKey should not be empty");
                }
                return None;
            }
        };
        let Ok(key) = text.parse::<HolderPublicKey>() else {
            self.refuse(format!("{name} must be an X25519 public key: SPKI DER in hex"));
            return None;
        };
        Some(EncryptionKey { name, key })
    }

    /// Checks `proofType`.
    pub(super) fn proof_type(&mut self) {
        if self
            .optional_text("proofType")
            .is_some_and(|proof_type| proof_type != PROOF_TYPE)
        {
            self.refuse(format!(
                "proofType must be one of the following values: {PROOF_TYPE}"
            ));
        }
    }

    /// Returns the broken rules, if there are any, and ignores the other members.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        if self.broken.is_empty() {
            Ok(())
        } else {
            Err(Refusal::invalid(self.broken))
        }
    }
}

fn is_did(text: &str) -> bool {
    text.starts_with("did:") && text.bytes().all(|byte| byte.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn fields(body: &Value) -> Fields {
        Fields::new(body.as_object().unwrap().clone())
    }

    #[test]
    fn numbers_are_taken_for_texts_and_other_members_are_dropped() {
        let mut read = fields(&json!({"userId": 12, "schemaId": true, "other": {}}));
        assert_eq!(read.text("userId"), "12");
        assert_eq!(read.text("schemaId"), "true");
        assert!(read.finish().is_ok());
    }

    #[test]
    fn texts_that_postgresql_cannot_store_are_refused() {
        let mut read = fields(&json!({"reason": "a\u{0}b"}));
        assert_eq!(read.optional_text("reason"), None);
        let refusal = read.finish().unwrap_err();
        assert_eq!(
            refusal.message(),
            json!(["reason must not contain the character U+0000"])
        );
    }

    #[test]
    fn each_broken_rule_is_reported_once() {
        let mut read =
            fields(&json!({"userId": "", "holderDID": "air", "schemaId": [], "proofType": "BJJ_SIG_2021"}));
        read.text("userId");
        read.holder_did();
        read.text("schemaId");
        read.encryption_key();
        read.proof_type();
        let refusal = read.finish().unwrap_err();
        assert_eq!(
            refusal.message(),
            json!([
                "userId should not be empty",
                "Invalid holderDID Format",
                "schemaId must be a string",
                "pubKey should not be empty",
                "proofType must be one of the following values: SD_JWT_VC",
            ])
        );
    }
}
