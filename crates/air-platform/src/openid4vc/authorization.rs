//! The authorization code flow of OpenID4VCI: a wallet pushes a request, its user signs in and
//! agrees, and the wallet exchanges the code for an access token.

mod code;
mod consent;

use std::time::Duration;

use air_ids::{PartnerId, UnixTime};

pub use self::{
    code::{CodeExchange, TokenOfCode, exchange},
    consent::{Consent, Content, decide, find_consent, sign_in},
};

use air_oid4vc::oauth::{AuthorizationSession, PushedRequest, Rule};

use super::{digest, issuer, offers, secrets, tokens::OnceOnly};
use crate::{App, Refusal, ids};
use air_store::{
    ReadTx,
    authorization_requests::{self, AuthorizationRequest},
    credential_offers, single_use,
};

/// The lifetime of a request URI.
pub const REQUEST_LIFETIME: Duration = Duration::from_secs(90);
/// The time limit for a user to sign in and decide.
const PAGE_LIFETIME: Duration = Duration::from_mins(10);
/// The maximum number of a partner's requests that no user has decided about.
const OPEN_LIMIT: u64 = 10_000;
const URI_PREFIX: &str = "urn:ietf:params:oauth:request_uri:";

/// A pushed request.
#[derive(Debug)]
pub struct Push {
    /// The request.
    pub request: PushedRequest,
    /// The DPoP proof.
    pub proof: Option<OnceOnly>,
}

/// The reason why a request was not accepted.
#[derive(Debug)]
pub enum NotPushed {
    /// A scope or `authorization_details` name no credential of this issuer, more than one, or
    /// another one than the offer.
    UnknownCredential {
        /// The rule that applies.
        rule: Rule,
        /// The reason.
        reason: &'static str,
    },
    /// `issuer_state` belongs to no open offer.
    UnknownOffer,
    /// The DPoP proof was used before.
    ProofUsed,
    /// The store or the platform refused.
    Refused(Refusal),
}

impl<E: Into<Refusal>> From<E> for NotPushed {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// The parameters by which a user's browser arrives.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// The issuer's partner ID.
    pub partner_id: &'a str,
    /// `client_id`.
    pub client_id: &'a str,
    /// `request_uri`.
    pub request_uri: &'a str,
}

/// The reason why an authorization did not begin.
#[derive(Debug)]
pub enum NotBegun {
    /// The request breaks this rule.
    Broken(Rule),
    /// The store or the platform refused.
    Refused(Refusal),
}

impl<E: Into<Refusal>> From<E> for NotBegun {
    fn from(error: E) -> Self {
        Self::Refused(error.into())
    }
}

/// Stores a pushed request for [`REQUEST_LIFETIME`]. Returns its request URI.
pub async fn push(app: &App, partner_id: &str, push: &Push) -> Result<String, NotPushed> {
    issuer::check_pages(app)?;
    let now = app.machine_clock.now();
    let request = push.request.request();
    let configuration_id = requested_configuration(app, partner_id, &push.request).await?;
    let reference = secrets::reference();
    let mut tx = app.store.write().await?;
    if let Some(proof) = push.proof
        && !single_use::spend(&mut tx, &proof.digest, proof.expires_at).await?
    {
        return Err(NotPushed::ProofUsed);
    }
    let offer_id = match request.issuer_state() {
        None => None,
        Some(state) => {
            let offer = credential_offers::find_by_code(&mut tx, partner_id, &digest(state)).await?;
            let offer = offer
                .filter(|offer| offer.needs_sign_in && offers::is_open(offer, now))
                .ok_or(NotPushed::UnknownOffer)?;
            if offers::configuration_id(&offer) != configuration_id {
                return Err(NotPushed::UnknownCredential {
                    rule: Rule::UnknownCredential,
                    reason: "the offer of issuer_state is of another credential",
                });
            }
            Some(offer.offer_id)
        }
    };
    let partner_id: PartnerId = partner_id.parse().map_err(Refusal::internal)?;
    if authorization_requests::count_open(&mut tx, &partner_id, now, OPEN_LIMIT).await? >= OPEN_LIMIT {
        return Err(Refusal::insufficient_storage(format!(
            "this issuer has {OPEN_LIMIT} open authorization requests, the maximum; wait until one expires"
        ))
        .into());
    }
    let (program_id, format) = issuer::parse_configuration_id(&configuration_id);
    let row = AuthorizationRequest {
        request_id: ids::uuid(),
        partner_id,
        program_id: program_id.parse().map_err(Refusal::internal)?,
        format,
        client_id: request.client_id().to_owned(),
        form: request.to_form(),
        request_digest: digest(&reference).to_vec(),
        offer_id,
        created_at: now,
        expires_at: now.saturating_add(REQUEST_LIFETIME),
        begun_at: None,
        decided_at: None,
        email: None,
        code_digest: None,
        redeemed_at: None,
        has_tokens: false,
    };
    authorization_requests::insert(&mut tx, &row).await?;
    app.commit(tx).await?;
    Ok(format!("{URI_PREFIX}{reference}"))
}

