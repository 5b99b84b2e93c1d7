//! Transaction data (OpenID4VP 1.0, sections 5.1 and 8.4, appendix B.3.3).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

use super::rule::Rule;
use crate::{Error, dcql::Query};

/// The name of SHA-256 in `transaction_data_hashes_alg`.
pub const SHA_256: &str = "sha-256";
/// The maximum length of one item in bytes.
const LENGTH_LIMIT: usize = 64 * 1024;
/// The maximum number of items, and of identifiers in one.
const ITEM_LIMIT: usize = 32;

/// Details of a transaction that the user authorises.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionData {
    /// The encoded form, over which hashes are made.
    encoded: String,
    members: Map<String, Value>,
    kind: String,
    credential_ids: Vec<String>,
    hash_algorithms: Vec<String>,
}

impl TransactionData {
    /// Makes transaction data of a type, for one of these Credential Queries, with the members that
    /// the type defines.
    ///
    /// # Errors
    /// [`Error::Presentation`].
    pub fn new(kind: &str, credential_ids: &[&str], mut members: Map<String, Value>) -> Result<Self, Error> {
        members.insert("type".into(), kind.into());
        members.insert("credential_ids".into(), json!(credential_ids));
        Self::parse(&URL_SAFE_NO_PAD.encode(Value::Object(members).to_string()))
    }

    /// Reads an item of `transaction_data`.
    ///
    /// # Errors
    /// [`Error::Presentation`] with [`Rule::TransactionData`] or [`Rule::TransactionHash`].
    pub fn parse(encoded: &str) -> Result<Self, Error> {
        let malformed = || refused(Rule::TransactionData);
        if encoded.len() > LENGTH_LIMIT {
            return Err(refused(Rule::Limit { most: LENGTH_LIMIT }));
        }
        let json = URL_SAFE_NO_PAD.decode(encoded).map_err(|_| malformed())?;
        let members = air_json::read_object(&json).map_err(|_| malformed())?;
        let kind = members.get("type").and_then(Value::as_str);
        let kind = kind.filter(|kind| !kind.is_empty()).ok_or_else(malformed)?;
        let credential_ids = members
            .get("credential_ids")
            .and_then(strings)
            .ok_or_else(malformed)?;
        let hash_algorithms = match members.get("transaction_data_hashes_alg") {
            None => Vec::new(),
            Some(names) => strings(names).ok_or_else(malformed)?,
        };
        if !hash_algorithms.is_empty() && !hash_algorithms.iter().any(|name| name == SHA_256) {
            return Err(refused(Rule::TransactionHash));
        }
        Ok(Self {
            encoded: encoded.to_owned(),
            kind: kind.to_owned(),
            credential_ids,
            hash_algorithms,
            members,
        })
    }

    /// The items of the request parameter.
    pub(super) fn parse_all(value: &Value) -> Result<Vec<Self>, Error> {
        let items = value.as_array().filter(|items| !items.is_empty());
        let items = items.ok_or_else(|| refused(Rule::TransactionData))?;
        if items.len() > ITEM_LIMIT {
            return Err(refused(Rule::Limit { most: ITEM_LIMIT }));
        }
        let texts = items
            .iter()
            .map(|item| item.as_str().ok_or_else(|| refused(Rule::TransactionData)));
        texts.map(|text| Self::parse(text?)).collect()
    }

    /// Each identifier names a Credential Query that requires holder binding.
    pub(super) fn check_query(&self, query: &Query) -> Result<(), Error> {
        for id in &self.credential_ids {
            let named = query
                .credential(id)
                .ok_or_else(|| refused(Rule::TransactionCredential))?;
            if !named.requires_holder_binding() {
                return Err(refused(Rule::TransactionBinding));
            }
        }
        Ok(())
    }

