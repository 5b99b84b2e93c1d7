//! `[webhook]`: the endpoint of events.

use super::{ConfigError, environment::read_secret, file::WebhookSection, schema::Sources};
use crate::signed_post::{HookError, SignedPost};

const NAME: &str = "webhook";

/// Reads the section. `None` without one.
pub(super) fn read(
    section: Option<&WebhookSection>,
    sources: Sources<'_>,
) -> Result<Option<SignedPost>, ConfigError> {
    let Some(section) = section else {
        return Ok(None);
    };
    let invalid = |error: HookError| ConfigError::invalid(NAME, error.to_string());
    let secret = read_secret(NAME, &sources.folder.join(&section.secret_file))?;
    let mut endpoint = SignedPost::new(&section.url, &secret).map_err(invalid)?;
    if let Some(proxy) = sources.proxy {
        endpoint = endpoint.with_proxy(proxy).map_err(invalid)?;
    }
    Ok(Some(match section.timeout {
        Some(timeout) => endpoint.with_timeout(timeout.duration()),
        None => endpoint,
    }))
}
