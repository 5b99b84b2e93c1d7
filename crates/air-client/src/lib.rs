#![doc = include_str!("../README.md")]
#![cfg_attr(docsrs, feature(doc_cfg))]

mod auth;
#[cfg(feature = "blocking")]
pub mod blocking;
pub mod bulk;
pub mod catalogue;
mod client;
mod credentials;
mod environment;
mod error;
mod events;
mod holder;
mod idempotency;
mod issuer_hosted;
mod local;
pub mod middleware;
mod packages;
mod poll;
mod proxy;
mod tokens;
mod transport;
mod verifications;

pub use auth::{Auth, Recipient, Signed};
pub use catalogue::Catalogue;
pub use client::{AirClient, AirClientBuilder};
pub use environment::Environment;
pub use error::Error;
pub use events::{EventStream, RequestStream};
pub use holder::{Holder, IssueCredential, IssuedCredential, Verification, VerifyCredential};
pub use issuer_hosted::{HolderKeys, ReceivedCredential, SealedCredential};
pub use local::SandboxClient;
pub use poll::PollSchedule;

/// The types of requests and responses. Those of the local platform are in [`api::sandbox`].
pub use air_api as api;
pub use air_api::{
    CoreClaimHash, CredentialStatus, IdempotencyKey, IssueOnBehalf, IssuedOnBehalf, IssuerDid, OnDuplicate,
    ProgramId, SchemaId, VcStatus, VerificationProgramId,
};
/// Wallets, keys and sealed documents.
pub use air_crypto as crypto;
pub use air_crypto::{Curve, RootSecret};
/// Keys, signers and Partner JWTs.
pub use air_jwt as jwt;
pub use air_jwt::{EmailAddress, PartnerId, PartnerJwt, PartnerToken, SharedSigner, Signer, SigningKey};
/// Streams, for [`Catalogue`] and [`bulk`].
pub use futures_util as futures;
/// Random numbers, for new keys and for sealing.
pub use rand;
/// JSON, for the subjects of credentials.
pub use serde_json;
/// The URL of [`Environment::Custom`].
pub use url::Url;

/// The types that most users need.
pub mod prelude {
    pub use crate::{
        AirClient, CoreClaimHash, EmailAddress, Environment, Error, Holder, IssueCredential, IssueOnBehalf,
        OnDuplicate, PartnerId, PollSchedule, ProgramId, Signed, SigningKey, VcStatus, VerifyCredential,
    };
}
