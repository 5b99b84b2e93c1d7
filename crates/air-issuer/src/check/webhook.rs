//! The endpoint of events.

use super::Check;
use crate::Config;

const NAME: &str = "webhook";
/// The maximum size of a response.
const LIMIT: usize = 64 * 1024;

/// `None` if events are off.
pub(super) async fn examine(config: &Config) -> Option<Check> {
    let endpoint = config.webhook.as_ref()?;
    Some(match endpoint.reach(LIMIT).await {
        Ok(()) => Check::good(NAME, "the endpoint of events responds"),
        Err(reason) => Check::warning(
            NAME,
            "webhook-unreachable",
            reason,
            "check that the endpoint runs, and `url` in [webhook]; its events are sent later",
        ),
    })
}
