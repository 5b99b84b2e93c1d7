//! `present`: a holder's answer to a request.

use air_ids::{UnixTime, VcId};
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};

use super::{
    Answer, Failure,
    documents::{CredentialDocument, RequestDocument, SchemeDocument},
    done,
    members::{SecretText, bytes},
    rejected,
};
use crate::{Credential, EpochToken, Error, HolderSecret, IssuedCredential, Presentation};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Command {
    scheme: SchemeDocument,
    credential: CredentialDocument,
    token: SecretText,
    secret: SecretText,
    request: RequestDocument,
}

#[derive(Serialize)]
struct Presented {
    presentation: String,
}

pub(super) fn run(command: &Command, now: UnixTime, rng: &mut impl CryptoRng) -> Result<Answer, Failure> {
    let scheme = command.scheme.scheme()?;
    let request = command.request.request()?;
    request.check_expiry(now)?;
    let token = EpochToken::from_bytes(&command.token.bytes("token")?)?;
    // A token of an epoch that other holders don't have would make the holder recognisable.
    if !scheme.schedule().accepts(token.epoch(), now) {
        return Err(Error::Epoch { now }.into());
    }
    let held = &command.credential;
    let id = VcId::new(held.id.as_str()).map_err(|error| rejected(format!("`id`: {error}")))?;
    let issued = IssuedCredential::from_bytes(&bytes("signature", &held.signature)?)?;
    let secret = command.secret.scalar("secret")?;
    let secret = HolderSecret::from_bytes(&secret)?;
    let credential = Credential::new(&scheme, &issued, &id, &held.subject, &secret)?;
    let presentation = Presentation::new(&scheme, &credential, &token, &request, rng)?;
    done(&Presented {
        presentation: hex::encode(presentation.as_bytes()),
    })
}
