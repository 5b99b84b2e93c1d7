//! Signed tokens whose header has more than `alg`, `kid` and `typ`.

use air_jwt::{Signer, SignerError, SigningKey};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

/// Signs claims under a header, to which `alg` and `typ` are added (RFC 7515, 7.1).
pub(crate) fn sign(
    key: &SigningKey,
    typ: &str,
    header: Map<String, Value>,
    claims: &Map<String, Value>,
) -> String {
    let input = input(key.algorithm().as_str(), typ, header, claims);
    let signature = key.sign(input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// As [`sign`], with a remote key.
pub(crate) async fn sign_with(
    signer: &impl Signer,
    typ: &str,
    header: Map<String, Value>,
    claims: &Map<String, Value>,
) -> Result<String, SignerError> {
    let input = input(signer.algorithm().as_str(), typ, header, claims);
    let signature = signer.sign(input.as_bytes()).await?;
    Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)))
}

fn input(algorithm: &str, typ: &str, mut header: Map<String, Value>, claims: &Map<String, Value>) -> String {
    header.insert("alg".into(), algorithm.into());
    header.insert("typ".into(), typ.into());
    let encode = |members: Map<String, Value>| URL_SAFE_NO_PAD.encode(Value::Object(members).to_string());
    format!("{}.{}", encode(header), encode(claims.clone()))
}
