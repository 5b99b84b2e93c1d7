//! The JSON document of `--json`: all ids and results, without secrets.

use std::path::{Path, PathBuf};

use air_api::{
    CoreClaimHash, IssuerDid, PartnerId, ProgramId, SchemaId, UserUuid, VcId, VerificationProgramId,
    sandbox::{ChainAnchor, DisclosedData, InclusionProof, VerificationStatus},
};
use air_sandbox::Platform;
use serde::{Serialize, Serializer};

use super::{
    backend::OwnBackend,
    folder::{CREDENTIAL, WALLET_KEY},
    parties::{Account, Holder, Programs},
    printer::StepTime,
};

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Report {
    pub(super) url: String,
    pub(super) partner_id: PartnerId,
    pub(super) jwks_url: String,
    pub(super) kid: String,
    pub(super) issuer_did: IssuerDid,
    pub(super) verifier_did: String,
    pub(super) schema_id: SchemaId,
    pub(super) credential_id: ProgramId,
    pub(super) verification_program_id: VerificationProgramId,
    pub(super) user_uuid: UserUuid,
    pub(super) holder_did: String,
    pub(super) email: String,
    pub(super) chain_id: u64,
    pub(super) curve: &'static str,
    pub(super) cak_public_key: String,
    pub(super) core_claim_hash: CoreClaimHash,
    pub(super) vc_id: VcId,
    pub(super) vc_status: &'static str,
    pub(super) vct: String,
    pub(super) transaction_hash: String,
    pub(super) inclusion_proof: InclusionProof,
    /// The checkpoint on the chain of `--chain`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) chain: Option<ChainAnchor>,
    pub(super) documents: Vec<SealedDocument>,
    pub(super) verification: VerificationReport,
    pub(super) on_behalf: Option<OnBehalf>,
    /// The credential of `--issuer-backend`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) issuer_backend: Option<OwnBackend>,
    steps: Vec<StepTime>,
    #[serde(serialize_with = "shown")]
    folder: PathBuf,
    #[serde(serialize_with = "shown")]
    wallet_key_file: PathBuf,
    #[serde(serialize_with = "shown")]
    credential_file: PathBuf,
}

fn shown<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&path.display())
}

/// A document on the platform.
#[derive(Clone, Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct SealedDocument {
    pub(super) name: String,
    pub(super) size: usize,
    pub(super) sealed_size: u64,
    pub(super) storage_id: String,
    pub(super) sealed_sha256: String,
}

/// The outcome of the verification.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct VerificationReport {
    pub(super) consent: Consent,
    pub(super) status: Option<VerificationStatus>,
    pub(super) transaction_hash: Option<String>,
    pub(super) cak_private_key_released: bool,
    pub(super) disclosed_data: Option<DisclosedData>,
    /// The documents that were opened, and match the originals byte for byte.
    pub(super) opened: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Consent {
    Agreed,
    Denied,
}

/// The second issuance.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct OnBehalf {
    pub(super) email: String,
    pub(super) user_uuid: UserUuid,
    pub(super) core_claim_hash: CoreClaimHash,
    pub(super) vc_id: VcId,
    pub(super) vc_status: &'static str,
}

impl Report {
    pub(super) fn new(
        platform: &Platform,
        account: &Account,
        programs: &Programs,
        holder: &Holder,
        documents: Vec<SealedDocument>,
        verification: VerificationReport,
    ) -> Self {
        Self {
            url: platform.url(),
            partner_id: account.partner_id.clone(),
            jwks_url: account.jwks.url().to_owned(),
            kid: account.kid.to_string(),
            issuer_did: account.issuer_did.clone(),
            verifier_did: account.verifier_did.clone(),
            schema_id: programs.schema.clone(),
            credential_id: programs.issuance.clone(),
            verification_program_id: programs.verification.clone(),
            user_uuid: holder.session.user_uuid.clone(),
            holder_did: holder.session.holder_did.clone(),
            email: holder.email.as_str().to_owned(),
            chain_id: holder.session.chain_id,
            curve: holder.context.curve().name(),
            cak_public_key: holder.public_key.to_string(),
            core_claim_hash: holder.core_claim_hash,
            vc_id: holder.vc_id.clone(),
            vc_status: "ONCHAIN",
            vct: holder.vct.clone(),
            transaction_hash: holder.transaction_hash.clone(),
            inclusion_proof: holder.proof.clone(),
            chain: holder.anchor.clone(),
            documents,
            verification,
            on_behalf: None,
            issuer_backend: None,
            steps: Vec::new(),
            folder: PathBuf::new(),
            wallet_key_file: PathBuf::new(),
            credential_file: PathBuf::new(),
        }
    }

    /// Adds the results of the last steps.
    pub(super) fn finished(mut self, steps: &[StepTime], folder: &Path) -> Self {
        self.steps = steps.to_vec();
        self.wallet_key_file = folder.join(WALLET_KEY);
        self.credential_file = folder.join(CREDENTIAL);
        self.folder = folder.into();
        self
    }

    pub(super) fn agreed(&self) -> bool {
        self.verification.consent == Consent::Agreed
    }
}
