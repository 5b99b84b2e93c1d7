//! The rows of one person in all tables.

use std::collections::BTreeSet;

use sqlx::{AssertSqlSafe, any::AnyRow};

use super::{WriteTx, number};
use crate::reference_key::ReferenceKey;

/// The columns of `issuances` that have values of a person, with those of an erased one. The others are about the
/// credential: its status must stay for as long as somebody could show it.
const BLANKED: &str = "holder_did = '', user_ref = '', subject_ref = '', request_ref = '', cnf_thumbprint = NULL, reason = NULL";

/// The tables with rows of persons, in the order in which an erasure empties them.
pub(crate) const TABLES: [&str; 5] = [
    "idempotency_keys",
    "outbox",
    "offer_issuances",
    "credential_offers",
    "issuances",
];

/// A credential of a person.
#[derive(Debug)]
pub(crate) struct Owned {
    pub(crate) external_id: String,
    /// The number of the status list, and the index in it.
    pub(crate) entry: Option<(u64, u64)>,
    pub(crate) is_revoked: bool,
    user_ref: String,
}

/// Finds the credentials of a holder's DID or of the hash of a user's id, and locks them. A hash also finds all credentials
/// of its DIDs: expired and imported ones have no hash. An empty text finds nothing.
pub(crate) async fn find_credentials(
    tx: &mut WriteTx,
    holder_did: &str,
    user_ref: &str,
) -> sqlx::Result<Vec<Owned>> {
    type Row = (String, Option<i64>, Option<i64>, Option<i64>, String);
    let lock = tx.for_update();
    let rows: Vec<Row> = sqlx::query_as(AssertSqlSafe(format!(
        "SELECT external_id, list, idx, revoked_at, user_ref FROM issuances \
         WHERE (holder_did = $1 AND holder_did <> '') OR (user_ref = $2 AND user_ref <> '') \
         OR holder_did IN (SELECT holder_did FROM issuances \
            WHERE user_ref = $2 AND user_ref <> '' AND holder_did <> '') ORDER BY seq{lock}"
    )))
    .bind(holder_did)
    .bind(user_ref)
    .fetch_all(tx.connection())
    .await?;
    let owned = rows
        .into_iter()
        .map(|(external_id, list, index, revoked_at, user_ref)| Owned {
            external_id,
            entry: list.zip(index).map(|(list, index)| (number(list), number(index))),
            is_revoked: revoked_at.is_some(),
            user_ref,
        });
    Ok(owned.collect())
}

/// Finds the offers to a person: to the holder's DID, to the user's id, or to a user whose credentials these are.
pub(crate) async fn find_offers(
    tx: &mut WriteTx,
    holder_did: &str,
    user_ref: &str,
    owned: &[Owned],
    key: &ReferenceKey,
) -> sqlx::Result<Vec<String>> {
    let mut users: BTreeSet<&str> = owned.iter().map(|one| one.user_ref.as_str()).collect();
    users.insert(user_ref);
    users.remove("");
    // Few rows: they are deleted an hour after their end.
    let rows: Vec<(String, String, Option<String>)> =
        sqlx::query_as("SELECT offer_id, user_id, holder_did FROM credential_offers")
            .fetch_all(tx.connection())
            .await?;
    let is_theirs = |user_id: &str, holder: Option<&str>| {
        holder.is_some_and(|holder| holder == holder_did && !holder.is_empty())
            || users.contains(user_hash(key, user_id).as_str())
    };
    let theirs = rows
        .into_iter()
        .filter(|(_, user_id, holder)| is_theirs(user_id, holder.as_deref()))
        .map(|(offer_id, ..)| offer_id);
    Ok(theirs.collect())
}

/// The hash of a user's id in `issuances`.
pub(crate) fn user_hash(key: &ReferenceKey, user_id: &str) -> String {
    key.hash("user", &[user_id])
}

