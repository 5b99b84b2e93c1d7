//! The user's side: sign-in, what the wallet asks for, and the decision.

use std::time::Duration;

use air_ids::{CoreClaimHash, UnixTime};
use air_oid4vc::{
    oauth::{AuthorizationAnswer, AuthorizationSession},
    vci::ErrorCode,
};
use serde_json::{Map, Value};

use super::{Arrival, find_session};
use crate::{
    App, Refusal, copy_records, credential_text,
    holder::Claim,
    ids,
    openid4vc::{digest, issuer, offers, secrets},
    stored::find_schema,
    users,
};
use air_store::{
    ReadTx,
    authorization_requests::{self, Agreement, AuthorizationRequest},
    credential_offers::{self, Offer},
    credentials, partners, programs,
    users::User,
};

/// How long the answer to a request is kept after the decision, in seconds, so that a second use of its code is noticed.
const RETENTION: Duration = Duration::from_hours(24);

/// The request of a wallet to its user.
#[expect(missing_debug_implementations, reason = "it has personal data")]
pub struct Consent {
    /// The wallet's `client_id`.
    pub client_id: String,
    /// The URI that the answer goes to.
    pub redirect_uri: String,
    /// The issuer's name.
    pub issuer: String,
    /// The title of the credential.
    pub title: String,
    /// The content, if a user is signed in.
    pub content: Option<Content>,
}

/// The content of the credential that a wallet asks for.
#[expect(missing_debug_implementations, reason = "it has personal data")]
pub enum Content {
    /// The claims, in the order of the schema.
    Claims(Vec<Claim>),
    /// The offer is for another user.
    OtherUser,
    /// The offer has ended.
    Ended,
    /// There is no offer, and the user has no valid credential of the program from which to take the claims.
    Nothing,
}

/// The source of the claims.
enum Source {
    Offer(Box<Offer>),
    /// A credential that the user has: the wallet receives copies of it.
    Held {
        core_claim_hash: CoreClaimHash,
        claims: Map<String, Value>,
    },
    None(Content),
}

/// Finds the user of an address, or creates one, without verifying that the address belongs to the caller. The authorization must have
/// begun.
pub async fn sign_in(app: &App, arrival: &Arrival<'_>, email: &str) -> Result<User, Refusal> {
    let mut tx = app.store.write().await?;
    let (row, _) = find_session(app, &mut tx, arrival).await?;
    let now = app.platform_clock.now();
    let found = users::find_or_create(&mut tx, email, &row.partner_id, now).await?;
    app.commit(tx).await?;
    Ok(found.user)
}

/// Finds what the wallet of an authorization asks for, and shows the claims to this user.
pub async fn find_consent(
    app: &App,
    arrival: &Arrival<'_>,
    user_uuid: Option<&str>,
    email: Option<&str>,
) -> Result<Consent, Refusal> {
    let mut read = app.store.read().await?;
    let (row, session) = find_session(app, &mut read, arrival).await?;
    let program = programs::find_program(&mut read, row.program_id.as_str()).await?;
    let program = program.ok_or_else(|| Refusal::not_found("no such program"))?;
    let schema = find_schema(&mut read, program.schema_id.as_str()).await?;
    let partner = partners::find(&mut read, row.partner_id.as_str()).await?;
    let content = match user_uuid.zip(email) {
        None => None,
        Some((user_uuid, email)) => {
            let claims = match source(app, &mut read, &row, user_uuid, email).await? {
                Source::Offer(offer) => serde_json::from_str(&offer.subject).map_err(Refusal::internal)?,
                Source::Held { claims, .. } => claims,
                Source::None(content) => return Ok(consent(&row, &session, partner, &schema, Some(content))),
            };
            let claims: Map<String, Value> = claims;
            let shown = schema.attributes().iter().filter_map(|attribute| {
                let name = attribute.name().as_str();
                Some(Claim {
                    title: attribute.title().unwrap_or(name).to_owned(),
                    value: claims.get(name)?.clone(),
                })
            });
            Some(Content::Claims(shown.collect()))
        }
    };
    Ok(consent(&row, &session, partner, &schema, content))
}

fn consent(
    row: &AuthorizationRequest,
    session: &AuthorizationSession,
    partner: Option<partners::Partner>,
    schema: &air_schema::CredentialSchema,
    content: Option<Content>,
) -> Consent {
    Consent {
        client_id: row.client_id.clone(),
        redirect_uri: session.request().redirect_uri().to_owned(),
        issuer: partner.map_or_else(String::new, |partner| partner.name),
        title: schema.title().to_owned(),
        content,
    }
}

