//! W3C Verifiable Credentials, secured as a JWT (Securing Verifiable Credentials using JOSE and
//! COSE) or by an embedded proof (Data Integrity, `ecdsa-jcs-2019`).
//!
//! Version 2.0 is issued and verified: as a JWT its `typ` is `vc+jwt`, and the payload is the
//! credential. Version 1.1 is verified only, as a JWT (`typ` is `JWT`, with the credential in
//! `vc`). Unlike an SD-JWT VC, a W3C credential has no selective disclosure.
//!
//! ```
//! use std::time::Duration;
//!
//! use air_jwt::{JwkSet, SigningKey};
//! use air_vc::{Format, Issuer, UnixTime, Verifier, w3c::W3cIssueOptions};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! let (key, now) = (SigningKey::generate(&mut rand::rng()), UnixTime::from_secs(1_800_000_000));
//! let terms = W3cIssueOptions {
//!     types: vec!["KycIdentity".into()],
//!     holder: Some("did:example:holder".into()),
//!     valid_from: now,
//!     valid_until: Some(now.saturating_add(Duration::from_hours(24))),
//!     ..W3cIssueOptions::default()
//! };
//! let subject = serde_json::json!({ "isOver18": true });
//! let credential = Issuer::new("https://issuer.example", &key).issue_w3c(&terms, subject.as_object().unwrap())?;
//!
//! let keys = JwkSet::from(key.public_jwk());
//! let verified = Verifier::new("https://issuer.example", &keys)
//!     .with_format(Format::W3cJwt)
//!     .requiring_type("KycIdentity")
//!     .verify(credential.as_str(), now)?;
//! assert_eq!(verified.subject()["isOver18"], true);
//! # Ok(())
//! # }
//! ```

mod document;
mod integrity;
mod issue;
mod status;
mod verify;

pub use integrity::EmbeddedProof;
pub use issue::{SecuringMechanism, W3cCredential, W3cIssueOptions};
