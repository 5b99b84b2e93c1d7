//! Offers: the operator makes one for a user, and a wallet reads it.

use std::time::Duration;

use air_ids::UnixTime;
use air_oid4vc::vci::{
    CredentialOffer, InputMode, OPENID_CREDENTIAL_OFFER, OfferLink, OfferSession, PreAuthorizedCodeGrant,
    TransactionCode,
};

use super::secrets;
use crate::{
    Error, SchemaConfig,
    config::Openid4vcConfig,
    state::State,
    store::{
        audit::{self, Action},
        credential_offers::{self, Key, Offer},
    },
};

/// The number of wrong transaction codes after which an offer is void.
const ATTEMPTS: u64 = 5;
/// Serialises the count of open offers.
const LOCK: &str = "credential offers";

/// An offer to make.
#[derive(Debug)]
pub(crate) struct NewOffer<'a> {
    pub(crate) schema: &'a SchemaConfig,
    pub(crate) user_id: &'a str,
    /// `sub` of the credentials. Without it, the DID of the wallet's key.
    pub(crate) holder_did: Option<&'a str>,
    pub(crate) has_transaction_code: bool,
    pub(crate) lifetime: Duration,
    /// The caller's name in the audit log.
    pub(crate) actor: &'a str,
}

/// A new offer with its secrets.
pub(crate) struct CreatedOffer {
    pub(crate) offer_id: String,
    /// The link for the wallet.
    pub(crate) link: String,
    pub(crate) transaction_code: Option<String>,
    pub(crate) expires_at: UnixTime,
}

/// The reason why an offer was not made.
#[derive(Debug)]
pub(crate) enum NotCreated {
    /// The maximum number of offers is open.
    TooManyOpen,
    /// The service failed.
    Failed(Error),
}

impl<E: Into<Error>> From<E> for NotCreated {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// The state of an offer, for the operator.
#[derive(Debug)]
pub(crate) struct OfferState {
    pub(crate) offer_id: String,
    pub(crate) schema_id: String,
    pub(crate) state: &'static str,
    /// The number of issued credentials.
    pub(crate) credentials: u64,
    /// The newest event that the wallet reported.
    pub(crate) notification: Option<String>,
    pub(crate) expires_at: UnixTime,
}

impl State {
    /// Makes an offer.
    pub(crate) async fn create_offer(
        &self,
        config: &Openid4vcConfig,
        new: &NewOffer<'_>,
    ) -> Result<CreatedOffer, NotCreated> {
        let key = &self.reference_key;
        let offer_id = uuid::Builder::from_random_bytes(rand::random())
            .into_uuid()
            .to_string();
        let reference = secrets::draw();
        let code = secrets::code(key, &reference);
        let transaction_code = new.has_transaction_code.then(secrets::draw_transaction_code);
        let transaction_code_hash = transaction_code
            .as_deref()
            .map(|entered| secrets::transaction_code_hash(key, &code, entered));
        let now = self.clock.now();
        let expires_at = now.saturating_add(new.lifetime);
        let mut tx = self.store.write().await?;
        tx.lock(LOCK).await?;
        let most = config.open_offers;
        if credential_offers::count_open(&mut tx, now, most).await? >= most {
            return Err(NotCreated::TooManyOpen);
        }
        let record = credential_offers::NewOffer {
            offer_id: &offer_id,
            schema_id: &new.schema.id,
            user_id: new.user_id,
            holder_did: new.holder_did,
            reference_hash: &secrets::reference_hash(key, &reference),
            code_hash: &secrets::code_hash(key, &code),
            tx_code_hash: transaction_code_hash.as_deref(),
            attempts: ATTEMPTS,
            expires_at,
        };
        credential_offers::insert(&mut tx, &record).await?;
        let audited = audit::Entry {
            at: now,
            action: Action::Offered,
            external_id: &offer_id,
            actor: new.actor,
        };
        audit::append(&mut tx, &self.instance, &audited).await?;
        tx.commit().await?;
        let uri = format!("{}/offers/{reference}", config.issuer);
        Ok(CreatedOffer {
            offer_id,
            link: OfferLink::Uri(uri).to_link(OPENID_CREDENTIAL_OFFER),
            transaction_code,
            expires_at,
        })
    }

