//! Statements for whichever database there is: SQLite or PostgreSQL. Both take `$1, $2, …`; what differs is said where it differs.

use std::borrow::Cow;

use sqlx::{
    Arguments, Database, FromRow, PgConnection, Postgres, Sqlite, SqliteConnection, Transaction,
    encode::Encode,
    postgres::{PgArguments, PgRow},
    sqlite::{SqliteArguments, SqliteRow},
    types::Type,
};

/// A connection to the database, or one state of it.
pub(crate) enum Connection {
    Sqlite(SqliteConnection),
    SqliteSnapshot(Transaction<'static, Sqlite>),
    Postgres(PgConnection),
    PostgresSnapshot(Transaction<'static, Postgres>),
}

/// Which database a statement is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    Sqlite,
    Postgres,
}

enum Driver<'a> {
    Sqlite(&'a mut SqliteConnection),
    Postgres(&'a mut PgConnection),
}

impl Connection {
    pub(crate) fn dialect(&self) -> Dialect {
        match self {
            Self::Sqlite(_) | Self::SqliteSnapshot(_) => Dialect::Sqlite,
            Self::Postgres(_) | Self::PostgresSnapshot(_) => Dialect::Postgres,
        }
    }

    fn driver(&mut self) -> Driver<'_> {
        match self {
            Self::Sqlite(connection) => Driver::Sqlite(connection),
            Self::SqliteSnapshot(transaction) => Driver::Sqlite(transaction),
            Self::Postgres(connection) => Driver::Postgres(connection),
            Self::PostgresSnapshot(transaction) => Driver::Postgres(transaction),
        }
    }
}

impl Dialect {
    /// The one of two statements that is this database's.
    pub(crate) fn of<T>(self, sqlite: T, postgres: T) -> T {
        match self {
            Self::Sqlite => sqlite,
            Self::Postgres => postgres,
        }
    }
}

/// A value in a statement. An absent one has a type too: PostgreSQL wants to know.
#[derive(Clone, Debug)]
pub(crate) enum Argument<'q> {
    Integer(Option<i64>),
    Boolean(Option<bool>),
    Text(Option<Cow<'q, str>>),
    Bytes(Option<Cow<'q, [u8]>>),
}

macro_rules! arguments {
    ($($variant:ident: $from:ty => $into:expr;)*) => {$(
        impl<'q> From<$from> for Argument<'q> {
            fn from(value: $from) -> Self {
                Self::$variant(Some(value).map($into))
            }
        }

        impl<'q> From<Option<$from>> for Argument<'q> {
            fn from(value: Option<$from>) -> Self {
                Self::$variant(value.map($into))
            }
        }
    )*};
}

arguments! {
    Integer: i64 => std::convert::identity;
    Boolean: bool => std::convert::identity;
    Text: &'q str => Cow::Borrowed;
    Text: &'q String => |text| Cow::Borrowed(text.as_str());
    Text: String => Cow::Owned;
    Bytes: &'q [u8] => Cow::Borrowed;
    Bytes: &'q Vec<u8> => |bytes| Cow::Borrowed(bytes.as_slice());
    Bytes: Vec<u8> => Cow::Owned;
}

impl<'q> From<&'q Option<String>> for Argument<'q> {
    fn from(value: &'q Option<String>) -> Self {
        value.as_deref().into()
    }
}

/// What a row is read into, from either database.
pub(crate) trait Read:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin> Read for T {}

/// A statement with its values.
#[must_use = "a statement does nothing until it is executed"]
pub(crate) struct Query<'q> {
    text: Cow<'static, str>,
    arguments: Vec<Argument<'q>>,
}

/// A statement whose rows are read.
#[must_use = "a statement does nothing until it is executed"]
pub(crate) struct QueryAs<'q, T> {
    query: Query<'q>,
    rows: std::marker::PhantomData<fn() -> T>,
}

/// A statement whose rows have one value.
#[must_use = "a statement does nothing until it is executed"]
pub(crate) struct QueryScalar<'q, T>(QueryAs<'q, (T,)>);

/// What a statement did.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Executed {
    rows: u64,
}

impl Executed {
    pub(crate) fn rows_affected(self) -> u64 {
        self.rows
    }
}

/// A statement. Its text is ours alone: values are bound.
pub(crate) fn query<'q>(text: impl Into<Cow<'static, str>>) -> Query<'q> {
    Query {
        text: text.into(),
        arguments: Vec::new(),
    }
}

pub(crate) fn query_as<'q, T>(text: impl Into<Cow<'static, str>>) -> QueryAs<'q, T> {
    QueryAs {
        query: query(text),
        rows: std::marker::PhantomData,
    }
}

pub(crate) fn query_scalar<'q, T>(text: impl Into<Cow<'static, str>>) -> QueryScalar<'q, T> {
    QueryScalar(query_as(text))
}

impl<'q> Query<'q> {
    pub(crate) fn bind(mut self, value: impl Into<Argument<'q>>) -> Self {
        self.arguments.push(value.into());
        self
    }

