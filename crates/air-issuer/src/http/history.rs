//! `GET /admin/issuance-history`: the issued credentials, by page.

use std::{collections::HashMap, sync::Arc};

use axum::{
    Json,
    extract::{RawQuery, State},
    http::HeaderMap,
};
use serde_json::{Value, json};
use url::form_urlencoded;

use super::{
    api_key::{self, Caller},
    refusal::Refusal,
};
use crate::{
    issue::iso_time,
    state::State as Service,
    store::issuances::{self, HistoryOrder, HistoryQuery, HistoryRow},
    text::is_storable,
};

const DEFAULT_LIMIT: u64 = 25;
const LIMIT: u64 = 100;
/// A nonce that no credential has.
const NO_NONCE: i64 = -1;

pub(super) async fn issuance_history(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refusal> {
    api_key::check(&service, &headers, Caller::Admin)?;
    let query = read(&query.unwrap_or_default())?;
    let (rows, total) = issuances::history(&service.store, &query).await?;
    let data: Vec<Value> = rows.iter().map(line).collect();
    Ok(Json(json!({
        "data": data,
        "pagination": { "page": query.page, "limit": query.limit, "total": total },
    })))
}

fn line(row: &HistoryRow) -> Value {
    json!({
        "holderDid": row.holder_did,
        "schemaId": row.schema_id,
        "revocationNonce": row.nonce.to_string(),
        "createdAt": iso_time(row.issued_at),
        "expiresAt": iso_time(row.expires_at),
        "revokedAt": row.revoked_at.map(iso_time),
        "type": "SD_JWT_VC",
    })
}

fn read(query: &str) -> Result<HistoryQuery, Refusal> {
    let parameters: HashMap<String, String> = form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .filter(|(_, value)| !value.is_empty())
        .collect();
    let mut broken = Vec::new();
    if !parameters.values().all(|value| is_storable(value)) {
        broken.push("no parameter may contain the character U+0000".to_owned());
    }
    let page = number(&parameters, "page", 1, u64::MAX, &mut broken);
    let limit = number(&parameters, "limit", DEFAULT_LIMIT, LIMIT, &mut broken);
    let order = parameters.get("order").map_or("id_asc", String::as_str);
    let parsed = order_of(order);
    if parsed.is_none() {
        broken.push("order must be a field and _asc or _desc, such as createdAt_desc".to_owned());
    }
    let nonce = parameters.get("revocationNonce");
    if nonce.is_some_and(|nonce| !is_digits(nonce)) {
        broken.push("revocationNonce must be a number string".to_owned());
    }
    let (Some((order, is_descending)), true) = (parsed, broken.is_empty()) else {
        return Err(Refusal::invalid(broken));
    };
    Ok(HistoryQuery {
        holder_did: parameters.get("holderDid").cloned(),
        schema_id: parameters.get("schemaId").cloned(),
        nonce: nonce.map(|nonce| nonce.parse().ok().filter(|nonce| *nonce > 0).unwrap_or(NO_NONCE)),
        order,
        is_descending,
        page,
        limit,
    })
}

/// A number of a query, from 1 to `limit`.
pub(super) fn number(
    parameters: &HashMap<String, String>,
    name: &str,
    default: u64,
    limit: u64,
    broken: &mut Vec<String>,
) -> u64 {
    let Some(text) = parameters.get(name) else {
        return default;
    };
    let value = Some(text)
        .filter(|text| is_digits(text))
        .and_then(|text| text.parse().ok());
    match value {
        Some(value) if (1..=limit).contains(&value) => return value,
        Some(0) => broken.push(format!("{name} must not be less than 1")),
        Some(_) => broken.push(format!("{name} must not be greater than {limit}")),
        None => broken.push(format!("{name} must be an integer number")),
    }
    default
}

/// Whether a text has 1 to 20 digits and nothing else.
pub(super) fn is_digits(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

fn order_of(text: &str) -> Option<(HistoryOrder, bool)> {
    let (field, direction) = text.rsplit_once('_')?;
    let is_descending = match direction {
        "asc" => false,
        "desc" => true,
        _ => return None,
    };
    let order = match field {
        "id" => HistoryOrder::Id,
        "holderDid" => HistoryOrder::HolderDid,
        "schemaId" => HistoryOrder::SchemaId,
        "revocationNonce" => HistoryOrder::RevocationNonce,
        "createdAt" => HistoryOrder::CreatedAt,
        "expiresAt" => HistoryOrder::ExpiresAt,
        "revokedAt" => HistoryOrder::RevokedAt,
        _ => return None,
    };
    Some((order, is_descending))
}
