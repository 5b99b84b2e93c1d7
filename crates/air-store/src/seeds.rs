//! The records that seed files created. A repeated seed finds each thing by its name, and does not create it again.

use sqlx::FromRow;

use super::{ReadTx, WriteTx, sql};

/// The kind of a thing that a seed file names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Its name is the partner's own.
    Partner,
    Schema,
    Program,
    VerificationProgram,
}

/// A thing that a seed file created.
#[derive(Clone, Debug, FromRow)]
pub struct Entry {
    pub kind: String,
    pub name: String,
    pub id: String,
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
    partner_id: &str,
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
pub async fn find_partner(tx: &mut ReadTx, name: &str) -> sqlx::Result<Option<String>> {
    sql::query_scalar("SELECT id FROM seeded WHERE kind = 'partner' AND name = $1")
        .bind(name)
        .fetch_optional(tx)
        .await
}

/// Returns the ID of the thing that a seed file of this partner created under this name.
pub async fn find(tx: &mut ReadTx, partner_id: &str, kind: Kind, name: &str) -> sqlx::Result<Option<String>> {
    sql::query_scalar("SELECT id FROM seeded WHERE partner_id = $1 AND kind = $2 AND name = $3")
        .bind(partner_id)
        .bind(kind.as_str())
        .bind(name)
        .fetch_optional(tx)
        .await
}

/// Returns the IDs of the partners that seed files created, newest first, and at most `limit` of them.
pub async fn partners(tx: &mut ReadTx, limit: u64) -> sqlx::Result<Vec<String>> {
    sql::query_scalar(
        "SELECT seeded.id FROM seeded JOIN partners USING (partner_id) WHERE kind = 'partner'
         ORDER BY partners.created_at DESC, seeded.id LIMIT $1",
    )
    .bind(limit)
    .fetch_all(tx)
    .await
}

/// Returns everything that seed files of this partner created.
pub async fn of_partner(tx: &mut ReadTx, partner_id: &str) -> sqlx::Result<Vec<Entry>> {
    sql::query_as("SELECT kind, name, id FROM seeded WHERE partner_id = $1 ORDER BY kind, name")
        .bind(partner_id)
        .fetch_all(tx)
        .await
}
