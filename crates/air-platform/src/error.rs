//! Errors of opening a platform.

/// An error of opening a platform. An operation that can't be done returns a [`Refusal`](crate::Refusal).
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The stored data can't be read.
    #[error(transparent)]
    Store(#[from] air_store::Error),
    /// The HTTP client for JWK sets and callbacks can't be created.
    #[error(transparent)]
    HttpClient(#[from] air_fetch::SetupError),
    /// The program for predicate proofs does not work.
    #[error(transparent)]
    PredicateProgram(crate::proof_program::ProofError),
}
