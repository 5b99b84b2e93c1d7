//! Credential offers. A partner makes one, and the wallet that redeems its code receives the credential.

use std::time::Duration;

use air_api::{
    OnDuplicate, PlatformTime,
    sandbox::{CreateOffer, CreatedOffer, CredentialFormat, OfferState, OfferStatus},
};
use air_ids::{CoreClaimHash, EmailAddress, ProgramId, UnixTime};
use air_oid4vc::vci::{
    AuthorizationCodeGrant, CredentialOffer, InputMode, OPENID_CREDENTIAL_OFFER, OfferLink, OfferSession,
    PreAuthorizedCodeGrant, TransactionCode,
};
use rand::RngExt;
use serde_json::{Map, Value};

use super::{
    Digest, digest, issuer,
    secrets::{self, CodeKind},
};
use crate::{App, Refusal, ids, issuance, partner_auth::Authenticated, users};
use air_store::{
    WriteTx,
    credential_offers::{self, Offer},
    partners::Partner,
};

/// The lifetime of an offer in seconds, unless the partner asks for another.
const LIFETIME: u64 = 600;
const LONGEST_LIFETIME: u64 = 24 * 3600;
/// The maximum deferral of an offer, in seconds.
const LONGEST_DEFERRAL: u32 = 3600;
/// The maximum number of a partner's offers whose code was not exchanged.
const OPEN_LIMIT: u64 = 10_000;
/// The number of wrong transaction codes after which an offer is void.
const ATTEMPTS: u64 = 5;
/// The number of digits of a transaction code.
const TRANSACTION_CODE_LENGTH: u64 = 6;

/// `POST /sandbox/v1/offers`.
pub async fn create(
    app: &App,
    caller: &Authenticated,
    request: CreateOffer,
) -> Result<CreatedOffer, Refusal> {
    let email = caller.claims.email();
    if email.is_some() && !caller.partner.issue_on_behalf {
        return Err(Refusal::forbidden(
            "issuing on behalf is not enabled for this partner; sign the token without `email`",
        ));
    }
    create_for(app, &caller.partner, email, request).await
}

/// Creates an offer of a partner, for the user with an e-mail address or for anyone's wallet.
pub(crate) async fn create_for(
    app: &App,
    partner: &Partner,
    email: Option<&str>,
    request: CreateOffer,
) -> Result<CreatedOffer, Refusal> {
    issuance::check_order(
        app,
        partner,
        &request.issuer_did,
        request.program.as_str(),
        &request.credential_subject,
    )
    .await?;
    if request.sign_in {
        issuer::check_pages(app)?;
        if request.tx_code {
            return Err(Refusal::bad_request(
                "txCode and signIn exclude each other: a transaction code is for an offer without sign-in",
            ));
        }
    }
    let offer_id = ids::uuid();
    // Without an address, the holder is a new user of this offer alone (`invalid`: RFC 2606, 2).
    let email = match email {
        Some(email) => users::new(email)?.email,
        None => address_of_anyone(&offer_id).parse().map_err(Refusal::internal)?,
    };
    let lifetime = request.expires_in.map_or(LIFETIME, u64::from);
    if !(1..=LONGEST_LIFETIME).contains(&lifetime) {
        return Err(Refusal::bad_request(format!(
            "invalid expiresIn: must be between 1 and {LONGEST_LIFETIME} seconds"
        )));
    }
    if request
        .defers_for
        .is_some_and(|seconds| !(1..=LONGEST_DEFERRAL).contains(&seconds))
    {
        return Err(Refusal::bad_request(format!(
            "invalid defersFor: must be between 1 and {LONGEST_DEFERRAL} seconds"
        )));
    }
    let draft = draft(
        app,
        partner,
        Terms {
            offer_id,
            program_id: request.program,
            format: request.format,
            email,
            subject: &request.credential_subject,
            replaces: request.on_duplicate == OnDuplicate::Revoke,
            lifetime: Duration::from_secs(lifetime),
            has_transaction_code: request.tx_code,
            needs_sign_in: request.sign_in,
            defers_for: request.defers_for.map(u64::from),
            copied_from: None,
        },
    )?;
    let mut tx = app.store.write().await?;
    draft.insert(&mut tx).await?;
    app.commit(tx).await?;
    app.cache.wallets.keep_open_code(&draft.offer.code_digest);
    Ok(draft.created)
}

