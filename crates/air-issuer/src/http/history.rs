//! `GET /admin/issuance-history`: the issued credentials, by page.

use std::sync::Arc;

use axum::{
    Json,
    extract::{RawQuery, State},
    http::HeaderMap,
};
use serde_json::{Value, json};

use super::{
    api_key::{self, Caller},
    query::{Query, is_digits},
    refusal::Refusal,
};
use crate::{
    issue::iso_time,
    state::State as Service,
    store::issuances::history::{self, HistoryOrder, HistoryQuery, HistoryRow},
};

/// A nonce that no credential has.
const NO_NONCE: i64 = -1;

pub(super) async fn issuance_history(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refusal> {
    api_key::check(&service, &headers, Caller::Admin)?;
    let query = read(&query.unwrap_or_default())?;
    let (rows, total) = history::find(&service.store, &query).await?;
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
    let mut query = Query::new(query);
    let page = query.number("page", 1, u64::MAX);
    let limit = query.limit();
    let order = order_of(query.get("order").unwrap_or("id_asc"));
    if order.is_none() {
        query.refuse("order must be a field and _asc or _desc, such as createdAt_desc");
    }
    let nonce = query.get("revocationNonce").map(str::to_owned);
    if nonce.as_ref().is_some_and(|nonce| !is_digits(nonce)) {
        query.refuse("revocationNonce must be a number string");
    }
    let holder_did = query.get("holderDid").map(str::to_owned);
    let schema_id = query.get("schemaId").map(str::to_owned);
    query.finish()?;
    // An order of another form is a broken rule.
    let (order, is_descending) = order.ok_or_else(|| Refusal::invalid(Vec::new()))?;
    Ok(HistoryQuery {
        holder_did,
        schema_id,
        nonce: nonce.map(|nonce| nonce.parse().ok().filter(|nonce| *nonce > 0).unwrap_or(NO_NONCE)),
        order,
        is_descending,
        page,
        limit,
    })
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
