//! The request to issue one credential.

use std::sync::Arc;

use air_api::{
    OnDuplicate,
    sandbox::{DuplicateDetails, DuplicateOutcome},
};
use air_crypto::{CakPublicKey, Curve};
use air_ids::{CoreClaimHash, IssuerDid, PartnerId, UnixTime};
use air_jwt::SigningKey;
use air_ledger::merkle;
use air_schema::Validator;
use air_vc::{IssueOptions, Issuer};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::credential_type;
use crate::{
    App, Refusal, caks,
    events::{self, EventKind, Revocation},
    ids, revocation,
    status_lists::{AskedEntry, Taken},
    users::Found,
};
use air_store::{
    ReadTx, WriteTx,
    credentials::{self, Credential},
    holder, ledger,
    partners::Partner,
    programs::{self, Program},
    users::User,
};

/// A request to issue a credential.
pub(super) struct IssuanceRequest<'a> {
    pub(super) app: &'a App,
    pub(super) partner: &'a Partner,
    pub(super) issuer_did: &'a IssuerDid,
    pub(super) subject: Arc<Map<String, Value>>,
    /// The curve and the public key.
    pub(super) cak: Option<(Curve, String)>,
    pub(super) on_duplicate: OnDuplicate,
}

/// A credential without its holder, time and status entry.
pub(super) struct UnsignedCredential {
    pub(super) program: Arc<Program>,
    pub(super) partner_id: PartnerId,
    issuer_did: IssuerDid,
    key: Arc<SigningKey>,
    subject: Arc<Map<String, Value>>,
    /// The curve and the public key.
    cak: Option<(Curve, String)>,
}

impl IssuanceRequest<'_> {
    /// Checks everything except the user: issuer, program, subject and key.
    pub(super) async fn check(&self, tx: &mut ReadTx, program_id: &str) -> Result<Arc<Program>, Refusal> {
        self.check_issuer()?;
        let program = self.app.cache.program(tx, program_id).await?;
        check_program(self.app, self.partner, &program)?;
        let validator = self.app.cache.validator(tx, program.schema_id.as_str()).await?;
        self.check_subject(&validator)?;
        Ok(program)
    }

    /// Checks the same from cached data. Returns `None` if something is not cached, or if the
    /// request would be refused.
    pub(super) fn check_cached(&self, program_id: &str) -> Option<Arc<Program>> {
        self.check_issuer().ok()?;
        let program = self.app.cache.cached_program(program_id)?;
        check_program(self.app, self.partner, &program).ok()?;
        let validator = self.app.cache.cached_validator(program.schema_id.as_str())?;
        self.check_subject(&validator).ok()?;
        Some(program)
    }

    fn check_issuer(&self) -> Result<(), Refusal> {
        if *self.issuer_did != self.partner.issuer_did {
            return Err(Refusal::not_found(
                "this partner has no such issuer; find `issuerDid` in the dashboard",
            ));
        }
        Ok(())
    }

    fn check_subject(&self, validator: &Validator) -> Result<(), Refusal> {
        validator
            .validate(&self.subject)
            .map_err(|violations| Refusal::bad_request(format!("credentialSubject: {violations}")))?;
        if let Some((curve, key)) = &self.cak {
            CakPublicKey::from_hex(*curve, key)
                .map_err(|error| Refusal::bad_request(format!("cakPublicKey: {error}")))?;
        }
        Ok(())
    }

    /// Returns the parts of the credential that are known before the transaction.
    pub(super) fn unsigned(&self, program: Arc<Program>) -> Result<UnsignedCredential, Refusal> {
        Ok(UnsignedCredential {
            program,
            partner_id: self.partner.partner_id.clone(),
            issuer_did: self.issuer_did.clone(),
            key: self.app.cache.issuer_key(self.partner)?,
            subject: self.subject.clone(),
            cak: self.cak.clone(),
        })
    }

    /// Issues a credential, unless the user already has one and the request ignores duplicates.
    /// Also returns what happened to the user's earlier credentials.
    pub(super) async fn issue(
        &self,
        tx: &mut WriteTx,
        program: Arc<Program>,
        Found { user, is_new }: &Found,
        entry: AskedEntry,
        now: UnixTime,
    ) -> Result<(Credential, Option<DuplicateDetails>), Refusal> {
        let mut duplicate = None;
        let partner_id = &self.partner.partner_id;
        let (user_uuid, schema) = (&user.user_uuid, &program.schema_id);
        if *is_new {
            // A user created in this transaction holds nothing.
        } else if self.on_duplicate == OnDuplicate::Ignore {
            if let Some(held) = credentials::find_holding(tx, partner_id, user_uuid, schema, now).await? {
                entry.leave(tx).await?;
                holder::undelete(tx, &held.core_claim_hash).await?;
                let duplicate = details(DuplicateOutcome::Returned, [held.core_claim_hash]);
                return Ok((held, duplicate));
            }
        } else {
            let revoked = credentials::revoke_held(tx, partner_id, user_uuid, schema, now).await?;
            for hash in &revoked {
                revocation::record(self.app, tx, partner_id, hash, Revocation::Replaced, now).await?;
            }
            duplicate = details(DuplicateOutcome::Revoked, revoked);
        }
        if program.maximum_issuance.is_some() && !programs::count_one(tx, &program.program_id).await? {
            return Err(Refusal::forbidden(
                "the issuance program has reached its maximum number of credentials; publish another program",
            ));
        }
        let status = entry.take(self.app, tx, self.partner).await?;
        let may_have_key = program.cak && self.cak.is_none() && !is_new;
        let mut credential = self.unsigned(program)?.sign(user, status, now)?;
        if may_have_key {
            caks::reuse(tx, &mut credential).await?;
        }
        keep(tx, &credential, now).await?;
        Ok((credential, duplicate))
    }
}

