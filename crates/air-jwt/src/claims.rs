//! The claims of a Partner JWT.

use std::fmt;

use air_ids::{PartnerId, UnixTime};
use serde_json::{Map, Value};

use crate::ScopeSet;

/// The claims of a verified token. Only [`crate::Verifier::verify`] creates them.
#[derive(Clone, PartialEq, Eq)]
pub struct Claims {
    pub(crate) partner_id: PartnerId,
    pub(crate) scope: ScopeSet,
    pub(crate) email: Option<String>,
    pub(crate) expires_at: UnixTime,
    pub(crate) all: Map<String, Value>,
}

impl Claims {
    /// The claim `partnerId`.
    #[must_use]
    pub fn partner_id(&self) -> &PartnerId {
        &self.partner_id
    }

    /// The claim `scope`; empty when the token has none.
    #[must_use]
    pub fn scope(&self) -> &ScopeSet {
        &self.scope
    }

    /// The claim `email`, as it is in the token.
    #[must_use]
    pub fn email(&self) -> Option<&str> {
        self.email.as_deref()
    }

    /// The claim `exp`, rounded down.
    #[must_use]
    pub fn expires_at(&self) -> UnixTime {
        self.expires_at
    }

    /// All claims, including custom ones.
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
