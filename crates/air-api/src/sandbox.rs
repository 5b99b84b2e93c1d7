//! The local platform's own API, below `/sandbox/v1/`. It replaces the dashboard of the hosted
//! platform and the closed pages of its SDK. The hosted platform has none of these calls.

mod anchoring;
mod cak;
mod callbacks;
mod catalogue;
mod chain;
mod clock;
mod condition;
mod credential_format;
mod duplicates;
mod events;
mod expiration;
mod faults;
mod holder_keys;
mod issuance;
mod issuer_backends;
mod ledger;
mod logs;
mod offers;
#[cfg(feature = "openapi")]
mod openapi;
mod packages;
mod predicate_proofs;
mod presentations;
mod records;
mod session;
mod setup;
mod snapshots;
mod storage;
mod verification;
mod w3c_proofs;

pub use anchoring::{
    AnchoringEvent, AnchoringJob, AnchoringReason, AnchoringState, ChainAnchor, ChainState, StatusDetails,
};
pub use cak::{CakDetails, CakQuery, CakState, IssuedDetails, MissingCak, MissingCakReason, RecordedCak};
pub use callbacks::{
    CakAvailable, Callback, CallbackAttempt, CallbackKind, CallbackQuery, CallbackSubscription, Callbacks,
    CredentialStatusChanged,
};
pub use catalogue::{PublishedSchema, SchemaPage, SchemaSearch, SchemaSummary};
pub use chain::{ChainNode, ChainReport};
pub use clock::{MoveClock, PlatformClock};
pub use condition::{Condition, Operator};
pub use credential_format::CredentialFormat;
pub use duplicates::{DuplicateDetails, DuplicateOutcome};
pub use events::{Event, EventId, EventPage, EventQuery};
pub use expiration::Expiration;
pub use faults::{FAULT_HEADER, Fault, FaultRule, Faults};
pub use holder_keys::{EncryptionKey, HeldEncryptionKey, HeldVc, HeldVcs};
pub use issuance::{Issue, Issued, Program, Revoke, Revoked};
pub use issuer_backends::{IssuerBackend, NewIssuerBackend};
pub use ledger::{Block, ConsistencyProof, InclusionProof, Transaction};
pub use logs::{LogQuery, LoggedRequest, PROBE_HEADER, RequestLog};
pub use offers::{CreateOffer, CreatedOffer, OfferState, OfferStatus};
pub use packages::{DepositPackage, DepositedPackage, PackageAccess, PackageLog, PackageOutcome};
pub use predicate_proofs::{
    AnswerWithProof, CreateProofChallenge, PredicateRequest, ProofChallenge, ProofRequest, ProofToken,
    ProofTokens, ProvableCredential, SignForProofs, SignedForProofs, Unproven, ZkProofs,
};
pub use presentations::{
    CreatePresentationRequest, CreatedPresentationRequest, PresentationRequestQuery,
    PresentationRequestStatus, PresentationResult, PresentationState,
};
pub use records::{ListQuery, PartnerRecord, ProgramRecord, RecordPage, VerificationProgramRecord};
pub use session::{Login, Session};
pub use setup::{
    CreateProgram, CreateSchema, CreateVerificationProgram, CreatedPartner, CreatedProgram, CreatedSchema,
    CreatedVerificationProgram, NewPartner, Ready, RegisterKeys, RegisteredKeys, ReplaceTrustList, Seed,
    SeedProgram, SeedSchema, SeedVerificationProgram, Seeded, SeededPartner, SeededPartners, TrustedIssuers,
};
pub use snapshots::{NewSnapshot, Snapshot, Snapshots};
pub use storage::StoredObject;
pub use verification::{
    AcceptedStatus, Consent, ConsentDecision, ConsentRequest, DisclosedData, PendingDetails, RequestedCak,
    StartVerification, StartedVerification, UnknownStatus, VerificationRecord, VerificationResult,
    VerificationStatus,
};
pub use w3c_proofs::{HeldW3cCredential, ProofSuite, VerifyW3cPresentation, W3cCheck, W3cPresentationReport};
