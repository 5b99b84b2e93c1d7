//! The records that seed files created. A repeated seed finds each thing by its name, and does not
//! create it again.

use std::collections::BTreeMap;

use air_ids::PartnerId;
use sqlx::FromRow;

use super::{ReadTx, WriteTx, sql};

/// The kind of a thing that a seed file names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Its name is the partner's own.
    Partner,
    /// A schema.
    Schema,
    /// An issuance program.
    Program,
    /// A verification program.
    VerificationProgram,
}

/// A thing that a seed file created.
#[derive(FromRow)]
pub struct Entry<T> {
    name: String,
    id: T,
}

impl Kind {
    /// Returns the name in the store.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Partner => "partner",
            Self::Schema => "schema",
            Self::Program => "program",
            Self::VerificationProgram => "verificationProgram",
        }
    }
}

/// Records that a seed file created this thing, or found it.
pub async fn insert(
    tx: &mut WriteTx,
    partner_id: &PartnerId,
    kind: Kind,
    name: &str,
    id: &str,
) -> sqlx::Result<()> {
    sql::query("INSERT INTO seeded (partner_id, kind, name, id) VALUES ($1, $2, $3, $4)")
        .bind(partner_id)
        .bind(kind.as_str())
        .bind(name)
        .bind(id)
        .execute(tx)
        .await
        .map(drop)
}

/// Returns the ID of the partner that a seed file created under this name.
pub async fn find_partner(tx: &mut ReadTx, name: &str) -> sqlx::Result<Option<PartnerId>> {
    sql::query_scalar("SELECT id FROM seeded WHERE kind = 'partner' AND name = $1")
        .bind(name)
        .fetch_optional(tx)
        .await
}

/// Returns the ID of the thing that a seed file of this partner created under this name.
pub async fn find<T>(
    tx: &mut ReadTx,
    partner_id: &PartnerId,
    kind: Kind,
    name: &str,
) -> sqlx::Result<Option<T>>
where
    (T,): sql::Read,
{
    sql::query_scalar("SELECT id FROM seeded WHERE partner_id = $1 AND kind = $2 AND name = $3")
        .bind(partner_id)
        .bind(kind.as_str())
        .bind(name)
        .fetch_optional(tx)
        .await
}

/// Returns the IDs of the partners that seed files created, newest first, and at most `limit` of them.
pub async fn partners(tx: &mut ReadTx, limit: u64) -> sqlx::Result<Vec<PartnerId>> {
    sql::query_scalar(
        "SELECT seeded.id FROM seeded JOIN partners USING (partner_id) WHERE kind = 'partner'
         ORDER BY partners.created_at DESC, seeded.id LIMIT $1",
    )
    .bind(limit)
    .fetch_all(tx)
    .await
}

/// Returns the IDs of the things of one kind that seed files of this partner created, by their names.
pub async fn of_partner<T>(
    tx: &mut ReadTx,
    partner_id: &PartnerId,
    kind: Kind,
) -> sqlx::Result<BTreeMap<String, T>>
where
    Entry<T>: sql::Read,
{
    let entries: Vec<Entry<T>> =
        sql::query_as("SELECT name, id FROM seeded WHERE partner_id = $1 AND kind = $2")
            .bind(partner_id)
            .bind(kind.as_str())
            .fetch_all(tx)
            .await?;
    Ok(entries.into_iter().map(|entry| (entry.name, entry.id)).collect())
}