/// Returns the ID of the configuration that a request names. Scopes that are not of a credential are ignored.
async fn requested_configuration(
    app: &App,
    partner_id: &str,
    pushed: &PushedRequest,
) -> Result<String, NotPushed> {
    let requested = pushed.request().requested();
    let refuse = |rule, reason| NotPushed::UnknownCredential { rule, reason };
    let mut found: Option<String> = None;
    let details = requested.configuration_ids().iter().map(|id| (id, true));
    for (id, is_detail) in details.chain(requested.scopes().iter().map(|scope| (scope, false))) {
        // The scope of a configuration is its ID.
        let is_known = issuer::find_configuration(app, partner_id, id).await?.is_some();
        if !is_known && is_detail {
            return Err(refuse(
                Rule::AuthorizationDetails,
                "credential_configuration_id must be one of the issuer's metadata",
            ));
        }
        if is_known && found.as_ref().is_some_and(|known| known != id) {
            return Err(refuse(
                Rule::UnknownCredential,
                "a request is for one credential; push a request for each",
            ));
        }
        if is_known {
            found = Some(id.clone());
        }
    }
    found.ok_or_else(|| {
        refuse(
            Rule::UnknownCredential,
            "scope must be that of a credential in the issuer's metadata",
        )
    })
}

/// Begins an authorization, when the user's browser arrives at the authorization endpoint. A
/// reloaded page begins again, until the user has decided.
pub async fn begin(app: &App, arrival: &Arrival<'_>) -> Result<(), NotBegun> {
    let now = app.machine_clock.now();
    let row = find_open(&mut *app.store.read().await?, arrival).await?;
    let row = row.ok_or(NotBegun::Broken(Rule::RequestUriUnknown))?;
    let ends = row.created_at.saturating_add(REQUEST_LIFETIME);
    let pushed = PushedRequest::restore(row.form.as_bytes(), ends).map_err(Refusal::internal)?;
    match pushed.begin(arrival.client_id, now) {
        Ok(_) => {}
        Err(air_oid4vc::Error::Authorization { rule, .. }) => return Err(NotBegun::Broken(rule)),
        Err(error) => return Err(Refusal::internal(error).into()),
    }
    if row.begun_at.is_none() {
        let mut tx = app.store.write().await?;
        let until = now.saturating_add(PAGE_LIFETIME);
        authorization_requests::begin(&mut tx, &row.request_id, now, until).await?;
        app.commit(tx).await?;
    }
    Ok(())
}

/// Finds a request that no user has decided about.
async fn find_open(tx: &mut ReadTx, arrival: &Arrival<'_>) -> sqlx::Result<Option<AuthorizationRequest>> {
    let Some(reference) = arrival.request_uri.strip_prefix(URI_PREFIX) else {
        return Ok(None);
    };
    let found = authorization_requests::find(tx, arrival.partner_id, &digest(reference)).await?;
    Ok(found.filter(|row| row.decided_at.is_none()))
}

/// Finds an authorization that began and that its user can still decide about.
async fn find_session(
    app: &App,
    tx: &mut ReadTx,
    arrival: &Arrival<'_>,
) -> Result<(AuthorizationRequest, AuthorizationSession), Refusal> {
    issuer::check_pages(app)?;
    let now = app.machine_clock.now();
    let ended = || {
        Refusal::gone(
            "this request is unknown, was answered or has expired; go back to the wallet and try again",
        )
    };
    let row = find_open(tx, arrival).await?.ok_or_else(ended)?;
    let ends = row
        .begun_at
        .map_or(UnixTime::EPOCH, |begun_at| begun_at.saturating_add(PAGE_LIFETIME));
    let pushed = PushedRequest::restore(row.form.as_bytes(), ends).map_err(Refusal::internal)?;
    let session = pushed.begin(arrival.client_id, now).map_err(|_| ended())?;
    Ok((row, session))
}
