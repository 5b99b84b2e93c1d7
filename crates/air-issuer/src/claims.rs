//! Sources of claims.

mod hook;
mod response;
mod rules;
mod sql;
mod table;

use std::{fmt, future::Future, pin::Pin, time::Duration};

use air_ids::UnixTime;
use serde_json::{Map, Value};

pub(crate) use self::rules::ClaimRules;
pub use self::{
    hook::Hook,
    sql::{Sql, SqlError},
    table::{Table, TableError},
};
pub use crate::signed_post::HookError;

/// The purpose of a request for claims.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Purpose {
    /// To show the user a preview.
    Preview,
    /// To issue a credential.
    Issue,
}

impl Purpose {
    /// The name on the wire of a hook.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Preview => "preview",
            Self::Issue => "issue",
        }
    }
}

/// A request to a [`ClaimSource`]. `Debug` shows the schema and the purpose only.
#[derive(Clone, Copy)]
pub struct ClaimRequest<'a> {
    /// The user's id, as the platform sent it.
    pub user_id: &'a str,
    /// The holder's DID.
    pub holder_did: &'a str,
    /// The schema.
    pub schema_id: &'a str,
    /// The purpose.
    pub purpose: Purpose,
}

impl fmt::Debug for ClaimRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClaimRequest")
            .field("schema_id", &self.schema_id)
            .field("purpose", &self.purpose)
            .finish_non_exhaustive()
    }
}

/// The validity of a credential, if its source decides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Validity {
    /// For this time from the issuance.
    For(Duration),
    /// Until this time.
    Until(UnixTime),
}

/// The claims of a user. `Debug` shows none of them.
#[derive(Clone, PartialEq)]
pub struct Claims {
    /// The claims, which are validated against the schema before they are signed.
    pub subject: Map<String, Value>,
    /// The validity; `None` is the schema's.
    pub validity: Option<Validity>,
}

impl Claims {
    /// Claims with the validity of the schema.
    #[must_use]
    pub fn new(subject: Map<String, Value>) -> Self {
        Self {
            subject,
            validity: None,
        }
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Claims")
            .field("validity", &self.validity)
            .finish_non_exhaustive()
    }
}

/// The reason why a source returned no claims. No message contains a claim.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimError {
    /// The source can't be reached now. The caller should retry later.
    #[error("the source of claims is unavailable: {reason}")]
    Unavailable {
        /// The reason.
        reason: String,
    },
    /// The source's response is malformed.
    #[error("the response of the source of claims is malformed: {reason}")]
    Malformed {
        /// The reason.
        reason: String,
    },
}

/// The future of a source's claims: `None` if the user is not eligible for the schema.
pub type ClaimFuture<'a> = Pin<Box<dyn Future<Output = Result<Option<Claims>, ClaimError>> + Send + 'a>>;

/// The future of a source's check.
pub type SourceCheck<'a> = Pin<Box<dyn Future<Output = Result<(), ClaimError>> + Send + 'a>>;

/// A source of claims: a table, an HTTP hook, an SQL query, or your own code.
///
/// ```
/// use air_issuer::{ClaimFuture, ClaimRequest, ClaimSource, Claims};
/// use serde_json::json;
///
/// #[derive(Debug)]
/// struct Members;
///
/// impl ClaimSource for Members {
///     fn claims<'a>(&'a self, request: ClaimRequest<'a>) -> ClaimFuture<'a> {
///         Box::pin(async move {
///             let subject = json!({ "member": true }).as_object().cloned();
///             Ok(subject.filter(|_| request.user_id == "user-1").map(Claims::new))
///         })
///     }
/// }
/// ```
pub trait ClaimSource: fmt::Debug + Send + Sync {
    /// Finds the claims of a user.
    fn claims<'a>(&'a self, request: ClaimRequest<'a>) -> ClaimFuture<'a>;

    /// Checks the source without a user, if it can: `None` by default.
    #[must_use]
    fn check(&self) -> Option<SourceCheck<'_>> {
        None
    }
}
