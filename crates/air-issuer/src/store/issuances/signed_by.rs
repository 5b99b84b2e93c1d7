//! The valid credentials that a key signed.

use air_ids::UnixTime;
use sqlx::AssertSqlSafe;

use crate::store::{Store, WriteTx, number, time_column};

/// The credentials that a key signed from a time on, and that are neither revoked nor expired.
#[derive(Debug)]
pub(crate) struct SignedBy<'a> {
    /// The id of the key, in each form that a header may have.
    pub(crate) kids: [&'a str; 2],
    pub(crate) since: UnixTime,
    pub(crate) now: UnixTime,
}

/// A credential of the key.
#[derive(Debug)]
pub(crate) struct Signed {
    pub(crate) external_id: String,
    /// The number of the status list, and the index in it.
    pub(crate) entry: Option<(u64, u64)>,
}

const CONDITION: &str = "kid IN ($1, $2) AND revoked_at IS NULL AND expires_at > $3 AND issued_at >= $4";

impl SignedBy<'_> {
    /// Whether the key was published, or a credential has it, valid or not.
    pub(crate) async fn is_known(&self, store: &Store) -> sqlx::Result<bool> {
        for table in ["published_keys", "issuances"] {
            let [bare, url] = self.kids.map(str::to_owned);
            let found: Option<String> = sqlx::query_scalar(AssertSqlSafe(format!(
                "SELECT kid FROM {table} WHERE kid IN ($1, $2) LIMIT 1"
            )))
            .bind(bare)
            .bind(url)
            .fetch_optional(store.reader())
            .await?;
            if found.is_some() {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The number of the credentials.
    pub(crate) async fn count(&self, store: &Store) -> sqlx::Result<u64> {
        let [bare, url] = self.kids.map(str::to_owned);
        let count: i64 = sqlx::query_scalar(AssertSqlSafe(format!(
            "SELECT COUNT(*) FROM issuances WHERE {CONDITION}"
        )))
        .bind(bare)
        .bind(url)
        .bind(time_column(self.now))
        .bind(time_column(self.since))
        .fetch_one(store.reader())
        .await?;
        Ok(number(count))
    }

    /// The statement that locks some of the credentials in the order of their nonces. The inner query finds them by the
    /// index of keys.
    pub(in crate::store) fn statement(lock: &str) -> String {
        format!(
            "SELECT external_id, list, idx FROM issuances WHERE revoked_at IS NULL \
             AND seq IN (SELECT seq FROM issuances WHERE {CONDITION} LIMIT $5) ORDER BY nonce{lock}"
        )
    }

    /// Some of the credentials, whose rows are locked.
    pub(crate) async fn lock(&self, tx: &mut WriteTx, limit: u32) -> sqlx::Result<Vec<Signed>> {
        let [bare, url] = self.kids.map(str::to_owned);
        let statement = Self::statement(tx.for_update());
        let rows: Vec<(String, Option<i64>, Option<i64>)> = sqlx::query_as(AssertSqlSafe(statement))
            .bind(bare)
            .bind(url)
            .bind(time_column(self.now))
            .bind(time_column(self.since))
            .bind(i64::from(limit))
            .fetch_all(tx.connection())
            .await?;
        let signed = rows.into_iter().map(|(external_id, list, index)| Signed {
            external_id,
            entry: list.zip(index).map(|(list, index)| (number(list), number(index))),
        });
        Ok(signed.collect())
    }
}
