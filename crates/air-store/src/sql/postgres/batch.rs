//! Batches: deferred inserts, or queries that are sent together, become one statement, because each
//! statement is a round trip to the server.

use std::{fmt::Write, sync::Arc};

use sqlx::{PgConnection, Row as _, postgres::PgArguments};

use super::{
    super::{
        Argument, PendingRow, Query, Read,
        pipeline::{Deferred, PendingStatements, QueryId},
        query,
        rows::{self, Rows, renumber},
    },
    Row,
};

/// The maximum number of values in one statement. The protocol allows at most 65,535.
const MOST_VALUES: usize = 1000;

/// A connection to PostgreSQL with its pending statements, which are either inserts or queries.
pub(crate) struct Batch<'a> {
    pub(super) connection: &'a mut PgConnection,
    pub(super) pending: &'a mut PendingStatements,
}

impl<'a> Batch<'a> {
    pub(in crate::sql) async fn execute(self, query: Query<'_>) -> sqlx::Result<u64> {
        let connection = self.sent().await?;
        let (text, arguments) = query.parts::<PgArguments>()?;
        let done = sqlx::query_with(text, arguments).execute(connection).await?;
        Ok(done.rows_affected())
    }

    pub(in crate::sql) async fn fetch_optional<T: Read>(self, query: Query<'_>) -> sqlx::Result<Option<T>> {
        let connection = self.sent().await?;
        let (text, arguments) = query.parts::<PgArguments>()?;
        sqlx::query_as_with(text, arguments)
            .fetch_optional(connection)
            .await
    }

    pub(in crate::sql) async fn fetch_all<T: Read>(self, query: Query<'_>) -> sqlx::Result<Vec<T>> {
        let connection = self.sent().await?;
        let (text, arguments) = query.parts::<PgArguments>()?;
        sqlx::query_as_with(text, arguments).fetch_all(connection).await
    }

    /// Sends the pending statements.
    pub(in crate::sql) async fn flush(self) -> sqlx::Result<()> {
        self.sent().await.map(drop)
    }

    /// Sends the pending statements and returns the connection.
    async fn sent(self) -> sqlx::Result<&'a mut PgConnection> {
        let Self { connection, pending } = self;
        let deferred = pending.take();
        let ids: Vec<_> = deferred.iter().filter_map(|deferred| deferred.id).collect();
        let statements = deferred.into_iter().map(|deferred| deferred.query);
        if ids.is_empty() {
            if let Some(all) = together(statements.collect()) {
                let (text, arguments) = all.parts::<PgArguments>()?;
                sqlx::query_with(text, arguments)
                    .execute(&mut *connection)
                    .await?;
            }
            return Ok(connection);
        }
        let (text, arguments) = side_by_side(statements).parts::<PgArguments>()?;
        let row = sqlx::query_with(text, arguments)
            .fetch_one(&mut *connection)
            .await?;
        let row = Arc::new(row);
        for (number, id) in ids.into_iter().enumerate() {
            let is_there: Option<bool> = row.try_get(&*marker(number))?;
            let row = is_there.map(|_| PendingRow::Postgres(Row(row.clone())));
            pending.keep(id, row);
        }
        Ok(connection)
    }

    /// Queues an insert and executes other statements immediately. PostgreSQL guarantees no order
    /// within a combined statement (its manual, 7.8.4). Therefore a second insert into a table
    /// first sends the pending statements, unless both inserts have the same text: then they become
    /// one insert with more rows.
    pub(in crate::sql) async fn enqueue(self, query: Query<'_>) -> sqlx::Result<()> {
        let Some(table) = table(&query.text) else {
            return self.execute(query).await.map(drop);
        };
        let Self { connection, pending } = self;
        let collides = |other: &Deferred| {
            let is_same = other.query.text == query.text && rows::row(&query.text).is_some();
            other.id.is_some() || self::table(&other.query.text) == Some(table) && !is_same
        };
        let values = pending.deferred.iter().map(|other| other.query.arguments.len());
        let is_full = values.sum::<usize>() + query.arguments.len() > MOST_VALUES;
        if is_full || pending.deferred.iter().any(collides) {
            let (connection, pending) = (&mut *connection, &mut *pending);
            Batch { connection, pending }.sent().await?;
        }
        pending.enqueue(query);
        Ok(())
    }

    /// Queues a query.
    pub(in crate::sql) async fn query_later(self, query: Query<'_>) -> sqlx::Result<QueryId> {
        let Self { connection, pending } = self;
        let is_question = |deferred: &Deferred| deferred.id.is_some();
        if !pending.deferred.iter().all(is_question) {
            let (connection, pending) = (&mut *connection, &mut *pending);
            Batch { connection, pending }.sent().await?;
        }
        Ok(pending.query_later(query))
    }
}

/// Returns the table of an insert whose values are all bound. Such inserts read nothing that the
/// other ones change.
fn table(insert: &str) -> Option<&str> {
    let reads_nothing = insert.contains("VALUES") && !insert.contains("SELECT");
    let rest = insert.strip_prefix("INSERT INTO ").filter(|_| reads_nothing)?;
    rest.split_whitespace().next()
}

