//! The keys: each of them signs.

use air_jwt::Signer;

use super::Check;
use crate::Config;

const NAME: &str = "keys";
/// It is neither a JWS nor a part of one.
const MESSAGE: &[u8] = b"air issuer check";

pub(super) async fn examine(config: &Config) -> Vec<Check> {
    let keys = &config.keys;
    vec![
        sign(&keys.tokens, "Partner JWTs").await,
        sign(&keys.credentials, "credentials").await,
        sign(&keys.status_lists, "status lists").await,
    ]
}

async fn sign(signer: &impl Signer, purpose: &str) -> Check {
    let kid = signer.kid();
    match signer.sign(MESSAGE).await {
        Ok(_) => Check::good(
            NAME,
            format!("the {} key {kid} signs {purpose}", signer.algorithm()),
        ),
        Err(error) => Check::failed(
            NAME,
            "key-unusable",
            format!("the key {kid} for {purpose} can't sign: {error}"),
            "check the key in [keys] of issuer.toml, or PARTNER_PRIVATE_KEY_DER",
        ),
    }
}
