//! The claims of a Partner JWT.

use std::fmt;

use air_ids::PartnerId;
use serde_json::{Map, Value};

use crate::ScopeSet;

/// What a verified token says. Only [`crate::Verifier::verify`] makes one.
#[derive(Clone, PartialEq, Eq)]
pub struct Claims {
    pub(crate) partner_id: PartnerId,
    pub(crate) scope: ScopeSet,
    pub(crate) email: Option<String>,
    pub(crate) expires_at: u64,
    pub(crate) all: Map<String, Value>,
}

impl Claims {
    /// `partnerId`.
    #[must_use]
    pub fn partner_id(&self) -> &PartnerId {
        &self.partner_id
    }

    /// `scope`; empty where the token has none.
    #[must_use]
    pub fn scope(&self) -> &ScopeSet {
        &self.scope
    }

    /// `email`, as the token has it.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// `exp`, in seconds since 1970.
    #[must_use]
    pub fn expires_at(&self) -> u64 {
        self.expires_at
    }

    /// All claims, custom ones too.
    #[must_use]
    pub fn all(&self) -> &Map<String, Value> {
        &self.all
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims")
            .field("partner_id", &self.partner_id)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}
