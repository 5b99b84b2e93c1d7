//! `GET /admin/audit`: the audit log in the order of its chains, for a copy that is kept elsewhere.

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
    store::audit::{self, Chained},
};

/// The entries of a page, if the query names no limit.
const DEFAULT_LIMIT: u64 = 100;
/// The maximum number of entries of a page.
const LIMIT: u64 = 1_000;

/// The place of an entry: its instance, and its number there.
type Place = (String, u64);

pub(super) async fn audit_log(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Result<Json<Value>, Refusal> {
    api_key::check(&service, &headers, Caller::Admin)?;
    let (limit, (instance, seq)) = read(&query.unwrap_or_default())?;
    // One more entry shows whether there is a next page.
    let mut entries = audit::after(&service.store, &instance, seq, limit + 1).await?;
    let has_more = entries.len() as u64 > limit;
    entries.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
    let last = entries.last().filter(|_| has_more).map(|last| &last.entry);
    let next = last.map(|last| format!("{}.{}", last.instance, last.seq));
    let data: Vec<Value> = entries.iter().map(document).collect();
    Ok(Json(json!({ "data": data, "nextCursor": next })))
}

fn document(chained: &Chained) -> Value {
    let entry = &chained.entry;
    json!({
        "instance": entry.instance,
        "seq": entry.seq,
        "at": iso_time(entry.at),
        "action": entry.action,
        "subject": entry.external_id,
        "actor": entry.actor,
        "reason": entry.detail,
        "previous": chained.previous,
        "hash": chained.hash,
    })
}

/// The limit, and the place after which the page begins.
fn read(query: &str) -> Result<(u64, Place), Refusal> {
    let mut query = Query::new(query);
    let limit = query.number("limit", DEFAULT_LIMIT, LIMIT);
    let after = match query.get("cursor") {
        None => Some(Place::default()),
        Some(cursor) => place(cursor),
    };
    if after.is_none() {
        query.refuse("cursor must be the nextCursor of an earlier page");
    }
    query.finish()?;
    Ok((limit, after.unwrap_or_default()))
}

fn place(cursor: &str) -> Option<Place> {
    let (instance, seq) = cursor.rsplit_once('.')?;
    let seq = Some(seq).filter(|seq| is_digits(seq))?.parse().ok()?;
    Some((instance.to_owned(), seq))
}
