//! The DID document at the public origin: verifiers fetch the keys there.

use air_fetch::{Accept, Fetcher};
use air_jwt::JwkSet;
use air_vc::did::DidDocument;

use super::Check;
use crate::Config;

const NAME: &str = "did";
/// The code of an origin that does not serve the document.
pub(super) const UNREACHABLE: &str = "did-unreachable";
/// The maximum size of the document.
const LIMIT: usize = 256 * 1024;

pub(super) async fn examine(fetcher: &Fetcher, config: &Config, published: &JwkSet) -> Check {
    let url = config.origin.at("/.well-known/did.json");
    let fetched = match fetcher.get(&url, LIMIT, Accept::DidDocument).await {
        Ok(fetched) => fetched,
        Err(error) => {
            return Check::warning(
                NAME,
                UNREACHABLE,
                format!("{url} is not reachable: {error}"),
                "start the service, and forward ISSUER_ORIGIN to it; verifiers fetch the keys there",
            );
        }
    };
    let document = match DidDocument::from_slice(&fetched.bytes, config.did.did()) {
        Ok(document) => document,
        Err(error) => {
            return Check::failed(
                NAME,
                "did-invalid",
                format!("{url}: {error}"),
                "another service responds there; forward ISSUER_ORIGIN to this one",
            );
        }
    };
    let served = document.assertion_keys();
    let is_served = |wanted: &air_jwt::Jwk| {
        served
            .iter()
            .any(|key| key.verifying_key() == wanted.verifying_key())
    };
    match published.iter().find(|key| !is_served(key)) {
        None => Check::good(NAME, format!("{url} has the issuer's keys")),
        Some(key) => Check::failed(
            NAME,
            "did-keys",
            format!("{url} lacks the key {}", key.kid()),
            "restart the service with this configuration, or clear the proxy's cache",
        ),
    }
}
