//! Partners' logos.

use air_ids::{PartnerId, UnixTime};
use sqlx::FromRow;

use super::{ReadTx, WriteTx, sql};

/// A logo, without its bytes.
#[derive(Clone, Debug, FromRow)]
pub struct Mark {
    /// The media type, such as `image/png`.
    pub media_type: String,
    /// The width in pixels.
    #[sqlx(try_from = "sql::Unsigned")]
    pub width: u64,
    /// The height in pixels.
    #[sqlx(try_from = "sql::Unsigned")]
    pub height: u64,
    /// SHA-256 of the bytes, in hex.
    pub sha256: String,
}

/// A logo.
#[derive(Clone, Debug, FromRow)]
pub struct Logo {
    /// Its description.
    #[sqlx(flatten)]
    pub mark: Mark,
    /// The file.
    pub bytes: Vec<u8>,
}

/// Stores a logo and replaces an earlier one.
pub async fn set(tx: &mut WriteTx, partner_id: &PartnerId, logo: &Logo, now: UnixTime) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO partner_logos (partner_id, media_type, width, height, sha256, bytes, set_at)
         VALUES ($1, $2, $3, $4, $5, $6, $7)
         ON CONFLICT (partner_id) DO UPDATE SET media_type = excluded.media_type, width = excluded.width,
             height = excluded.height, sha256 = excluded.sha256, bytes = excluded.bytes, set_at = excluded.set_at",
    )
    .bind(partner_id)
    .bind(&logo.mark.media_type)
    .bind(logo.mark.width)
    .bind(logo.mark.height)
    .bind(&logo.mark.sha256)
    .bind(&logo.bytes)
    .bind(now)
    .execute(tx)
    .await
    .map(drop)
}

/// Removes a logo. Returns `false` if there was none.
pub async fn remove(tx: &mut WriteTx, partner_id: &PartnerId) -> sqlx::Result<bool> {
    let removed = sql::query("DELETE FROM partner_logos WHERE partner_id = $1")
        .bind(partner_id)
        .execute(tx)
        .await?;
    Ok(removed.rows_affected() == 1)
}

/// Finds a partner's logo.
pub async fn find(tx: &mut ReadTx, partner_id: &str) -> sqlx::Result<Option<Logo>> {
    sql::query_as("SELECT media_type, width, height, sha256, bytes FROM partner_logos WHERE partner_id = $1")
        .bind(partner_id)
        .fetch_optional(tx)
        .await
}

/// Finds a partner's logo, without its bytes.
pub async fn mark(tx: &mut ReadTx, partner_id: &PartnerId) -> sqlx::Result<Option<Mark>> {
    sql::query_as("SELECT media_type, width, height, sha256 FROM partner_logos WHERE partner_id = $1")
        .bind(partner_id)
        .fetch_optional(tx)
        .await
}
