//! Reads a DCQL query and checks every rule of OpenID4VP 1.0, section 6.

use std::collections::HashSet;

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::{
    path::ClaimsPath,
    query::{
        ClaimQuery, ClaimValue, CredentialQuery, CredentialSet, Meta, Query, TrustedAuthority, W3cFormat,
    },
    rule::Rule,
};
use crate::{Document, Error, place::Place};

/// The maximum length of a query in bytes.
const LENGTH_LIMIT: usize = 256 * 1024;
/// The maximum number of Credential Queries and of Credential Set Queries.
const CREDENTIAL_LIMIT: usize = 64;
/// The maximum number of claims of a Credential Query.
const CLAIM_LIMIT: usize = 256;
/// The maximum number of claim sets, options, accepted values, types and authorities.
const ITEM_LIMIT: usize = 128;
/// The maximum length of an identifier in bytes.
const ID_LIMIT: usize = 256;

impl Query {
    /// Reads a query. Unknown members are ignored (section 6).
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::Json`] or [`Error::Query`].
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        Self::from_value(&Document::Query.read(json, LENGTH_LIMIT)?)
    }

    /// Reads a query that is part of a larger document.
    ///
    /// # Errors
    /// [`Error::Query`] with the place and the rule.
    pub fn from_value(value: &Value) -> Result<Self, Error> {
        let root = Place::ROOT;
        let members = object(value, &root)?;
        let place = root.member("credentials");
        let queries = required_array(members, "credentials", &root, Rule::Credentials)?;
        limit(queries, CREDENTIAL_LIMIT, &place)?;
        let mut ids = HashSet::new();
        let mut credentials = Vec::with_capacity(queries.len());
        for (index, query) in queries.iter().enumerate() {
            let place = place.item(index);
            let query = credential_query(query, &place)?;
            if !ids.insert(query.id.clone()) {
                return Err(broken(&place.member("id"), Rule::CredentialIdRepeated));
            }
            credentials.push(query);
        }
        let sets = credential_sets(members, &root, &credentials)?;
        Ok(Self { credentials, sets })
    }

    /// Checks the rule that a verifier points to a claim only once (section 6.1). A wallet ignores
    /// repeated claims.
    ///
    /// # Errors
    /// [`Error::Query`] with [`Rule::ClaimRepeated`].
    pub fn check_repeated_claims(&self) -> Result<(), Error> {
        let root = Place::ROOT;
        let credentials = root.member("credentials");
        for (index, query) in self.credentials.iter().enumerate() {
            let place = credentials.item(index);
            let claims = place.member("claims");
            let mut seen = HashSet::new();
            for (index, claim) in query.claims.iter().enumerate() {
                if !seen.insert(&claim.path) {
                    return Err(broken(&claims.item(index).member("path"), Rule::ClaimRepeated));
                }
            }
        }
        Ok(())
    }
}

fn credential_query(value: &Value, place: &Place<'_>) -> Result<CredentialQuery, Error> {
    let members = object(value, place)?;
    let id = identifier(members.get("id")).ok_or_else(|| broken(&place.member("id"), Rule::CredentialId))?;
    let meta = meta(members, place)?;
    let claims = claims(members, place, &meta)?;
    Ok(CredentialQuery {
        id,
        multiple: boolean(members, "multiple", place, Rule::Multiple)?.unwrap_or(false),
        holder_binding: boolean(
            members,
            "require_cryptographic_holder_binding",
            place,
            Rule::HolderBinding,
        )?
        .unwrap_or(true),
        authorities: trusted_authorities(members, place)?,
        claim_sets: claim_sets(members, place, &claims)?,
        claims,
        meta,
    })
}

fn meta(members: &Map<String, Value>, place: &Place<'_>) -> Result<Meta, Error> {
    let format = text(members.get("format")).ok_or_else(|| broken(&place.member("format"), Rule::Format))?;
    let place = place.member("meta");
    let constraints = members
        .get("meta")
        .and_then(Value::as_object)
        .ok_or_else(|| broken(&place, Rule::Meta))?;
    // `meta` without members places no constraints (section 6.1), though each format requires one.
    let is_empty = constraints.is_empty();
    let checked = |name, rule| broken(&place.member(name), rule);
    let w3c = |format| {
        let types = match constraints.get("type_values") {
            None if is_empty => Some(Vec::new()),
            types => types.and_then(type_values),
        };
        let type_values = types.ok_or_else(|| checked("type_values", Rule::TypeValues))?;
        Ok(Meta::W3c { format, type_values })
    };
    match format {
        "dc+sd-jwt" => {
            let types = match constraints.get("vct_values") {
                None if is_empty => Some(Vec::new()),
                types => types.and_then(strings),
            };
            let vct_values = types.ok_or_else(|| checked("vct_values", Rule::VctValues))?;
            Ok(Meta::SdJwtVc { vct_values })
        }
        "mso_mdoc" => {
            let doctype = match constraints.get("doctype_value") {
                None if is_empty => None,
                doctype => Some(
                    text(doctype)
                        .ok_or_else(|| checked("doctype_value", Rule::DoctypeValue))?
                        .into(),
                ),
            };
            Ok(Meta::Mdoc { doctype })
        }
        "jwt_vc_json" => w3c(W3cFormat::JwtVcJson),
        "ldp_vc" => w3c(W3cFormat::LdpVc),
        other => Ok(Meta::Unknown {
            format: other.into(),
            meta: constraints.clone(),
        }),
    }
}

fn type_values(value: &Value) -> Option<Vec<Vec<String>>> {
    bounded(value)?.iter().map(strings).collect()
}

fn trusted_authorities(
    members: &Map<String, Value>,
    place: &Place<'_>,
) -> Result<Vec<TrustedAuthority>, Error> {
    let rule = Rule::TrustedAuthorities;
    let Some(queries) = optional_array(members, "trusted_authorities", place, rule)? else {
        return Ok(Vec::new());
    };
    let place = place.member("trusted_authorities");
    limit(queries, ITEM_LIMIT, &place)?;
    let queries = queries.iter().enumerate();
    queries
        .map(|(index, query)| {
            let place = place.item(index);
            let members = object(query, &place)?;
            let kind = text(members.get("type"))
                .ok_or_else(|| broken(&place.member("type"), Rule::AuthorityType))?;
            let values = members
                .get("values")
                .and_then(strings)
                .ok_or_else(|| broken(&place.member("values"), Rule::AuthorityValues))?;
            if kind != "aki" {
                let kind = kind.into();
                return Ok(TrustedAuthority::Unknown { kind, values });
            }
            let key_ids = values.iter().map(|value| URL_SAFE_NO_PAD.decode(value).ok());
            key_ids
                .map(|id| id.filter(|id| !id.is_empty()))
                .collect::<Option<_>>()
                .map(TrustedAuthority::KeyIds)
                .ok_or_else(|| broken(&place.member("values"), Rule::AuthorityKeyId))
        })
        .collect()
}

fn claims(members: &Map<String, Value>, place: &Place<'_>, meta: &Meta) -> Result<Vec<ClaimQuery>, Error> {
    let Some(queries) = optional_array(members, "claims", place, Rule::Claims)? else {
        return Ok(Vec::new());
    };
    let place = place.member("claims");
    limit(queries, CLAIM_LIMIT, &place)?;
    let mut ids = HashSet::new();
    let mut claims = Vec::with_capacity(queries.len());
    for (index, query) in queries.iter().enumerate() {
        let place = place.item(index);
        let claim = claim(query, &place, meta)?;
        match &claim.id {
            Some(id) if !ids.insert(id.clone()) => {
                return Err(broken(&place.member("id"), Rule::ClaimIdRepeated));
            }
            None if members.contains_key("claim_sets") => {
                return Err(broken(&place.member("id"), Rule::ClaimIdMissing));
            }
            _ => claims.push(claim),
        }
    }
    Ok(claims)
}

fn claim(value: &Value, place: &Place<'_>, meta: &Meta) -> Result<ClaimQuery, Error> {
    let members = object(value, place)?;
    let id = match members.get("id") {
        None => None,
        id => Some(identifier(id).ok_or_else(|| broken(&place.member("id"), Rule::ClaimId))?),
    };
    let path = members
        .get("path")
        .and_then(ClaimsPath::from_value)
        .ok_or_else(|| broken(&place.member("path"), Rule::Path))?;
    let is_mdoc = matches!(meta, Meta::Mdoc { .. });
    if is_mdoc && path.mdoc_element().is_none() {
        return Err(broken(&place.member("path"), Rule::MdocPath));
    }
    let values = match members.get("values") {
        None => Vec::new(),
        Some(values) => bounded(values)
            .and_then(|values| values.iter().map(ClaimValue::from_value).collect())
            .ok_or_else(|| broken(&place.member("values"), Rule::Values))?,
    };
    // Only mdocs have `intent_to_retain` (B.2.4); elsewhere it is unknown.
    let intent_to_retain = if is_mdoc {
        boolean(members, "intent_to_retain", place, Rule::IntentToRetain)?
    } else {
        None
    };
    Ok(ClaimQuery {
        id,
        path,
        values,
        intent_to_retain,
    })
}

fn claim_sets(
    members: &Map<String, Value>,
    place: &Place<'_>,
    claims: &[ClaimQuery],
) -> Result<Vec<Vec<usize>>, Error> {
    let Some(sets) = optional_array(members, "claim_sets", place, Rule::ClaimSets)? else {
        return Ok(Vec::new());
    };
    let place = place.member("claim_sets");
    if claims.is_empty() {
        return Err(broken(&place, Rule::ClaimSetsWithoutClaims));
    }
    limit(sets, ITEM_LIMIT, &place)?;
    let position = |id: &str| claims.iter().position(|claim| claim.id() == Some(id));
    let sets = sets.iter().enumerate();
    sets.map(|(index, set)| {
        let place = place.item(index);
        let ids = set.as_array().ok_or_else(|| broken(&place, Rule::ClaimSets))?;
        limit(ids, CLAIM_LIMIT, &place)?;
        references(ids, &place, Rule::ClaimSets, Rule::UnknownClaim, position)
    })
    .collect()
}

fn credential_sets(
    members: &Map<String, Value>,
    place: &Place<'_>,
    credentials: &[CredentialQuery],
) -> Result<Vec<CredentialSet>, Error> {
    let Some(sets) = optional_array(members, "credential_sets", place, Rule::CredentialSets)? else {
        return Ok(Vec::new());
    };
    let place = place.member("credential_sets");
    limit(sets, CREDENTIAL_LIMIT, &place)?;
    let sets = sets.iter().enumerate();
    sets.map(|(index, set)| credential_set(set, &place.item(index), credentials))
        .collect()
}

fn credential_set(
    value: &Value,
    place: &Place<'_>,
    credentials: &[CredentialQuery],
) -> Result<CredentialSet, Error> {
    let members = object(value, place)?;
    let options = required_array(members, "options", place, Rule::Options)?;
    let required = boolean(members, "required", place, Rule::Required)?.unwrap_or(true);
    let place = place.member("options");
    limit(options, ITEM_LIMIT, &place)?;
    let position = |id: &str| credentials.iter().position(|query| query.id == id);
    let options = options.iter().enumerate().map(|(index, option)| {
        let place = place.item(index);
        let ids = option
            .as_array()
            .filter(|ids| !ids.is_empty())
            .ok_or_else(|| broken(&place, Rule::Options))?;
        limit(ids, CREDENTIAL_LIMIT, &place)?;
        references(ids, &place, Rule::Options, Rule::UnknownCredential, position)
    });
    Ok(CredentialSet {
        options: options.collect::<Result<_, _>>()?,
        required,
    })
}

/// The positions of the identifiers. An identifier that occurs twice counts once.
fn references(
    ids: &[Value],
    place: &Place<'_>,
    malformed: Rule,
    unknown: Rule,
    position: impl Fn(&str) -> Option<usize>,
) -> Result<Vec<usize>, Error> {
    let mut found = Vec::with_capacity(ids.len());
    for (index, id) in ids.iter().enumerate() {
        let id = id.as_str().ok_or_else(|| broken(&place.item(index), malformed))?;
        let position = position(id).ok_or_else(|| broken(&place.item(index), unknown))?;
        if !found.contains(&position) {
            found.push(position);
        }
    }
    Ok(found)
}

fn broken(place: &Place<'_>, rule: Rule) -> Error {
    Error::Query {
        pointer: place.to_string(),
        rule,
    }
}

fn object<'v>(value: &'v Value, place: &Place<'_>) -> Result<&'v Map<String, Value>, Error> {
    value.as_object().ok_or_else(|| broken(place, Rule::Object))
}

fn required_array<'v>(
    members: &'v Map<String, Value>,
    name: &'static str,
    place: &Place<'_>,
    rule: Rule,
) -> Result<&'v [Value], Error> {
    optional_array(members, name, place, rule)?.ok_or_else(|| broken(&place.member(name), rule))
}

/// An array with at least one item, if the member is present.
fn optional_array<'v>(
    members: &'v Map<String, Value>,
    name: &'static str,
    place: &Place<'_>,
    rule: Rule,
) -> Result<Option<&'v [Value]>, Error> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::Array(items)) if !items.is_empty() => Ok(Some(items)),
        Some(_) => Err(broken(&place.member(name), rule)),
    }
}

fn boolean(
    members: &Map<String, Value>,
    name: &'static str,
    place: &Place<'_>,
    rule: Rule,
) -> Result<Option<bool>, Error> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::Bool(boolean)) => Ok(Some(*boolean)),
        Some(_) => Err(broken(&place.member(name), rule)),
    }
}

fn limit(items: &[Value], most: usize, place: &Place<'_>) -> Result<(), Error> {
    if items.len() <= most {
        return Ok(());
    }
    Err(broken(place, Rule::Limit { most }))
}

/// The items of an array that has between one and [`ITEM_LIMIT`].
fn bounded(value: &Value) -> Option<&[Value]> {
    value
        .as_array()
        .map(Vec::as_slice)
        .filter(|items| (1..=ITEM_LIMIT).contains(&items.len()))
}

fn strings(value: &Value) -> Option<Vec<String>> {
    bounded(value)?
        .iter()
        .map(|item| item.as_str().map(str::to_owned))
        .collect()
}

/// A string that is not empty.
fn text(value: Option<&Value>) -> Option<&str> {
    value.and_then(Value::as_str).filter(|text| !text.is_empty())
}

/// A non-empty string of letters, digits, underscores and hyphens.
fn identifier(value: Option<&Value>) -> Option<String> {
    let is_allowed = |c: u8| c.is_ascii_alphanumeric() || matches!(c, b'_' | b'-');
    text(value)
        .filter(|id| id.len() <= ID_LIMIT && id.bytes().all(is_allowed))
        .map(str::to_owned)
}
