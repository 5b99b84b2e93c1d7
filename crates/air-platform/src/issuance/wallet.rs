//! Issuance to a wallet: credentials that are bound to keys instead of a holder's DID, without `sub`, `id` and revocation nonce.

use std::sync::Arc;

use air_api::OnDuplicate;
use air_ids::{CoreClaimHash, IssuerDid, UnixTime, UserUuid};
use air_jwt::{Jwk, SigningKey, jws::X5c};
use air_mdoc::{DocType, Elements, KeyAuthorizations, ValidityInfo, X5Chain};
use air_vc::{Integrity, IssueOptions, Issuer, status::StatusReference};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};

use super::request::{self, IssuanceRequest};
use crate::{App, Refusal, caks, events::Revocation, revocation, status_lists::Taken};
use air_store::{
    ReadTx, WriteTx,
    credentials::{self, Credential},
    partners::Partner,
    programs::{self, Program},
    users::User,
};

/// A checked order for credentials of one program with one subject.
pub(crate) struct WalletIssuance<'a> {
    app: &'a App,
    partner: &'a Partner,
    program: Arc<Program>,
    key: Arc<SigningKey>,
    subject: Arc<Map<String, Value>>,
}

/// The claims of one credential that come from the wallet's protocol.
pub(crate) struct WalletTerms<'a> {
    pub(crate) profile: &'a WalletProfile<'a>,
    pub(crate) issued_at: UnixTime,
    pub(crate) expires_at: Option<UnixTime>,
    /// `cnf.jwk`, or the device key.
    pub(crate) holder_key: Jwk,
    /// Whether it is a copy, which the program's maximum does not count again.
    pub(crate) is_copy: bool,
}

/// The common parts of all credentials of an order, by their format.
pub(crate) enum WalletProfile<'a> {
    SdJwtVc {
        /// `iss`.
        issuer: &'a str,
        /// The certificate chain of the issuer's key.
        x5c: &'a X5c,
        vct: String,
        vct_integrity: Integrity,
        /// The type of the platform's own credentials.
        other_type: String,
    },
    Mdoc {
        doc_type: DocType,
        elements: Elements,
        /// The certificate chain of the issuer's key.
        x5chain: X5Chain,
    },
}

/// A signed credential: its text and its `coreClaimHash`.
struct Signed {
    text: String,
    core_claim_hash: CoreClaimHash,
}

/// Checks the program and the subject of an order, without changes.
pub(crate) async fn check_order(
    app: &App,
    partner: &Partner,
    issuer_did: &IssuerDid,
    program_id: &str,
    subject: &Map<String, Value>,
) -> Result<(), Refusal> {
    let order = order(app, partner, issuer_did, Arc::new(subject.clone()));
    order
        .check(&mut *app.store.read().await?, program_id)
        .await
        .map(drop)
}

fn order<'a>(
    app: &'a App,
    partner: &'a Partner,
    issuer_did: &'a IssuerDid,
    subject: Arc<Map<String, Value>>,
) -> IssuanceRequest<'a> {
    IssuanceRequest {
        app,
        partner,
        issuer_did,
        subject,
        cak: None,
        on_duplicate: OnDuplicate::Revoke,
    }
}

impl<'a> WalletIssuance<'a> {
    /// Checks the program and the subject.
    pub(crate) async fn check(
        app: &'a App,
        tx: &mut ReadTx,
        partner: &'a Partner,
        program_id: &str,
        subject: Arc<Map<String, Value>>,
    ) -> Result<Self, Refusal> {
        let order = order(app, partner, &partner.issuer_did, subject.clone());
        Ok(Self {
            app,
            partner,
            program: order.check(tx, program_id).await?,
            key: app.cache.issuer_key(partner)?,
            subject,
        })
    }

    /// Checks the same from cached data. Returns `None` if something is not cached, if the request would be refused, or if the
    /// program counts its credentials or encrypts their documents, which needs queries for each of them.
    pub(crate) fn check_cached(
        app: &'a App,
        partner: &'a Partner,
        program_id: &str,
        subject: Arc<Map<String, Value>>,
    ) -> Option<Self> {
        let order = order(app, partner, &partner.issuer_did, subject.clone());
        let program = order.check_cached(program_id)?;
        if program.maximum_issuance.is_some() || program.cak {
            return None;
        }
        Some(Self {
            app,
            partner,
            program,
            key: app.cache.issuer_key(partner).ok()?,
            subject,
        })
    }

    pub(crate) fn program(&self) -> &Arc<Program> {
        &self.program
    }

    pub(crate) fn schema_id(&self) -> &str {
        self.program.schema_id.as_str()
    }

    pub(crate) fn subject(&self) -> &Map<String, Value> {
        &self.subject
    }