/// The terms of a new offer.
pub(crate) struct Terms<'a> {
    pub(crate) offer_id: String,
    pub(crate) program_id: ProgramId,
    pub(crate) format: CredentialFormat,
    pub(crate) email: EmailAddress,
    /// The claims.
    pub(crate) subject: &'a Map<String, Value>,
    /// Whether the holder's earlier credentials of the schema are revoked.
    pub(crate) replaces: bool,
    pub(crate) lifetime: Duration,
    pub(crate) has_transaction_code: bool,
    pub(crate) needs_sign_in: bool,
    /// The time for which the credentials are deferred, in seconds.
    pub(crate) defers_for: Option<u64>,
    /// The credential that the offer copies.
    pub(crate) copied_from: Option<CoreClaimHash>,
}

/// An offer that is not stored yet, and its links with the secrets.
pub(crate) struct Draft {
    offer: Offer,
    pub(crate) created: CreatedOffer,
}

/// Draws the secrets of an offer of a partner.
pub(crate) fn draft(app: &App, partner: &Partner, terms: Terms<'_>) -> Result<Draft, Refusal> {
    let reference = secrets::reference();
    let code = secrets::code(&reference, code_kind(terms.needs_sign_in));
    let tx_code = terms.has_transaction_code.then(transaction_code);
    let tx_code_digest = tx_code
        .as_deref()
        .map(|tx_code| secrets::transaction_code_digest(&code, tx_code));
    let now = app.machine_clock.now();
    let offer = Offer {
        offer_id: terms.offer_id,
        partner_id: partner.partner_id.clone(),
        program_id: terms.program_id,
        format: terms.format,
        email: terms.email,
        subject: serde_json::to_string(terms.subject).map_err(Refusal::internal)?,
        replaces: terms.replaces,
        reference_digest: digest(&reference).to_vec(),
        code_digest: digest(&code).to_vec(),
        tx_code_digest: tx_code_digest.map(|digest| digest.to_vec()),
        attempts_left: ATTEMPTS,
        created_at: now,
        expires_at: now.saturating_add(terms.lifetime),
        token_digest: None,
        token_expires_at: None,
        jkt: None,
        responses: 0,
        issued: 0,
        notification: None,
        needs_sign_in: terms.needs_sign_in,
        has_identifiers: false,
        client_id: None,
        defers_for: terms.defers_for,
        copied_from: terms.copied_from,
    };
    let by_value = message(app, &offer, code)?;
    let offer_uri = format!("{}/offers/{reference}", by_value.issuer);
    let created = CreatedOffer {
        offer_id: offer.offer_id.clone(),
        url: OfferLink::Uri(offer_uri).to_link(OPENID_CREDENTIAL_OFFER),
        url_by_value: OfferLink::Offer(Box::new(by_value)).to_link(OPENID_CREDENTIAL_OFFER),
        tx_code,
        expires_at: PlatformTime::from_unix(offer.expires_at),
    };
    Ok(Draft { offer, created })
}

impl Draft {
    /// Stores the offer, unless the partner has too many open ones.
    pub(crate) async fn insert(&self, tx: &mut WriteTx) -> Result<(), Refusal> {
        let Offer {
            partner_id,
            created_at,
            ..
        } = &self.offer;
        if credential_offers::count_open(tx, partner_id, *created_at, OPEN_LIMIT).await? >= OPEN_LIMIT {
            return Err(Refusal::insufficient_storage(format!(
                "this partner has {OPEN_LIMIT} open offers, the maximum; wait until one expires"
            )));
        }
        Ok(credential_offers::insert(tx, &self.offer).await?)
    }
}

/// `GET /sandbox/v1/offers/{offer}`.
pub async fn status(app: &App, partner: &Partner, offer_id: &str) -> Result<OfferStatus, Refusal> {
    let offer = credential_offers::find(&mut *app.store.read().await?, offer_id)
        .await?
        .filter(|offer| offer.partner_id == partner.partner_id)
        .ok_or_else(|| {
            Refusal::not_found("this partner has no such offer, or it ended more than a day ago")
        })?;
    Ok(status_of(app, offer))
}