    /// Finds the state of an offer. `None` for an unknown one, and for one that ended more than an hour ago.
    pub(crate) async fn offer_state(&self, offer_id: &str) -> Result<Option<OfferState>, Error> {
        let found = credential_offers::find(&self.store, Key::Id, offer_id).await?;
        let now = self.clock.now();
        Ok(found.map(|offer| state_of(offer, now)))
    }

    /// A page of the offers, those that end last first, and the number of all.
    pub(crate) async fn list_offers(&self, page: u64, limit: u64) -> Result<(Vec<OfferState>, u64), Error> {
        let (offers, total) = credential_offers::list(&self.store, page, limit).await?;
        let now = self.clock.now();
        let states = offers.into_iter().map(|offer| state_of(offer, now));
        Ok((states.collect(), total))
    }

    /// Ends an offer and its access token. The credentials that a wallet has received remain valid. Returns `false` for
    /// an unknown offer.
    pub(crate) async fn withdraw_offer(&self, offer_id: &str, actor: &str) -> Result<bool, Error> {
        let now = self.clock.now();
        let mut tx = self.store.write().await?;
        if !credential_offers::withdraw(&mut tx, offer_id, now).await? {
            return Ok(false);
        }
        let audited = audit::Entry {
            at: now,
            action: Action::Withdrawn,
            external_id: offer_id,
            actor,
        };
        audit::append(&mut tx, &self.instance, &audited).await?;
        tx.commit().await?;
        Ok(true)
    }
}

fn state_of(offer: Offer, now: UnixTime) -> OfferState {
    OfferState {
        state: match session(&offer).at(now) {
            OfferSession::Offered { .. } => "offered",
            OfferSession::Redeemed { .. } => "redeemed",
            OfferSession::Issued { .. } => "issued",
            OfferSession::Expired => "expired",
            OfferSession::Void => "void",
        },
        offer_id: offer.offer_id,
        schema_id: offer.schema_id,
        credentials: offer.issued,
        notification: offer.notification,
        expires_at: offer.expires_at,
    }
}

/// Whether credentials of a schema can be offered: their claims come from a source.
pub(crate) fn is_offered(schema: &SchemaConfig) -> bool {
    schema.source.is_some()
}

/// Returns the offer with this reference, if its code can still be exchanged.
pub(super) async fn find(
    state: &State,
    config: &Openid4vcConfig,
    reference: &str,
) -> Result<Option<CredentialOffer>, Error> {
    let key = &state.reference_key;
    let hash = secrets::reference_hash(key, reference);
    let found = credential_offers::find(&state.store, Key::Reference, &hash).await?;
    let now = state.clock.now();
    let found = found.filter(|offer| is_open(state, offer, now));
    Ok(found.map(|offer| CredentialOffer {
        issuer: config.issuer.clone(),
        configuration_ids: vec![offer.schema_id],
        authorization_code: None,
        pre_authorized_code: Some(PreAuthorizedCodeGrant {
            code: secrets::code(key, reference),
            transaction_code: offer.tx_code_hash.map(|_| TransactionCode {
                input_mode: InputMode::Numeric,
                length: Some(secrets::TRANSACTION_CODE_LENGTH),
                description: None,
            }),
            authorization_server: None,
        }),
    }))
}

/// Whether the code of an offer can be exchanged: it has not ended, and the configuration has its schema.
pub(super) fn is_open(state: &State, offer: &Offer, now: UnixTime) -> bool {
    let schema = state.config.schema(&offer.schema_id);
    schema.is_some_and(is_offered) && session(offer).is_open(now)
}

/// Returns the state that the row of an offer has.
pub(super) fn session(offer: &Offer) -> OfferSession {
    match offer.token_expires_at {
        Some(token_expires_at) if offer.issued > 0 => OfferSession::Issued { token_expires_at },
        Some(token_expires_at) => OfferSession::Redeemed { token_expires_at },
        None => OfferSession::offer(offer.expires_at, offer.attempts_left),
    }
}
