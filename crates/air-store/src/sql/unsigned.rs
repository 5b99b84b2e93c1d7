//! Numbers without a sign in columns that have one: counts, sizes and places. SQL has no unsigned
//! 64-bit integer, so a number above 2⁶³ − 1 can't be stored, and a stored number below 0 is
//! damage. Both are errors.

use std::borrow::Cow;

use sqlx::{Database, Decode, Type, error::BoxDynError};

use super::{Argument, QueryScalar, ReadTx, query_scalar};

/// A stored number below 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the number {0} is negative")]
struct Negative(i64);

/// A number in a row, also for `#[sqlx(try_from)]` on a member of type `u64`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Unsigned(u64);

impl From<Unsigned> for u64 {
    fn from(number: Unsigned) -> Self {
        number.0
    }
}

/// A number or `NULL`, for `#[sqlx(try_from)]` on a member of type `Option<u64>`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OptionalUnsigned(Option<Unsigned>);

impl From<OptionalUnsigned> for Option<u64> {
    fn from(number: OptionalUnsigned) -> Self {
        number.0.map(u64::from)
    }
}

/// A statement whose rows have one number.
#[must_use = "a statement does nothing until it is executed"]
pub(crate) struct QueryNumber<'q>(QueryScalar<'q, Unsigned>);

pub(crate) fn query_number<'q>(text: impl Into<Cow<'static, str>>) -> QueryNumber<'q> {
    QueryNumber(query_scalar(text))
}

impl<'q> QueryNumber<'q> {
    pub(crate) fn bind(self, value: impl Into<Argument<'q>>) -> Self {
        Self(self.0.bind(value))
    }

    pub(crate) async fn fetch_one(self, connection: &mut ReadTx) -> sqlx::Result<u64> {
        self.0.fetch_one(connection).await.map(u64::from)
    }

    pub(crate) async fn fetch_optional(self, connection: &mut ReadTx) -> sqlx::Result<Option<u64>> {
        Ok(self.0.fetch_optional(connection).await?.map(u64::from))
    }

    pub(crate) async fn fetch_all(self, connection: &mut ReadTx) -> sqlx::Result<Vec<u64>> {
        let numbers = self.0.fetch_all(connection).await?;
        Ok(numbers.into_iter().map(u64::from).collect())
    }
}

impl<DB: Database> Type<DB> for Unsigned
where
    i64: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        i64::type_info()
    }

    fn compatible(found: &DB::TypeInfo) -> bool {
        i64::compatible(found)
    }
}

impl<'r, DB: Database> Decode<'r, DB> for Unsigned
where
    i64: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        let number = i64::decode(value)?;
        Ok(Self(u64::try_from(number).map_err(|_| Negative(number))?))
    }
}

impl<DB: Database> Type<DB> for OptionalUnsigned
where
    i64: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        i64::type_info()
    }

    fn compatible(found: &DB::TypeInfo) -> bool {
        i64::compatible(found)
    }
}

impl<'r, DB: Database> Decode<'r, DB> for OptionalUnsigned
where
    i64: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Option::<Unsigned>::decode(value).map(Self)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{LARGEST, TooLarge},
        *,
    };
    use crate::{Data, Store, sql::query};

    #[tokio::test]
    async fn the_largest_number_is_stored_and_the_next_one_is_refused() {
        let store = Store::open(&Data::Memory).await.unwrap();
        let mut tx = store.write().await.unwrap();
        let same = async |tx: &mut ReadTx, number: u64| {
            query_number("SELECT CAST($1 AS BIGINT)")
                .bind(number)
                .fetch_one(tx)
                .await
        };
        assert_eq!(same(&mut tx, LARGEST).await.unwrap(), LARGEST);
        let error = same(&mut tx, LARGEST + 1).await.unwrap_err();
        assert_eq!(TooLarge::find(&error), Some(TooLarge(LARGEST + 1)));
        assert_eq!(TooLarge::find(&sqlx::Error::RowNotFound), None);
    }

    /// The error belongs to the statement itself, not to the next one or to the commit.
    #[tokio::test]
    async fn a_deferred_statement_refuses_a_number_when_it_is_queued() {
        let store = Store::open(&Data::Memory).await.unwrap();
        let mut tx = store.write().await.unwrap();
        let insert = query("INSERT INTO platform_clock (id, offset_seconds) VALUES (1, $1)");
        let error = insert.bind(u64::MAX).enqueue(&mut tx).await.unwrap_err();
        assert_eq!(TooLarge::find(&error), Some(TooLarge(u64::MAX)));
        tx.flush().await.unwrap();
    }

    #[tokio::test]
    async fn a_stored_number_below_zero_is_damage() {
        let store = Store::open(&Data::Memory).await.unwrap();
        let mut tx = store.write().await.unwrap();
        let negative = query_number("SELECT CAST($1 AS BIGINT)").bind(-1_i64);
        let error = negative.fetch_one(&mut tx).await.unwrap_err();
        assert!(matches!(error, sqlx::Error::ColumnDecode { .. }), "{error}");
        let none = query_number("SELECT offset_seconds FROM platform_clock").fetch_optional(&mut tx);
        assert_eq!(none.await.unwrap(), None);
    }
}
