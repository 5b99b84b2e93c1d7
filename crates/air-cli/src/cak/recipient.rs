//! The key that a document is sealed to, and the checks against a mistyped name of it.

use std::path::Path;

use air_crypto::CakPublicKey;

use crate::{
    exit::Failure,
    output::Output,
    sealing::{Context, read_group},
};

/// A public key, and the context of a container that is sealed to it.
pub(super) struct Recipient {
    pub(super) key: CakPublicKey,
    pub(super) context: Context,
}

impl Recipient {
    /// The key of a group of custodians under its own name.
    pub(super) fn of_group(path: &Path, fingerprint: Option<&str>) -> Result<Self, Failure> {
        let group = read_group(path)?;
        if let Some(expected) = fingerprint
            && expected != group.key_fingerprint()
            && expected != group.fingerprint()
        {
            return Err(Failure::rejected(format!(
                "{} does not match --fingerprint: its key has the fingerprint {}",
                path.display(),
                group.key_fingerprint()
            ))
            .with_hint("nothing was sealed; get the group file and the fingerprint from a custodian again"));
        }
        Ok(Self {
            key: group.public_key().clone(),
            context: Context::Managed(group.context().clone()),
        })
    }

    /// A key and a name that were typed. The fingerprint binds one to the other; without it, there
    /// is one warning.
    pub(super) fn typed(
        key: CakPublicKey,
        context: Context,
        fingerprint: Option<&str>,
        output: Output,
    ) -> Result<Self, Failure> {
        if let Context::Managed(managed) = &context {
            match fingerprint {
                Some(expected) if managed.key_fingerprint(&key)? != expected => {
                    return Err(Failure::rejected(
                        "the public key, the key id, the issuer or the curve is not that of --fingerprint",
                    )
                    .with_hint(
                        "nothing was sealed; pass --group group.json in place of these, or compare each with the key's \
                         custodians (`air custody verify --group` prints the key fingerprint)",
                    ));
                }
                Some(_) => {}
                None => output.note(
                    "warning: nothing compares the key id with the key: if the key id or the issuer is mistyped, the document is sealed \
                     under a name that nobody will try, and it opens only for a person who guesses the mistake; pass --group group.json \
                     or --fingerprint",
                ),
            }
        }
        Ok(Self { key, context })
    }
}
