//! An advisory lock, which one process among those that share a database holds.

use std::time::Duration;

use sqlx::{ConnectOptions, Connection as _, PgConnection, postgres::PgConnectOptions};
use tokio::time::timeout;

/// The number of the lock: "airchain" in ASCII.
const TRY: &str = "SELECT pg_try_advisory_lock(7019267265512171886)";
/// How long the server may take to answer. A connection that was cut without an end answers never.
const RESPONSE_TIME: Duration = Duration::from_secs(5);

/// A lock on a connection of its own. The server releases it when the connection ends.
#[derive(Debug)]
pub(crate) struct Lock {
    server: PgConnectOptions,
    connection: Option<PgConnection>,
    response_time: Duration,
}

impl Lock {
    pub(super) fn new(server: PgConnectOptions) -> Self {
        Self {
            server,
            connection: None,
            response_time: RESPONSE_TIME,
        }
    }

    /// Acquires the lock, or checks that this process still has it.
    ///
    /// # Errors
    /// If the server can't be reached, or does not answer in time. This process may still have the
    /// lock then, but must not count on it.
    pub(crate) async fn hold(&mut self) -> sqlx::Result<bool> {
        if let Some(connection) = &mut self.connection {
            if let Ok(Ok(())) = timeout(self.response_time, connection.ping()).await {
                return Ok(true);
            }
            self.connection = None;
        }
        self.connection = timeout(self.response_time, acquire(&self.server))
            .await
            .map_err(|_| sqlx::Error::PoolTimedOut)??;
        Ok(self.connection.is_some())
    }

    pub(crate) async fn release(self) {
        if let Some(connection) = self.connection {
            // If it fails, the server notices the end of the connection later.
            let _ = timeout(self.response_time, connection.close()).await;
        }
    }
}

/// Connects and tries to acquire the lock. `None` if another process has it.
async fn acquire(server: &PgConnectOptions) -> sqlx::Result<Option<PgConnection>> {
    let mut connection = server.connect().await?;
    let is_held: bool = sqlx::query_scalar(TRY).fetch_one(&mut connection).await?;
    if is_held {
        return Ok(Some(connection));
    }
    connection.close().await?;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use sqlx::postgres::PgSslMode;
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::{TcpListener, TcpStream},
    };

    use super::*;

    /// A response time that only a silent server exceeds.
    const SHORT: Duration = Duration::from_millis(200);
    /// The answer to the start of a session: no password is needed, and the server is ready.
    const STARTED: &[u8] = b"R\0\0\0\x08\0\0\0\0Z\0\0\0\x05I";
    /// The answer to a statement: it has no parameters, and one column of booleans.
    const PARSED: &[u8] = b"1\0\0\0\x04t\0\0\0\x06\0\0\
        T\0\0\0\x1a\0\x01x\0\0\0\0\0\0\0\0\0\0\x10\0\x01\xff\xff\xff\xff\0\0\
        Z\0\0\0\x05I";
    /// The answer to its execution: a row with `true`.
    const HELD: &[u8] = b"2\0\0\0\x04D\0\0\0\x0b\0\x01\0\0\0\x01\x01C\0\0\0\x0dSELECT 1\0Z\0\0\0\x05I";

    /// Starts a server that gives these answers to the first session, and then none.
    async fn server(answers: &'static [&'static [u8]]) -> Lock {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        tokio::spawn(async move {
            let (mut first, _) = listener.accept().await.unwrap();
            let length = first.read_u32().await.unwrap();
            first.read_exact(&mut vec![0; length as usize - 4]).await.unwrap();
            for answer in answers {
                first.write_all(answer).await.unwrap();
                until_sync(&mut first).await;
            }
            // The sessions stay open.
            let _second = listener.accept().await.unwrap();
            std::future::pending::<()>().await;
        });
        let options = PgConnectOptions::new_without_pgpass()
            .host("127.0.0.1")
            .port(port)
            .username("air")
            .ssl_mode(PgSslMode::Disable);
        Lock::new(options)
    }

    /// Reads the messages up to the end of a request.
    async fn until_sync(session: &mut TcpStream) {
        loop {
            let kind = session.read_u8().await.unwrap();
            let length = session.read_u32().await.unwrap();
            session
                .read_exact(&mut vec![0; length as usize - 4])
                .await
                .unwrap();
            if kind == b'S' {
                return;
            }
        }
    }

    /// Holds the lock, which has a limited time.
    async fn hold(lock: &mut Lock) -> sqlx::Result<bool> {
        let held = timeout(Duration::from_secs(20), lock.hold()).await;
        held.expect("the server's silence has an end")
    }

    #[tokio::test]
    async fn a_server_that_falls_silent_is_an_error_in_time() {
        let mut lock = server(&[STARTED, PARSED, HELD]).await;
        assert!(hold(&mut lock).await.unwrap());
        lock.response_time = SHORT;
        assert!(
            hold(&mut lock).await.is_err(),
            "neither the ping nor the next session"
        );
        let mut lock = server(&[STARTED]).await;
        lock.response_time = SHORT;
        assert!(hold(&mut lock).await.is_err(), "the statement");
    }
}
