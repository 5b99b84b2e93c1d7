//! Status lists: the entries that are taken, and the credentials that have them.

use std::collections::BTreeSet;

use air_ids::PartnerId;
use sqlx::FromRow;

use super::{
    ReadTx, WriteTx,
    sql::{self, Named, PendingQuery},
};

/// A status list.
#[derive(Clone, Debug, FromRow)]
pub struct List {
    /// The primary key.
    #[sqlx(try_from = "sql::Unsigned")]
    pub list_id: u64,
    /// The list's URL, which is in its credentials.
    pub uri: String,
    /// The number of entries.
    #[sqlx(try_from = "sql::Unsigned")]
    pub size: u64,
}

/// An issuer's open list, and whether a credential has, or an erased one had, the drawn entry.
#[derive(FromRow)]
pub struct DrawnEntry {
    /// The list.
    #[sqlx(flatten)]
    pub list: List,
    /// Whether a credential has the entry, or an erased one had it.
    pub is_taken: bool,
}

impl Named for DrawnEntry {}

/// Queues a query for the issuer's open list, if it has room for one more entry.
pub async fn ask_for_one(
    tx: &mut WriteTx,
    partner_id: &PartnerId,
    entry: u64,
) -> sqlx::Result<PendingQuery<DrawnEntry>> {
    sql::query_as(
        "UPDATE status_lists SET taken = taken + 1 WHERE partner_id = $1 AND taken * 2 < size
         RETURNING list_id, uri, size, (
             EXISTS (SELECT 1 FROM credentials WHERE status_list = list_id AND status_entry = $2)
             OR EXISTS (SELECT 1 FROM erased_credentials WHERE status_list = list_id AND status_entry = $2)
         ) AS is_taken",
    )
    .bind(partner_id)
    .bind(entry)
    .query_later(tx)
    .await
}

/// Takes `entries` entries of a list.
pub async fn take(tx: &mut WriteTx, list_id: u64, entries: u64) -> sqlx::Result<()> {
    sql::query("UPDATE status_lists SET taken = taken + $1 WHERE list_id = $2")
        .bind(entries)
        .bind(list_id)
        .enqueue(tx)
        .await
}

/// Returns an entry that no credential needs.
pub async fn give_back(tx: &mut WriteTx, list: &List) -> sqlx::Result<()> {
    sql::query("UPDATE status_lists SET taken = taken - 1 WHERE list_id = $1")
        .bind(list.list_id)
        .enqueue(tx)
        .await
}

/// Returns the number of the issuer's next list.
pub async fn next_number(tx: &mut ReadTx, partner_id: &PartnerId) -> sqlx::Result<u64> {
    sql::query_number("SELECT 1 + coalesce(max(number), 0) FROM status_lists WHERE partner_id = $1")
        .bind(partner_id)
        .fetch_one(tx)
        .await
}

/// Opens a list.
pub async fn open(
    tx: &mut WriteTx,
    partner_id: &PartnerId,
    number: u64,
    uri: &str,
    size: u64,
) -> sqlx::Result<()> {
    sql::query("INSERT INTO status_lists (partner_id, number, uri, size, taken) VALUES ($1, $2, $3, $4, 0)")
        .bind(partner_id)
        .bind(number)
        .bind(uri)
        .bind(size)
        .execute(tx)
        .await
        .map(drop)
}

/// Checks whether a credential has this entry, or an erased one had it.
pub async fn is_taken(tx: &mut ReadTx, list: &List, entry: u64) -> sqlx::Result<bool> {
    sql::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM credentials WHERE status_list = $1 AND status_entry = $2)
             OR EXISTS (SELECT 1 FROM erased_credentials WHERE status_list = $1 AND status_entry = $2)",
    )
    .bind(list.list_id)
    .bind(entry)
    .fetch_one(tx)
    .await
}

/// Returns those of the entries that a credential has, or that an erased one had.
pub async fn taken_of(
    tx: &mut ReadTx,
    list: &List,
    entries: impl ExactSizeIterator<Item = u64>,
) -> sqlx::Result<BTreeSet<u64>> {
    let numbers: Vec<String> = (0..entries.len())
        .map(|number| format!("${}", number + 2))
        .collect();
    let numbers = numbers.join(", ");
    let text = format!(
        "SELECT status_entry FROM credentials WHERE status_list = $1 AND status_entry IN ({numbers})
         UNION ALL
         SELECT status_entry FROM erased_credentials WHERE status_list = $1 AND status_entry IN ({numbers})"
    );
    let mut query = sql::query_number(text).bind(list.list_id);
    for entry in entries {
        query = query.bind(entry);
    }
    Ok(query.fetch_all(tx).await?.into_iter().collect())
}

/// Finds an issuer's list by its number.
pub async fn find(tx: &mut ReadTx, partner_id: &PartnerId, number: u64) -> sqlx::Result<Option<List>> {
    sql::query_as("SELECT list_id, uri, size FROM status_lists WHERE partner_id = $1 AND number = $2")
        .bind(partner_id)
        .bind(number)
        .fetch_optional(tx)
        .await
}

/// Returns the entries whose credentials are revoked or erased.
pub async fn revoked(tx: &mut ReadTx, list: &List) -> sqlx::Result<Vec<u64>> {
    sql::query_number(
        "SELECT status_entry FROM credentials WHERE status_list = $1 AND revoked_at IS NOT NULL
         UNION ALL
         SELECT status_entry FROM erased_credentials WHERE status_list = $1",
    )
    .bind(list.list_id)
    .fetch_all(tx)
    .await
}

#[cfg(test)]
mod tests {
    use air_ids::PartnerId;

    use crate::{Data, Store, WriteTx, sql};

    #[tokio::test]
    async fn a_list_that_is_half_full_makes_way_for_the_next() {
        let store = Store::open(&Data::Memory).await.unwrap();
        let mut tx = store.write().await.unwrap();
        sql::query("INSERT INTO partners (partner_id, name, jwks_url, allowed_origins, issue_on_behalf, issuer_did, verifier_did, issuer_key, created_at)
             VALUES ('p', 'n', 'u', '[]', true, 'i', 'v', 'k', 0)")
            .execute(&mut tx)
            .await
            .unwrap();
        let partner: PartnerId = "p".parse().unwrap();
        let take_one = async |tx: &mut WriteTx| {
            let pending = super::ask_for_one(tx, &partner, 0).await.unwrap();
            pending.take_row(tx).await.unwrap()
        };
        for expected in [1, 2] {
            assert!(take_one(&mut tx).await.is_none());
            let number = super::next_number(&mut tx, &partner).await.unwrap();
            assert_eq!(number, expected);
            super::open(&mut tx, &partner, number, "uri", 6).await.unwrap();
            for _ in 0..3 {
                assert!(take_one(&mut tx).await.is_some());
            }
        }
    }
}