/// Returns the status of an offer of any partner.
pub(crate) async fn status_of_any(app: &App, offer_id: &str) -> Result<OfferStatus, Refusal> {
    let found = credential_offers::find(&mut *app.store.read().await?, offer_id).await?;
    let offer = found.ok_or_else(|| {
        Refusal::not_found("no such offer, or it ended more than a day ago; make a new one")
    })?;
    Ok(status_of(app, offer))
}

fn status_of(app: &App, offer: Offer) -> OfferStatus {
    OfferStatus {
        state: state(&offer, app.machine_clock.now()),
        program: offer.program_id.clone(),
        format: offer.format,
        offer_id: offer.offer_id,
        credentials: offer.issued,
        notification: offer.notification,
        expires_at: PlatformTime::from_unix(offer.expires_at),
    }
}

/// Returns the state that the row of an offer stores.
pub(super) fn session(offer: &Offer) -> OfferSession {
    match offer.token_expires_at {
        Some(ends) if offer.issued > 0 => OfferSession::Issued {
            token_expires_at: ends,
        },
        Some(ends) => OfferSession::Redeemed {
            token_expires_at: ends,
        },
        None => OfferSession::offer(offer.expires_at, offer.attempts_left),
    }
}

fn state(offer: &Offer, now: UnixTime) -> OfferState {
    match session(offer).at(now) {
        OfferSession::Offered { .. } => OfferState::Offered,
        OfferSession::Redeemed { .. } => OfferState::Redeemed,
        OfferSession::Issued { .. } => OfferState::Issued,
        OfferSession::Expired => OfferState::Expired,
        OfferSession::Void => OfferState::Void,
    }
}

/// Returns the address of the user of an offer for anyone's wallet.
pub(super) fn address_of_anyone(offer_id: &str) -> String {
    format!("{offer_id}@wallet.invalid")
}

/// Checks whether the code of an offer can still be exchanged.
pub(super) fn is_open(offer: &Offer, now: UnixTime) -> bool {
    session(offer).is_open(now)
}

/// Returns the offer of a partner with this reference, if its code can still be exchanged.
pub async fn find(app: &App, partner_id: &str, reference: &str) -> Result<Option<CredentialOffer>, Refusal> {
    let reference_digest: Digest = digest(reference);
    let mut read = app.store.read().await?;
    let found = credential_offers::find_by_reference(&mut read, partner_id, &reference_digest).await?;
    drop(read);
    let now = app.machine_clock.now();
    let found = found.filter(|offer| is_open(offer, now));
    found
        .map(|offer| {
            let code = secrets::code(reference, code_kind(offer.needs_sign_in));
            message(app, &offer, code)
        })
        .transpose()
}

fn message(app: &App, offer: &Offer, code: String) -> Result<CredentialOffer, Refusal> {
    let transaction_code = offer.tx_code_digest.is_some().then_some(TransactionCode {
        input_mode: InputMode::Numeric,
        length: Some(TRANSACTION_CODE_LENGTH),
        description: None,
    });
    Ok(CredentialOffer {
        issuer: issuer::issuer_id(app, offer.partner_id.as_str())?,
        configuration_ids: vec![configuration_id(offer)],
        authorization_code: offer.needs_sign_in.then(|| AuthorizationCodeGrant {
            issuer_state: Some(code.clone()),
            authorization_server: None,
        }),
        pre_authorized_code: (!offer.needs_sign_in).then_some(PreAuthorizedCodeGrant {
            code,
            transaction_code,
            authorization_server: None,
        }),
    })
}

/// The code of an offer that needs a sign-in is an `issuer_state`, which permits nothing without the user.
fn code_kind(needs_sign_in: bool) -> CodeKind {
    if needs_sign_in {
        CodeKind::IssuerState
    } else {
        CodeKind::PreAuthorized
    }
}

/// Returns the identifier of the configuration that an offer permits.
#[must_use]
pub fn configuration_id(offer: &Offer) -> String {
    issuer::configuration_id(offer.program_id.as_str(), offer.format)
}

/// Draws six digits.
fn transaction_code() -> String {
    format!("{:06}", rand::rng().random_range(0..1_000_000))
}
