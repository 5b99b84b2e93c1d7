//! W3C credentials with Data Integrity proofs over RDF, beside the credentials on the ledger: the options of
//! programs, the credential for its holder, and the verification of presentations.
//!
//! Another program makes and checks the proofs ([`ProofProgram`]), because its libraries change how JSON numbers are read by everything
//! that is built with them. The platform keeps no copy of these credentials: it signs the claims of the credential on the ledger when its
//! holder asks for them, with the same validity and the same entry of a status list.

mod claims;
mod documents;
mod issue;
mod keys;
mod program;
mod settings;
mod verify;

pub use self::{
    documents::{context, did_document},
    program::{ProofCommand, ProofProgram},
    verify::verify,
};
pub(crate) use self::{
    issue::{Signed, check_current, issue},
    settings::{check_program, parse_suites, prepare, prepare_published, prepare_suite, stored_suites},
};
