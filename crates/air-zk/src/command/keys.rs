//! `keys`: an issuer's key, and the scheme with its public half.

use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::{
    Answer, Failure,
    documents::{SchemeDocument, Terms},
    done,
    members::secret_digits,
};
use crate::IssuerKey;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Command {
    terms: Terms,
}

#[derive(Serialize)]
struct Keys {
    key: Zeroizing<String>,
    scheme: SchemeDocument,
}

pub(super) fn run(command: Command, rng: &mut impl CryptoRng) -> Result<Answer, Failure> {
    let key = IssuerKey::generate(rng);
    let scheme = command.terms.with_key(key.public_key().to_string());
    scheme.scheme()?;
    done(&Keys {
        key: secret_digits(key.expose_secret().as_slice()),
        scheme,
    })
}
