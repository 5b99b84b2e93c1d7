//! The events: their types, owners and data are all defined here. Events contain only IDs and
//! states, no personal values.

use air_api::{
    PlatformTime,
    sandbox::{Faults, PlatformClock},
};
use air_ids::{CoreClaimHash, PartnerId};
use serde_json::{Value, json};

use air_store::{
    callbacks::{Available, Release, StatusChange},
    credentials::{Credential, Expired},
    ledger::Block,
    objects::Object,
    packages::Package,
    partners::Partner,
    presentation_requests::PresentationRequest,
    programs::{Program, Schema, VerificationProgram},
    sealed_credentials::SealedCredential,
    verifications::Verification,
};

/// A change that an event reports.
#[derive(Clone, Copy)]
pub(crate) enum EventKind<'a> {
    PartnerCreated(&'a Partner),
    IssuerModified(&'a Partner),
    PartnerModified {
        partner_id: &'a PartnerId,
        /// The SHA-256 of the logo's bytes.
        logo: Option<&'a str>,
    },
    SchemaPublished(&'a Schema),
    ProgramCreated(&'a Program),
    ProgramPublished(&'a Program),
    VerificationProgramCreated(&'a VerificationProgram),
    #[cfg_attr(
        not(feature = "openid4vc"),
        allow(dead_code, reason = "no program has a trust list")
    )]
    VerificationProgramModified(&'a VerificationProgram),
    UserCreated {
        by: &'a PartnerId,
        user_uuid: &'a str,
    },
    SessionOpened {
        by: &'a PartnerId,
        user_uuid: &'a str,
    },
    CredentialIssued(&'a Credential),
    CredentialRevoked {
        partner_id: &'a PartnerId,
        core_claim_hash: &'a CoreClaimHash,
        because: Revocation,
    },
    CredentialExpired(&'a Expired),
    BlockSealed {
        block: &'a Block,
        first_leaf: u64,
    },
    BlocksTakenBack {
        first: u64,
        last: u64,
    },
    ObjectStored(&'a Object),
    SealedCredentialStored(&'a SealedCredential),
    HolderKeyChanged {
        by: &'a PartnerId,
        user_uuid: &'a str,
    },
    PackageDeposited(&'a Package),
    PackageAsked {
        issuer_id: &'a PartnerId,
        package_id: &'a str,
        outcome: &'a str,
    },
    VerificationStarted(&'a Verification),
    VerificationDecided {
        run: &'a Verification,
        consent: &'a str,
        status: Option<&'a str>,
    },
    #[cfg_attr(
        not(feature = "openid4vc"),
        allow(dead_code, reason = "no wallet presents anything")
    )]
    PresentationReceived {
        request: &'a PresentationRequest,
        outcome: &'a str,
        status: Option<&'a str>,
    },
    CakReleased(Release<'a>),
    CakAvailable(Available<'a>),
    AcceptedStatusChanged(StatusChange<'a>),
    CallbackOpened {
        issuer_id: &'a PartnerId,
        record_id: &'a str,
    },
    CallbackAttempted {
        issuer_id: &'a PartnerId,
        record_id: &'a str,
        http_status: Option<u16>,
        failure: Option<&'a str>,
    },
    CallbackDelivered {
        issuer_id: &'a PartnerId,
        record_id: &'a str,
    },
    CallbackReplayed {
        issuer_id: &'a PartnerId,
        record_id: &'a str,
    },
    FaultsChanged(&'a Faults),
    ClockMoved(PlatformClock),
    SnapshotSaved(&'a str),
    SnapshotRestored(&'a str),
    SnapshotDeleted(&'a str),
    PlatformReset,
}

/// The reason for a revocation.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Revocation {
    Requested,
    /// Another credential replaces it.
    Replaced,
}

impl<'a> EventKind<'a> {
    /// Returns the event's type.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::PartnerCreated(_) => "partner.created",
            Self::IssuerModified(_) => "issuer.modified",
            Self::PartnerModified { .. } => "partner.modified",
            Self::SchemaPublished(_) => "schema.published",
            Self::ProgramCreated(_) => "program.created",
            Self::ProgramPublished(_) => "program.published",
            Self::VerificationProgramCreated(_) => "verification_program.created",
            Self::VerificationProgramModified(_) => "verification_program.modified",
            Self::UserCreated { .. } => "user.created",
            Self::SessionOpened { .. } => "session.opened",
            Self::CredentialIssued(_) => "credential.issued",
            Self::CredentialRevoked { .. } => "credential.revoked",
            Self::CredentialExpired(_) => "credential.expired",
            Self::BlockSealed { .. } => "block.sealed",
            Self::BlocksTakenBack { .. } => "blocks.taken_back",
            Self::ObjectStored(_) => "object.stored",
            Self::SealedCredentialStored(_) => "sealed_credential.stored",
            Self::HolderKeyChanged { .. } => "holder_key.changed",
            Self::PackageDeposited(_) => "package.deposited",
            Self::PackageAsked { .. } => "package.asked",
            Self::VerificationStarted(_) => "verification.started",
            Self::VerificationDecided { .. } => "verification.decided",
            Self::PresentationReceived { .. } => "presentation.received",
            Self::CakReleased(_) => air_store::callbacks::RELEASED,
            Self::CakAvailable(_) => air_store::callbacks::AVAILABLE,
            Self::AcceptedStatusChanged(_) => air_store::callbacks::STATUS_CHANGED,
            Self::CallbackOpened { .. } => "callback.opened",
            Self::CallbackAttempted { .. } => super::CALLBACK_ATTEMPTED,
            Self::CallbackDelivered { .. } => "callback.delivered",
            Self::CallbackReplayed { .. } => "callback.replayed",
            Self::FaultsChanged(_) => "faults.changed",
            Self::ClockMoved(_) => "clock.moved",
            Self::SnapshotSaved(_) => "snapshot.saved",
            Self::SnapshotRestored(_) => "snapshot.restored",
            Self::SnapshotDeleted(_) => "snapshot.deleted",
            Self::PlatformReset => "platform.reset",
        }
    }

    /// Returns the ID of the partner that owns the event.
    pub(super) fn partner_id(&self) -> Option<&'a PartnerId> {
        match *self {
            Self::PartnerCreated(partner) | Self::IssuerModified(partner) => Some(&partner.partner_id),
            Self::SchemaPublished(schema) => Some(&schema.partner_id),
            Self::ProgramCreated(program) | Self::ProgramPublished(program) => Some(&program.partner_id),
            Self::VerificationProgramCreated(program) | Self::VerificationProgramModified(program) => {
                Some(&program.partner_id)
            }
            Self::UserCreated { by, .. }
            | Self::SessionOpened { by, .. }
            | Self::HolderKeyChanged { by, .. } => Some(by),
            Self::CredentialIssued(credential) => Some(&credential.partner_id),
            Self::CredentialExpired(expired) => Some(&expired.partner_id),
            Self::PartnerModified { partner_id, .. } | Self::CredentialRevoked { partner_id, .. } => {
                Some(partner_id)
            }
            Self::ObjectStored(object) => Some(&object.partner_id),
            Self::SealedCredentialStored(stored) => Some(&stored.partner_id),
            Self::PackageDeposited(package) => Some(&package.issuer_id),
            Self::VerificationStarted(run) | Self::VerificationDecided { run, .. } => Some(&run.partner_id),
            Self::PresentationReceived { request, .. } => Some(&request.partner_id),
            Self::CakReleased(release) => Some(release.issuer_id),
            Self::CakAvailable(available) => Some(available.issuer_id),
            Self::AcceptedStatusChanged(change) => Some(&change.verification.partner_id),
            Self::PackageAsked { issuer_id, .. }
            | Self::CallbackOpened { issuer_id, .. }
            | Self::CallbackAttempted { issuer_id, .. }
            | Self::CallbackDelivered { issuer_id, .. }
            | Self::CallbackReplayed { issuer_id, .. } => Some(issuer_id),
            Self::BlockSealed { .. }
            | Self::BlocksTakenBack { .. }
            | Self::FaultsChanged(_)
            | Self::ClockMoved(_)
            | Self::SnapshotSaved(_)
            | Self::SnapshotRestored(_)
            | Self::SnapshotDeleted(_)
            | Self::PlatformReset => None,
        }
    }

    /// Returns the event's data.
    pub(super) fn data(&self) -> Value {
        match *self {
            Self::PartnerCreated(partner) | Self::IssuerModified(partner) => {
                json!({ "issuerDid": partner.issuer_did, "verifierDid": partner.verifier_did })
            }
            Self::PartnerModified { logo, .. } => json!({ "logoSha256": logo }),
            Self::SchemaPublished(schema) => json!({ "schemaId": schema.schema_id }),
            Self::ProgramCreated(program) | Self::ProgramPublished(program) => json!({
                "credentialId": program.program_id, "schemaId": program.schema_id, "cak": program.cak,
                "published": program.published,
            }),
            Self::VerificationProgramCreated(program) => json!({
                "programId": program.program_id, "schemaId": program.schema_id, "requireCak": program.require_cak,
            }),
            Self::VerificationProgramModified(program) => json!({
                "programId": program.program_id, "hasTrustList": program.trust_list.is_some(),
            }),
            Self::UserCreated { user_uuid, .. } | Self::SessionOpened { user_uuid, .. } => {
                json!({ "userUuid": user_uuid })
            }
            Self::CredentialIssued(credential) => json!({
                "coreClaimHash": credential.core_claim_hash, "vcId": credential.vc_id,
                "credentialId": credential.program_id, "schemaId": credential.schema_id,
                "userUuid": credential.user_uuid,
                "expirationDate": credential.expires_at.map(PlatformTime::from_unix),
            }),
            Self::CredentialRevoked {
                core_claim_hash,
                because,
                ..
            } => json!({ "coreClaimHash": core_claim_hash, "reason": because.as_str() }),
            Self::CredentialExpired(expired) => json!({
                "coreClaimHash": expired.core_claim_hash, "vcId": expired.vc_id,
                "expirationDate": PlatformTime::from_unix(expired.expires_at),
            }),
            Self::BlockSealed { block, first_leaf } => json!({
                "number": block.number, "treeSize": block.tree_size, "firstLeaf": first_leaf,
                "root": hex::encode(&block.root),
            }),
            Self::BlocksTakenBack { first, last } => json!({ "first": first, "last": last }),
            Self::ObjectStored(object) => json!({
                "storageId": object.storage_id, "coreClaimHash": object.core_claim_hash, "size": object.size,
            }),
            Self::SealedCredentialStored(stored) => json!({
                "storageId": stored.storage_id, "schemaId": stored.schema_id, "userUuid": stored.user_uuid,
                "proofType": stored.proof_type,
            }),
            Self::HolderKeyChanged { user_uuid, .. } => json!({ "userUuid": user_uuid }),
            Self::PackageDeposited(package) => json!({
                "packageId": package.package_id, "verificationId": package.verification_id, "size": package.size,
            }),
            Self::PackageAsked {
                package_id, outcome, ..
            } => json!({ "packageId": package_id, "outcome": outcome }),
            Self::VerificationStarted(run) => started(run),
            Self::VerificationDecided { run, consent, status } => {
                let mut data = started(run);
                data["consent"] = consent.into();
                data["status"] = status.into();
                data
            }
            Self::PresentationReceived {
                request,
                outcome,
                status,
            } => json!({
                "requestId": request.request_id, "programId": request.program_id, "outcome": outcome, "status": status,
            }),
            Self::CakReleased(release) => {
                json!({ "userUuid": release.user_uuid, "schemaId": release.schema_id })
            }
            Self::CakAvailable(available) => json!({
                "userUuid": available.user_uuid, "schemaId": available.schema_id, "curve": available.curve,
            }),
            Self::AcceptedStatusChanged(StatusChange { verification, status }) => json!({
                "verificationId": verification.verification_id, "programId": verification.program_id,
                "userUuid": verification.user_uuid, "status": status,
            }),
            Self::CallbackOpened { record_id, .. }
            | Self::CallbackDelivered { record_id, .. }
            | Self::CallbackReplayed { record_id, .. } => json!({ "recordId": record_id }),
            Self::CallbackAttempted {
                record_id,
                http_status,
                failure,
                ..
            } => json!({ "recordId": record_id, "httpStatus": http_status, "failure": failure }),
            Self::FaultsChanged(faults) => {
                json!({ "rules": faults.rules.len(), "stuckChain": faults.stuck_chain })
            }
            Self::ClockMoved(clock) => json!(clock),
            Self::SnapshotSaved(name) | Self::SnapshotRestored(name) | Self::SnapshotDeleted(name) => {
                json!({ "name": name })
            }
            Self::PlatformReset => json!({}),
        }
    }
}

impl Revocation {
    fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Replaced => "replaced",
        }
    }
}

fn started(run: &Verification) -> Value {
    json!({
        "verificationId": run.verification_id, "programId": run.program_id, "userUuid": run.user_uuid,
    })
}
