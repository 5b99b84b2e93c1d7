//! Numbers without a sign in columns that have one: times, counts, sizes and places. SQL has no unsigned 64-bit integer, so a number above
//! 2⁶³ − 1 can't be stored, and a stored number below 0 is damage. Both are errors.

use std::borrow::Cow;

use sqlx::{Database, Decode, Postgres, Sqlite, Type, error::BoxDynError};

use super::{Argument, QueryScalar, ReadTx, query_scalar};

/// A number above 2⁶³ − 1, which no column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the number {0} is too large: the database stores at most 9223372036854775807")]
pub struct TooLarge(pub u64);

/// A number in a row.
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

macro_rules! readable {
    ($($database:ty),*) => {$(
        impl Type<$database> for Unsigned {
            fn type_info() -> <$database as Database>::TypeInfo {
                <i64 as Type<$database>>::type_info()
            }

            fn compatible(found: &<$database as Database>::TypeInfo) -> bool {
                <i64 as Type<$database>>::compatible(found)
            }
        }

        impl<'r> Decode<'r, $database> for Unsigned {
            fn decode(value: <$database as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
                let number = <i64 as Decode<'r, $database>>::decode(value)?;
                Ok(Self(u64::try_from(number)?))
            }
        }

        impl Type<$database> for OptionalUnsigned {
            fn type_info() -> <$database as Database>::TypeInfo {
                <i64 as Type<$database>>::type_info()
            }

            fn compatible(found: &<$database as Database>::TypeInfo) -> bool {
                <i64 as Type<$database>>::compatible(found)
            }
        }

        impl<'r> Decode<'r, $database> for OptionalUnsigned {
            fn decode(value: <$database as Database>::ValueRef<'r>) -> Result<Self, BoxDynError> {
                <Option<Unsigned> as Decode<'r, $database>>::decode(value).map(Self)
            }
        }
    )*};
}

readable!(Sqlite, Postgres);
