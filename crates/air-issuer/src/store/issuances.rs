//! The issued credentials, without their claims.

pub(crate) mod history;
#[cfg(feature = "postgres")]
pub(crate) mod import;
#[cfg(all(test, feature = "postgres"))]
mod lock_order;
pub(crate) mod references;
mod search;
mod signed_by;

use std::time::Duration;

use air_ids::UnixTime;
use sqlx::{AnyConnection, AssertSqlSafe};

pub(crate) use self::{
    search::{Search, search},
    signed_by::SignedBy,
};
use super::{Store, WriteTx, column, number, placeholders, time, time_column};
use crate::text::is_storable;

/// An equal request returns the earlier credential if that is valid for longer than this, or for longer than half of
/// the new one's validity.
const MARGIN: Duration = Duration::from_hours(1);
/// The maximum length of an id in bytes. A longer one is unknown.
const ID_LIMIT: usize = 255;

/// A credential to record.
#[derive(Debug)]
pub(crate) struct NewIssuance {
    pub(crate) external_id: String,
    pub(crate) holder_did: String,
    pub(crate) schema_id: String,
    pub(crate) vct: String,
    pub(crate) user_ref: String,
    pub(crate) subject_ref: String,
    pub(crate) request_ref: String,
    pub(crate) cnf_thumbprint: Option<String>,
    pub(crate) nonce: u64,
    /// The number of the status list, and the index in it.
    pub(crate) entry: Option<(u64, u64)>,
    pub(crate) kid: String,
    pub(crate) issued_at: UnixTime,
    pub(crate) expires_at: UnixTime,
    /// Whether it needs no upload.
    pub(crate) is_stored: bool,
}

impl NewIssuance {
    /// The request for this credential.
    pub(crate) fn request(&self) -> EqualRequest<'_> {
        EqualRequest::new(&self.request_ref, self.issued_at, self.expires_at)
    }
}

/// A request, for which there may be an earlier credential.
#[derive(Clone, Copy, Debug)]
pub(crate) struct EqualRequest<'a> {
    request_ref: &'a str,
    /// The earlier credential is valid for longer than this.
    beyond: UnixTime,
}

impl<'a> EqualRequest<'a> {
    pub(crate) fn new(request_ref: &'a str, issued_at: UnixTime, expires_at: UnixTime) -> Self {
        let validity = expires_at.saturating_duration_since(issued_at);
        Self {
            request_ref,
            beyond: issued_at.saturating_add(MARGIN.min(validity / 2)),
        }
    }
}

/// An earlier credential of an equal request.
#[derive(Clone, Debug)]
pub(crate) struct Earlier {
    pub(crate) external_id: String,
    pub(crate) is_stored: bool,
}

/// A credential that is to be revoked.
#[derive(Debug)]
pub(crate) struct Revocable {
    pub(crate) external_id: String,
    pub(crate) entry: Option<(u64, u64)>,
    pub(crate) is_revoked: bool,
}

/// A credential and the state of its upload.
#[derive(Debug)]
pub(crate) struct Issuance {
    /// `prepared`, `stored` or `abandoned`.
    pub(crate) state: String,
    pub(crate) schema_id: String,
    pub(crate) holder_did: String,
    pub(crate) nonce: i64,
    /// The number of the status list, and the index in it.
    pub(crate) entry: Option<(u64, u64)>,
    pub(crate) issued_at: UnixTime,
    pub(crate) expires_at: UnixTime,
    pub(crate) revoked_at: Option<UnixTime>,
    pub(crate) reason: Option<String>,
    /// The tries of an upload that dStorage has not confirmed.
    pub(crate) attempts: Option<u64>,
}

pub(crate) async fn insert_all(tx: &mut WriteTx, new: &[&NewIssuance]) -> sqlx::Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let rows = placeholders(new.len(), 15);
    let mut query = sqlx::query(AssertSqlSafe(format!(
        "INSERT INTO issuances (external_id, holder_did, schema_id, vct, user_ref, subject_ref, request_ref, \
         cnf_thumbprint, nonce, list, idx, kid, issued_at, expires_at, state) VALUES {rows}"
    )));
    for new in new {
        query = query
            .bind(new.external_id.as_str())
            .bind(new.holder_did.as_str())
            .bind(new.schema_id.as_str())
            .bind(new.vct.as_str())
            .bind(new.user_ref.as_str())
            .bind(new.subject_ref.as_str())
            .bind(new.request_ref.as_str())
            .bind(new.cnf_thumbprint.clone())
            .bind(column(new.nonce))
            .bind(new.entry.map(|(list, _)| column(list)))
            .bind(new.entry.map(|(_, index)| column(index)))
            .bind(new.kid.as_str())
            .bind(time_column(new.issued_at))
            .bind(time_column(new.expires_at))
            .bind(if new.is_stored { "stored" } else { "prepared" });
    }
    query.execute(tx.connection()).await.map(drop)
}

