//! The values of statements.

use std::borrow::Cow;

use air_ids::{
    CoreClaimHash, Curve, EmailAddress, IssuerDid, PackageId, PartnerId, ProgramId, SchemaId, StorageId,
    UnixTime, UserUuid, VcId, VerificationId, VerificationProgramId,
};

use super::TooLarge;

/// A value in a statement. `NULL` has a type too, because PostgreSQL requires it.
#[derive(Clone, Debug)]
pub enum Argument<'q> {
    /// An integer.
    Integer(Option<i64>),
    /// A number that no column holds. The statement that has it fails.
    TooLarge(TooLarge),
    /// A truth value.
    Boolean(Option<bool>),
    /// A text.
    Text(Option<Cow<'q, str>>),
    /// Bytes.
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

macro_rules! ids {
    ($($id:ty),*) => {$(
        impl<'q> From<&'q $id> for Argument<'q> {
            fn from(id: &'q $id) -> Self {
                id.as_str().into()
            }
        }

        impl<'q> From<Option<&'q $id>> for Argument<'q> {
            fn from(id: Option<&'q $id>) -> Self {
                id.map(<$id>::as_str).into()
            }
        }
    )*};
}

ids!(
    EmailAddress,
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

impl From<&CoreClaimHash> for Argument<'_> {
    fn from(hash: &CoreClaimHash) -> Self {
        hash.to_string().into()
    }
}

impl From<Option<&CoreClaimHash>> for Argument<'_> {
    fn from(hash: Option<&CoreClaimHash>) -> Self {
        hash.map(CoreClaimHash::to_string).into()
    }
}

impl From<Curve> for Argument<'_> {
    fn from(curve: Curve) -> Self {
        curve.name().into()
    }
}

impl From<Option<Curve>> for Argument<'_> {
    fn from(curve: Option<Curve>) -> Self {
        curve.map(Curve::name).into()
    }
}

impl From<u64> for Argument<'_> {
    fn from(number: u64) -> Self {
        i64::try_from(number).map_or(Self::TooLarge(TooLarge(number)), Self::from)
    }
}

impl From<Option<u64>> for Argument<'_> {
    fn from(number: Option<u64>) -> Self {
        number.map_or(Self::Integer(None), Self::from)
    }
}

impl From<UnixTime> for Argument<'_> {
    fn from(time: UnixTime) -> Self {
        time.as_secs().into()
    }
}

impl From<Option<UnixTime>> for Argument<'_> {
    fn from(time: Option<UnixTime>) -> Self {
        time.map(UnixTime::as_secs).into()
    }
}

impl From<u32> for Argument<'_> {
    fn from(number: u32) -> Self {
        i64::from(number).into()
    }
}

impl<'q> From<&'q Option<String>> for Argument<'q> {
    fn from(value: &'q Option<String>) -> Self {
        value.as_deref().into()
    }
}
