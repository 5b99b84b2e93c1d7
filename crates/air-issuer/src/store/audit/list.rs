//! Reading the log: by page, or the entries of one credential.

use air_ids::UnixTime;

use crate::store::{Store, column, number, time};

/// The maximum number of entries of one credential. It has a few: prepared, stored, revoked.
const CREDENTIAL_LIMIT: i64 = 100;

/// An entry of the log.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) instance: String,
    /// The place in the chain of the instance.
    pub(crate) seq: u64,
    pub(crate) at: UnixTime,
    pub(crate) action: String,
    pub(crate) external_id: String,
    pub(crate) actor: String,
    /// The operator's reason.
    pub(crate) detail: Option<String>,
}

pub(super) type Row = (String, i64, i64, String, String, String, Option<String>);

pub(super) fn recorded((instance, seq, at, action, external_id, actor, detail): Row) -> Recorded {
    Recorded {
        instance,
        seq: number(seq),
        at: time(at),
        action,
        external_id,
        actor,
        detail,
    }
}

/// A page of the log, newest first, and the number of all entries.
pub(crate) async fn list(store: &Store, page: u64, limit: u64) -> sqlx::Result<(Vec<Recorded>, u64)> {
    let total: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM audit")
        .fetch_one(store.reader())
        .await?;
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT instance, seq, at, action, external_id, actor, detail FROM audit \
         ORDER BY at DESC, instance DESC, seq DESC LIMIT $1 OFFSET $2",
    )
    .bind(column(limit))
    .bind(column(page.saturating_sub(1).saturating_mul(limit)))
    .fetch_all(store.reader())
    .await?;
    Ok((rows.into_iter().map(recorded).collect(), number(total)))
}

/// The entries of one credential, oldest first.
pub(crate) async fn of_credential(store: &Store, external_id: &str) -> sqlx::Result<Vec<Recorded>> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT instance, seq, at, action, external_id, actor, detail FROM audit \
         WHERE external_id = $1 ORDER BY at, instance, seq LIMIT $2",
    )
    .bind(external_id.to_owned())
    .bind(CREDENTIAL_LIMIT)
    .fetch_all(store.reader())
    .await?;
    Ok(rows.into_iter().map(recorded).collect())
}
