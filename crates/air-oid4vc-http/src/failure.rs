//! Failures of the backend.

/// A failure of the storage or the signer behind the routes. The backend logs the cause; the caller of
/// the route sees a general answer only.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Failure {
    /// The backend is temporarily unavailable: status 503.
    #[error("the service is temporarily unavailable; try again later")]
    Unavailable {
        /// The number of seconds after which the request may be repeated.
        retry_after: Option<u64>,
    },
    /// The backend failed: status 500.
    #[error("the service failed")]
    Internal,
}
