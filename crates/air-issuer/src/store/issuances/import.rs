//! Credentials that another service issued.

use air_ids::UnixTime;

use crate::store::{WriteTx, column, number, time_column};

/// A credential of another service, to record. Its user and its request are unknown.
#[derive(Debug)]
pub(crate) struct ImportedIssuance<'a> {
    pub(crate) external_id: &'a str,
    pub(crate) holder_did: &'a str,
    pub(crate) schema_id: &'a str,
    pub(crate) vct: &'a str,
    pub(crate) nonce: u64,
    /// The number of the status list, and the index in it.
    pub(crate) entry: Option<(u64, u64)>,
    pub(crate) kid: &'a str,
    pub(crate) issued_at: UnixTime,
    pub(crate) expires_at: UnixTime,
    pub(crate) revoked_at: Option<UnixTime>,
}

/// A recorded credential.
#[derive(Debug)]
pub(crate) struct Recorded {
    pub(crate) external_id: String,
    pub(crate) entry: Option<(u64, u64)>,
    pub(crate) is_revoked: bool,
}

/// Records a credential. Returns false if its identifier, its nonce or its entry is taken.
pub(crate) async fn insert(tx: &mut WriteTx, new: &ImportedIssuance<'_>) -> sqlx::Result<bool> {
    let done = sqlx::query(
        "INSERT INTO issuances (external_id, holder_did, schema_id, vct, user_ref, subject_ref, request_ref, \
         nonce, list, idx, kid, issued_at, expires_at, revoked_at, state) \
         VALUES ($1, $2, $3, $4, '', '', '', $5, $6, $7, $8, $9, $10, $11, 'stored') ON CONFLICT DO NOTHING",
    )
    .bind(new.external_id)
    .bind(new.holder_did)
    .bind(new.schema_id)
    .bind(new.vct)
    .bind(column(new.nonce))
    .bind(new.entry.map(|(list, _)| column(list)))
    .bind(new.entry.map(|(_, index)| column(index)))
    .bind(new.kid)
    .bind(time_column(new.issued_at))
    .bind(time_column(new.expires_at))
    .bind(new.revoked_at.map(time_column))
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// Finds the credential with this nonce.
pub(crate) async fn find(tx: &mut WriteTx, nonce: u64) -> sqlx::Result<Option<Recorded>> {
    type Row = (String, Option<i64>, Option<i64>, Option<i64>);
    let row: Option<Row> =
        sqlx::query_as("SELECT external_id, list, idx, revoked_at FROM issuances WHERE nonce = $1")
            .bind(column(nonce))
            .fetch_optional(tx.connection())
            .await?;
    Ok(row.map(|(external_id, list, index, revoked_at)| Recorded {
        external_id,
        entry: list.zip(index).map(|(list, index)| (number(list), number(index))),
        is_revoked: revoked_at.is_some(),
    }))
}

/// Finds the nonce of the credential that has this entry of the status lists.
pub(crate) async fn find_nonce_of(tx: &mut WriteTx, list: u64, index: u64) -> sqlx::Result<Option<u64>> {
    let nonce: Option<i64> = sqlx::query_scalar("SELECT nonce FROM issuances WHERE list = $1 AND idx = $2")
        .bind(column(list))
        .bind(column(index))
        .fetch_optional(tx.connection())
        .await?;
    Ok(nonce.map(number))
}
