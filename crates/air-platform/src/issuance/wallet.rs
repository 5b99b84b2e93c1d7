//! Issuance to a wallet: credentials that are bound to keys instead of a holder's DID, without `sub`, `id` and revocation nonce.

use std::sync::Arc;

use air_api::OnDuplicate;
use air_jwt::{Jwk, SigningKey, jws::X5c};
use air_vc::{Integrity, IssueOptions, Issuer, status::StatusReference};
use serde_json::{Map, Value};

use super::request::{self, IssuanceRequest};
use crate::{App, Refusal, caks, events::Revocation, revocation, status_lists};
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
    /// `iss`.
    pub(crate) issuer: &'a str,
    /// The certificate chain of the issuer's key.
    pub(crate) x5c: &'a X5c,
    pub(crate) vct: String,
    pub(crate) vct_integrity: Integrity,
    pub(crate) issued_at: u64,
    pub(crate) expires_at: Option<u64>,
    /// `cnf.jwk`.
    pub(crate) holder_key: Jwk,
}

/// Checks the program and the subject of an order, without changes.
pub(crate) async fn check_order(
    app: &App,
    partner: &Partner,
    issuer_did: &str,
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
    issuer_did: &'a str,
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
        let order = order(app, partner, partner.issuer_did.as_str(), subject.clone());
        Ok(Self {
            app,
            partner,
            program: order.check(tx, program_id).await?,
            key: app.cache.issuer_key(partner)?,
            subject,
        })
    }

    pub(crate) fn schema_id(&self) -> &str {
        self.program.schema_id.as_str()
    }

    /// Returns the end of a credential's lifetime that begins now.
    pub(crate) fn expires_at(&self, now: u64) -> Option<u64> {
        self.program.expiration.end(now)
    }

    /// Revokes the holder's credentials of the schema from this partner.
    pub(crate) async fn revoke_held(&self, tx: &mut WriteTx, user: &User, now: u64) -> Result<(), Refusal> {
        let partner_id = self.partner.partner_id.as_str();
        for hash in
            credentials::revoke_held(tx, partner_id, user.user_uuid.as_str(), self.schema_id(), now).await?
        {
            revocation::tell(tx, partner_id, &hash, Revocation::Replaced, now).await?;
        }
        Ok(())
    }

    /// Issues one credential. `list_of` returns the reference that the credential has to its entry of the status list.
    pub(crate) async fn issue(
        &self,
        tx: &mut WriteTx,
        user: &User,
        terms: WalletTerms<'_>,
        list_of: impl Fn(StatusReference) -> StatusReference,
        now: u64,
    ) -> Result<Credential, Refusal> {
        if self.program.maximum_issuance.is_some()
            && !programs::count_one(tx, self.program.program_id.as_str()).await?
        {
            return Err(Refusal::forbidden(
                "the issuance program has reached its maximum number of credentials; publish another program",
            ));
        }
        let entry = status_lists::query_later(tx, self.partner).await?;
        let status = entry.take(self.app, tx, self.partner).await?;
        let options = IssueOptions {
            vct: terms.vct,
            vct_integrity: Some(terms.vct_integrity),
            issued_at: terms.issued_at,
            expires_at: terms.expires_at,
            holder_key: Some(terms.holder_key),
            status: Some(list_of(status.reference)),
            ..IssueOptions::default()
        };
        let signed = Issuer::new(terms.issuer, &*self.key)
            .with_x5c(terms.x5c)
            .issue(&options, &self.subject, &mut rand::rng())
            .map_err(|error| Refusal::bad_request(format!("credentialSubject: {error}")))?;
        let mut credential = Credential {
            core_claim_hash: request::hash_of(&signed),
            vc_id: crate::ids::short_id(),
            program_id: self.program.program_id.clone(),
            schema_id: self.program.schema_id.clone(),
            partner_id: self.partner.partner_id.clone(),
            user_uuid: user.user_uuid.clone(),
            credential: signed.as_str().to_owned(),
            curve: None,
            cak_public_key: None,
            issued_at: now,
            expires_at: terms.expires_at,
            revoked_at: None,
            status_list: Some(status.list),
            status_entry: Some(status.entry),
        };
        if self.program.cak {
            caks::reuse(tx, &mut credential).await?;
        }
        request::keep(tx, &credential, now).await?;
        Ok(credential)
    }
}
