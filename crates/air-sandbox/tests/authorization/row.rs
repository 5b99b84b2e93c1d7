//! A row of the table of routes: its call, and who may make it.

use reqwest::Method;
use serde_json::Value;

use super::fixture::Fixture;

pub(crate) struct Row {
    /// Method and path, as the description has them.
    pub(crate) route: &'static str,
    pub(crate) access: Access,
    pub(crate) foreign: Foreign,
    /// A call of the owner's that succeeds.
    pub(crate) call: fn(&Fixture) -> Call,
}

/// The callers that a route permits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Access {
    /// Everyone, without a token; nothing but questions.
    Public,
    /// The operator: a client of this machine where no token is required, or the bearer of the
    /// operator token.
    SetUp,
    /// The operator sees all data, and a partner sees its own by its token.
    Watched,
    /// A partner; with a scope where the call asks for one, which a token of another does not do for.
    Partner(Kind),
    /// A partner, for a user who is present: both are needed.
    Holder(Kind),
    /// The user alone.
    User,
    /// A partner whose Partner JWT is in the body, and whose id is in `x-partner-id`.
    TokenInBody,
}

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Kind {
    /// Scope `issue`.
    Issue,
    /// Scope `issue on-behalf`.
    OnBehalf,
    /// Scope `verify`.
    Verify,
    /// Scope `issue` or `verify`.
    Either,
    /// None: documented so, for what neither issues nor reads nor reveals.
    Unscoped,
}

/// Every scope that the calls are tried with: what the claim is named in messages, and its value,
/// if there is one.
pub(crate) const SCOPES: [(&str, Option<&str>); 8] = [
    ("a token without a scope", None),
    ("a token of an empty scope", Some("")),
    ("a token of the scope `nonsense`", Some("nonsense")),
    (
        "a token of the scope `reissue verifying`",
        Some("reissue verifying"),
    ),
    ("a token of the scope `on-behalf`", Some("on-behalf")),
    ("a token of the scope `issue`", Some("issue")),
    ("a token of the scope `issue on-behalf`", Some("issue on-behalf")),
    ("a token of the scope `verify`", Some("verify")),
];

impl Kind {
    /// Whether a token of this scope does for the call.
    pub(crate) fn is_granted_by(self, scope: Option<&str>) -> bool {
        let has = |word| scope.unwrap_or_default().split(' ').any(|one| one == word);
        match self {
            // The documents disagree on the scope of issuing on behalf: `issue` does.
            Self::Issue | Self::OnBehalf => has("issue"),
            Self::Verify => has("verify"),
            Self::Either => has("issue") || has("verify"),
            Self::Unscoped => true,
        }
    }
}

/// The answer to another partner that sends the same call with a good token of its own; for
/// [`Access::User`], another user, and the same user in a session of another partner.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Foreign {
    /// This code, and nothing changed.
    Refused(u16),
    /// A success about what is its own: the owner's ids are not in it, and nothing of the owner's changed.
    OwnView,
    /// A success: anyone may, for the reason given.
    Allowed(&'static str),
}

/// A call as the owner sends it.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) path: String,
    pub(crate) body: Body,
}

#[derive(Clone, Debug)]
pub(crate) enum Body {
    None,
    Json(Value),
    Bytes(Vec<u8>),
}

pub(crate) fn ask(path: impl Into<String>) -> Call {
    let path = path.into();
    Call {
        path,
        body: Body::None,
    }
}

pub(crate) fn send(path: impl Into<String>, body: Value) -> Call {
    let (path, body) = (path.into(), Body::Json(body));
    Call { path, body }
}

pub(crate) const fn row(
    route: &'static str,
    access: Access,
    foreign: Foreign,
    call: fn(&Fixture) -> Call,
) -> Row {
    Row {
        route,
        access,
        foreign,
        call,
    }
}

pub(crate) fn method(row: &Row) -> Method {
    row.route.split(' ').next().unwrap().parse().unwrap()
}
