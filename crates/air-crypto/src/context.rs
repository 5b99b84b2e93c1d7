//! The contexts that keys and containers are bound to (CAK specification, sections 1 and 5).

use std::{fmt, str::FromStr};

use air_ids::{Curve, IssuerDid, SchemaId};

use crate::{CakPublicKey, Error, Field, backend::sha256};

/// The longest input, in bytes, of `LP(x) = u16(len(x)) || x`.
pub(crate) const LENGTH_PREFIX_LIMIT: usize = u16::MAX as usize;

macro_rules! text_field {
    ($(#[$doc:meta])* $name:ident, $field:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Accepts the text unchanged: it is neither trimmed nor normalised.
            ///
            /// # Errors
            /// [`Error::FieldEmpty`] when it is empty; [`Error::FieldTooLong`] when it exceeds
            /// 65,535 bytes.
            pub fn new(text: impl Into<String>) -> Result<Self, Error> {
                let text = text.into();
                check_length($field, text.len())?;
                Ok(Self(text))
            }

            /// The text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self, Error> {
                Self::new(text)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

text_field! {
    /// The user of a CAK context, an AIR id or a DID: 1 to 65,535 bytes.
    CakUser, Field::User
}
text_field! {
    /// The id of a key that an issuer manages: 1 to 65,535 bytes.
    KeyId, Field::KeyId
}

/// The composite [User – Issuer – Schema] and its curve. Each context has exactly one key (CAK
/// specification, section 1).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct CakContext {
    user: CakUser,
    issuer: IssuerDid,
    schema: SchemaId,
    curve: Curve,
}

impl CakContext {
    /// Combines the parts. It cannot fail, because each part was checked when it was parsed; their
    /// types prevent that two of them are swapped.
    #[must_use]
    pub fn new(user: CakUser, issuer: IssuerDid, schema: SchemaId, curve: Curve) -> Self {
        Self {
            user,
            issuer,
            schema,
            curve,
        }
    }

    /// The user.
    #[must_use]
    pub fn user(&self) -> &CakUser {
        &self.user
    }

    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &IssuerDid {
        &self.issuer
    }

    /// The schema.
    #[must_use]
    pub fn schema(&self) -> &SchemaId {
        &self.schema
    }

    /// The curve.
    #[must_use]
    pub fn curve(&self) -> Curve {
        self.curve
    }

    /// The encoding `cak_context` of the CAK specification, section 1. It is injective: two
    /// different contexts never have the same bytes.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(
            b"AIR-CAK-v1",
            &[
                self.curve.name(),
                self.user.as_str(),
                self.issuer.as_str(),
                self.schema.as_str(),
            ],
        )
    }
}

/// The managed key that a second-stage container is sealed to (CAK specification, section 5).
/// Neither the issuer nor a verifier can read such a container alone:
///
/// ```rust
/// use air_crypto::{CakContext, CakPrivateKey, Curve, ManagedContext};
///
/// # fn main() -> Result<(), air_crypto::Error> {
/// let mut rng = rand::rng();
/// let cak_context = CakContext::new("u".parse()?, "did:x:i".parse()?, "s".parse()?, Curve::Secp256r1);
/// let managed_context = ManagedContext::new("did:x:i".parse()?, "vault".parse()?, Curve::Secp256k1);
/// let cak = CakPrivateKey::generate(Curve::Secp256r1, &mut rng);
/// let managed = CakPrivateKey::generate(Curve::Secp256k1, &mut rng);
///
/// let inner = cak.public_key().seal(&cak_context, b"scan", b"the scan", &mut rng)?;
/// let outer = managed.public_key().seal(&managed_context, b"scan", &inner, &mut rng)?;
///
/// let semi_decrypted = managed.open(&managed_context, b"scan", &outer)?;   // the issuer's stage
/// let document = cak.open(&cak_context, b"scan", &semi_decrypted)?;        // the verifier's, with the user's consent
/// assert_eq!(document.as_slice(), b"the scan");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct ManagedContext {
    issuer: IssuerDid,
    key_id: KeyId,
    curve: Curve,
}

impl ManagedContext {
    /// Names a managed key of `issuer` by its id.
    #[must_use]
    pub fn new(issuer: IssuerDid, key_id: KeyId, curve: Curve) -> Self {
        Self {
            issuer,
            key_id,
            curve,
        }
    }

    /// The issuer.
    #[must_use]
    pub fn issuer(&self) -> &IssuerDid {
        &self.issuer
    }

    /// The key's id.
    #[must_use]
    pub fn key_id(&self) -> &KeyId {
        &self.key_id
    }

    /// The curve.
    #[must_use]
    pub fn curve(&self) -> Curve {
        self.curve
    }