    /// Returns the end of a credential's lifetime that begins now.
    pub(crate) fn expires_at(&self, now: UnixTime) -> Option<UnixTime> {
        self.program.expiration.end(now)
    }

    /// Revokes the holder's credentials of the schema from this partner.
    pub(crate) async fn revoke_held(
        &self,
        tx: &mut WriteTx,
        user: &User,
        now: UnixTime,
    ) -> Result<(), Refusal> {
        let partner_id = &self.partner.partner_id;
        let schema_id = &self.program.schema_id;
        for hash in credentials::revoke_held(tx, partner_id, &user.user_uuid, schema_id, now).await? {
            revocation::record(self.app, tx, partner_id, &hash, Revocation::Replaced, now).await?;
        }
        Ok(())
    }

    /// Issues one credential. `status` has the reference that the credential has to its entry of the status list.
    pub(crate) async fn issue(
        &self,
        tx: &mut WriteTx,
        user: &User,
        terms: WalletTerms<'_>,
        status: Taken,
        now: UnixTime,
    ) -> Result<Credential, Refusal> {
        if self.program.maximum_issuance.is_some()
            && !terms.is_copy
            && !programs::count_one(tx, &self.program.program_id).await?
        {
            return Err(Refusal::forbidden(
                "the issuance program has reached its maximum number of credentials; publish another program",
            ));
        }
        let mut credential = self.signed(&user.user_uuid, terms, status, now)?;
        if self.program.cak {
            caks::reuse(tx, &mut credential).await?;
        }
        request::keep(tx, &credential, now).await?;
        Ok(credential)
    }

    /// Signs one credential, and returns its row.
    pub(crate) fn signed(
        &self,
        user_uuid: &UserUuid,
        terms: WalletTerms<'_>,
        status: Taken,
        now: UnixTime,
    ) -> Result<Credential, Refusal> {
        let expires_at = terms.expires_at;
        let signed = self.sign(terms, status.reference)?;
        Ok(Credential {
            core_claim_hash: signed.core_claim_hash,
            vc_id: crate::ids::short_id(),
            program_id: self.program.program_id.clone(),
            schema_id: self.program.schema_id.clone(),
            partner_id: self.partner.partner_id.clone(),
            user_uuid: user_uuid.clone(),
            credential: signed.text,
            curve: None,
            cak_public_key: None,
            issued_at: now,
            expires_at,
            revoked_at: None,
            status_list: Some(status.list),
            status_entry: Some(status.entry),
        })
    }

    fn sign(&self, terms: WalletTerms<'_>, status: StatusReference) -> Result<Signed, Refusal> {
        match terms.profile {
            WalletProfile::SdJwtVc {
                issuer,
                x5c,
                vct,
                vct_integrity,
                other_type,
            } => {
                let options = IssueOptions {
                    vct: vct.clone(),
                    vct_integrity: Some(vct_integrity.clone()),
                    other_types: vec![other_type.clone()],
                    issued_at: terms.issued_at,
                    expires_at: terms.expires_at,
                    holder_key: Some(terms.holder_key),
                    status: Some(status),
                    ..IssueOptions::default()
                };
                let signed = Issuer::new(*issuer, &*self.key)
                    .with_x5c(x5c)
                    .issue(&options, &self.subject, &mut rand::rng())
                    .map_err(|error| Refusal::bad_request(format!("credentialSubject: {error}")))?;
                Ok(Signed {
                    core_claim_hash: request::hash_of(&signed),
                    text: signed.as_str().to_owned(),
                })
            }
            WalletProfile::Mdoc {
                doc_type,
                elements,
                x5chain,
            } => {
                let valid_until = terms
                    .expires_at
                    .ok_or_else(|| Refusal::internal("an mdoc without an end"))?;
                let options = air_mdoc::IssueOptions {
                    doc_type: doc_type.clone(),
                    validity: ValidityInfo {
                        signed: terms.issued_at,
                        valid_from: terms.issued_at,
                        valid_until,
                        expected_update: None,
                    },
                    device_key: terms.holder_key.verifying_key().clone(),
                    key_authorizations: KeyAuthorizations::default(),
                    status: Some(air_mdoc::StatusReference {
                        index: status.index,
                        uri: status.uri,
                    }),
                };
                let signed = air_mdoc::Issuer::new(&*self.key, x5chain.clone())
                    .issue(&options, elements, &mut rand::rng())
                    .map_err(|error| Refusal::bad_request(format!("credentialSubject: {error}")))?;
                Ok(Signed {
                    core_claim_hash: CoreClaimHash::from_bytes(Sha256::digest(signed.mso_bytes()).into()),
                    text: signed.to_base64url(),
                })
            }
        }
    }
}
