//! Statements for SQLite's thread. A round trip to it costs more than most statements, so
//! statements whose result is not needed yet are sent together with the next one.

use std::{borrow::Cow, collections::HashMap, marker::PhantomData};

use futures_util::TryStreamExt;
use sqlx::{
    Executor, SqliteConnection,
    sqlite::{SqliteArguments, SqliteRow},
};

use super::{PendingRow, Query, Read, ReadTx, in_row, positional, rows::Rows};

/// The maximum number of values in one insert. Each number of rows is a statement of its own, which
/// is prepared and kept.
const MOST_VALUES: usize = 1024;

/// Statements for the next round trip, and rows from earlier ones.
#[derive(Default)]
pub(super) struct PendingStatements {
    /// The deferred statements, in the order of execution.
    pub(super) deferred: Vec<Deferred>,
    /// The first rows of executed queries.
    rows_by_id: HashMap<QueryId, Option<PendingRow>>,
    pending: QueryId,
    pub(super) round_trips: u64,
}

/// The ID of a pending query.
pub(super) type QueryId = u64;

/// A deferred statement, with the ID of its query if its first row is needed.
pub(super) struct Deferred {
    pub(super) query: Query<'static>,
    pub(super) id: Option<QueryId>,
}

impl PendingStatements {
    pub(super) fn enqueue(&mut self, query: Query<'_>) {
        let (query, id) = (query.into_owned(), None);
        self.deferred.push(Deferred { query, id });
    }

    pub(super) fn query_later(&mut self, query: Query<'_>) -> QueryId {
        self.pending += 1;
        let (query, id) = (query.into_owned(), Some(self.pending));
        self.deferred.push(Deferred { query, id });
        self.pending
    }

    /// Returns the deferred statements for execution.
    pub(super) fn take(&mut self) -> Vec<Deferred> {
        std::mem::take(&mut self.deferred)
    }

    /// Stores the first row of a query until the query takes it.
    pub(super) fn keep(&mut self, id: QueryId, row: Option<PendingRow>) {
        self.rows_by_id.insert(id, row);
    }

    fn has_row(&self, id: QueryId) -> bool {
        self.rows_by_id.contains_key(&id)
    }

    fn take_row(&mut self, id: QueryId) -> sqlx::Result<Option<PendingRow>> {
        self.rows_by_id.remove(&id).ok_or(sqlx::Error::RowNotFound)
    }

    /// Discards the rows that no query took.
    pub(super) fn forget_rows(&mut self) {
        self.rows_by_id.clear();
    }

    #[cfg(test)]
    pub(super) fn kept_rows(&self) -> usize {
        self.rows_by_id.len()
    }

    /// Discards all statements and rows, and returns the texts of the statements that were not executed.
    pub(super) fn forget(&mut self) -> Vec<Cow<'static, str>> {
        self.forget_rows();
        let forgotten = self.deferred.drain(..);
        forgotten.map(|deferred| deferred.query.text).collect()
    }
}

/// A round trip to SQLite's thread.
pub(super) struct Pipeline<'a> {
    pub(super) connection: &'a mut SqliteConnection,
    pub(super) pending: &'a mut PendingStatements,
}

impl Pipeline<'_> {
    /// Executes the deferred statements and then this one. Returns the number of rows that this one
    /// changed, and its rows.
    pub(super) async fn run(self, query: Query<'_>) -> sqlx::Result<(u64, Vec<SqliteRow>)> {
        let deferred = in_rows(self.pending.take());
        self.execute_all(deferred, query).await
    }

    async fn execute_all(
        self,
        deferred: Vec<Deferred>,
        query: Query<'_>,
    ) -> sqlx::Result<(u64, Vec<SqliteRow>)> {
        let ids: Vec<_> = deferred.iter().map(|deferred| deferred.id).collect();
        let query = behind(deferred, query);
        let (text, arguments) = query.parts::<SqliteArguments>()?;
        self.pending.round_trips += 1;
        let mut ids = ids.into_iter();
        let (mut changed, mut rows) = (0, Vec::new());
        let mut done = self.connection.fetch_many(sqlx::query_with(text, arguments));
        while let Some(step) = done.try_next().await? {
            match step {
                sqlx::Either::Right(row) => rows.push(row),
                sqlx::Either::Left(done) => {
                    changed = done.rows_affected();
                    // The last statement is `query`, which has no ID.
                    if let Some(id) = ids.next() {
                        let rows = std::mem::take(&mut rows);
                        if let Some(id) = id {
                            let row = rows.into_iter().next().map(PendingRow::Sqlite);
                            self.pending.keep(id, row);
                        }
                    }
                }
            }
        }
        Ok((changed, rows))
    }

    /// Executes the deferred statements.
    pub(super) async fn flush(self) -> sqlx::Result<()> {
        let Self { connection, pending } = self;
        let mut deferred = in_rows(pending.take());
        if let Some(last) = deferred.pop() {
            let pipeline = Pipeline {
                connection,
                pending: &mut *pending,
            };
            let (_, rows) = pipeline.execute_all(deferred, last.query).await?;
            if let Some(id) = last.id {
                pending.keep(id, rows.into_iter().next().map(PendingRow::Sqlite));
            }
        }
        Ok(())
    }
}

