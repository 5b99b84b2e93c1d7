//! The first status list at the public origin: verifiers fetch it there, and refuse credentials without it.

use air_fetch::{Accept, Fetcher};
use air_ids::UnixTime;
use air_jwt::JwkSet;
use air_vc::status::StatusListVerifier;

use super::Check;
use crate::{Config, status};

const NAME: &str = "status-list";
/// The maximum size of a list. The largest one has less than 4 MiB.
const LIMIT: usize = 4 * 1024 * 1024;

pub(super) async fn examine(
    fetcher: &Fetcher,
    config: &Config,
    published: &JwkSet,
    is_reachable: bool,
    now: UnixTime,
) -> Check {
    if config.status_list.is_none() {
        return Check::skipped(NAME, "status lists are off");
    }
    let url = config.origin.at(&format!("{}/0", status::PATH));
    if !is_reachable {
        return Check::skipped(
            NAME,
            format!("{url} is served by the origin that is not reachable"),
        );
    }
    let fetched = match fetcher.get(&url, LIMIT, Accept::StatusList).await {
        Ok(fetched) => fetched,
        Err(error) => {
            return Check::failed(
                NAME,
                "status-list-unreachable",
                format!("{url} is not available: {error}"),
                "forward `/statuslist/` of ISSUER_ORIGIN to the service, and check its log",
            );
        }
    };
    let issuer = config.issuer();
    let verifier = StatusListVerifier::new(&issuer, published, url.as_str());
    let token = String::from_utf8_lossy(&fetched.bytes);
    match verifier.verify(token.trim(), now) {
        Ok(_) => Check::good(NAME, format!("{url} is a valid status list of the issuer")),
        Err(error) => Check::failed(
            NAME,
            "status-list-invalid",
            format!("{url}: {error}"),
            "restart the service with this configuration, or clear the proxy's cache",
        ),
    }
}
