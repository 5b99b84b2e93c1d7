//! Statements for SQLite and PostgreSQL. Both accept `$1, $2, …`. [`Dialect::of`] selects between
//! texts that differ.

mod argument;
mod pipeline;
mod positional;
#[cfg_attr(not(feature = "postgres"), path = "sql/no_postgres.rs")]
pub(crate) mod postgres;
mod rows;
mod text;
mod too_large;
mod unsigned;

use std::{
    borrow::Cow,
    ops::{Deref, DerefMut},
};

use sqlx::{
    Arguments, Database, FromRow, Sqlite, SqliteConnection, Transaction, encode::Encode, sqlite::SqliteRow,
    types::Type,
};

use self::pipeline::{PendingStatements, Pipeline};
pub use self::{
    argument::Argument,
    pipeline::PendingQuery,
    too_large::{LARGEST, TooLarge},
};
pub(crate) use self::{
    text::{OptionalText, Text},
    unsigned::{OptionalUnsigned, Unsigned, query_number},
};

/// A connection to the database, or a snapshot of it, for reading.
pub struct ReadTx {
    driver: Driver,
    pending: PendingStatements,
}

/// A connection to the database for reading and writing.
pub struct WriteTx(ReadTx);

pub(super) enum Driver {
    Sqlite(SqliteConnection),
    SqliteSnapshot(Transaction<'static, Sqlite>),
    Postgres(postgres::Connection),
}

/// The SQL dialect of a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// SQLite's.
    Sqlite,
    /// PostgreSQL's.
    Postgres,
}

enum Target<'a> {
    Sqlite(Pipeline<'a>),
    Postgres(postgres::Batch<'a>),
}

impl WriteTx {
    pub(super) fn new(driver: Driver) -> Self {
        Self(ReadTx::new(driver))
    }

    pub(super) fn into_driver(self) -> Driver {
        self.0.driver
    }
}

impl Deref for WriteTx {
    type Target = ReadTx;

    fn deref(&self) -> &ReadTx {
        &self.0
    }
}

impl DerefMut for WriteTx {
    fn deref_mut(&mut self) -> &mut ReadTx {
        &mut self.0
    }
}

impl ReadTx {
    pub(super) fn new(driver: Driver) -> Self {
        Self {
            driver,
            pending: PendingStatements::default(),
        }
    }

    /// Returns the dialect of the database.
    #[must_use]
    pub fn dialect(&self) -> Dialect {
        match self.driver {
            Driver::Sqlite(_) | Driver::SqliteSnapshot(_) => Dialect::Sqlite,
            Driver::Postgres(_) => Dialect::Postgres,
        }
    }

    /// Returns the number of round trips to SQLite's thread.
    #[must_use]
    pub fn round_trips(&self) -> u64 {
        self.pending.round_trips
    }

    pub(super) fn driver(&mut self) -> &mut Driver {
        &mut self.driver
    }

    /// Discards all deferred statements, and returns their texts.
    pub(super) fn discard_pending(&mut self) -> Vec<Cow<'static, str>> {
        self.pending.forget()
    }

    /// Discards the rows of pending queries that nobody will take.
    pub(super) fn discard_rows(&mut self) {
        self.pending.forget_rows();
    }

    #[cfg(test)]
    pub(super) fn kept_rows(&self) -> usize {
        self.pending.kept_rows()
    }

    /// Executes the deferred statements that were not sent yet.
    pub async fn flush(&mut self) -> sqlx::Result<()> {
        match self.open() {
            Target::Sqlite(pipeline) => pipeline.flush().await,
            Target::Postgres(batch) => batch.flush().await,
        }
    }

    fn open(&mut self) -> Target<'_> {
        let pending = &mut self.pending;
        match &mut self.driver {
            Driver::Sqlite(connection) => Target::Sqlite(Pipeline { connection, pending }),
            Driver::SqliteSnapshot(transaction) => Target::Sqlite(Pipeline {
                connection: &mut *transaction,
                pending,
            }),
            Driver::Postgres(connection) => Target::Postgres(connection.batch(pending)),
        }
    }
}

/// The row of a pending query, until the query takes it.
enum PendingRow {
    Sqlite(SqliteRow),
    #[cfg_attr(
        not(feature = "postgres"),
        expect(dead_code, reason = "only the driver makes such rows")
    )]
    Postgres(postgres::Row),
}

impl Dialect {
    /// Returns the text for this dialect.
    pub fn of<T>(self, sqlite: T, postgres: T) -> T {
        match self {
            Self::Sqlite => sqlite,
            Self::Postgres => postgres,
        }
    }
}