/// A query whose statement may still be deferred.
#[must_use = "a query without a reader is wasted"]
pub struct PendingQuery<T> {
    id: QueryId,
    row: PhantomData<fn() -> T>,
}

impl<T: Read> PendingQuery<T> {
    pub(super) fn new(id: QueryId) -> Self {
        let row = PhantomData;
        Self { id, row }
    }

    /// Returns the first row. Sends the statement if no later round trip has sent it.
    pub async fn take_row(self, connection: &mut ReadTx) -> sqlx::Result<Option<T>> {
        if !connection.pending.has_row(self.id) {
            connection.flush().await?;
        }
        let row = match connection.pending.take_row(self.id)? {
            None => return Ok(None),
            Some(PendingRow::Sqlite(row)) => T::from_row(&row),
            Some(PendingRow::Postgres(row)) => row.read(),
        };
        row.map(Some).map_err(in_row::<T>)
    }
}

/// Merges consecutive inserts with the same text into one insert with several rows, so that a
/// transaction with many inserts prepares few statements.
fn in_rows(deferred: Vec<Deferred>) -> Vec<Deferred> {
    let mut merged: Vec<(Rows, Option<QueryId>)> = Vec::new();
    for Deferred { query, id } in deferred {
        match merged.last_mut() {
            Some((rows, None))
                if id.is_none()
                    && rows.takes(&query)
                    && rows.values() + query.arguments.len() <= MOST_VALUES =>
            {
                rows.add(query);
            }
            _ => merged.push((Rows::new(query), id)),
        }
    }
    let deferred = |(rows, id): (Rows, _)| Deferred {
        query: rows.into_statement(),
        id,
    };
    merged.into_iter().map(deferred).collect()
}

