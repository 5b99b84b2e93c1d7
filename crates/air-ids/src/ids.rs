//! Identifiers, each with its own type so that they cannot be confused. Each is parsed once and
//! printed unchanged.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Error, IdKind};

/// Defines an identifier around the check of its text, which `FromStr` calls.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Accepts the text unchanged: it is neither trimmed nor normalised.
            ///
            /// # Errors
            /// [`Error::Empty`], [`Error::TooLong`] or [`Error::InvalidId`] when the text is
            /// outside the identifier's limits.
            pub fn new(text: impl Into<String>) -> Result<Self, Error> {
                let text = text.into();
                let check: fn(&str) -> Result<(), Error> = $check;
                check(&text)?;
                Ok(Self(text))
            }

            /// The identifier exactly as it was parsed.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;

            fn try_from(text: String) -> Result<Self, Error> {
                Self::new(text)
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                Self::new(text)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

/// Defines an identifier of visible ASCII, which also implements serde's traits.
macro_rules! ascii_id {
    ($(#[$doc:meta])* $name:ident, $kind:expr, $limit:literal) => {
        text_id! { $(#[$doc])* $name, |text| check_ascii(text, $kind, $limit) }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                String::deserialize(deserializer)?
                    .try_into()
                    .map_err(serde::de::Error::custom)
            }
        }
    };
}

text_id! {
    /// An issuer's DID: 1 to 65,535 bytes, the limit of a CAK context. On the local platform it is
    /// `did:air:id:test:…`.
    IssuerDid, |text| check_length(text, IdKind::Issuer)
}
text_id! {
    /// A schema's id: 1 to 65,535 bytes, the limit of a CAK context. On the platform it looks like
    /// `01KKX3Q7DEK0GM2TCKMMHA`.
    SchemaId, |text| check_length(text, IdKind::Schema)
}
ascii_id! {
    /// The id of a partner's account: 1 to 128 visible ASCII characters. On the platform it is a
    /// UUID.
    PartnerId, IdKind::Partner, 128
}
ascii_id! {
    /// An issuance program's id, such as `c21s70g0i54sn0023172Cv`: 1 to 256 visible ASCII
    /// characters. On the wire it is called `credentialId`.
    ProgramId, IdKind::Program, 256
}
ascii_id! {
    /// A verification program's id: 1 to 256 visible ASCII characters.
    VerificationProgramId, IdKind::VerificationProgram, 256
}
ascii_id! {
    /// The id of one run of a verification program: 1 to 256 visible ASCII characters.
    VerificationId, IdKind::Verification, 256
}
ascii_id! {
    /// A user's AIR id: 1 to 256 visible ASCII characters. On the platform it is a UUID.
    UserUuid, IdKind::User, 256
}
ascii_id! {
    /// A credential's id, such as `c28t30c048pe502a3713w0`: 1 to 256 visible ASCII characters.
    VcId, IdKind::Credential, 256
}
ascii_id! {
    /// The id of a semi-decrypted package: 1 to 256 visible ASCII characters.
    PackageId, IdKind::Package, 256
}
ascii_id! {
    /// The id of an object in dStorage: 1 to 256 visible ASCII characters.
    StorageId, IdKind::Storage, 256
}

fn check_ascii(text: &str, kind: IdKind, limit: usize) -> Result<(), Error> {
    let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
    if is_visible && (1..=limit).contains(&text.len()) {
        Ok(())
    } else {
        Err(Error::InvalidId { kind, limit })
    }
}

fn check_length(text: &str, kind: IdKind) -> Result<(), Error> {
    /// The longest field whose length a CAK context can encode in two bytes.
    const LIMIT: usize = u16::MAX as usize;
    match text.len() {
        0 => Err(Error::Empty { kind }),
        1..=LIMIT => Ok(()),
        length => Err(Error::TooLong {
            kind,
            length,
            limit: LIMIT,
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_ascii_id_is_visible_and_bounded() {
        assert!("c21s70g0i54sn0023172Cv".parse::<ProgramId>().is_ok());
        assert!("x".repeat(256).parse::<ProgramId>().is_ok());
        assert!("x".repeat(128).parse::<PartnerId>().is_ok());
        let (kind, limit) = (IdKind::Program, 256);
        for bad in [
            String::new(),
            "a b".into(),
            "a\n".into(),
            "ä".into(),
            "x".repeat(257),
        ] {
            assert_eq!(
                bad.parse::<ProgramId>(),
                Err(Error::InvalidId { kind, limit }),
                "{bad:?}"
            );
            assert!(serde_json::from_value::<ProgramId>(bad.into()).is_err());
        }
        assert!("x".repeat(129).parse::<PartnerId>().is_err());
    }

    #[test]
    fn an_issuer_and_a_schema_have_the_bounds_of_a_cak_context() {
        for good in ["x".repeat(65_535), "did:web:bücher.example".into(), " ".into()] {
            assert_eq!(good.parse::<IssuerDid>().unwrap().as_str(), good);
            assert_eq!(good.parse::<SchemaId>().unwrap().as_str(), good);
        }
        assert_eq!(IssuerDid::new(""), Err(Error::Empty { kind: IdKind::Issuer }));
        assert_eq!(
            SchemaId::new("s".repeat(65_536)),
            Err(Error::TooLong {
                kind: IdKind::Schema,
                length: 65_536,
                limit: 65_535
            })
        );
    }
}