/// A type that can be read from a row of either database.
pub trait Read: for<'r> FromRow<'r, SqliteRow> + postgres::FromPostgres + Send + Unpin {}

impl<T: for<'r> FromRow<'r, SqliteRow> + postgres::FromPostgres + Send + Unpin> Read for T {}

/// A row type that is read by column name, so that the row may contain other columns.
pub trait Named: Read {}

/// A statement with its values.
#[must_use = "a statement does nothing until it is executed"]
pub struct Query<'q> {
    text: Cow<'static, str>,
    arguments: Vec<Argument<'q>>,
}

/// A statement whose rows are read.
#[must_use = "a statement does nothing until it is executed"]
pub struct QueryAs<'q, T> {
    query: Query<'q>,
    rows: std::marker::PhantomData<fn() -> T>,
}

/// A statement whose rows have one value.
#[must_use = "a statement does nothing until it is executed"]
pub struct QueryScalar<'q, T>(QueryAs<'q, (T,)>);

/// The result of executing a statement.
#[derive(Clone, Copy, Debug)]
pub struct Executed {
    rows: u64,
}

impl Executed {
    /// Returns the number of rows that the statement inserted, updated or deleted.
    #[must_use]
    pub fn rows_affected(self) -> u64 {
        self.rows
    }
}

/// Creates a statement. The text must be a part of this program: values are bound.
pub fn query<'q>(text: impl Into<Cow<'static, str>>) -> Query<'q> {
    Query {
        text: text.into(),
        arguments: Vec::new(),
    }
}

/// Creates a statement whose rows are read. The text must be a part of this program: values are bound.
pub fn query_as<'q, T>(text: impl Into<Cow<'static, str>>) -> QueryAs<'q, T> {
    QueryAs {
        query: query(text),
        rows: std::marker::PhantomData,
    }
}

/// Creates a statement whose rows have one value. The text must be a part of this program: values are bound.
pub fn query_scalar<'q, T>(text: impl Into<Cow<'static, str>>) -> QueryScalar<'q, T> {
    QueryScalar(query_as(text))
}

impl<'q> Query<'q> {
    /// Binds the next value: the first one is `$1`.
    pub fn bind(mut self, value: impl Into<Argument<'q>>) -> Self {
        self.arguments.push(value.into());
        self
    }

    /// Queues the statement. It is executed at the latest with the next statement or with the
    /// commit, which then fails if this statement fails. Use it for a change whose result the
    /// caller does not need.
    pub async fn enqueue(self, connection: &mut WriteTx) -> sqlx::Result<()> {
        self.check_numbers()?;
        match connection.open() {
            Target::Sqlite(pipeline) => {
                pipeline.pending.enqueue(self);
                Ok(())
            }
            Target::Postgres(batch) => batch.enqueue(self).await,
        }
    }

    /// Fails if a number is too large to be stored. A statement that is sent together with others
    /// must not make them fail.
    fn check_numbers(&self) -> sqlx::Result<()> {
        let mut arguments = self.arguments.iter();
        arguments.try_for_each(|argument| match argument {
            Argument::TooLarge(number) => Err(sqlx::Error::Encode((*number).into())),
            _ => Ok(()),
        })
    }

    fn into_owned(self) -> Query<'static> {
        let owned = |argument| match argument {
            Argument::Integer(value) => Argument::Integer(value),
            Argument::TooLarge(number) => Argument::TooLarge(number),
            Argument::Boolean(value) => Argument::Boolean(value),
            Argument::Text(value) => Argument::Text(value.map(|text| Cow::Owned(text.into_owned()))),
            Argument::Bytes(value) => Argument::Bytes(value.map(|bytes| Cow::Owned(bytes.into_owned()))),
        };
        Query {
            text: self.text,
            arguments: self.arguments.into_iter().map(owned).collect(),
        }
    }

    /// Executes the statement, after all that were queued before.
    pub async fn execute(self, connection: &mut WriteTx) -> sqlx::Result<Executed> {
        let rows = match connection.open() {
            Target::Sqlite(pipeline) => pipeline.run(self).await?.0,
            Target::Postgres(batch) => batch.execute(self).await?,
        };
        Ok(Executed { rows })
    }

    /// Converts the statement to the driver's types. The text is safe, because it never contains
    /// input from callers.
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
                Argument::TooLarge(number) => Err(number.into()),
                Argument::Boolean(value) => arguments.add(value),
                Argument::Text(value) => arguments.add(value.map(Cow::into_owned)),
                Argument::Bytes(value) => arguments.add(value.map(Cow::into_owned)),
            }
            .map_err(sqlx::Error::Encode)?;
        }
        Ok((sqlx::AssertSqlSafe(self.text), arguments))
    }
}