/// Joins the deferred statements and this one into one text.
fn behind(deferred: Vec<Deferred>, query: Query<'_>) -> Query<'_> {
    if deferred.is_empty() {
        return positional::alone(query);
    }
    let deferred = deferred.into_iter().map(|deferred| deferred.query);
    positional::join(deferred.chain([query]))
}

#[cfg(test)]
mod tests {
    use super::{
        super::{Named, WriteTx, query, query_as, query_scalar},
        *,
    };
    use crate::{Data, database::Source};

    #[derive(Debug, PartialEq, sqlx::FromRow)]
    struct Number {
        n: i64,
    }

    impl Named for Number {}

    #[tokio::test]
    async fn what_is_deferred_is_done_before_the_next_and_counts_for_itself() {
        let source = Source::of(&Data::Memory).unwrap();
        let mut connection = source.connect().await.unwrap();
        connection.run("CREATE TABLE t (n INTEGER)").await.unwrap();
        for number in [1_i64, 2] {
            let insert = query("INSERT INTO t VALUES ($1), ($1)").bind(number);
            insert.enqueue(&mut connection).await.unwrap();
        }
        let changed = query("UPDATE t SET n = n + $1 WHERE n > $2")
            .bind(10_i64)
            .bind(1_i64);
        let changed = changed.execute(&mut connection).await.unwrap();
        assert_eq!(changed.rows_affected(), 2);

        query("DELETE FROM t WHERE n = $1")
            .bind(1_i64)
            .enqueue(&mut connection)
            .await
            .unwrap();
        let numbers = query_scalar::<i64>("SELECT n FROM t WHERE n > $1").bind(0_i64);
        assert_eq!(numbers.fetch_all(&mut connection).await.unwrap(), [12, 12]);

        query("INSERT INTO missing VALUES ($1)")
            .bind(1_i64)
            .enqueue(&mut connection)
            .await
            .unwrap();
        assert!(query("SELECT 1").execute(&mut connection).await.is_err());
        assert!(query("SELECT 1").execute(&mut connection).await.is_ok());
    }

    #[tokio::test]
    async fn inserts_of_one_text_are_one_statement_and_in_their_order() {
        let source = Source::of(&Data::Memory).unwrap();
        let mut connection = source.connect().await.unwrap();
        connection.run("CREATE TABLE t (n INTEGER)").await.unwrap();
        let inserts: Vec<_> = (0..1100_i64)
            .map(|number| Deferred {
                query: query("INSERT INTO t VALUES ($1)").bind(number).into_owned(),
                id: None,
            })
            .collect();
        let values: Vec<_> = in_rows(inserts)
            .iter()
            .map(|insert| insert.query.arguments.len())
            .collect();
        assert_eq!(values, [MOST_VALUES, 1100 - MOST_VALUES]);

        for number in 0..1100_i64 {
            let insert = query("INSERT INTO t VALUES ($1)").bind(number);
            insert.enqueue(&mut connection).await.unwrap();
            if number == 150 {
                query("DELETE FROM t WHERE n = 7")
                    .enqueue(&mut connection)
                    .await
                    .unwrap();
            }
        }
        connection.flush().await.unwrap();
        let numbers = query_scalar::<i64>("SELECT n FROM t ORDER BY rowid");
        let numbers = numbers.fetch_all(&mut connection).await.unwrap();
        assert!(numbers.is_sorted());
        assert_eq!(numbers.len(), 1099);
    }

    #[tokio::test]
    async fn each_value_is_bound_to_its_place_with_and_without_numbers() {
        let source = Source::of(&Data::Memory).unwrap();
        let mut connection = source.connect().await.unwrap();
        connection
            .run("CREATE TABLE t (a INTEGER, b TEXT)")
            .await
            .unwrap();
        let insert = |number: i64| {
            query("INSERT INTO t VALUES ($1, $2)")
                .bind(number)
                .bind(format!("b{number}"))
        };
        for number in 1..=2 {
            insert(number).enqueue(&mut connection).await.unwrap();
        }
        query("UPDATE t SET b = $2 || $2 WHERE a = $1")
            .bind(1_i64)
            .bind("twice")
            .enqueue(&mut connection)
            .await
            .unwrap();
        insert(3).enqueue(&mut connection).await.unwrap();
        let rows = query_scalar::<String>("SELECT a || b || $2 FROM t WHERE a > $1 ORDER BY a")
            .bind(0_i64)
            .bind("!");
        assert_eq!(
            rows.fetch_all(&mut connection).await.unwrap(),
            ["1twicetwice!", "2b2!", "3b3!"]
        );

        // A statement with many values that is sent alone.
        let many = format!(
            "SELECT {}",
            (1..=40).map(|n| format!("${n}")).collect::<Vec<_>>().join(" || ")
        );
        let many = (1..=40_i64).fold(query_scalar::<String>(many), super::super::QueryScalar::bind);
        let expected: String = (1..=40).map(|n: i64| n.to_string()).collect();
        assert_eq!(many.fetch_one(&mut connection).await.unwrap(), expected);
    }

    #[tokio::test]
    async fn queries_are_answered_by_one_round_trip_in_any_order() {
        let source = Source::of(&Data::Memory).unwrap();
        let mut connection = source.connect().await.unwrap();
        connection.run("CREATE TABLE t (n INTEGER)").await.unwrap();
        let query_later = async |connection: &mut WriteTx, number: i64| {
            let insert = query_as::<Number>("INSERT INTO t VALUES ($1), ($1 + 1) RETURNING n");
            insert.bind(number).query_later(connection).await.unwrap()
        };
        let first = query_later(&mut connection, 1).await;
        let second = query_later(&mut connection, 10).await;
        let none = query_as::<Number>("SELECT n FROM t WHERE n > $1").bind(99_i64);
        let none = none.query_later(&mut connection).await.unwrap();
        let insert = query("INSERT INTO t VALUES ($1)").bind(5_i64);
        insert.enqueue(&mut connection).await.unwrap();
        let last = query_later(&mut connection, 20).await;
        assert_eq!(
            second.take_row(&mut connection).await.unwrap(),
            Some(Number { n: 10 })
        );
        assert_eq!(
            last.take_row(&mut connection).await.unwrap(),
            Some(Number { n: 20 })
        );
        assert_eq!(none.take_row(&mut connection).await.unwrap(), None);
        assert_eq!(
            first.take_row(&mut connection).await.unwrap(),
            Some(Number { n: 1 })
        );
        let numbers = query_scalar::<i64>("SELECT n FROM t ORDER BY n");
        assert_eq!(
            numbers.fetch_all(&mut connection).await.unwrap(),
            [1, 2, 5, 10, 11, 20, 21]
        );

        // A query that is sent with another statement gets its row too, but a discarded one does not.
        let pending = query_later(&mut connection, 30).await;
        assert_eq!(
            query("DELETE FROM t")
                .execute(&mut connection)
                .await
                .unwrap()
                .rows_affected(),
            9
        );
        assert_eq!(
            pending.take_row(&mut connection).await.unwrap(),
            Some(Number { n: 30 })
        );
        let forgotten = query_later(&mut connection, 40).await;
        connection.discard_pending();
        assert!(forgotten.take_row(&mut connection).await.is_err());
    }
}
