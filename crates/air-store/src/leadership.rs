//! The election of one process among those that share a database.

use sqlx::{ConnectOptions, Connection as _, PgConnection, postgres::PgConnectOptions};

use super::{Store, database::Readers};

/// The number of the advisory lock: "airchain" in ASCII.
const CHAIN_LOCK: &str = "SELECT pg_try_advisory_lock(7019267265512171886)";

/// The right to submit to the chain. On PostgreSQL, the process has it that holds an advisory lock on a connection of its own, which the
/// server releases when the connection ends. A data folder belongs to one process anyway.
#[derive(Debug)]
pub struct Leadership {
    /// `None` if no other process can use the database.
    server: Option<PgConnectOptions>,
    connection: Option<PgConnection>,
}

impl Store {
    /// Returns the candidacy of this process.
    #[must_use]
    pub fn leadership(&self) -> Leadership {
        let server = match &self.readers {
            Readers::Postgres(pool) => Some((*pool.connect_options()).clone()),
            Readers::Writer | Readers::Sqlite(_) => None,
        };
        Leadership {
            server,
            connection: None,
        }
    }
}

impl Leadership {
    /// Gives the right up, so that another process has it at once.
    pub async fn release(self) {
        if let Some(connection) = self.connection {
            // If it fails, the server notices the end of the connection later.
            let _ = connection.close().await;
        }
    }

    /// Acquires the right, or checks that this process still has it. Call it before each piece of work.
    pub async fn hold(&mut self) -> sqlx::Result<bool> {
        let Some(server) = &self.server else {
            return Ok(true);
        };
        if let Some(connection) = &mut self.connection {
            if connection.ping().await.is_ok() {
                return Ok(true);
            }
            self.connection = None;
        }
        let mut connection = server.connect().await?;
        let is_leader: bool = sqlx::query_scalar(CHAIN_LOCK).fetch_one(&mut connection).await?;
        if is_leader {
            self.connection = Some(connection);
        } else {
            connection.close().await?;
        }
        Ok(is_leader)
    }
}
