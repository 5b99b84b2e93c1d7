//! `GET /admin/outbox`: the credentials that dStorage has not confirmed, oldest first.

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
use crate::{issue::iso_time, state::State as Service, store::outbox};

pub(super) async fn outbox(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refusal> {
    api_key::check(&service, &headers, Caller::Admin)?;
    let (limit, after) = read(&query.unwrap_or_default())?;
    // One more row shows whether there is a next page.
    let mut rows = outbox::list(&service.store, after, limit + 1).await?;
    let has_more = rows.len() as u64 > limit;
    rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let next = rows.last().filter(|_| has_more).map(|row| row.seq.to_string());
    let now = service.clock.now();
    let data: Vec<Value> = rows
        .iter()
        .map(|row| {
            json!({
                "externalId": row.external_id,
                "attempts": row.attempts,
                "nextAt": iso_time(row.next_at),
                "lastError": row.last_error,
                "ageSeconds": now.saturating_duration_since(row.issued_at).as_secs(),
            })
        })
        .collect();
    Ok(Json(json!({ "data": data, "nextCursor": next })))
}

/// The limit, and the place after which the page begins.
fn read(query: &str) -> Result<(u64, u64), Refusal> {
    let mut query = Query::new(query);
    let limit = query.limit();
    let after = match query.get("cursor") {
        None => Some(0),
        Some(cursor) => Some(cursor)
            .filter(|cursor| is_digits(cursor))
            .and_then(|cursor| cursor.parse().ok()),
    };
    if after.is_none() {
        query.refuse("cursor must be the nextCursor of an earlier page");
    }
    query.finish()?;
    Ok((limit, after.unwrap_or_default()))
}
