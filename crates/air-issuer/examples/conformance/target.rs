//! The service that is tested.

use serde_json::{Map, Value};

/// A service by its URL, with its keys.
#[derive(Clone)]
pub(crate) struct Target {
    /// Without a slash at the end.
    pub(crate) url: String,
    pub(crate) api_key: String,
    pub(crate) admin_api_key: Option<String>,
    pub(crate) holder: Option<Holder>,
    pub(crate) subject: Option<Subject>,
}

/// A holder who can get a credential of a schema.
#[derive(Clone)]
pub(crate) struct Holder {
    pub(crate) did: String,
    pub(crate) user_id: String,
    pub(crate) schema_id: String,
    /// The X25519 key as hex, to which credentials are sealed.
    pub(crate) encryption_key: String,
}

/// A credential that the operator can issue by e-mail address.
#[derive(Clone)]
pub(crate) struct Subject {
    pub(crate) email: String,
    pub(crate) schema_id: String,
    pub(crate) vct: String,
    pub(crate) claims: Map<String, Value>,
}
