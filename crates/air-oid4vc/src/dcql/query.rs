//! A DCQL query as types. [`Query::parse`] reads one.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};

use super::path::ClaimsPath;

/// A DCQL query that follows every rule of OpenID4VP 1.0, section 6.
///
/// A verifier writes the query as JSON (for example with `serde_json::json!`) and reads it with
/// [`Query::from_value`], which checks it as a wallet would.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    pub(super) credentials: Vec<CredentialQuery>,
    pub(super) sets: Vec<CredentialSet>,
}

impl Query {
    /// The Credential Queries, in the order of the query. There is at least one.
    #[must_use]
    pub fn credentials(&self) -> &[CredentialQuery] {
        &self.credentials
    }

    /// The Credential Set Queries. Without any, every Credential Query must be answered.
    #[must_use]
    pub fn sets(&self) -> &[CredentialSet] {
        &self.sets
    }

    /// The Credential Query with this id.
    #[must_use]
    pub fn credential(&self, id: &str) -> Option<&CredentialQuery> {
        self.credentials.iter().find(|query| query.id == id)
    }

    /// Whether a Credential Query accepts a presentation without proof of holder binding. The request
    /// then needs `state` (section 5.3).
    #[must_use]
    pub fn accepts_unbound(&self) -> bool {
        self.credentials.iter().any(|query| !query.holder_binding)
    }

    /// The query as JSON. Members with default values and unknown members are absent.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut members = Map::new();
        let credentials = self.credentials.iter().map(CredentialQuery::to_value).collect();
        members.insert("credentials".into(), credentials);
        if !self.sets.is_empty() {
            let sets = self.sets.iter().map(|set| set.to_value(&self.credentials));
            members.insert("credential_sets".into(), sets.collect());
        }
        Value::Object(members)
    }
}

/// A request for one or more credentials (section 6.1).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialQuery {
    pub(super) id: String,
    pub(super) meta: Meta,
    pub(super) multiple: bool,
    pub(super) holder_binding: bool,
    pub(super) authorities: Vec<TrustedAuthority>,
    pub(super) claims: Vec<ClaimQuery>,
    pub(super) claim_sets: Vec<Vec<usize>>,
}

impl CredentialQuery {
    /// The identifier, which is the member's name in `vp_token`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The format and its constraints.
    #[must_use]
    pub fn meta(&self) -> &Meta {
        &self.meta
    }

    /// Whether more than one credential may be returned.
    #[must_use]
    pub fn allows_multiple(&self) -> bool {
        self.multiple
    }

    /// Whether the holder must prove possession of the credential's key.
    #[must_use]
    pub fn requires_holder_binding(&self) -> bool {
        self.holder_binding
    }

    /// The authorities of which a credential must match one; empty for no constraint.
    #[must_use]
    pub fn trusted_authorities(&self) -> &[TrustedAuthority] {
        &self.authorities
    }

    /// The claims. Without any, no selectively disclosable claim is requested.
    #[must_use]
    pub fn claims(&self) -> &[ClaimQuery] {
        &self.claims
    }

    /// The combinations of claims, as indices of [`Self::claims`], the preferred one first. Without
    /// any, all claims are requested.
    #[must_use]
    pub fn claim_sets(&self) -> &[Vec<usize>] {
        &self.claim_sets
    }

    fn to_value(&self) -> Value {
        let mut members = Map::new();
        members.insert("id".into(), self.id.as_str().into());
        members.insert("format".into(), self.meta.format().into());
        members.insert("meta".into(), self.meta.to_value());
        if self.multiple {
            members.insert("multiple".into(), true.into());
        }
        if !self.holder_binding {
            members.insert("require_cryptographic_holder_binding".into(), false.into());
        }
        if !self.authorities.is_empty() {
            let authorities = self.authorities.iter().map(TrustedAuthority::to_value);
            members.insert("trusted_authorities".into(), authorities.collect());
        }
        if !self.claims.is_empty() {
            let claims = self.claims.iter().map(ClaimQuery::to_value);
            members.insert("claims".into(), claims.collect());
        }
        if !self.claim_sets.is_empty() {
            let id = |index: &usize| self.claims.get(*index).and_then(|claim| claim.id.clone());
            let sets = self
                .claim_sets
                .iter()
                .map(|set| set.iter().filter_map(id).collect::<Value>());
            members.insert("claim_sets".into(), sets.collect());
        }
        Value::Object(members)
    }
}

/// The format of the requested credential and the constraints of `meta`.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Meta {
    /// `dc+sd-jwt` (appendix B.3).
    SdJwtVc {
        /// The accepted types; empty for any.
        vct_values: Vec<String>,
    },
    /// `mso_mdoc` (appendix B.2).
    Mdoc {
        /// The accepted document type; absent for any.
        doctype: Option<String>,
    },
    /// `jwt_vc_json` or `ldp_vc` (appendix B.1).
    W3c {
        /// The format.
        format: W3cFormat,
        /// The accepted sets of fully expanded types; empty for any.
        type_values: Vec<Vec<String>>,
    },
    /// A format of another specification. No credential matches it.
    Unknown {
        /// The name of the format.
        format: String,
        /// The members of `meta`.
        meta: Map<String, Value>,
    },
}

/// The formats of W3C credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum W3cFormat {
    /// A JWT without JSON-LD: `jwt_vc_json`.
    JwtVcJson,
    /// A Data Integrity proof: `ldp_vc`.
    LdpVc,
}

impl W3cFormat {
    /// The Credential Format Identifier.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::JwtVcJson => "jwt_vc_json",
            Self::LdpVc => "ldp_vc",
        }
    }
}

