//! `sqlx`'s traits for any database: a time is a column of 64-bit integers, and each other type one
//! of text. A stored value that breaks the type's rules is an error of decoding, which names the
//! column.

use sqlx::{Database, Decode, Encode, Type, encode::IsNull, error::BoxDynError};

use crate::{
    CoreClaimHash, Curve, IssuerDid, PackageId, PartnerId, ProgramId, SchemaId, StorageId, UnixTime,
    UserUuid, VcId, VerificationId, VerificationProgramId,
};

macro_rules! columns {
    ($($type:ident),*) => {$(
        impl<DB: Database> Type<DB> for $type
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

        impl<'r, DB: Database> Decode<'r, DB> for $type
        where
            &'r str: Decode<'r, DB>,
        {
            fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
                Ok(<&str>::decode(value)?.parse()?)
            }
        }

        impl<'q, DB: Database> Encode<'q, DB> for $type
        where
            String: Encode<'q, DB>,
        {
            fn encode_by_ref(&self, buffer: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
                self.to_string().encode(buffer)
            }
        }
    )*};
}

columns!(
    CoreClaimHash,
    Curve,
    IssuerDid,
    PackageId,
    PartnerId,
    ProgramId,
    SchemaId,
    StorageId,
    UserUuid,
    VcId,
    VerificationId,
    VerificationProgramId
);

/// A time and an integer that do not correspond.
#[derive(Clone, Copy, Debug, thiserror::Error)]
enum OutOfRange {
    #[error("the stored time {0} is before 1970")]
    Stored(i64),
    #[error("the time {0} is too late: a column holds at most 2^63 - 1 seconds")]
    Given(u64),
}

impl<DB: Database> Type<DB> for UnixTime
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

impl<'r, DB: Database> Decode<'r, DB> for UnixTime
where
    i64: Decode<'r, DB>,
{
    fn decode(value: DB::ValueRef<'r>) -> Result<Self, BoxDynError> {
        let seconds = i64::decode(value)?;
        let seconds = u64::try_from(seconds).map_err(|_| OutOfRange::Stored(seconds))?;
        Ok(Self::from_secs(seconds))
    }
}

impl<'q, DB: Database> Encode<'q, DB> for UnixTime
where
    i64: Encode<'q, DB>,
{
    fn encode_by_ref(&self, buffer: &mut DB::ArgumentBuffer) -> Result<IsNull, BoxDynError> {
        let seconds = self.as_secs();
        i64::try_from(seconds)
            .map_err(|_| OutOfRange::Given(seconds))?
            .encode(buffer)
    }
}
