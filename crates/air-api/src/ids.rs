//! Ids that must not be mixed: parsed once, printed as they came.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Error;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $kind:literal) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as it is written.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;

            fn try_from(text: String) -> Result<Self, Error> {
                let visible = text.bytes().all(|byte| byte.is_ascii_graphic());
                if visible && (1..=256).contains(&text.len()) {
                    Ok(Self(text))
                } else {
                    Err(Error::InvalidId { kind: $kind })
                }
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                Self::try_from(text.to_owned())
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

id! {
    /// A partner's account: a UUID.
    PartnerId, "partner id"
}
id! {
    /// An issuer's DID, `did:air:id:test:…` in the sandbox.
    IssuerDid, "issuer DID"
}
id! {
    /// A schema's id, like `01KKX3Q7DEK0GM2TCKMMHA`.
    SchemaId, "schema id"
}
id! {
    /// An issuance program's id, like `c21s70g0i54sn0023172Cv`. The wire calls it `credentialId`.
    ProgramId, "program id"
}
id! {
    /// A verification program's id.
    VerificationProgramId, "verification program id"
}
id! {
    /// One run of a verification program.
    VerificationId, "verification id"
}
id! {
    /// A user's AIR id: a UUID.
    UserUuid, "user id"
}
id! {
    /// A credential's id, like `c28t30c048pe502a3713w0`.
    VcId, "credential id"
}
id! {
    /// A semi-decrypted package.
    PackageId, "package id"
}
id! {
    /// An object in dStorage.
    StorageId, "storage id"
}

/// What names a credential on the ledger: 64 hex digits, in lower case.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CoreClaimHash([u8; 32]);

impl CoreClaimHash {
    /// The hash of these bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for CoreClaimHash {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| Error::InvalidCoreClaimHash)?;
        Ok(Self(bytes))
    }
}

impl TryFrom<String> for CoreClaimHash {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<CoreClaimHash> for String {
    fn from(hash: CoreClaimHash) -> Self {
        hash.to_string()
    }
}

impl fmt::Display for CoreClaimHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for CoreClaimHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CoreClaimHash({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_printable_and_bounded() {
        assert!("c21s70g0i54sn0023172Cv".parse::<ProgramId>().is_ok());
        assert!("x".repeat(256).parse::<ProgramId>().is_ok());
        for bad in [String::new(), "a b".into(), "a\n".into(), "x".repeat(257)] {
            assert_eq!(
                bad.parse::<ProgramId>(),
                Err(Error::InvalidId { kind: "program id" }),
                "{bad:?}"
            );
        }
    }

    #[test]
    fn a_core_claim_hash_is_64_hex_digits() {
        let text = "00ff".repeat(16);
        assert_eq!(text.parse::<CoreClaimHash>().unwrap().to_string(), text);
        for bad in ["", "00", &"0g".repeat(32), &"0".repeat(65)] {
            assert!(bad.parse::<CoreClaimHash>().is_err(), "{bad}");
        }
    }
}
