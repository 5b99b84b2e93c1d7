//! The bodies of the protocol.

use air_jwt::{Algorithm, Kid};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

use crate::Error;

#[derive(Serialize)]
struct SignRequest<'a> {
    kid: &'a Kid,
    algorithm: Algorithm,
    message: String,
}

#[derive(Deserialize)]
struct SignResponse {
    signature: String,
}

pub(super) fn encode_request(kid: &Kid, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
    let request = SignRequest {
        kid,
        algorithm,
        message: URL_SAFE_NO_PAD.encode(message),
    };
    serde_json::to_vec(&request).expect("texts serialise")
}

pub(super) fn decode_signature(body: &[u8]) -> Result<Vec<u8>, Error> {
    const EXPECTED: Error = Error::InvalidResponse {
        expected: "a JSON object with the signature in base64url",
    };
    let response: SignResponse = serde_json::from_slice(body).map_err(|_| EXPECTED)?;
    URL_SAFE_NO_PAD.decode(response.signature).map_err(|_| EXPECTED)
}