/// Finds for each request the newest credential of an equal one that is valid for long enough and neither revoked nor
/// abandoned.
pub(crate) async fn find_earlier(
    connection: &mut AnyConnection,
    requests: &[EqualRequest<'_>],
) -> sqlx::Result<Vec<Option<Earlier>>> {
    if requests.is_empty() {
        return Ok(Vec::new());
    }
    let refs = placeholders(1, requests.len());
    let mut query = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT request_ref, external_id, state, expires_at FROM issuances \
         WHERE request_ref IN {refs} AND revoked_at IS NULL AND state <> 'abandoned' ORDER BY seq DESC"
    )));
    for request in requests {
        query = query.bind(request.request_ref);
    }
    let rows: Vec<(String, String, String, i64)> = query.fetch_all(connection).await?;
    let earlier = requests.iter().map(|request| {
        let (_, external_id, state, _) = rows.iter().find(|(request_ref, _, _, expires_at)| {
            request_ref == request.request_ref && time(*expires_at) > request.beyond
        })?;
        Some(Earlier {
            external_id: external_id.clone(),
            is_stored: state == "stored",
        })
    });
    Ok(earlier.collect())
}

/// Finds the credential with this nonce, and locks its row.
pub(crate) async fn find_revocable(tx: &mut WriteTx, nonce: u64) -> sqlx::Result<Option<Revocable>> {
    type Row = (String, Option<i64>, Option<i64>, Option<i64>);
    let lock = tx.for_update();
    let row: Option<Row> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT external_id, list, idx, revoked_at FROM issuances WHERE nonce = $1{lock}"
    )))
    .bind(column(nonce))
    .fetch_optional(tx.connection())
    .await?;
    Ok(row.map(|(external_id, list, index, revoked_at)| Revocable {
        external_id,
        entry: list.zip(index).map(|(list, index)| (number(list), number(index))),
        is_revoked: revoked_at.is_some(),
    }))
}

/// Marks a credential as revoked. One that dStorage has not confirmed is abandoned.
pub(crate) async fn revoke(
    tx: &mut WriteTx,
    external_id: &str,
    now: UnixTime,
    reason: Option<&str>,
) -> sqlx::Result<()> {
    sqlx::query(
        "UPDATE issuances SET revoked_at = $1, reason = $2, \
         state = CASE WHEN state = 'prepared' THEN 'abandoned' ELSE state END WHERE external_id = $3",
    )
    .bind(time_column(now))
    .bind(reason.map(str::to_owned))
    .bind(external_id)
    .execute(tx.connection())
    .await
    .map(drop)
}

/// Marks prepared credentials as stored. Returns those that were prepared.
pub(crate) async fn set_stored(tx: &mut WriteTx, external_ids: &[&str]) -> sqlx::Result<Vec<String>> {
    set_state(tx, external_ids, "stored").await
}

/// Marks a prepared credential as abandoned: it is not delivered any more. Returns whether it was prepared.
pub(crate) async fn set_abandoned(tx: &mut WriteTx, external_id: &str) -> sqlx::Result<bool> {
    let abandoned = set_state(tx, &[external_id], "abandoned").await?;
    Ok(!abandoned.is_empty())
}

async fn set_state(
    tx: &mut WriteTx,
    external_ids: &[&str],
    state: &'static str,
) -> sqlx::Result<Vec<String>> {
    if external_ids.is_empty() {
        return Ok(Vec::new());
    }
    lock(tx, external_ids).await?;
    let ids = placeholders(1, external_ids.len());
    let mut query = sqlx::query_scalar(AssertSqlSafe(format!(
        "UPDATE issuances SET state = '{state}' WHERE external_id IN {ids} AND state = 'prepared' \
         RETURNING external_id"
    )));
    for external_id in external_ids {
        query = query.bind(*external_id);
    }
    query.fetch_all(tx.connection()).await
}

/// Locks records in the order of their nonces, as revocations do, so that two transactions do not wait for each other. On
/// SQLite the transaction itself is that lock.
async fn lock(tx: &mut WriteTx, external_ids: &[&str]) -> sqlx::Result<()> {
    let lock = tx.for_update();
    if lock.is_empty() || external_ids.len() < 2 {
        return Ok(());
    }
    let ids = placeholders(1, external_ids.len());
    let mut query = sqlx::query(AssertSqlSafe(format!(
        "SELECT external_id FROM issuances WHERE external_id IN {ids} ORDER BY nonce{lock}"
    )));
    for external_id in external_ids {
        query = query.bind(*external_id);
    }
    query.execute(tx.connection()).await.map(drop)
}

