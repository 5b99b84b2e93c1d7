//! The Digital Credentials Query Language (OpenID4VP 1.0, sections 6 and 7).
//!
//! A query is read once into a [`Query`], with every rule of the specification checked. A wallet
//! matches it with its credentials and gets a [`Plan`]; a verifier checks the answer with
//! [`Query::check`].
//!
//! Choices where the specification leaves room:
//!
//! * `meta` without members places no constraints (section 6.1). A `meta` that has members, but lacks
//!   the one that its format requires, is refused.
//! * The claim `aka_vcts` of an SD-JWT VC counts only if the caller says so
//!   ([`Credential::with_other_types`]): a verifier may trust the issuer for certain types only.
//! * A query of an unknown format is read and never matches, so that a wallet can answer the others.
//! * Types of `trusted_authorities` other than `aki` never match in a wallet, and are left to the
//!   verifier's own trust in the issuer.
//! * A claim set may be empty: it asks for no claim.
//! * A holder leaves out items of an SD-JWT's arrays, so that the item at index 3 arrives at index 0 to
//!   3. The verifier's check accepts each of these.

mod check;
mod credential;
mod parse;
mod path;
mod plan;
mod query;
mod rule;
mod select;

pub use check::{Answer, AnswerRule, Presented};
pub use credential::{Credential, other_types};
pub use path::{ClaimsPath, PathError, Selected, Step};
pub use plan::{Match, Matches, OptionalSets, Plan, Planned};
pub use query::{
    ClaimQuery, ClaimValue, CredentialQuery, CredentialSet, Meta, Query, TrustedAuthority, W3cFormat,
};
pub use rule::Rule;
pub use select::{ClaimMismatch, ClaimSelection, Mismatch};
