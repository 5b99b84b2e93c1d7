//! The offset of the platform's clock from the machine's clock.

use super::{ReadTx, WriteTx, sql};

/// Returns the offset in seconds, or 0 if the clock was never moved.
pub async fn offset(connection: &mut ReadTx) -> sqlx::Result<u64> {
    let offset = sql::query_number("SELECT offset_seconds FROM platform_clock WHERE id = 1")
        .fetch_optional(connection)
        .await?;
    Ok(offset.unwrap_or(0))
}

/// Sets the offset in seconds.
pub async fn set_offset(tx: &mut WriteTx, seconds: u64) -> sqlx::Result<()> {
    sql::query(
        "INSERT INTO platform_clock (id, offset_seconds) VALUES (1, $1)
         ON CONFLICT (id) DO UPDATE SET offset_seconds = excluded.offset_seconds",
    )
    .bind(seconds)
    .execute(tx)
    .await
    .map(drop)
}
