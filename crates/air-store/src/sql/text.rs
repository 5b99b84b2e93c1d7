//! Texts in columns that may be `NULL`, read as their types.

use std::{error::Error, str::FromStr};

use sqlx::{Database, Decode, Type, error::BoxDynError};

/// A text or `NULL`, for `#[sqlx(try_from)]` on a member of type `Option<T>`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OptionalText<T>(Option<T>);

impl<T> From<OptionalText<T>> for Option<T> {
    fn from(text: OptionalText<T>) -> Self {
        text.0
    }
}

impl<T, DB: Database> Type<DB> for OptionalText<T>
where
    String: Type<DB>,
{
    fn type_info() -> DB::TypeInfo {
        String::type_info()
    }

    fn compatible(found: &DB::TypeInfo) -> bool {
        String::compatible(found)
    }
}

impl<'r, T: FromStr<Err: Error + Send + Sync + 'static>, DB: Database> Decode<'r, DB> for OptionalText<T>
where
    &'r str: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        let text = Option::<&str>::decode(value)?;
        Ok(Self(text.map(str::parse).transpose()?))
    }
}