/// Adds the row's type to the error of a value that can't be decoded. The type's module has the
/// name of the table.
fn in_row<T>(error: sqlx::Error) -> sqlx::Error {
    match error {
        sqlx::Error::ColumnDecode { index, source } => {
            let row = std::any::type_name::<T>();
            let row = row.strip_prefix("air_store::").unwrap_or(row);
            let index = format!("{row}.{}", index.trim_matches('"'));
            sqlx::Error::ColumnDecode { index, source }
        }
        error => error,
    }
}

/// Adds the statement to the error of a value that can't be decoded. The statement has no values
/// from callers.
fn in_statement(text: &str) -> impl Fn(sqlx::Error) -> sqlx::Error {
    move |error| match error {
        sqlx::Error::ColumnDecode { source, .. } => sqlx::Error::ColumnDecode {
            index: format!("0 of `{text}`"),
            source,
        },
        error => error,
    }
}

impl<'q, T: Read> QueryAs<'q, T> {
    /// Binds the next value: the first one is `$1`.
    pub fn bind(mut self, value: impl Into<Argument<'q>>) -> Self {
        self.query = self.query.bind(value);
        self
    }

    /// Sends this query with the next statement and stores its first row. Queries that are sent
    /// together must not depend on each other's changes, and their column names must be distinct.
    pub async fn query_later(self, connection: &mut ReadTx) -> sqlx::Result<PendingQuery<T>>
    where
        T: Named,
    {
        self.query.check_numbers()?;
        let id = match connection.open() {
            Target::Sqlite(pipeline) => pipeline.pending.query_later(self.query),
            Target::Postgres(batch) => batch.query_later(self.query).await?,
        };
        Ok(PendingQuery::new(id))
    }

    /// Returns the first row, or `None` without rows.
    pub async fn fetch_optional(self, connection: &mut ReadTx) -> sqlx::Result<Option<T>> {
        let row = match connection.open() {
            Target::Sqlite(pipeline) => {
                let (_, rows) = pipeline.run(self.query).await?;
                rows.first().map(T::from_row).transpose()
            }
            Target::Postgres(batch) => batch.fetch_optional(self.query).await,
        };
        row.map_err(in_row::<T>)
    }

    /// Returns the first row. Fails with `RowNotFound` without rows.
    pub async fn fetch_one(self, connection: &mut ReadTx) -> sqlx::Result<T> {
        self.fetch_optional(connection)
            .await?
            .ok_or(sqlx::Error::RowNotFound)
    }

    /// Returns all rows.
    pub async fn fetch_all(self, connection: &mut ReadTx) -> sqlx::Result<Vec<T>> {
        let rows = match connection.open() {
            Target::Sqlite(pipeline) => {
                let (_, rows) = pipeline.run(self.query).await?;
                rows.iter().map(T::from_row).collect()
            }
            Target::Postgres(batch) => batch.fetch_all(self.query).await,
        };
        rows.map_err(in_row::<T>)
    }
}

impl<'q, T> QueryScalar<'q, T>
where
    (T,): Read,
{
    /// Binds the next value: the first one is `$1`.
    pub fn bind(self, value: impl Into<Argument<'q>>) -> Self {
        Self(self.0.bind(value))
    }

    /// Returns the first row. Fails with `RowNotFound` without rows.
    pub async fn fetch_one(self, connection: &mut ReadTx) -> sqlx::Result<T> {
        let row = self.fetch_optional(connection).await?;
        row.ok_or(sqlx::Error::RowNotFound)
    }

    /// Returns the first row, or `None` without rows.
    pub async fn fetch_optional(self, connection: &mut ReadTx) -> sqlx::Result<Option<T>> {
        let text = self.0.query.text.clone();
        let row = self.0.fetch_optional(connection).await;
        Ok(row.map_err(in_statement(&text))?.map(|(value,)| value))
    }

    /// Returns all rows.
    pub async fn fetch_all(self, connection: &mut ReadTx) -> sqlx::Result<Vec<T>> {
        let text = self.0.query.text.clone();
        let rows = self.0.fetch_all(connection).await.map_err(in_statement(&text))?;
        Ok(rows.into_iter().map(|(value,)| value).collect())
    }
}

/// Returns the pattern for `LIKE $1 ESCAPE '!'` that matches strings that contain this text.
#[must_use]
pub fn containing(text: &str) -> String {
    let escaped = text.replace('!', "!!").replace('%', "!%").replace('_', "!_");
    format!("%{escaped}%")
}

/// Returns the placeholders of `rows` rows with `values` values each: `($1, $2), ($3, $4)`.
#[must_use]
pub fn places(rows: usize, values: usize) -> String {
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
mod tests;
