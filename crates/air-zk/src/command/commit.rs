//! `commit`: a holder's secret, new or given, and the commitment to it for an issuer's challenge.

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    Answer, Failure,
    documents::SchemeDocument,
    done,
    members::{SecretText, bytes, secret_digits},
};
use crate::HolderSecret;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Command {
    scheme: SchemeDocument,
    challenge: String,
    /// A secret that the wallet derives for this credential. Defaults to a new one.
    #[serde(default)]
    secret: Option<SecretText>,
}

#[derive(Serialize)]
struct Committed {
    secret: Zeroizing<String>,
    commitment: String,
}

pub(super) fn run(command: &Command, rng: &mut impl CryptoRng) -> Result<Answer, Failure> {
    let scheme = command.scheme.scheme()?;
    let challenge = bytes("challenge", &command.challenge)?;
    let secret = match &command.secret {
        Some(secret) => {
            let secret = secret.scalar("secret")?;
            HolderSecret::from_bytes(&secret)?
        }
        None => HolderSecret::generate(rng),
    };
    let commitment = secret.commit(&scheme, &challenge, rng)?;
    done(&Committed {
        secret: secret_digits(&secret.expose_secret()),
        commitment: hex::encode(commitment.to_bytes()),
    })
}
