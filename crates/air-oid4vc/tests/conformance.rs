//! The modules of the `OpenID` Foundation's conformance suite whose rule is one of values, under their
//! names. The book's page on conformance lists all of them.

mod fapi2;
mod issuer;
mod verifier;

/// The metadata of the issuer's modules.
pub(crate) fn issuer_metadata() -> air_oid4vc::vci::IssuerMetadata {
    issuer::metadata()
}
