//! The export of the service's traces.

use air_server::Traces;

use crate::Error;

/// The targets of the service's spans.
const TARGETS: &[&str] = &["air_issuer", "air_fetch"];

/// Creates the exporter of the service's spans, as [`Traces::from_environment`] describes it. The
/// service's name defaults to `air-issuer`.
///
/// # Errors
/// [`Error::Traces`] if a variable is invalid.
pub fn traces_from_environment() -> Result<Option<Traces>, Error> {
    Traces::from_environment("air-issuer", TARGETS).map_err(Error::Traces)
}