/// Combines inserts into one statement with the effect of all.
fn together(inserts: Vec<Query<'static>>) -> Option<Query<'static>> {
    let mut inserts = in_rows(inserts);
    let last = inserts.pop()?;
    if inserts.is_empty() {
        return Some(last);
    }
    let mut all = CommonTableExpressions::default();
    for insert in inserts {
        all.add(insert);
    }
    Some(all.end(last))
}

/// Merges inserts with the same text into one insert with several rows.
fn in_rows(inserts: Vec<Query<'static>>) -> Vec<Query<'static>> {
    let mut merged: Vec<Rows> = Vec::new();
    for insert in inserts {
        match merged.iter_mut().find(|rows| rows.takes(&insert)) {
            Some(rows) => rows.add(insert),
            None => merged.push(Rows::new(insert)),
        }
    }
    merged.into_iter().map(Rows::into_statement).collect()
}

/// Combines queries into one statement. Its only row contains each query's first row and a marker
/// that says whether that row exists.
fn side_by_side(ids: impl Iterator<Item = Query<'static>>) -> Query<'static> {
    let mut all = CommonTableExpressions::default();
    let mut text = "SELECT * FROM (SELECT 1) AS one".to_owned();
    for (number, id) in ids.enumerate() {
        all.add(id);
        // Writing to a String succeeds.
        let _ = write!(
            text,
            " LEFT JOIN (SELECT true AS {marker}, i{number}.* FROM i{number} LIMIT 1) AS r{number} ON true",
            marker = marker(number)
        );
    }
    all.end(query(text))
}

/// Returns the name of the column that says whether a query has a row.
fn marker(number: usize) -> String {
    format!("is_{number}")
}

/// The common table expressions before a final statement: `WITH i0 AS (…), i1 AS (…) …`.
#[derive(Default)]
struct CommonTableExpressions {
    text: String,
    count: usize,
    arguments: Vec<Argument<'static>>,
}

impl CommonTableExpressions {
    fn add(&mut self, statement: Query<'static>) {
        let before = if self.count == 0 { "WITH" } else { "," };
        // Writing to a String succeeds.
        let _ = write!(self.text, "{before} i{} AS (", self.count);
        self.append(statement);
        self.text.push(')');
        self.count += 1;
    }

    fn end(mut self, last: Query<'static>) -> Query<'static> {
        self.text.push(' ');
        self.append(last);
        Query {
            text: self.text.into(),
            arguments: self.arguments,
        }
    }

    fn append(&mut self, statement: Query<'static>) {
        renumber(&statement.text, self.arguments.len(), &mut self.text);
        self.arguments.extend(statement.arguments);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn insert(text: &'static str, value: i64) -> Query<'static> {
        query(text).bind(value).bind(value + 1)
    }

    #[test]
    fn inserts_are_put_together_and_nothing_else() {
        assert_eq!(table("INSERT INTO t (a) VALUES ($1)"), Some("t"));
        assert_eq!(table("INSERT INTO t (a) SELECT b FROM u"), None);
        assert_eq!(table("UPDATE t SET a = $1"), None);
        assert_eq!(table("SAVEPOINT tx"), None);

        let all = together(vec![
            insert("INSERT INTO t VALUES ($1, $2)", 1),
            insert("INSERT INTO u VALUES ($2, $1)", 3),
            insert("INSERT INTO v VALUES ($1, $2)", 5),
        ])
        .unwrap();
        assert_eq!(
            all.text,
            "WITH i0 AS (INSERT INTO t VALUES ($1, $2)), i1 AS (INSERT INTO u VALUES ($4, $3)) INSERT INTO v VALUES ($5, $6)"
        );
        assert_eq!(all.arguments.len(), 6);
        assert_eq!(
            together(vec![insert("INSERT INTO t VALUES ($1, $2)", 1)])
                .unwrap()
                .text,
            "INSERT INTO t VALUES ($1, $2)"
        );
        assert!(together(Vec::new()).is_none());
    }

    #[test]
    fn inserts_of_one_text_are_one_of_more_rows() {
        let all = together(vec![
            insert("INSERT INTO t VALUES ($1, $2)", 1),
            insert("INSERT INTO u VALUES ($1, $2)", 3),
            insert("INSERT INTO t VALUES ($1, $2)", 5),
        ]);
        let all = all.unwrap();
        assert_eq!(
            all.text,
            "WITH i0 AS (INSERT INTO t VALUES ($1, $2), ($3, $4)) INSERT INTO u VALUES ($5, $6)"
        );
        let values: Vec<_> = all.arguments.iter().map(|value| format!("{value:?}")).collect();
        assert_eq!(
            values,
            [1, 2, 5, 6, 3, 4].map(|value| format!("Integer(Some({value}))"))
        );
    }

    #[test]
    fn questions_are_asked_side_by_side() {
        let ids = [
            query("SELECT a FROM t WHERE b = $1").bind(1_i64),
            query("UPDATE u SET c = $1 RETURNING d").bind(2_i64),
        ];
        assert_eq!(
            side_by_side(ids.into_iter()).text,
            "WITH i0 AS (SELECT a FROM t WHERE b = $1), i1 AS (UPDATE u SET c = $2 RETURNING d) SELECT * FROM (SELECT 1) AS one \
             LEFT JOIN (SELECT true AS is_0, i0.* FROM i0 LIMIT 1) AS r0 ON true \
             LEFT JOIN (SELECT true AS is_1, i1.* FROM i1 LIMIT 1) AS r1 ON true"
        );
    }
}
