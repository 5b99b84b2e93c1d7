//! The attributes of a key pair.

use air_jwt::VerifyingKey;
use cryptoki::{
    object::{Attribute, AttributeType, KeyType, ObjectClass, ObjectHandle},
    session::Session,
};

use super::Pkcs11Uri;
use crate::Error;

/// The OID of P-256 in DER (RFC 5480, 2.1.1.1).
pub(super) const P256: [u8; 10] = [0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];

/// The handles of a key pair.
pub(super) struct KeyPair {
    pub(super) private: ObjectHandle,
    pub(super) public: VerifyingKey,
}

impl KeyPair {
    /// Finds the pair that a URI names. The private key must not be able to leave the token.
    pub(super) fn find(session: &Session, uri: &Pkcs11Uri) -> Result<Self, Error> {
        let key = || uri.key_name();
        let private = match find(session, uri, ObjectClass::PRIVATE_KEY)?.as_slice() {
            [private] => *private,
            [] => return Err(Error::KeyNotFound { key: key() }),
            _ => return Err(Error::AmbiguousKey { key: key() }),
        };
        check_protection(session, private)?;
        // Several private keys would be an error above, so the id selects among public keys with one label.
        let id = session
            .get_attributes(private, &[AttributeType::Id])?
            .into_iter()
            .next();
        let mut template = vec![
            Attribute::Class(ObjectClass::PUBLIC_KEY),
            Attribute::KeyType(KeyType::EC),
        ];
        match id {
            Some(Attribute::Id(id)) if !id.is_empty() => template.push(Attribute::Id(id)),
            _ => template.extend(named(uri)),
        }
        let public = match session.find_objects(&template)?.as_slice() {
            [public] => *public,
            [] => return Err(Error::PublicKeyNotFound { key: key() }),
            _ => return Err(Error::AmbiguousKey { key: key() }),
        };
        Ok(Self {
            private,
            public: public_key(session, public)?,
        })
    }
}

/// The objects of a class that a URI names.
pub(super) fn find(
    session: &Session,
    uri: &Pkcs11Uri,
    class: ObjectClass,
) -> Result<Vec<ObjectHandle>, Error> {
    let mut template = named(uri);
    template.extend([Attribute::Class(class), Attribute::KeyType(KeyType::EC)]);
    Ok(session.find_objects(&template)?)
}

fn named(uri: &Pkcs11Uri) -> Vec<Attribute> {
    let label = uri
        .object
        .as_ref()
        .map(|label| Attribute::Label(label.as_bytes().to_vec()));
    let id = uri.id.clone().map(Attribute::Id);
    label.into_iter().chain(id).collect()
}

/// Refuses a private key that can leave the token, or whose token does not say so.
pub(super) fn check_protection(session: &Session, private: ObjectHandle) -> Result<(), Error> {
    let found = session.get_attributes(private, &[AttributeType::Sensitive, AttributeType::Extractable])?;
    let is_protected =
        found.contains(&Attribute::Sensitive(true)) && found.contains(&Attribute::Extractable(false));
    if is_protected {
        Ok(())
    } else {
        Err(Error::ExtractableKey)
    }
}

/// Reads a public key.
pub(super) fn public_key(session: &Session, public: ObjectHandle) -> Result<VerifyingKey, Error> {
    let found = session.get_attributes(public, &[AttributeType::EcParams, AttributeType::EcPoint])?;
    let is_p256 = found
        .iter()
        .any(|attribute| matches!(attribute, Attribute::EcParams(curve) if *curve == P256));
    let point = found.iter().find_map(|attribute| match attribute {
        Attribute::EcPoint(point) => Some(point),
        _ => None,
    });
    match point {
        Some(point) if is_p256 => {
            VerifyingKey::from_p256_point(unwrapped(point)).map_err(|_| Error::UnsupportedKey)
        }
        _ => Err(Error::UnsupportedKey),
    }
}

/// The point without the OCTET STRING around it (PKCS#11 3.1, 6.3.3), which some tokens omit.
fn unwrapped(point: &[u8]) -> &[u8] {
    match point {
        [0x04, 0x41, inner @ ..] if inner.len() == 65 => inner,
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_is_read_with_and_without_its_wrapper() {
        let mut bare = [0x04; 65];
        let wrapped = [&[0x04, 0x41][..], &bare].concat();
        assert_eq!(unwrapped(&wrapped), bare);
        // The x of a bare point can begin with 0x41.
        bare[1] = 0x41;
        assert_eq!(unwrapped(&bare), bare);
    }
}