    /// The encoding `managed_context` of the CAK specification, section 5.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(
            b"AIR-MANAGED-v1",
            &[self.curve.name(), self.issuer.as_str(), self.key_id.as_str()],
        )
    }

    /// The fingerprint of `key` under this name, as 64 hex digits. Two fingerprints are equal only
    /// when curve, issuer, key id and key are equal. A sealer compares it to detect a mistyped key
    /// id, under which a container would be sealed and later not found.
    ///
    /// It is SHA-256 over `"AIR-KEY-v1"`, the managed context behind its length, and the key (65
    /// bytes, uncompressed).
    ///
    /// # Errors
    /// [`Error::FieldTooLong`] when the context exceeds 65,535 bytes.
    pub fn key_fingerprint(&self, key: &CakPublicKey) -> Result<String, Error> {
        let context = self.to_bytes();
        let (length, limit) = (context.len(), LENGTH_PREFIX_LIMIT);
        if length > limit {
            return Err(Error::FieldTooLong {
                field: Field::Context,
                length,
                limit,
            });
        }
        let mut bytes = b"AIR-KEY-v1".to_vec();
        push_length_prefixed(&mut bytes, &context);
        bytes.extend_from_slice(key.as_uncompressed());
        Ok(hex::encode(sha256(&bytes)))
    }
}

/// The context that a container is bound to: a CAK's or a managed key's.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum SealingContext<'a> {
    /// Sealed to a user's CAK.
    Cak(&'a CakContext),
    /// Sealed to a key that an issuer manages.
    Managed(&'a ManagedContext),
}

impl SealingContext<'_> {
    /// The curve that the key must have.
    #[must_use]
    pub fn curve(self) -> Curve {
        match self {
            Self::Cak(context) => context.curve,
            Self::Managed(context) => context.curve,
        }
    }

    pub(crate) fn to_bytes(self) -> Vec<u8> {
        match self {
            Self::Cak(context) => context.to_bytes(),
            Self::Managed(context) => context.to_bytes(),
        }
    }
}

impl<'a> From<&'a CakContext> for SealingContext<'a> {
    fn from(context: &'a CakContext) -> Self {
        Self::Cak(context)
    }
}

impl<'a> From<&'a ManagedContext> for SealingContext<'a> {
    fn from(context: &'a ManagedContext) -> Self {
        Self::Managed(context)
    }
}

fn check_length(field: Field, length: usize) -> Result<(), Error> {
    match length {
        0 => Err(Error::FieldEmpty { field }),
        1..=LENGTH_PREFIX_LIMIT => Ok(()),
        _ => Err(Error::FieldTooLong {
            field,
            length,
            limit: LENGTH_PREFIX_LIMIT,
        }),
    }
}

fn encode(tag: &[u8], parts: &[&str]) -> Vec<u8> {
    let mut bytes = tag.to_vec();
    for part in parts {
        push_length_prefixed(&mut bytes, part.as_bytes());
    }
    bytes
}

/// Appends `LP(x)`. Callers must limit `x` to 65,535 bytes; the parsers of fields and labels do.
pub(crate) fn push_length_prefixed(out: &mut Vec<u8>, x: &[u8]) {
    let length = u16::try_from(x.len()).expect("a field of at most 65,535 bytes");
    out.extend_from_slice(&length.to_be_bytes());
    out.extend_from_slice(x);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CakPrivateKey;

    #[test]
    fn accepts_a_field_at_both_limits_and_refuses_it_beyond() {
        assert!(CakUser::new("u").is_ok());
        assert!(CakUser::new("u".repeat(65_535)).is_ok());
        assert!(matches!(
            CakUser::new(""),
            Err(Error::FieldEmpty { field: Field::User })
        ));
        let too_long: Error = SchemaId::new("s".repeat(65_536)).unwrap_err().into();
        assert!(matches!(
            too_long,
            Error::FieldTooLong {
                field: Field::Schema,
                length: 65_536,
                limit: 65_535
            }
        ));
    }

    #[test]
    fn a_key_fingerprint_depends_on_each_part() {
        let fingerprint = |issuer: &str, key_id: &str, curve: Curve, scalar: u8| {
            let context = ManagedContext::new(issuer.parse().unwrap(), key_id.parse().unwrap(), curve);
            let key = CakPrivateKey::from_bytes(curve, &[scalar; 32]).unwrap();
            context.key_fingerprint(key.public_key()).unwrap()
        };
        let (r1, k1) = (Curve::Secp256r1, Curve::Secp256k1);
        let first = fingerprint("did:x:i", "vault", r1, 1);
        assert_eq!(first, fingerprint("did:x:i", "vault", r1, 1));
        for other in [
            fingerprint("did:x:j", "vault", r1, 1),
            fingerprint("did:x:i", "valt", r1, 1),
            fingerprint("did:x:i", "vault", k1, 1),
            fingerprint("did:x:i", "vault", r1, 2),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn moving_a_byte_between_fields_changes_the_encoding() {
        let context = |user: &str, issuer: &str| {
            CakContext::new(
                user.parse().unwrap(),
                issuer.parse().unwrap(),
                "s".parse().unwrap(),
                Curve::Secp256r1,
            )
        };
        assert_ne!(context("ab", "c").to_bytes(), context("a", "bc").to_bytes());
    }
}
