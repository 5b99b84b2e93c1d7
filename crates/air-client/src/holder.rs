//! The user's side, as the SDK's pages implement it, on the local platform. The wallet's keys stay here; the
//! platform only receives public keys.

use std::fmt;

use air_api::{
    CoreClaimHash, IssuerDid, OnDuplicate, ProgramId, SchemaId, VcId, VerificationId, VerificationProgramId,
    sandbox::{
        ConsentDecision, ConsentRequest, DisclosedData, DuplicateDetails, Issue, Issued, MissingCak,
        PendingDetails, Program, Session, StartVerification, StartedVerification, StoredObject,
        VerificationResult, VerificationStatus,
    },
};
use air_crypto::{CakContext, CakPrivateKey, CakPublicKey, CakUser, Curve, RootSecret};
use serde_json::{Map, Value};

use crate::{Auth, Error, SandboxClient, tokens::TokenPurpose};

/// A user who is present on the local platform: a session and the root of the identity wallet. See
/// [`SandboxClient::holder`]. With a hosted platform, the SDK's pages do this in the user's browser.
#[derive(Debug)]
pub struct Holder<'c> {
    local: SandboxClient<'c>,
    session: Session,
    root: RootSecret,
}

/// The parameters of the SDK's `issueCredential`.
#[derive(Clone)]
pub struct IssueCredential<'a> {
    /// The issuer's token, of scope `issue`: `Signed.into()`, or one that the caller signed.
    pub auth: Auth<'a>,
    /// The issuer.
    pub issuer_did: IssuerDid,
    /// The issuance program; the SDK calls it `credentialId`.
    pub credential_id: ProgramId,
    /// The claims.
    pub credential_subject: Map<String, Value>,
    /// The curve of the CAK.
    pub curve: Curve,
    /// The treatment of an earlier credential of the schema. The SDK always revokes it, which is the default.
    pub on_duplicate: OnDuplicate,
}

/// The result of `issueCredential`, and the credential.
#[derive(Clone)]
pub struct IssuedCredential {
    /// The CAK's public key, if compliance encryption is on for the program.
    pub cak_public_key: Option<CakPublicKey>,
    /// The context of the CAK.
    pub cak_context: Option<CakContext>,
    /// The hash for polling the status.
    pub core_claim_hash: CoreClaimHash,
    /// The credential's id.
    pub vc_id: VcId,
    /// The schema.
    pub schema_id: SchemaId,
    /// The compact SD-JWT VC.
    pub credential: String,
    /// The outcome for the user's earlier credentials of the schema, if there were any.
    pub duplicate: Option<DuplicateDetails>,
}

/// The parameters of the SDK's `verifyCredential`.
#[derive(Clone)]
pub struct VerifyCredential<'a> {
    /// The verifier's token, of scope `verify`: `Signed.into()`, or one that the caller signed.
    pub auth: Auth<'a>,
    /// The verification program.
    pub program_id: VerificationProgramId,
}

/// The result of `verifyCredential`.
#[derive(Debug)]
pub struct Verification {
    /// The id of the run, which the verifier sends to the issuer to request a package.
    pub verification_id: VerificationId,
    /// The outcome.
    pub status: VerificationStatus,
    /// The reason why the credential is not anchored yet; with `Pending` only.
    pub pending: Option<PendingDetails>,
    /// The verification's entry in the ledger; with `Compliant` only.
    pub transaction_hash: Option<String>,
    /// The CAK's private key. Present if the status is `Compliant`, the credential has a CAK, the
    /// program requires it, and the user agreed.
    pub cak_private_key: Option<CakPrivateKey>,
    /// The context that the key belongs to.
    pub cak_context: Option<CakContext>,
    /// The reason why there is no key, if the program requires the CAK and the credential has none.
    pub cak_missing: Option<MissingCak>,
    /// The disclosed claims.
    pub disclosed_data: Option<DisclosedData>,
    /// The sealed documents that the verifier may now fetch.
    pub documents: Vec<StoredObject>,
}

impl<'c> SandboxClient<'c> {
    /// Returns a user who is present, by their session ([`Self::login`]) and the root of their wallet.
    #[must_use]
    pub fn holder(&self, session: Session, root: RootSecret) -> Holder<'c> {
        Holder {
            local: *self,
            session,
            root,
        }
    }
}

