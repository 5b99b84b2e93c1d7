//! Tables whose rows expire, with the statements that they share.

use super::{ReadTx, WriteTx, sql};
use air_ids::{PartnerId, UnixTime};

/// The name of a table that has a column `expires_at`.
pub(super) struct Expiring(pub(super) &'static str);

impl Expiring {
    /// Checks whether any row has expired at `now`.
    pub(super) async fn any(&self, tx: &mut ReadTx, now: UnixTime) -> sqlx::Result<bool> {
        let Self(table) = self;
        sql::query_scalar(format!(
            "SELECT EXISTS (SELECT 1 FROM {table} WHERE expires_at <= $1)"
        ))
        .bind(now)
        .fetch_one(tx)
        .await
    }

    /// Deletes the rows that have expired at `now`.
    pub(super) async fn delete(&self, tx: &mut WriteTx, now: UnixTime) -> sqlx::Result<()> {
        let Self(table) = self;
        sql::query(format!("DELETE FROM {table} WHERE expires_at <= $1"))
            .bind(now)
            .execute(tx)
            .await
            .map(drop)
    }

    /// Counts a partner's rows that satisfy a condition and have not expired at `now`, up to a limit.
    pub(super) async fn count_open(
        &self,
        tx: &mut ReadTx,
        condition: &'static str,
        partner_id: &PartnerId,
        now: UnixTime,
        limit: u64,
    ) -> sqlx::Result<u64> {
        sql::query_number(self.open_counted(condition))
            .bind(partner_id)
            .bind(now)
            .bind(limit)
            .fetch_one(tx)
            .await
    }

    /// The statement of [`Self::count_open`].
    pub(super) fn open_counted(&self, condition: &'static str) -> String {
        let Self(table) = self;
        format!(
            "SELECT COUNT(*) FROM (
                 SELECT 1 FROM {table} WHERE partner_id = $1 AND expires_at > $2 AND {condition} LIMIT $3) AS counted"
        )
    }
}
