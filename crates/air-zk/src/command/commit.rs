//! `commit`: a holder's new secret, and the commitment to it for an issuer's challenge.

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    Answer, Failure,
    documents::SchemeDocument,
    done,
    members::{bytes, secret_digits},
};
use crate::HolderSecret;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Command {
    scheme: SchemeDocument,
    challenge: String,
}

#[derive(Serialize)]
struct Committed {
    secret: Zeroizing<String>,
    commitment: String,
}

pub(super) fn run(command: &Command, rng: &mut impl CryptoRng) -> Result<Answer, Failure> {
    let scheme = command.scheme.scheme()?;
    let challenge = bytes("challenge", &command.challenge)?;
    let secret = HolderSecret::generate(rng);
    let commitment = secret.commit(&scheme, &challenge, rng)?;
    done(&Committed {
        secret: secret_digits(&secret.expose_secret()),
        commitment: hex::encode(commitment.to_bytes()),
    })
}