impl Holder<'_> {
    /// Returns the user's session.
    #[must_use]
    pub fn session(&self) -> &Session {
        &self.session
    }

    /// Issues a credential to this user, as the SDK's `issueCredential` does. With compliance encryption on,
    /// the wallet derives the CAK locally, and the platform receives its public key.
    ///
    /// # Errors
    /// [`Error::Rejected`] for a subject that does not conform, [`Error::NotAuthorised`] for the token.
    pub async fn issue_credential(&self, parameters: IssueCredential<'_>) -> Result<IssuedCredential, Error> {
        let program = self.local.program(&parameters.credential_id).await?;
        let context = program
            .cak
            .then(|| self.context(&program, parameters.curve))
            .transpose()?;
        let key = context
            .as_ref()
            .map(|context| self.root.derive(context))
            .transpose()?;
        let cak_public_key = key.map(|key| key.public_key().clone());
        let request = Issue {
            issuer_did: parameters.issuer_did,
            program: parameters.credential_id,
            credential_subject: parameters.credential_subject,
            curve: parameters.curve,
            cak_public_key: cak_public_key.as_ref().map(ToString::to_string),
            on_duplicate: parameters.on_duplicate,
        };
        let issued: Issued = self
            .local
            .transport
            .post("sandbox/v1/credentials/issue")
            .partner(parameters.auth.proof(TokenPurpose::Issue))
            .bearer(Some(&self.session.session_token))
            .json(&request)
            .receive()
            .await?;
        Ok(IssuedCredential {
            cak_public_key,
            cak_context: context,
            core_claim_hash: issued.core_claim_hash,
            vc_id: issued.vc_id,
            schema_id: issued.schema_id,
            credential: issued.credential,
            duplicate: issued.duplicate,
        })
    }

    /// Runs a verification program on this user's credential, as the SDK's `verifyCredential` does. `decide`
    /// receives the verifier and its request, and returns the user's decision. The private key is derived
    /// locally after the platform responds `Compliant`, and only if it matches the public key at issuance.
    ///
    /// # Errors
    /// [`Error::ConsentDenied`] if the user denies; [`Error::WrongWallet`] if the key does not match.
    pub async fn verify_credential(
        &self,
        parameters: VerifyCredential<'_>,
        decide: impl FnOnce(&ConsentRequest) -> ConsentDecision,
    ) -> Result<Verification, Error> {
        let started: StartedVerification = self
            .local
            .transport
            .post("sandbox/v1/verifications")
            .partner(parameters.auth.proof(TokenPurpose::Verify))
            .bearer(Some(&self.session.session_token))
            .json(&StartVerification {
                program_id: parameters.program_id,
            })
            .receive()
            .await?;
        let decision = decide(&started.consent);
        let answered = self
            .local
            .transport
            .post(format!(
                "sandbox/v1/verifications/{}/consent",
                started.verification_id
            ))
            .bearer(Some(&self.session.session_token))
            .json(&decision)
            .receive::<VerificationResult>()
            .await;
        match answered {
            Err(Error::Conflict { .. }) if decision != ConsentDecision::Agree => Err(Error::ConsentDenied),
            answered => self.release(started.verification_id, answered?),
        }
    }

    fn release(
        &self,
        verification_id: VerificationId,
        result: VerificationResult,
    ) -> Result<Verification, Error> {
        let compliant = result.status == VerificationStatus::Compliant;
        let (cak_context, cak_private_key) = match result.cak.filter(|_| compliant) {
            None => (None, None),
            Some(cak) => {
                let context = CakContext::new(
                    CakUser::new(cak.user.as_str())?,
                    cak.issuer,
                    cak.schema,
                    cak.curve,
                );
                let recorded = CakPublicKey::from_hex(context.curve(), &cak.public_key)?;
                let key = self.root.derive(&context)?;
                if cak.user != self.session.user_uuid || *key.public_key() != recorded {
                    return Err(Error::WrongWallet);
                }
                (Some(context), Some(key))
            }
        };
        Ok(Verification {
            verification_id,
            status: result.status,
            pending: result.pending,
            transaction_hash: result.transaction_hash,
            cak_private_key,
            cak_context,
            cak_missing: result.cak_missing,
            disclosed_data: result.disclosed_data,
            documents: result.documents,
        })
    }

    fn context(&self, program: &Program, curve: Curve) -> Result<CakContext, Error> {
        Ok(CakContext::new(
            CakUser::new(self.session.user_uuid.as_str())?,
            program.issuer_did.clone(),
            program.schema_id.clone(),
            curve,
        ))
    }
}

impl fmt::Debug for IssueCredential<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssueCredential")
            .field("credential_id", &self.credential_id)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for IssuedCredential {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedCredential")
            .field("core_claim_hash", &self.core_claim_hash)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for VerifyCredential<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VerifyCredential")
            .field("program_id", &self.program_id)
            .finish_non_exhaustive()
    }
}