/// Records the decision of a user, who must be signed in to agree. Returns the URL to which the browser is sent: the wallet's, with the
/// code, or with `access_denied`.
pub async fn decide(
    app: &App,
    arrival: &Arrival<'_>,
    user: Option<(&str, &str)>,
    agrees: bool,
) -> Result<String, Refusal> {
    let issuer = issuer::issuer_id(app, arrival.partner_id)?;
    let now = app.machine_clock.now();
    let mut tx = app.store.write().await?;
    let (row, session) = find_session(app, &mut tx, arrival).await?;
    let until = now.saturating_add(RETENTION);
    let decided_before = || Refusal::conflict("this request was answered already; go back to the wallet");
    if !agrees {
        if !authorization_requests::decide(&mut tx, &row.request_id, None, now, until).await? {
            return Err(decided_before());
        }
        app.commit(tx).await?;
        let answer = AuthorizationAnswer::error(ErrorCode::AccessDenied, &session, &issuer);
        return Ok(answer.to_redirect());
    }
    let (user_uuid, email) = user.ok_or_else(|| Refusal::unauthorized("sign in before you agree"))?;
    let offer_id = match source(app, &mut tx, &row, user_uuid, email).await? {
        Source::Offer(offer) => offer.offer_id,
        Source::Held {
            core_claim_hash,
            claims,
        } => {
            let offer = offer_of_held(&row, email, core_claim_hash, &claims, now)?;
            credential_offers::insert(&mut tx, &offer).await?;
            copy_records::record(app, &mut tx, &offer.offer_id, &core_claim_hash).await?;
            offer.offer_id
        }
        Source::None(_) => {
            return Err(Refusal::conflict(
                "there is no credential for you in this request; go back to the wallet",
            ));
        }
    };
    let code = secrets::reference();
    let agreement = Agreement {
        email,
        offer_id: &offer_id,
        code_digest: &digest(&code),
    };
    if !authorization_requests::decide(&mut tx, &row.request_id, Some(agreement), now, until).await? {
        return Err(decided_before());
    }
    app.commit(tx).await?;
    Ok(AuthorizationAnswer::code(&code, &session, &issuer).to_redirect())
}

/// Finds the claims for a user: those of the offer, or those of a credential that the user has.
async fn source(
    app: &App,
    tx: &mut ReadTx,
    row: &AuthorizationRequest,
    user_uuid: &str,
    email: &str,
) -> Result<Source, Refusal> {
    if let Some(offer_id) = &row.offer_id {
        let offer = credential_offers::find(tx, offer_id).await?;
        let now = app.machine_clock.now();
        let Some(offer) = offer.filter(|offer| offers::is_open(offer, now)) else {
            return Ok(Source::None(Content::Ended));
        };
        let address = offer.email.as_str();
        if address != email && address != offers::address_of_anyone(offer_id) {
            return Ok(Source::None(Content::OtherUser));
        }
        return Ok(Source::Offer(Box::new(offer)));
    }
    let now = app.platform_clock.now();
    let held = credentials::find_of_program(tx, user_uuid, row.program_id.as_str(), now).await?;
    let Some(held) = held else {
        return Ok(Source::None(Content::Nothing));
    };
    let Ok(mut claims) = credential_text::claims_of(&held.credential) else {
        return Ok(Source::None(Content::Nothing));
    };
    let schema = find_schema(tx, held.schema_id.as_str()).await?;
    claims.retain(|name, _| {
        let mut attributes = schema.attributes().iter();
        attributes.any(|attribute| attribute.name().as_str() == name)
    });
    Ok(Source::Held {
        core_claim_hash: held.core_claim_hash,
        claims,
    })
}

/// Creates an offer of copies of a credential that the user has. It has no link: only the code of this authorization redeems it.
fn offer_of_held(
    row: &AuthorizationRequest,
    email: &str,
    core_claim_hash: CoreClaimHash,
    claims: &Map<String, Value>,
    now: UnixTime,
) -> Result<Offer, Refusal> {
    Ok(Offer {
        offer_id: ids::uuid(),
        partner_id: row.partner_id.clone(),
        program_id: row.program_id.clone(),
        email: email.parse().map_err(Refusal::internal)?,
        subject: serde_json::to_string(claims).map_err(Refusal::internal)?,
        replaces: false,
        reference_digest: ids::secret().to_vec(),
        code_digest: ids::secret().to_vec(),
        tx_code_digest: None,
        attempts_left: 1,
        created_at: now,
        expires_at: now.saturating_add(super::code::LIFETIME),
        token_digest: None,
        token_expires_at: None,
        jkt: None,
        responses: 0,
        issued: 0,
        notification: None,
        format: row.format,
        needs_sign_in: true,
        has_identifiers: false,
        client_id: None,
        defers_for: None,
        copied_from: Some(core_claim_hash),
    })
}