    pub(crate) async fn execute(self, connection: &mut Connection) -> sqlx::Result<Executed> {
        let rows = match connection.driver() {
            Driver::Sqlite(connection) => {
                let (text, arguments) = self.parts::<SqliteArguments>()?;
                let done = sqlx::query_with(text, arguments).execute(connection).await?;
                done.rows_affected()
            }
            Driver::Postgres(connection) => {
                let (text, arguments) = self.parts::<PgArguments>()?;
                let done = sqlx::query_with(text, arguments).execute(connection).await?;
                done.rows_affected()
            }
        };
        Ok(Executed { rows })
    }

    /// As the driver takes them. No caller's text is ever in a statement, so it is safe.
    fn parts<A: Arguments>(self) -> sqlx::Result<(sqlx::AssertSqlSafe<Cow<'static, str>>, A)>
    where
        Option<i64>: Type<A::Database> + for<'e> Encode<'e, A::Database>,
        Option<bool>: Type<A::Database> + for<'e> Encode<'e, A::Database>,
        Option<String>: Type<A::Database> + for<'e> Encode<'e, A::Database>,
        Option<Vec<u8>>: Type<A::Database> + for<'e> Encode<'e, A::Database>,
        A::Database: Database,
    {
        let mut arguments = A::default();
        for argument in self.arguments {
            match argument {
                Argument::Integer(value) => arguments.add(value),
                Argument::Boolean(value) => arguments.add(value),
                Argument::Text(value) => arguments.add(value.map(Cow::into_owned)),
                Argument::Bytes(value) => arguments.add(value.map(Cow::into_owned)),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok((sqlx::AssertSqlSafe(self.text), arguments))
    }
}

impl<'q, T: Read> QueryAs<'q, T> {
    pub(crate) fn bind(mut self, value: impl Into<Argument<'q>>) -> Self {
        self.query = self.query.bind(value);
        self
    }

    pub(crate) async fn fetch_optional(self, connection: &mut Connection) -> sqlx::Result<Option<T>> {
        match connection.driver() {
            Driver::Sqlite(connection) => {
                let (text, arguments) = self.query.parts::<SqliteArguments>()?;
                sqlx::query_as_with(text, arguments)
                    .fetch_optional(connection)
                    .await
            }
            Driver::Postgres(connection) => {
                let (text, arguments) = self.query.parts::<PgArguments>()?;
                sqlx::query_as_with(text, arguments)
                    .fetch_optional(connection)
                    .await
            }
        }
    }

    pub(crate) async fn fetch_one(self, connection: &mut Connection) -> sqlx::Result<T> {
        self.fetch_optional(connection)
            .await?
            .ok_or(sqlx::Error::RowNotFound)
    }

    pub(crate) async fn fetch_all(self, connection: &mut Connection) -> sqlx::Result<Vec<T>> {
        match connection.driver() {
            Driver::Sqlite(connection) => {
                let (text, arguments) = self.query.parts::<SqliteArguments>()?;
                sqlx::query_as_with(text, arguments).fetch_all(connection).await
            }
            Driver::Postgres(connection) => {
                let (text, arguments) = self.query.parts::<PgArguments>()?;
                sqlx::query_as_with(text, arguments).fetch_all(connection).await
            }
        }
    }
}

impl<'q, T> QueryScalar<'q, T>
where
    (T,): Read,
{
    pub(crate) fn bind(self, value: impl Into<Argument<'q>>) -> Self {
        Self(self.0.bind(value))
    }

    pub(crate) async fn fetch_one(self, connection: &mut Connection) -> sqlx::Result<T> {
        self.0.fetch_one(connection).await.map(|(value,)| value)
    }

    pub(crate) async fn fetch_optional(self, connection: &mut Connection) -> sqlx::Result<Option<T>> {
        let row = self.0.fetch_optional(connection).await?;
        Ok(row.map(|(value,)| value))
    }

    pub(crate) async fn fetch_all(self, connection: &mut Connection) -> sqlx::Result<Vec<T>> {
        let rows = self.0.fetch_all(connection).await?;
        Ok(rows.into_iter().map(|(value,)| value).collect())
    }
}

/// `($1, $2), ($3, $4)`: places for so many rows of so many values.
pub(crate) fn places(rows: usize, values: usize) -> String {
    use std::fmt::Write;

    let mut text = String::new();
    for row in 0..rows {
        text.push_str(if row == 0 { "(" } else { ", (" });
        for value in 0..values {
            let comma = if value == 0 { "" } else { ", " };
            // Writing to a String succeeds.
            let _ = write!(text, "{comma}${}", row * values + value + 1);
        }
        text.push(')');
    }
    text
}

#[cfg(test)]
mod tests {
    #[test]
    fn places_are_numbered_from_one() {
        assert_eq!(super::places(2, 2), "($1, $2), ($3, $4)");
        assert_eq!(super::places(0, 2), "");
    }
}
