#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]
#![warn(clippy::unwrap_used, clippy::indexing_slicing, clippy::panic)]
#![cfg_attr(
    test,
    allow(
        clippy::unwrap_used,
        clippy::indexing_slicing,
        clippy::panic,
        reason = "tests fail by panic"
    )
)]

mod cbor;
mod check;
mod cose;
mod device_response;
mod device_signed;
mod elements;
mod error;
mod issue;
mod issuer_signed;
mod item;
mod json;
mod mso;
mod names;
mod present;
mod session_transcript;
mod status_list;
mod trust;
mod verified;
mod verify;
mod x5chain;

pub use air_ids::UnixTime;
pub use check::{Check, Outcome, Report};
pub use ciborium::Value;
pub use device_response::{DOCUMENT_LIMIT, DeviceResponse, Document};
pub use device_signed::DeviceSigned;
pub use elements::{Elements, date_time, full_date};
pub use error::Error;
pub use issue::{IssueOptions, Issuer};
pub use issuer_signed::IssuerSigned;
pub use item::IssuerSignedItem;
pub use json::to_json;
pub use mso::{
    CredentialStatus, DigestAlgorithm, KeyAuthorizations, MobileSecurityObject, StatusReference, ValidityInfo,
};
pub use names::{DocType, ElementIdentifier, NameSpace};
pub use present::Presentation;
pub use session_transcript::{DcApiHandover, RedirectHandover, SessionTranscript};
pub use status_list::{StatusListClaims, StatusListCwt};
pub use trust::{IssuerClaim, PinnedIssuer, TrustedIssuers, UntrustedIssuer};
pub use verified::VerifiedDocument;
pub use verify::{DocumentOutcome, Verifier};
pub use x5chain::X5Chain;
