//! The calls of the pages.

use air_api::sandbox::{RequestedCak, StartVerification};
use axum::{
    Extension, Json,
    extract::State,
    http::{HeaderMap, HeaderValue, header},
    response::{AppendHeaders, IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    AirkitState,
    gate::Environment,
    names::{Answer, Failed},
    proof_files::ProofFiles,
    proofs::{self, Peer, Typed},
    session::{self, FirstCall, Sent},
    shapes::{
        Account, AccountOnChains, Anchored, Bytes, ConsentField, Context, DecideCall, Decided, Field, Fields,
        Hash, HeldWallet, IssueCall, Login, LoginAnswer, LoginFields, Offer, Open, Opened, Release,
        StartAnswer, StartCall, Started, Wallet,
    },
};
use crate::http::answer::PublicKeys;
use air_platform::{
    App, Refusal,
    airkit::{
        self, AccessTokens, NewWallet, Offered, PageOrigin, PageSession, SignedInUser, Taken, TypedAddress,
    },
    hosted_issuance::HostedPreview,
    issuance::Preview,
    logos::{self, Mark},
    predicate_proofs,
    verification::Checkable,
};
use air_store::programs::Program;

/// Handles a page's first call: checks whether the embedding partner may use the page, and returns the
/// current login.
pub(super) async fn open(
    State(state): State<AirkitState>,
    Extension(environment): Extension<Environment>,
    place: PageOrigin,
    headers: HeaderMap,
    FirstCall(caller): FirstCall,
    Sent(Open { partner_id, origin }): Sent<Open>,
) -> Answer<Opened> {
    if !session::is_id(&partner_id) {
        return Err(airkit::no_such_partner().into());
    }
    let partner = airkit::partner_at(&state.app, &partner_id, &origin, state.is_on_loopback, &caller).await?;
    let page_session = session::opened(&headers, &partner.partner_id, caller);
    let login = match airkit::present(&state.app, &page_session).await {
        Ok(signed_in) => Some(login_fields(&state, environment, &signed_in).await?),
        Err(refusal) if refusal.kind().is_callers() => None,
        Err(refusal) => return Err(refusal.into()),
    };
    let mark = logos::mark(&state.app, &partner.partner_id).await?;
    let now = state.app.machine_clock.now();
    Ok(Json(Opened {
        ticket: state
            .page_tokens
            .issue(partner.partner_id.as_str(), &origin, now)?,
        partner_id: partner.partner_id.clone().into(),
        partner: partner.name.clone(),
        logo: mark.map(|mark| logo_path(partner.partner_id.as_str(), &mark)),
        chain_id: state.app.chain_id,
        wallet_page: wallet_page(&state.app),
        is_production: environment == Environment::Production,
        proves_addresses: !place.is_on_loopback && state.codes.is_some(),
        proof_module: state.proof_module.as_deref().map(ProofFiles::from),
        login,
    }))
}

/// Returns the URL of the user's own page. It asks for a sign-in of its own, because a login here
/// belongs to one partner, and the page shows what all partners issued.
fn wallet_page(app: &App) -> Option<String> {
    app.has_user_pages.then(|| format!("{}/wallet", app.public_url))
}

/// Returns the path of a partner's logo.
pub(super) fn logo_path(partner_id: &str, mark: &Mark) -> String {
    format!("/airkit/logos/{partner_id}?v={}", mark.sha256)
}

pub(super) async fn login(
    State(state): State<AirkitState>,
    Extension(environment): Extension<Environment>,
    origin: PageOrigin,
    page_session: PageSession,
    peer: Peer,
    Sent(login): Sent<Login>,
) -> Result<Response, Failed> {
    let typed = match login.email {
        Some(email) => Some(proofs::typed(&state, origin, peer, email, login.proof).await?),
        None => None,
    };
    let address = match &typed {
        Some(Typed::AsksForCode { attempt }) => return Ok(ask_for_code(attempt.clone())),
        Some(Typed::Accepted { email, is_proved }) => Some(TypedAddress {
            email,
            is_proved: *is_proved,
        }),
        None => None,
    };
    let opened = match (login.partner_token, address) {
        (Some(token), address) => airkit::login_by_token(&state.app, &page_session, &token, address).await?,
        (None, Some(address)) => Some(airkit::login_by_address(&state.app, &page_session, address).await?),
        (None, None) => return Err(Refusal::bad_request("a login needs a token or an address").into()),
    };
    let Some((signed_in, token)) = opened else {
        return ask_for_address(origin.is_on_loopback || state.codes.is_some());
    };
    let now = state.app.machine_clock.now();
    let lifetime = signed_in.ends.saturating_duration_since(now);
    let cookie = session::cookie(signed_in.partner.partner_id.as_str(), &token, lifetime.as_secs())?;
    let fields = login_fields(&state, environment, &signed_in).await?;
    Ok((set(cookie), Json(LoginAnswer::LoggedIn(Box::new(fields)))).into_response())
}

/// Requests an e-mail address for a valid token that names no user, if the platform accepts typed addresses.
fn ask_for_address(accepts_address: bool) -> Result<Response, Failed> {
    if !accepts_address {
        return Err(Refusal::bad_request(
            "the token's claim `email` is missing; sign one with the user's own address",
        )
        .into());
    }
    let asks_for_address = true;
    Ok(Json(LoginAnswer::Unknown { asks_for_address }).into_response())
}

/// Requests the code that was sent to the typed address.
fn ask_for_code(attempt: String) -> Response {
    let asks_for_code = true;
    Json(LoginAnswer::Unproved {
        asks_for_code,
        attempt,
    })
    .into_response()
}

pub(super) async fn logout(
    State(app): State<App>,
    page_session: PageSession,
) -> Result<impl IntoResponse, Failed> {
    airkit::logout(&app, page_session.session.as_deref()).await?;
    let cookie = session::cookie(page_session.partner_id.as_str(), "", 0)?;
    Ok((set(cookie), Json(json!({}))))
}

pub(super) async fn user(
    State(state): State<AirkitState>,
    Extension(environment): Extension<Environment>,
    page_session: PageSession,
) -> Answer<LoginFields> {
    let signed_in = airkit::present(&state.app, &page_session).await?;
    Ok(Json(login_fields(&state, environment, &signed_in).await?))
}

pub(super) async fn wallet(
    State(state): State<AirkitState>,
    origin: PageOrigin,
    page_session: PageSession,
) -> Answer<HeldWallet> {
    let app = &state.app;
    let signed_in = airkit::present(app, &page_session).await?;
    let held = airkit::find_wallet(app, signed_in.user.user_uuid.as_str(), origin.is_production).await?;
    Ok(Json(HeldWallet {
        needs_proof: !origin.is_on_loopback && !signed_in.is_proved() && state.codes.is_some(),
        wallet: held.map(|held| Wallet {
            address: held.address,
            salt: Bytes(held.salt),
            iterations: held.iterations,
            iv: Bytes(held.iv),
            ciphertext: Bytes(held.ciphertext),
            is_automated: held.is_automated,
            replaces: None,
            signature: String::new(),
        }),
    }))
}

pub(super) async fn keep_wallet(
    State(app): State<App>,
    origin: PageOrigin,
    page_session: PageSession,
    Sent(wallet): Sent<Wallet>,
) -> Answer<Value> {
    let new = NewWallet {
        address: wallet.address,
        salt: wallet.salt.0,
        iterations: wallet.iterations,
        iv: wallet.iv.0,
        ciphertext: wallet.ciphertext.0,
        is_automated: wallet.is_automated,
        replaces: wallet.replaces.map(|Bytes(salt)| salt),
        signature: wallet.signature,
    };
    airkit::keep_wallet(&app, &page_session, new, origin).await?;
    Ok(Json(json!({})))
}

pub(super) async fn preview(
    State(app): State<App>,
    page_session: PageSession,
    Sent(call): Sent<IssueCall>,
) -> Answer<Offer> {
    let request = &call.request;
    let (signed_in, offered) = airkit::preview(&app, &page_session, &call.partner_token, request).await?;
    let issuer = signed_in.partner.name.clone();
    Ok(Json(match offered {
        Offered::ByPlatform(Preview { program, schema }) => Offer {
            is_provable: predicate_proofs::has_scheme(&app, &program.program_id).await?,
            issuer,
            title: schema.title().to_owned(),
            fields: Field::list(&schema, &request.credential_subject),
            cak: program
                .cak
                .then(|| context(&signed_in, &program, request.curve.name())),
            is_hosted: false,
        },
        Offered::ByBackend(HostedPreview { schema, claims }) => Offer {
            issuer,
            title: schema.title().to_owned(),
            fields: Field::list_all(&schema, &claims),
            cak: None,
            is_hosted: true,
            is_provable: false,
        },
    }))
}

fn context(signed_in: &SignedInUser, program: &Program, curve: &'static str) -> Context {
    Context {
        user: signed_in.user.user_uuid.clone().into(),
        issuer: signed_in.partner.issuer_did.clone().into(),
        schema: program.schema_id.clone().into(),
        curve,
    }
}

pub(super) async fn issue(
    State(app): State<App>,
    page_session: PageSession,
    Sent(call): Sent<IssueCall>,
) -> Answer<Value> {
    let program = call.request.program.clone();
    let taken = airkit::issue(&app, &page_session, &call.partner_token, call.request).await?;
    Ok(Json(match taken {
        Taken::FromPlatform(issued) => json!({
            "coreClaimHash": issued.core_claim_hash,
            "vcId": issued.vc_id,
            "schemaId": issued.schema_id,
            "credentialId": issued.program,
        }),
        Taken::FromBackend(stored) => json!({
            "storagePath": stored.storage_path,
            "schemaId": stored.schema_id,
            "credentialId": program,
            "expiresAt": stored.expires_at,
            // The page shows it to the user and does not give it to the partner.
            "received": {
                "title": stored.schema.title(),
                "fields": Field::list(&stored.schema, &stored.claims),
            },
        }),
    }))
}

pub(super) async fn is_anchored(
    State(app): State<App>,
    page_session: PageSession,
    Sent(Hash { core_claim_hash }): Sent<Hash>,
) -> Answer<Anchored> {
    let is_anchored = airkit::is_anchored(&app, &page_session, &core_claim_hash).await?;
    Ok(Json(Anchored { is_anchored }))
}

pub(super) async fn start_verification(
    State(state): State<AirkitState>,
    page_session: PageSession,
    Sent(call): Sent<StartCall>,
) -> Answer<StartAnswer> {
    let request = StartVerification {
        program_id: call.program_id,
    };
    let disclosure = Fields::disclosure(call.fields_to_disclose);
    let started = airkit::start_verification(
        &state.app,
        &page_session,
        &call.partner_token,
        request,
        &disclosure,
        state.proof_module.is_some(),
    )
    .await?;
    let Some((run, checkable)) = started else {
        let lacks_proof_module = true;
        return Ok(Json(StartAnswer::NoProofModule { lacks_proof_module }));
    };
    let Checkable {
        schema,
        needs_proof,
        claims,
    } = &checkable;
    Ok(Json(StartAnswer::Started(Box::new(Started {
        tested: ConsentField::list(schema, &run.consent.attributes, None),
        shown: ConsentField::list(schema, &run.consent.disclosed, claims.as_ref()),
        holds_credential: claims.is_some(),
        needs_proof: *needs_proof,
        run,
    }))))
}

pub(super) async fn decide(
    State(app): State<App>,
    page_session: PageSession,
    Sent(call): Sent<DecideCall>,
) -> Answer<Decided> {
    let id = call.verification_id.to_string();
    let mut result = airkit::decide(&app, &page_session, &id, call.decision).await?;
    let cak = result.cak.take().map(release);
    Ok(Json(Decided {
        verification_result: result.into(),
        cak,
    }))
}

fn release(cak: RequestedCak) -> Release {
    Release {
        context: Context {
            user: cak.user.to_string(),
            issuer: cak.issuer.to_string(),
            schema: cak.schema.to_string(),
            curve: cak.curve.name(),
        },
        public_key: cak.public_key,
    }
}

/// Serves the keys that verify access tokens: `GET /.well-known/jwks.json`.
pub(super) async fn public_keys(State(app): State<App>) -> Answer<PublicKeys> {
    Ok(Json(PublicKeys(airkit::public_keys(&app).await?)))
}

async fn login_fields(
    state: &AirkitState,
    environment: Environment,
    signed_in: &SignedInUser,
) -> Result<LoginFields, Refusal> {
    let app = &state.app;
    let tokens = AccessTokens::of_platform(app).await?;
    let is_production = environment == Environment::Production;
    let held = airkit::find_wallet(app, signed_in.user.user_uuid.as_str(), is_production).await?;
    let address = held.as_ref().map(|held| held.address.as_str());
    let partner_access_token = tokens.sign(&state.url, signed_in, address, app.machine_clock.now());
    let (account, salt) = held
        .map(|held| (account(app, held.address), Bytes(held.salt)))
        .unzip();
    Ok(LoginFields {
        id: signed_in.user.user_uuid.clone().into(),
        email: signed_in.user.email.as_str().to_owned(),
        partner_user_id: signed_in.partner_user_id.clone(),
        partner_access_token,
        is_mfa_setup: salt.is_some(),
        active_mfa_methods: salt.iter().map(|_| "pin").collect(),
        pin_salt: salt,
        account,
    })
}

fn account(app: &App, address: String) -> Account {
    Account {
        abstract_account_address: address.clone(),
        abstract_account_addresses: [AccountOnChains {
            address,
            chain_ids: [app.chain_id.to_string()],
        }],
    }
}

fn set(cookie: HeaderValue) -> AppendHeaders<[(header::HeaderName, HeaderValue); 1]> {
    AppendHeaders([(header::SET_COOKIE, cookie)])
}