/// Reads all columns of the rows in which a column has this value.
pub(crate) async fn rows(
    tx: &mut WriteTx,
    table: &'static str,
    column: &'static str,
    value: &str,
) -> sqlx::Result<Vec<AnyRow>> {
    sqlx::query(AssertSqlSafe(format!(
        "SELECT * FROM {table} WHERE {column} = $1"
    )))
    .bind(value)
    .fetch_all(tx.connection())
    .await
}

/// Deletes an offer, with the links to its credentials. Returns the numbers of rows of both tables.
pub(crate) async fn delete_offer(tx: &mut WriteTx, offer_id: &str) -> sqlx::Result<(u64, u64)> {
    let links = delete(tx, "offer_issuances", "offer_id = $1", offer_id).await?;
    let offers = delete(tx, "credential_offers", "offer_id = $1", offer_id).await?;
    Ok((offers, links))
}

/// Deletes the upload of a credential.
pub(crate) async fn delete_upload(tx: &mut WriteTx, external_id: &str) -> sqlx::Result<u64> {
    delete(tx, "outbox", "external_id = $1", external_id).await
}

/// Deletes the link of a credential to its offer.
pub(crate) async fn delete_link(tx: &mut WriteTx, external_id: &str) -> sqlx::Result<u64> {
    delete(tx, "offer_issuances", "external_id = $1", external_id).await
}

/// Deletes the responses that name a credential.
pub(crate) async fn delete_responses(tx: &mut WriteTx, external_id: &str) -> sqlx::Result<u64> {
    let condition = "location LIKE '%/' || CAST($1 AS TEXT)";
    delete(tx, "idempotency_keys", condition, external_id).await
}

async fn delete(
    tx: &mut WriteTx,
    table: &'static str,
    condition: &'static str,
    value: &str,
) -> sqlx::Result<u64> {
    let done = sqlx::query(AssertSqlSafe(format!("DELETE FROM {table} WHERE {condition}")))
        .bind(value)
        .execute(tx.connection())
        .await?;
    Ok(done.rows_affected())
}

/// Removes the person from the record of a credential.
pub(crate) async fn blank(tx: &mut WriteTx, external_id: &str) -> sqlx::Result<()> {
    sqlx::query(AssertSqlSafe(format!(
        "UPDATE issuances SET {BLANKED} WHERE external_id = $1"
    )))
    .bind(external_id)
    .execute(tx.connection())
    .await
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{config::DatabaseConfig, store::Store};

    async fn found(tx: &mut WriteTx, holder_did: &str, user_ref: &str) -> Vec<String> {
        let found = find_credentials(tx, holder_did, user_ref).await.unwrap();
        found.into_iter().map(|one| one.external_id).collect()
    }

    #[tokio::test]
    async fn a_user_is_found_with_the_expired_credentials_of_the_same_holder() {
        let folder = tempfile::tempdir().unwrap();
        let config = DatabaseConfig::Sqlite(folder.path().to_owned());
        let store = Store::open(&config).await.unwrap();
        let mut tx = store.write().await.unwrap();
        // The second has expired, the fourth has no holder, and the last was erased.
        for (nonce, holder_did, user_ref) in [
            (1_i64, "did:ada", "ada"),
            (2, "did:ada", ""),
            (3, "did:bob", ""),
            (4, "", "ada"),
            (5, "", ""),
        ] {
            sqlx::query(
                "INSERT INTO issuances (external_id, holder_did, schema_id, vct, user_ref, subject_ref, request_ref, \
                 nonce, kid, issued_at, expires_at, state) \
                 VALUES ($1, $2, 'member', 'member', $3, '', '', $4, 'k', 1, 2, 'stored')",
            )
            .bind(format!("urn:uuid:{nonce}"))
            .bind(holder_did)
            .bind(user_ref)
            .bind(nonce)
            .execute(tx.connection())
            .await
            .unwrap();
        }
        let ids = ["urn:uuid:1", "urn:uuid:2", "urn:uuid:4"];
        assert_eq!(found(&mut tx, "", "ada").await, ids);
        assert_eq!(found(&mut tx, "did:ada", "").await, ids[..2]);
        assert!(found(&mut tx, "", "").await.is_empty());
    }
}
