//! Replaces `encrypted_share.rs` in builds without the feature `passphrase`, which read no encrypted share.

use serde::{Deserialize, Serialize};

use super::{Share, ShareIndex};
use crate::{Error, ManagedContext};

/// The members of the file that describe the encryption. They are not read.
#[derive(Serialize, Deserialize)]
pub(super) struct EncryptionFile {}

pub(super) fn decrypt(
    _: &EncryptionFile,
    _: &str,
    _: &ManagedContext,
    _: ShareIndex,
    _: &[u8],
) -> Result<Share, Error> {
    Err(Error::NoPassphrases)
}
