//! An id that follows from the content.

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::CredentialSchema;

impl CredentialSchema {
    /// `sha256:` and the digest of the form as canonical JSON: members sorted, no white space. Two forms that say the
    /// same have the same id, whatever their layout and defaults.
    ///
    /// RFC 8785 differs from this only for numbers with a fraction or exponent, which it rewrites and we keep, and for
    /// member names beyond the Basic Multilingual Plane, which our form has none of.
    #[must_use]
    pub fn content_id(&self) -> String {
        let form = serde_json::to_value(self).expect("a form serialises");
        let mut canonical = String::new();
        write_canonical(&form, &mut canonical);
        format!("sha256:{}", hex::encode(Sha256::digest(canonical)))
    }
}

fn write_canonical(value: &Value, out: &mut String) {
    match value {
        Value::Object(members) => {
            let mut sorted: Vec<_> = members.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            write_list(out, '{', '}', sorted, |out, (name, value)| {
                out.push_str(&Value::from(name.as_str()).to_string());
                out.push(':');
                write_canonical(value, out);
            });
        }
        Value::Array(items) => write_list(out, '[', ']', items, |out, item| write_canonical(item, out)),
        scalar => out.push_str(&scalar.to_string()),
    }
}

fn write_list<T>(
    out: &mut String,
    open: char,
    close: char,
    items: impl IntoIterator<Item = T>,
    mut write: impl FnMut(&mut String, T),
) {
    out.push(open);
    for (index, item) in items.into_iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        write(out, item);
    }
    out.push(close);
}
