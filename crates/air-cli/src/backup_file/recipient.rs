//! The key that a backup is sealed to.

use std::path::Path;

use air_crypto::{CakPublicKey, Curve, IssuerDid, KeyId, ManagedContext, custody::Group};
use zeroize::Zeroizing;

use crate::{exit::Failure, files, sealing::Context};

/// The first line of a backup names its format, so it needs no label, and custodians open it without one.
pub(super) const LABEL: &[u8] = b"";
/// The id of a key that belongs to no group of custodians.
const KEY_ID: &str = "backup";

/// A public key, and the context of a backup that is sealed to it.
pub(super) struct Recipient {
    pub(super) key: CakPublicKey,
    pub(super) context: Context,
}

impl Recipient {
    /// Reads the text of a key, or a file with it, or the group file of custodians.
    pub(super) fn read(text: &str, issuer: &IssuerDid) -> Result<Self, Failure> {
        let path = Path::new(text);
        if !path.is_file() {
            return Self::of_key(text, issuer).map_err(|failure| {
                failure
                    .about("--recipient")
                    .with_hint("pass a public key or the name of a file with it")
            });
        }
        let text: Zeroizing<String> = files::read_text(path)?;
        if let Ok(group) = Group::from_json(&text) {
            return Ok(Self {
                key: group.public_key().clone(),
                context: Context::Managed(group.context().clone()),
            });
        }
        Self::of_key(&text, issuer).map_err(|failure| failure.about(&path.display().to_string()))
    }

    fn of_key(text: &str, issuer: &IssuerDid) -> Result<Self, Failure> {
        let key = CakPublicKey::from_text(None, text)?;
        let context = context(issuer, key.curve())?;
        Ok(Self { key, context })
    }
}

/// The context of a backup of this issuer: a key opens no backup under the name of another.
pub(super) fn context(issuer: &IssuerDid, curve: Curve) -> Result<Context, Failure> {
    let key_id: KeyId = KEY_ID.parse()?;
    Ok(Context::Managed(ManagedContext::new(
        issuer.clone(),
        key_id,
        curve,
    )))
}
