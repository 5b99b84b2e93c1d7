//! Identifiers that must not be mixed. Each is parsed once and printed as it was given.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{Error, IdKind};

/// What every identifier has but the check of its text, which `FromStr` calls.
macro_rules! text_id {
    ($(#[$doc:meta])* $name:ident, $check:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is: no trimming, no normalisation.
            ///
            /// # Errors
            /// When the text is outside the identifier's limits.
            pub fn new(text: impl Into<String>) -> Result<Self, Error> {
                let text = text.into();
                let check: fn(&str) -> Result<(), Error> = $check;
                check(&text)?;
                Ok(Self(text))
            }

            /// The identifier as it was given.
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

/// Identifiers of visible ASCII, which serde reads too.
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
    /// An issuer's DID: 1 to 65,535 bytes, as a CAK context takes it. `did:air:id:test:…` on the local platform.
    IssuerDid, |text| check_length(text, IdKind::Issuer)
}
text_id! {
    /// A schema's id: 1 to 65,535 bytes, as a CAK context takes it. `01KKX3Q7DEK0GM2TCKMMHA` on the platform.
    SchemaId, |text| check_length(text, IdKind::Schema)
}
ascii_id! {
    /// A partner's account: a UUID on the platform, and 1 to 128 visible ASCII characters elsewhere.
    PartnerId, IdKind::Partner, 128
}
ascii_id! {
    /// An issuance program's id, like `c21s70g0i54sn0023172Cv`. The wire calls it `credentialId`.
    ProgramId, IdKind::Program, 256
}
ascii_id! {
    /// A verification program's id.
    VerificationProgramId, IdKind::VerificationProgram, 256
}
ascii_id! {
    /// One run of a verification program.
    VerificationId, IdKind::Verification, 256
}
ascii_id! {
    /// A user's AIR id: a UUID.
    UserUuid, IdKind::User, 256
}
ascii_id! {
    /// A credential's id, like `c28t30c048pe502a3713w0`.
    VcId, IdKind::Credential, 256
}
ascii_id! {
    /// A semi-decrypted package.
    PackageId, IdKind::Package, 256
}
ascii_id! {
    /// An object in dStorage.
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
    /// The most that the two-byte length of a CAK context's field can state.
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
