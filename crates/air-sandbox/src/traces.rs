//! The export of the platform's traces.

use air_server::Traces;

use crate::Error;

/// The targets of the platform's spans.
const TARGETS: &[&str] = &["air_sandbox", "air_platform", "air_fetch", "air_store"];

/// Creates the exporter of the platform's spans, as [`Traces::from_environment`] describes it. The
/// service's name defaults to `air-sandbox`.
///
/// # Errors
/// [`Error::Traces`] if a variable is invalid.
pub fn traces_from_environment() -> Result<Option<Traces>, Error> {
    Traces::from_environment("air-sandbox", TARGETS).map_err(Error::Traces)
}
