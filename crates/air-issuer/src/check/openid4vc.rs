//! The metadata that wallets read, if offers to wallets are on.

use air_fetch::{Accept, Fetcher};
use air_oid4vc::vci::IssuerMetadata;

use super::Check;
use crate::{Config, count::counted, openid4vc::is_offered};

const NAME: &str = "openid4vc";
/// The maximum size of the metadata.
const LIMIT: usize = 1024 * 1024;

pub(super) async fn examine(fetcher: &Fetcher, config: &Config) -> Option<Check> {
    let issuer = &config.openid4vc.as_ref()?.issuer;
    let url = issuer.metadata_url();
    let fetched = match fetcher.get(&url, LIMIT, Accept::Json).await {
        Ok(fetched) => fetched,
        Err(error) => {
            return Some(Check::warning(
                NAME,
                "openid4vc-unreachable",
                format!("{url} is not reachable: {error}"),
                "start the service, and forward `/.well-known/` and `/oid4vc/` of ISSUER_ORIGIN to it",
            ));
        }
    };
    let metadata = match IssuerMetadata::parse(&fetched.bytes, issuer) {
        Ok(metadata) => metadata,
        Err(error) => {
            return Some(Check::failed(
                NAME,
                "openid4vc-invalid",
                format!("{url}: {error}"),
                "another service responds there; forward ISSUER_ORIGIN to this one",
            ));
        }
    };
    let mut offered = config.schemas.iter().filter(|schema| is_offered(schema));
    let missing = offered.find(|schema| !metadata.configurations.contains_key(&schema.id));
    Some(match missing {
        None => Check::good(
            NAME,
            format!(
                "{url} has {}",
                counted(metadata.configurations.len() as u64, "schema", "schemas")
            ),
        ),
        Some(schema) => Check::failed(
            NAME,
            "openid4vc-schemas",
            format!("{url} lacks the schema {}", schema.id),
            "restart the service with this configuration, or clear the proxy's cache",
        ),
    })
}
