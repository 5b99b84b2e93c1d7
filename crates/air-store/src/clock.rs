//! The offset of the platform's clock from the machine's clock.

use super::{ReadTx, WriteTx, from_db, sql, to_db};

/// Returns the offset in seconds, or 0 if the clock was never moved.
pub async fn offset(connection: &mut ReadTx) -> sqlx::Result<u64> {
    let offset: Option<i64> = sql::query_scalar("SELECT offset_seconds FROM platform_clock WHERE id = 1")
        .fetch_optional(connection)
        .await?;
    Ok(offset.map_or(0, from_db))
}

pub async fn set_offset(tx: &mut WriteTx, seconds: u64) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO platform_clock (id, offset_seconds) VALUES (1, $1)
         ON CONFLICT (id) DO UPDATE SET offset_seconds = excluded.offset_seconds",
    )
    .bind(to_db(seconds))
    .execute(tx)
    .await
    .map(drop)
}
