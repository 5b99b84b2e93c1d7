//! `sqlx`'s traits: each type is a column of text in any database. A stored text that breaks the type's rules is an error of decoding,
//! which names the column.

use sqlx::{Database, Decode, Encode, Type, encode::IsNull, error::BoxDynError};

use crate::{
    CoreClaimHash, Curve, IssuerDid, PackageId, PartnerId, ProgramId, SchemaId, StorageId, UserUuid, VcId,
    VerificationId, VerificationProgramId,
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