/// Describes what happened to earlier credentials; `None` if there were none.
fn details(
    outcome: DuplicateOutcome,
    hashes: impl IntoIterator<Item = CoreClaimHash>,
) -> Option<DuplicateDetails> {
    let core_claim_hashes: Vec<_> = hashes.into_iter().collect();
    (!core_claim_hashes.is_empty()).then_some(DuplicateDetails {
        outcome,
        core_claim_hashes,
    })
}

/// Checks that the program is the partner's, published, and not over.
pub(super) fn check_program(app: &App, partner: &Partner, program: &Program) -> Result<(), Refusal> {
    if program.partner_id != partner.partner_id {
        return Err(Refusal::forbidden(
            "the issuance program belongs to another partner",
        ));
    }
    if !program.published {
        return Err(Refusal::not_found(
            "the issuance program is a draft; publish it before issuing",
        ));
    }
    if is_over(program, app.platform_clock.now()) {
        return Err(Refusal::forbidden(
            "the issuance program has ended (accessibleUntil); publish another program",
        ));
    }
    Ok(())
}

/// Checks whether a program's issuance has ended at this time.
pub(crate) fn is_over(program: &Program, now: UnixTime) -> bool {
    program.accessible_until.is_some_and(|until| until < now)
}

/// Stores a credential, its ledger entry and its event.
pub(super) async fn keep(tx: &mut WriteTx, credential: &Credential, now: UnixTime) -> Result<(), Refusal> {
    credentials::insert(tx, credential).await?;
    ledger::append_credential(tx, &leaf(credential), &credential.core_claim_hash).await?;
    events::record(tx, &EventKind::CredentialIssued(credential), now).await?;
    Ok(())
}

/// Returns the `coreClaimHash` of a signed credential.
pub(super) fn hash_of(credential: &air_vc::Credential) -> CoreClaimHash {
    CoreClaimHash::from_bytes(Sha256::digest(credential.issuer_jwt()).into())
}

/// Returns the ledger's leaf of a credential.
pub(crate) fn leaf(credential: &Credential) -> merkle::Hash {
    merkle::leaf_hash(credential.core_claim_hash.as_bytes())
}

impl UnsignedCredential {
    pub(super) fn sign(&self, user: &User, status: Taken, now: UnixTime) -> Result<Credential, Refusal> {
        let expires_at = self.program.expiration.end(now);
        let terms = IssueOptions {
            vct: credential_type(self.program.schema_id.as_str()),
            holder: Some(user.holder_did.clone()),
            id: Some(format!("urn:uuid:{}", ids::uuid())),
            revocation_nonce: Some(ids::revocation_nonce()),
            issued_at: now,
            expires_at,
            status: Some(status.reference),
            ..IssueOptions::default()
        };
        let credential = Issuer::new(self.issuer_did.as_str(), &*self.key)
            .issue(&terms, &self.subject, &mut rand::rng())
            .map_err(|error| Refusal::bad_request(format!("credentialSubject: {error}")))?;
        let (curve, cak_public_key) = self.cak.clone().unzip();
        Ok(Credential {
            core_claim_hash: hash_of(&credential),
            vc_id: ids::short_id(),
            program_id: self.program.program_id.clone(),
            schema_id: self.program.schema_id.clone(),
            partner_id: self.partner_id.clone(),
            user_uuid: user.user_uuid.clone(),
            credential: credential.as_str().to_owned(),
            curve,
            cak_public_key,
            issued_at: now,
            expires_at,
            revoked_at: None,
            status_list: Some(status.list),
            status_entry: Some(status.entry),
        })
    }
}
