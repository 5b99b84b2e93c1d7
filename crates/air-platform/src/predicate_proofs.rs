//! Predicate proofs: a holder proves that conditions hold on a credential, without the values. Experimental, not audited.
//!
//! Another program signs and verifies ([`PredicateProgram`]), because its libraries are in no other part of the platform. A platform without
//! the program has no programs with predicate proofs and none of their routes. The signature over scalars is a second form of the credential
//! on the ledger, with the same validity.

mod held;
mod issue;
mod program;
mod run;
mod schemes;
mod tokens;

pub use self::{
    held::{HeldForProofs, held, token},
    issue::{challenge, sign},
    program::{PredicateCommand, PredicateProgram},
    run::{answer, request},
    schemes::{SchemeDocument, has_scheme, scheme},
    tokens::tokens,
};
pub(crate) use self::{
    program::check_program,
    run::check_verification_program,
    schemes::{PreparedScheme, prepare},
};
