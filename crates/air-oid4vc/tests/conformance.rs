//! The modules of the `OpenID` Foundation's conformance suite whose rule is one of values, under their
//! names. The book's page on conformance lists all of them.

mod fapi2;
mod issuer;
mod verifier;
