//! Generates a key in a token.

use air_jwt::VerifyingKey;
use cryptoki::{
    mechanism::Mechanism,
    object::{Attribute, ObjectClass},
    session::Session,
};

use super::{
    Pkcs11Uri,
    attributes::{P256, check_protection, find, public_key},
    token::{Access, Token},
};
use crate::Error;

/// The length of a generated id (`CKA_ID`) in bytes.
const ID: u32 = 16;

/// Generates a key pair with the URI's label and id. A key that the token does not protect is removed.
pub(super) fn generate(token: &Token) -> Result<VerifyingKey, Error> {
    let session = token.connect(Access::ReadWrite)?;
    session.with(|_, _, session| generate_in(session, token.uri()))
}

fn generate_in(session: &Session, uri: &Pkcs11Uri) -> Result<VerifyingKey, Error> {
    for class in [ObjectClass::PRIVATE_KEY, ObjectClass::PUBLIC_KEY] {
        if !find(session, uri, class)?.is_empty() {
            return Err(Error::KeyExists { key: uri.key_name() });
        }
    }
    let id = match &uri.id {
        Some(id) => id.clone(),
        None => session.generate_random_vec(ID)?,
    };
    let label = uri.object.clone().unwrap_or_default().into_bytes();
    let common = [Attribute::Token(true), Attribute::Id(id), Attribute::Label(label)];
    let public = [
        Attribute::Private(false),
        Attribute::Verify(true),
        Attribute::EcParams(P256.to_vec()),
    ];
    let private = [
        Attribute::Private(true),
        Attribute::Sensitive(true),
        Attribute::Extractable(false),
        Attribute::Sign(true),
    ];
    let (public, private) = session.generate_key_pair(
        &Mechanism::EccKeyPairGen,
        &[&common[..], &public].concat(),
        &[&common[..], &private].concat(),
    )?;
    let checked = check_protection(session, private).and_then(|()| public_key(session, public));
    if checked.is_err() {
        // The error is about the key. The same error is returned if its removal fails as well.
        let _ = session.destroy_object(private);
        let _ = session.destroy_object(public);
    }
    checked
}