impl Meta {
    /// The Credential Format Identifier.
    #[must_use]
    pub fn format(&self) -> &str {
        match self {
            Self::SdJwtVc { .. } => "dc+sd-jwt",
            Self::Mdoc { .. } => "mso_mdoc",
            Self::W3c { format, .. } => format.as_str(),
            Self::Unknown { format, .. } => format,
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Self::SdJwtVc { vct_values } if !vct_values.is_empty() => json!({ "vct_values": vct_values }),
            Self::Mdoc {
                doctype: Some(doctype),
            } => json!({ "doctype_value": doctype }),
            Self::W3c { type_values, .. } if !type_values.is_empty() => {
                json!({ "type_values": type_values })
            }
            Self::SdJwtVc { .. } | Self::Mdoc { .. } | Self::W3c { .. } => json!({}),
            Self::Unknown { meta, .. } => Value::Object(meta.clone()),
        }
    }
}

/// Authorities that the verifier accepts (section 6.1.1).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TrustedAuthority {
    /// `aki`: key identifiers of certificates in the credential's chain.
    KeyIds(Vec<Vec<u8>>),
    /// Another type, such as `etsi_tl`. No credential matches it.
    Unknown {
        /// `type`.
        kind: String,
        /// `values`.
        values: Vec<String>,
    },
}

impl TrustedAuthority {
    fn to_value(&self) -> Value {
        match self {
            Self::KeyIds(ids) => {
                json!({ "type": "aki", "values": ids.iter().map(|id| URL_SAFE_NO_PAD.encode(id)).collect::<Value>() })
            }
            Self::Unknown { kind, values } => json!({ "type": kind, "values": values }),
        }
    }
}

/// A requested claim (section 6.3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClaimQuery {
    pub(super) id: Option<String>,
    pub(super) path: ClaimsPath,
    pub(super) values: Vec<ClaimValue>,
    pub(super) intent_to_retain: Option<bool>,
}

impl ClaimQuery {
    /// The identifier, which `claim_sets` uses.
    #[must_use]
    pub fn id(&self) -> Option<&str> {
        self.id.as_deref()
    }

    /// The path to the claim.
    #[must_use]
    pub fn path(&self) -> &ClaimsPath {
        &self.path
    }

    /// The accepted values; empty for any.
    #[must_use]
    pub fn values(&self) -> &[ClaimValue] {
        &self.values
    }

    /// Whether the verifier of an mdoc intends to keep the claim; absent if it makes no statement.
    #[must_use]
    pub fn intent_to_retain(&self) -> Option<bool> {
        self.intent_to_retain
    }

    /// Whether the value is one of the accepted ones.
    #[must_use]
    pub fn accepts(&self, value: &Value) -> bool {
        self.values.is_empty() || self.values.iter().any(|expected| expected.is(value))
    }

    fn to_value(&self) -> Value {
        let mut members = Map::new();
        if let Some(id) = &self.id {
            members.insert("id".into(), id.as_str().into());
        }
        members.insert("path".into(), self.path.to_value());
        if !self.values.is_empty() {
            let values = self.values.iter().map(ClaimValue::to_value);
            members.insert("values".into(), values.collect());
        }
        if let Some(retain) = self.intent_to_retain {
            members.insert("intent_to_retain".into(), retain.into());
        }
        Value::Object(members)
    }
}

/// An accepted value of a claim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClaimValue {
    /// A string.
    Text(String),
    /// An integer within ±(2^53 − 1).
    Integer(i64),
    /// A boolean.
    Boolean(bool),
}

impl ClaimValue {
    /// Whether a claim has this type and value. `1` and `1.0` are the same number in JSON.
    #[must_use]
    pub fn is(&self, claim: &Value) -> bool {
        match (self, claim) {
            (Self::Text(text), Value::String(claim)) => text == claim,
            (Self::Integer(_), Value::Number(_)) => Self::from_value(claim).as_ref() == Some(self),
            (Self::Boolean(boolean), Value::Bool(claim)) => boolean == claim,
            _ => false,
        }
    }

    pub(super) fn from_value(value: &Value) -> Option<Self> {
        const LARGEST: f64 = 9_007_199_254_740_991.0;
        match value {
            Value::String(text) => Some(Self::Text(text.clone())),
            Value::Bool(boolean) => Some(Self::Boolean(*boolean)),
            Value::Number(number) => {
                let double = number.as_f64()?;
                if double.fract() != 0.0 || double.abs() > LARGEST {
                    return None;
                }
                #[expect(clippy::cast_possible_truncation, reason = "it is an integer below 2^53")]
                let integer = double as i64;
                Some(Self::Integer(integer))
            }
            _ => None,
        }
    }

    fn to_value(&self) -> Value {
        match self {
            Self::Text(text) => text.as_str().into(),
            Self::Integer(integer) => (*integer).into(),
            Self::Boolean(boolean) => (*boolean).into(),
        }
    }
}

/// Combinations of credentials for one purpose (section 6.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialSet {
    pub(super) options: Vec<Vec<usize>>,
    pub(super) required: bool,
}

impl CredentialSet {
    /// The combinations, as indices of [`Query::credentials`], the preferred one first.
    #[must_use]
    pub fn options(&self) -> &[Vec<usize>] {
        &self.options
    }

    /// Whether one of the combinations must be returned.
    #[must_use]
    pub fn is_required(&self) -> bool {
        self.required
    }

    fn to_value(&self, credentials: &[CredentialQuery]) -> Value {
        let id = |index: &usize| credentials.get(*index).map(|query| query.id.as_str());
        let options = self
            .options
            .iter()
            .map(|option| option.iter().filter_map(id).collect::<Value>());
        let mut members = Map::new();
        members.insert("options".into(), options.collect());
        if !self.required {
            members.insert("required".into(), false.into());
        }
        Value::Object(members)
    }
}
