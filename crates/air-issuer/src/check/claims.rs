//! The sources of claims that can be checked without a user: a hook responds; the database of a query responds and
//! accepts the query, whose columns are attributes of the schema. A table is validated with the configuration.

use super::Check;
use crate::{Config, claims::ClaimError};

const NAME: &str = "claims";

pub(super) async fn examine(config: &Config) -> Vec<Check> {
    let mut checks = Vec::new();
    for schema in &config.schemas {
        let Some(check) = schema.source.as_ref().and_then(|source| source.check()) else {
            continue;
        };
        let of = format!("the claims of the schema {}", schema.id);
        checks.push(match check.await {
            Ok(()) => Check::good(NAME, format!("{of}: the source responds")),
            Err(ClaimError::Unavailable { reason }) => Check::failed(
                NAME,
                "claims-unavailable",
                format!("{of}: {reason}"),
                "check that the source runs, its URL and its network",
            ),
            Err(ClaimError::Malformed { reason }) => {
                Check::failed(NAME, "claims-query", format!("{of}: {reason}"), "")
            }
        });
    }
    checks
}
