//! The rules that a DCQL query can break.

use std::fmt;

/// A rule of a DCQL query. `Display` states it, and [`Rule::section`] names its section of OpenID4VP
/// 1.0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// The query and each of its parts are JSON objects.
    Object,
    /// `credentials` is a non-empty array.
    Credentials,
    /// `credential_sets` is a non-empty array.
    CredentialSets,
    /// The `id` of a Credential Query has the characters of an identifier.
    CredentialId,
    /// No two Credential Queries have the same `id`.
    CredentialIdRepeated,
    /// `format` is a non-empty string.
    Format,
    /// `meta` is an object.
    Meta,
    /// `multiple` is a boolean.
    Multiple,
    /// `require_cryptographic_holder_binding` is a boolean.
    HolderBinding,
    /// `trusted_authorities` is a non-empty array.
    TrustedAuthorities,
    /// The `type` of a Trusted Authorities Query is a string.
    AuthorityType,
    /// The `values` of a Trusted Authorities Query is a non-empty array of strings.
    AuthorityValues,
    /// A value of the type `aki` is a key identifier in base64url.
    AuthorityKeyId,
    /// `claims` is a non-empty array.
    Claims,
    /// `claim_sets` is a non-empty array of arrays of strings.
    ClaimSets,
    /// `claim_sets` is absent when `claims` is absent.
    ClaimSetsWithoutClaims,
    /// Each claim has an `id` when `claim_sets` is present.
    ClaimIdMissing,
    /// The `id` of a claim has the characters of an identifier.
    ClaimId,
    /// No two claims of a Credential Query have the same `id`.
    ClaimIdRepeated,
    /// Each identifier in `claim_sets` is the `id` of a claim.
    UnknownClaim,
    /// A verifier points to a claim only once.
    ClaimRepeated,
    /// `path` is a non-empty array of strings, nulls and non-negative integers.
    Path,
    /// The `path` into an mdoc is a namespace and a data element identifier.
    MdocPath,
    /// `values` is a non-empty array of strings, integers and booleans.
    Values,
    /// `intent_to_retain` is a boolean.
    IntentToRetain,
    /// `options` is a non-empty array of non-empty arrays of strings.
    Options,
    /// Each identifier in `options` is the `id` of a Credential Query.
    UnknownCredential,
    /// `required` is a boolean.
    Required,
    /// `vct_values` is a non-empty array of strings.
    VctValues,
    /// `doctype_value` is a non-empty string.
    DoctypeValue,
    /// `type_values` is a non-empty array of non-empty arrays of strings.
    TypeValues,
    /// This crate's limit on the number of items.
    Limit {
        /// The maximum number of items.
        most: usize,
    },
}

impl Rule {
    /// The section of OpenID4VP 1.0 that states the rule; `None` for a limit of this crate.
    #[must_use]
    pub fn section(self) -> Option<&'static str> {
        Some(match self {
            Self::Object | Self::Credentials | Self::CredentialSets => "6",
            Self::CredentialId
            | Self::CredentialIdRepeated
            | Self::Format
            | Self::Meta
            | Self::Multiple
            | Self::HolderBinding
            | Self::TrustedAuthorities
            | Self::Claims
            | Self::ClaimSets
            | Self::UnknownClaim
            | Self::ClaimRepeated => "6.1",
            Self::AuthorityType | Self::AuthorityValues | Self::AuthorityKeyId => "6.1.1",
            Self::Options | Self::UnknownCredential | Self::Required => "6.2",
            Self::ClaimIdMissing | Self::ClaimId | Self::ClaimIdRepeated | Self::Values => "6.3",
            Self::ClaimSetsWithoutClaims => "6.4.1",
            Self::Path => "7",
            Self::MdocPath => "7.2",
            Self::TypeValues => "B.1.1",
            Self::DoctypeValue => "B.2.3",
            Self::IntentToRetain => "B.2.4",
            Self::VctValues => "B.3.5",
            Self::Limit { .. } => return None,
        })
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Object => "must be a JSON object",
            Self::Credentials | Self::CredentialSets | Self::TrustedAuthorities | Self::Claims => {
                "must be a non-empty array"
            }
            Self::CredentialId | Self::ClaimId => {
                "must be a non-empty string of letters, digits, `_` and `-`"
            }
            Self::CredentialIdRepeated => "must differ from the `id` of every other Credential Query",
            Self::Format | Self::AuthorityType | Self::Meta => {
                "must be an object; an empty one places no constraints"
            }
            Self::Multiple | Self::HolderBinding | Self::Required | Self::IntentToRetain => {
                "must be a boolean"
            }

            Self::AuthorityValues | Self::VctValues => "must be a non-empty array of strings",
            Self::AuthorityKeyId => "must be a key identifier in base64url",
            Self::ClaimSets => "must be a non-empty array of arrays of claim identifiers",
            Self::ClaimSetsWithoutClaims => "must be absent, since `claims` is",
            Self::ClaimIdMissing => "must be present, since the Credential Query has `claim_sets`",
            Self::ClaimIdRepeated => "must differ from the `id` of every other claim",
            Self::UnknownClaim => "must be the `id` of one of the `claims`",
            Self::ClaimRepeated => "must differ from the `path` of every other claim",
            Self::Path => "must be a non-empty array of strings, nulls and non-negative integers",
            Self::MdocPath => "must be two strings: a namespace and a data element identifier",
            Self::Values => "must be a non-empty array of strings, integers and booleans",
            Self::Options => "must be a non-empty array of non-empty arrays of identifiers",
            Self::UnknownCredential => "must be the `id` of one of the `credentials`",
            Self::DoctypeValue => "must be a non-empty string",
            Self::TypeValues => "must be a non-empty array of non-empty arrays of strings",
            Self::Limit { most } => return write!(f, "must have at most {most} items"),
        })
    }
}
