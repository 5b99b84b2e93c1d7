//! Inserts that nobody waits for, as one statement to PostgreSQL: each statement is a round trip to its server.

use std::fmt::Write;

use sqlx::{PgConnection, postgres::PgArguments};

use super::{Query, journey::Luggage, journey::renumber};

/// A connection to PostgreSQL, and the inserts that it has not had yet.
pub(super) struct Batch<'a> {
    pub(super) connection: &'a mut PgConnection,
    pub(super) luggage: &'a mut Luggage,
}

impl<'a> Batch<'a> {
    /// The connection, once it has had them.
    pub(super) async fn sent(self) -> sqlx::Result<&'a mut PgConnection> {
        if let Some(all) = together(self.luggage.take()) {
            let (text, arguments) = all.parts::<PgArguments>()?;
            sqlx::query_with(text, arguments)
                .execute(&mut *self.connection)
                .await?;
        }
        Ok(self.connection)
    }

    /// Keeps an insert for later; what is none is executed at once. Of what is put together, PostgreSQL promises no order (its manual, 7.8.4), so
    /// the second insert into a table sends what is before it.
    pub(super) async fn defer(self, query: Query<'_>) -> sqlx::Result<()> {
        let Some(table) = table(&query.text) else {
            let connection = self.sent().await?;
            let (text, arguments) = query.parts::<PgArguments>()?;
            sqlx::query_with(text, arguments).execute(connection).await?;
            return Ok(());
        };
        let Self { connection, luggage } = self;
        if luggage.texts().any(|text| self::table(text) == Some(table)) {
            let (connection, luggage) = (&mut *connection, &mut *luggage);
            Batch { connection, luggage }.sent().await?;
        }
        luggage.defer(query);
        Ok(())
    }
}

/// Where it inserts values that are given with it: these read nothing that the others change.
fn table(insert: &str) -> Option<&str> {
    let reads_nothing = insert.contains("VALUES") && !insert.contains("SELECT");
    let rest = insert.strip_prefix("INSERT INTO ").filter(|_| reads_nothing)?;
    rest.split_whitespace().next()
}

/// One statement that has the effect of all.
fn together(inserts: Vec<Query<'static>>) -> Option<Query<'static>> {
    let mut inserts = inserts;
    let last = inserts.pop()?;
    if inserts.is_empty() {
        return Some(last);
    }
    let mut text = String::new();
    let mut arguments = Vec::new();
    for (number, insert) in inserts.into_iter().enumerate() {
        let before = if number == 0 { "WITH" } else { "," };
        // Writing to a String succeeds.
        let _ = write!(text, "{before} i{number} AS (");
        renumber(&insert.text, arguments.len(), &mut text);
        text.push(')');
        arguments.extend(insert.arguments);
    }
    text.push(' ');
    renumber(&last.text, arguments.len(), &mut text);
    arguments.extend(last.arguments);
    Some(Query {
        text: text.into(),
        arguments,
    })
}

#[cfg(test)]
mod tests {
    use super::{super::query, *};

    #[test]
    fn inserts_are_put_together_and_nothing_else() {
        assert_eq!(table("INSERT INTO t (a) VALUES ($1)"), Some("t"));
        assert_eq!(table("INSERT INTO t (a) SELECT b FROM u"), None);
        assert_eq!(table("UPDATE t SET a = $1"), None);
        assert_eq!(table("SAVEPOINT turn"), None);

        let insert = |text: &'static str, value: i64| query(text).bind(value).bind(value + 1);
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
}
