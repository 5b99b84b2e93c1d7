//! `token`: the issuer's confirmation that a credential is not revoked in the current epoch.

use air_ids::UnixTime;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use super::{
    Answer, Failure,
    documents::{RecordDocument, SchemeDocument},
    done,
    members::{SecretText, bytes},
};
use crate::{Error, IssuerKey, RevocationNonce};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Command {
    scheme: SchemeDocument,
    key: SecretText,
    record: RecordDocument,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Token {
    token: String,
    epoch: u64,
    /// The first second after the epoch, since 1970.
    valid_until: u64,
}

pub(super) fn run(command: &Command, now: UnixTime, rng: &mut impl CryptoRng) -> Result<Answer, Failure> {
    let scheme = command.scheme.scheme()?;
    let key = command.key.scalar("key")?;
    let key = IssuerKey::from_bytes(&key)?;
    let nonce = bytes("revocationNonce", &command.record.revocation_nonce)?;
    let nonce = RevocationNonce::from_bytes(nonce.as_slice().try_into().map_err(|_| Error::Token)?)?;
    let epoch = scheme.schedule().epoch_at(now);
    let token = scheme.issue_token(&key, &nonce, epoch, rng)?;
    done(&Token {
        token: hex::encode(token.to_bytes()),
        epoch: epoch.number(),
        valid_until: epoch.next().number().saturating_mul(command.scheme.epoch_seconds),
    })
}
