//! Encrypted credential requests and responses (OpenID4VCI 1.0, section 10).

use air_jwt::jwe::{ContentEncryption, EncryptionKey, Jwe};
use air_oid4vc::vci::{CredentialResponse, ErrorCode, ResponseEncryption};
use axum::{
    Json,
    body::Body,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use zeroize::Zeroizing;

use super::{IssuerBackend, IssuerProfile};
use crate::{
    body,
    rejection::{Rejection, no_store},
};

/// The media type of an encrypted message.
const ENCRYPTED: &str = "application/jwt";

/// The content of a request.
pub(super) struct Message {
    pub(super) json: Zeroizing<Vec<u8>>,
    pub(super) is_encrypted: bool,
}

/// Reads a request of an identified caller, and decrypts it if it is encrypted.
pub(super) async fn read<B: IssuerBackend>(
    backend: &B,
    id: &str,
    profile: &IssuerProfile,
    headers: &HeaderMap,
    body: Body,
    limit: usize,
) -> Result<Message, Rejection> {
    let is_encrypted = body::is_typed(headers, ENCRYPTED);
    if !is_encrypted {
        if !body::is_typed(headers, "application/json") {
            return Err(Rejection::bad_request(&ErrorCode::InvalidCredentialRequest)
                .describe("the body must be application/json, or application/jwt if it is encrypted")
                .cite("OpenID4VCI 1.0", "8.2"));
        }
        if is_required(profile) {
            return Err(refused("this issuer requires encrypted requests"));
        }
        let json = body::read(headers, body, limit).await?;
        return Ok(Message {
            json: Zeroizing::new(json.into()),
            is_encrypted,
        });
    }
    if profile.encryption.is_none() {
        return Err(refused(
            "this issuer accepts no encrypted requests; the metadata has no encryption parameters",
        ));
    }
    let token = body::read(headers, body, limit).await?;
    let token = std::str::from_utf8(&token).map_err(|_| refused("the encrypted request is not text"))?;
    let keys = backend.request_keys(id).await?;
    let opened = Jwe::parse(token, limit).and_then(|jwe| jwe.decrypt(jwe.key_in(&keys)?));
    Ok(Message {
        json: opened.map_err(|error| refused(&error.to_string()))?,
        is_encrypted,
    })
}

/// The wallet's key for the response.
#[derive(Clone, Debug)]
pub(super) struct ResponseKey {
    key: EncryptionKey,
    encryption: ContentEncryption,
}

impl ResponseKey {
    /// Returns the key that a request asks to encrypt the response to, if it asks for that.
    pub(super) fn of(
        requested: Option<&ResponseEncryption>,
        is_encrypted: bool,
        profile: &IssuerProfile,
    ) -> Result<Option<Self>, Rejection> {
        let Some(requested) = requested else {
            if is_required(profile) {
                return Err(refused(
                    "credential_response_encryption is missing: this issuer requires encrypted responses",
                ));
            }
            return Ok(None);
        };
        if profile.encryption.is_none() {
            return Err(refused(
                "this issuer does not encrypt responses; the metadata has no encryption parameters",
            ));
        }
        // Somebody between the wallet and the issuer could replace the key of a plain request (section 8.2).
        if !is_encrypted {
            return Err(refused(
                "a request with credential_response_encryption must be encrypted itself",
            ));
        }
        let jwk = Value::Object(requested.jwk.clone()).to_string();
        let key = EncryptionKey::from_slice(jwk.as_bytes()).map_err(|error| refused(&error.to_string()))?;
        let encryption = requested.enc.parse();
        let encryption = encryption.map_err(|error: air_jwt::Error| refused(&error.to_string()))?;
        Ok(Some(Self { key, encryption }))
    }
}

/// Answers with a credential response, encrypted to the wallet's key if there is one.
pub(super) fn answer(response: &CredentialResponse, key: Option<&ResponseKey>) -> Response {
    let status = StatusCode::from_u16(response.status()).unwrap_or(StatusCode::OK);
    let value = response.to_value();
    let Some(ResponseKey { key, encryption }) = key else {
        return (status, no_store(), Json(value)).into_response();
    };
    let json = Zeroizing::new(value.to_string());
    let token = key.encrypt(*encryption, json.as_bytes(), &mut rand::rng());
    (status, no_store(), [(header::CONTENT_TYPE, ENCRYPTED)], token).into_response()
}

fn is_required(profile: &IssuerProfile) -> bool {
    let encryption = profile.encryption.as_ref();
    encryption.is_some_and(|encryption| encryption.is_required)
}

fn refused(reason: &str) -> Rejection {
    Rejection::bad_request(&ErrorCode::InvalidEncryptionParameters)
        .describe(reason)
        .cite("OpenID4VCI 1.0", "10")
}