    /// The encoded form, as it is in the request.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.encoded
    }

    /// `type`.
    #[must_use]
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// The identifiers of the Credential Queries, one of which authorises the transaction.
    #[must_use]
    pub fn credential_ids(&self) -> &[String] {
        &self.credential_ids
    }

    /// Every member.
    #[must_use]
    pub fn members(&self) -> &Map<String, Value> {
        &self.members
    }

    /// The SHA-256 hash of the encoded form in base64url.
    #[must_use]
    pub fn hash(&self) -> String {
        URL_SAFE_NO_PAD.encode(Sha256::digest(&self.encoded))
    }

    /// The claims of the key-binding JWT for these items: `transaction_data_hashes`, and
    /// `transaction_data_hashes_alg` if an item names algorithms.
    #[must_use]
    pub fn key_binding_claims(items: &[Self]) -> Map<String, Value> {
        let mut claims = Map::new();
        if items.is_empty() {
            return claims;
        }
        let hashes = items.iter().map(Self::hash).collect();
        claims.insert("transaction_data_hashes".into(), hashes);
        if items.iter().any(|item| !item.hash_algorithms.is_empty()) {
            claims.insert("transaction_data_hashes_alg".into(), SHA_256.into());
        }
        claims
    }

    /// Checks that the claims of a verified key-binding JWT have the hash of each of these items, and
    /// no other.
    ///
    /// # Errors
    /// [`Error::Presentation`] with [`Rule::TransactionHashes`].
    pub fn check_key_binding_claims(items: &[Self], claims: &Map<String, Value>) -> Result<(), Error> {
        let expected = Self::key_binding_claims(items);
        let hashes = |claims: &Map<String, Value>| {
            let mut hashes = match claims.get("transaction_data_hashes") {
                None => Some(Vec::new()),
                Some(value) => strings(value),
            }?;
            hashes.sort_unstable();
            Some(hashes)
        };
        let algorithm = claims.get("transaction_data_hashes_alg");
        let is_algorithm_right = match expected.get("transaction_data_hashes_alg") {
            None => algorithm.is_none_or(|name| name == SHA_256),
            named => algorithm == named,
        };
        if is_algorithm_right && hashes(claims).is_some_and(|found| Some(found) == hashes(&expected)) {
            return Ok(());
        }
        Err(refused(Rule::TransactionHashes))
    }

    /// Checks that a response authorises each of these items: the key-binding JWT of a presentation
    /// for one of its Credential Queries has its hash, and none has another hash. `bound` has the
    /// Credential Query and the verified claims of the key-binding JWT of each presentation, which are
    /// empty for a presentation without one.
    ///
    /// # Errors
    /// [`Error::Presentation`] with [`Rule::TransactionHashes`].
    pub fn check_authorized(items: &[Self], bound: &[(&str, &Map<String, Value>)]) -> Result<(), Error> {
        let mut authorized: Vec<&Self> = Vec::with_capacity(items.len());
        for (query, claims) in bound {
            let named = |hash: &str| {
                let mut items = items.iter();
                items.find(|item| item.credential_ids.iter().any(|id| id == query) && item.hash() == hash)
            };
            let hashes = match claims.get("transaction_data_hashes") {
                None => Vec::new(),
                Some(hashes) => strings(hashes).ok_or_else(|| refused(Rule::TransactionHashes))?,
            };
            let signed: Option<Vec<Self>> = hashes.iter().map(|hash| named(hash).cloned()).collect();
            let signed = signed.ok_or_else(|| refused(Rule::TransactionHashes))?;
            Self::check_key_binding_claims(&signed, claims)?;
            authorized.extend(hashes.iter().filter_map(|hash| named(hash)));
        }
        if items.iter().all(|item| authorized.contains(&item)) {
            return Ok(());
        }
        Err(refused(Rule::TransactionHashes))
    }
}

/// A non-empty array of strings.
fn strings(value: &Value) -> Option<Vec<String>> {
    let items = value
        .as_array()
        .filter(|items| (1..=ITEM_LIMIT).contains(&items.len()))?;
    items
        .iter()
        .map(|item| item.as_str().map(str::to_owned))
        .collect()
}

fn refused(rule: Rule) -> Error {
    Error::Presentation {
        place: "/transaction_data".into(),
        rule,
    }
}
