//! Encrypted credential requests and responses (`OpenID4VCI` 1.0, section 10).

use air_fetch::Response;
use air_jwt::jwe::{ContentEncryption, DecryptionKey, EncryptionKey, Encryptor, Jwe};
use air_oid4vc::vci::{IssuerMetadata, ResponseEncryption};
use serde_json::{Map, Value};
use zeroize::Zeroizing;

use crate::exit::Failure;

/// The maximum length of an encrypted response in bytes.
const LIMIT: usize = 16 * 1024 * 1024;

/// The encryption that the issuer requires.
pub(super) struct Encryption {
    request: Option<(EncryptionKey, ContentEncryption)>,
    response: Option<(DecryptionKey, ContentEncryption)>,
}

impl Encryption {
    /// Encrypts responses and requests if the metadata requires it, or if the user wants it. A
    /// request is also encrypted if it has the key of an encrypted response.
    pub(super) fn of(metadata: &IssuerMetadata, is_wanted: bool) -> Result<Self, Failure> {
        let section = |name: &str| metadata.other.get(name).and_then(Value::as_object);
        let is_required = |section: &Map<String, Value>| {
            is_wanted || section.get("encryption_required") == Some(&Value::Bool(true))
        };
        let (for_request, for_response) = (
            section("credential_request_encryption"),
            section("credential_response_encryption").filter(|section| is_required(section)),
        );
        if is_wanted && (for_request.is_none() || for_response.is_none()) {
            return Err(Failure::rejected(
                "--encrypt: the issuer's metadata has no parameters for encrypted requests and responses",
            ));
        }
        let response = for_response
            .map(|section| Ok::<_, Failure>((DecryptionKey::generate(&mut rand::rng()), content(section)?)));
        let for_request = for_request.filter(|section| is_required(section) || response.is_some());
        let request = for_request.map(|section| {
            let jwks = section.get("jwks").map(Value::to_string).unwrap_or_default();
            let keys = EncryptionKey::all_in_set(jwks.as_bytes()).unwrap_or_default();
            let key = keys
                .into_iter()
                .next()
                .ok_or_else(|| unsupported("`jwks` has no P-256 key with `alg` ECDH-ES"))?;
            Ok::<_, Failure>((key, content(section)?))
        });
        Ok(Self {
            request: request.transpose()?,
            response: response.transpose()?,
        })
    }

    /// The member of a request that asks for an encrypted response.
    pub(super) fn response_encryption(&self) -> Option<ResponseEncryption> {
        let (key, enc) = self.response.as_ref()?;
        let Ok(Value::Object(jwk)) = serde_json::to_value(key.encryption_key()) else {
            return None;
        };
        let enc = enc.as_str().to_owned();
        Some(ResponseEncryption { jwk, enc })
    }

    /// The media type and the body of a request.
    pub(super) fn body(&self, request: &Value) -> (&'static str, Vec<u8>) {
        let json = request.to_string().into_bytes();
        match &self.request {
            Some((key, enc)) => {
                let jwe = Encryptor::new(key, *enc).encrypt(&json, &mut rand::rng());
                ("application/jwt", jwe.into_bytes())
            }
            None => ("application/json", json),
        }
    }

    /// The JSON of a response.
    pub(super) fn read(&self, answer: &Response) -> Result<Zeroizing<Vec<u8>>, Failure> {
        let is_encrypted = answer.media_type().as_deref() == Some("application/jwt");
        let Some((key, _)) = &self.response else {
            return Ok(Zeroizing::new(answer.bytes.clone()));
        };
        let refused = |reason: &str| Failure::rejected(format!("the credential response: {reason}"));
        if !is_encrypted {
            return Err(refused(
                "it must be encrypted, since the request asked for it (OpenID4VCI 1.0, section 8.3)",
            ));
        }
        let text = std::str::from_utf8(&answer.bytes).map_err(|_| refused("it is not text"))?;
        let opened = Jwe::parse(text.trim(), LIMIT).and_then(|jwe| jwe.decrypt(key));
        opened.map_err(|error| refused(&error.to_string()))
    }
}

/// The first content encryption of the metadata that this build supports.
fn content(section: &Map<String, Value>) -> Result<ContentEncryption, Failure> {
    let names = section.get("enc_values_supported").and_then(Value::as_array);
    let mut supported = names
        .into_iter()
        .flatten()
        .filter_map(|name| name.as_str()?.parse().ok());
    supported
        .next()
        .ok_or_else(|| unsupported("`enc_values_supported` has neither A128GCM nor A256GCM"))
}

fn unsupported(reason: &str) -> Failure {
    Failure::rejected(format!(
        "the issuer requires an encryption that is not supported: {reason}"
    ))
}
