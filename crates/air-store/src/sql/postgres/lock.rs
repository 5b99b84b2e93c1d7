//! An advisory lock, which one process among those that share a database holds.

use sqlx::{ConnectOptions, Connection as _, PgConnection, postgres::PgConnectOptions};

/// The number of the lock: "airchain" in ASCII.
const TRY: &str = "SELECT pg_try_advisory_lock(7019267265512171886)";

/// A lock on a connection of its own. The server releases it when the connection ends.
#[derive(Debug)]
pub(crate) struct Lock {
    server: PgConnectOptions,
    connection: Option<PgConnection>,
}

impl Lock {
    pub(super) fn new(server: PgConnectOptions) -> Self {
        Self {
            server,
            connection: None,
        }
    }

    /// Acquires the lock, or checks that this process still has it.
    pub(crate) async fn hold(&mut self) -> sqlx::Result<bool> {
        if let Some(connection) = &mut self.connection {
            if connection.ping().await.is_ok() {
                return Ok(true);
            }
            self.connection = None;
        }
        let mut connection = self.server.connect().await?;
        let is_held: bool = sqlx::query_scalar(TRY).fetch_one(&mut connection).await?;
        if is_held {
            self.connection = Some(connection);
        } else {
            connection.close().await?;
        }
        Ok(is_held)
    }

    pub(crate) async fn release(self) {
        if let Some(connection) = self.connection {
            // If it fails, the server notices the end of the connection later.
            let _ = connection.close().await;
        }
    }
}
