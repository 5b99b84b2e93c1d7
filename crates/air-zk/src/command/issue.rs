//! `issue`: a credential for a holder who has committed to a secret.

use air_ids::VcId;
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    Answer, Failure,
    documents::{CredentialDocument, RecordDocument, SchemeDocument},
    done,
    members::{SecretText, bytes},
    rejected,
};
use crate::{HolderCommitment, IssuerKey};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Command {
    scheme: SchemeDocument,
    key: SecretText,
    commitment: String,
    challenge: String,
    id: String,
    subject: Map<String, Value>,
}

#[derive(Serialize)]
struct Issued {
    credential: CredentialDocument,
    record: RecordDocument,
}

pub(super) fn run(command: Command, rng: &mut impl CryptoRng) -> Result<Answer, Failure> {
    let scheme = command.scheme.scheme()?;
    let key = command.key.scalar("key")?;
    let key = IssuerKey::from_bytes(&key)?;
    let commitment = HolderCommitment::from_bytes(&bytes("commitment", &command.commitment)?)?;
    let challenge = bytes("challenge", &command.challenge)?;
    let id = VcId::new(command.id.as_str()).map_err(|error| rejected(format!("`id`: {error}")))?;
    let issued = scheme.issue(&key, (&commitment, &challenge), &id, &command.subject, rng)?;
    done(&Issued {
        record: RecordDocument {
            id: command.id.clone(),
            revocation_nonce: hex::encode(issued.revocation_nonce().to_bytes()),
        },
        credential: CredentialDocument {
            id: command.id,
            subject: command.subject,
            signature: hex::encode(issued.to_bytes()),
        },
    })
}
