//! Texts in columns, read as their types. `#[sqlx(try_from = "String")]` would lose the reason why
//! a text is malformed.

use std::{error::Error, str::FromStr};

use air_api::{
    IsoTime, WebUrl,
    sandbox::{Expiration, ProofSuite},
};
use air_ids::EmailAddress;
use sqlx::{Database, Decode, Type, error::BoxDynError};

/// A text, for `#[sqlx(try_from)]` on a member of type `T`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Text<T>(pub(crate) T);

macro_rules! texts {
    ($($type:ty),*) => {$(
        impl From<Text<$type>> for $type {
            fn from(text: Text<$type>) -> Self {
                text.0
            }
        }
    )*};
}

texts!(EmailAddress, Expiration, IsoTime, ProofSuite, WebUrl);

impl<T, DB: Database> Type<DB> for Text<T>
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

impl<'r, T: FromStr<Err: Error + Send + Sync + 'static>, DB: Database> Decode<'r, DB> for Text<T>
where
    &'r str: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        Ok(Self(<&str>::decode(value)?.parse()?))
    }
}

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
        let text = Option::<Text<T>>::decode(value)?;
        Ok(Self(text.map(|text| text.0)))
    }
}