pub(crate) async fn find(store: &Store, external_id: &str) -> sqlx::Result<Option<Issuance>> {
    type Row = (
        String,
        String,
        String,
        i64,
        Option<i64>,
        Option<i64>,
        i64,
        i64,
        Option<i64>,
        Option<String>,
        Option<i64>,
    );
    if external_id.len() > ID_LIMIT || !is_storable(external_id) {
        return Ok(None);
    }
    let row: Option<Row> = sqlx::query_as(
        "SELECT state, schema_id, holder_did, nonce, list, idx, issued_at, expires_at, revoked_at, reason, attempts \
         FROM issuances LEFT JOIN outbox ON outbox.external_id = issuances.external_id \
         WHERE issuances.external_id = $1",
    )
    .bind(external_id.to_owned())
    .fetch_optional(store.reader())
    .await?;
    Ok(row.map(
        |(
            state,
            schema_id,
            holder_did,
            nonce,
            list,
            index,
            issued_at,
            expires_at,
            revoked_at,
            reason,
            attempts,
        )| {
            Issuance {
                state,
                schema_id,
                holder_did,
                nonce,
                entry: list.zip(index).map(|(list, index)| (number(list), number(index))),
                issued_at: time(issued_at),
                expires_at: time(expires_at),
                revoked_at: revoked_at.map(time),
                reason,
                attempts: attempts.map(number),
            }
        },
    ))
}

pub(crate) async fn is_stored(store: &Store, external_id: &str) -> sqlx::Result<bool> {
    let state: Option<String> = sqlx::query_scalar("SELECT state FROM issuances WHERE external_id = $1")
        .bind(external_id)
        .fetch_optional(store.reader())
        .await?;
    Ok(state.as_deref() == Some("stored"))
}

/// Whether the credential with this nonce is revoked. An unknown nonce is not revoked.
pub(crate) async fn is_revoked(store: &Store, nonce: u64) -> sqlx::Result<bool> {
    let row: Option<(Option<i64>,)> = sqlx::query_as("SELECT revoked_at FROM issuances WHERE nonce = $1")
        .bind(column(nonce))
        .fetch_optional(store.reader())
        .await?;
    Ok(row.is_some_and(|(revoked_at,)| revoked_at.is_some()))
}

/// The header's `kid` of each key that signed valid credentials, with the end of the last one. A revoked one does not
/// count: verifiers refuse it anyway.
pub(crate) async fn find_keys(tx: &mut WriteTx, now: UnixTime) -> sqlx::Result<Vec<(String, UnixTime)>> {
    let mut found = Vec::new();
    let mut earlier = String::new();
    // Each step finds the next of a few keys in the index, and does not read the credentials between them.
    loop {
        let kid: Option<String> = sqlx::query_scalar(
            "SELECT kid FROM issuances WHERE kid > $1 AND revoked_at IS NULL ORDER BY kid LIMIT 1",
        )
        .bind(earlier)
        .fetch_optional(tx.connection())
        .await?;
        let Some(kid) = kid else {
            return Ok(found);
        };
        let last: i64 = sqlx::query_scalar(
            "SELECT expires_at FROM issuances WHERE kid = $1 AND revoked_at IS NULL \
             ORDER BY expires_at DESC LIMIT 1",
        )
        .bind(kid.clone())
        .fetch_one(tx.connection())
        .await?;
        if time(last) > now {
            found.push((kid.clone(), time(last)));
        }
        earlier = kid;
    }
}

/// Whether anything was issued.
pub(crate) async fn exist(tx: &mut WriteTx) -> sqlx::Result<bool> {
    let seq: Option<i64> = sqlx::query_scalar("SELECT seq FROM issuances LIMIT 1")
        .fetch_optional(tx.connection())
        .await?;
    Ok(seq.is_some())
}

/// The newest nonces, at most `limit` of revoked credentials and `limit` of others.
pub(crate) async fn newest_nonces(store: &Store, limit: u32) -> sqlx::Result<Vec<u64>> {
    let mut nonces = Vec::new();
    for condition in ["revoked_at IS NOT NULL", "revoked_at IS NULL"] {
        let newest: Vec<i64> = sqlx::query_scalar(AssertSqlSafe(format!(
            "SELECT nonce FROM issuances WHERE {condition} ORDER BY seq DESC LIMIT $1"
        )))
        .bind(i64::from(limit))
        .fetch_all(store.reader())
        .await?;
        nonces.extend(newest.into_iter().map(number));
    }
    Ok(nonces)
}
