//! Issuance, with the user present or on behalf of the user.

mod batcher;
mod request;
#[cfg(feature = "openid4vc")]
mod wallet;

use std::sync::Arc;

use air_api::{
    CoreClaimHash, CredentialStatus, IssueOnBehalf, IssuedOnBehalf, PlatformTime, VcStatus,
    sandbox::{Issue, Issued, IssuedDetails, Revoke, Revoked, StatusDetails},
};
use air_ids::PartnerId;
use air_ledger::merkle;
use air_schema::CredentialSchema;

pub(crate) use self::batcher::IssuanceBatcher;
use self::request::{IssuanceRequest, check_program};
#[cfg(feature = "openid4vc")]
pub(crate) use self::request::{is_over, leaf};
#[cfg(feature = "openid4vc")]
pub(crate) use self::wallet::{WalletIssuance, WalletProfile, WalletTerms, check_order};
use super::{
    App, Refusal, caks,
    events::Revocation,
    idempotency::{Caller, IdempotentResponse, RequestKey},
    jobs,
    partner_auth::Authenticated,
    revocation, status_lists,
    stored::find_schema,
    users::{self, Found},
};
use air_store::{
    credentials::{self, Credential},
    partners::Partner,
    programs::Program,
    users::{OpenSession, SessionOrigin, User},
    wallet_exports,
};

/// `POST /credentials/issue-on-behalf`.
pub async fn issue_on_behalf(
    app: &App,
    caller: &Authenticated,
    request: IssueOnBehalf,
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<IssuedOnBehalf>, Refusal> {
    // The platform's documents disagree on the scope. This accepts `issue`, which `issue on-behalf` contains.
    if !caller.partner.issue_on_behalf {
        return Err(Refusal::forbidden(
            "issuing on behalf is not enabled for this partner",
        ));
    }
    let email = caller.claims.email().ok_or_else(|| {
        Refusal::bad_request(
            "the token's claim `email` is missing; sign one with the recipient's own address",
        )
    })?;
    issue_to(app, &caller.partner, email, request, request_key).await
}

/// Issues a credential for a partner to the user of an address. The caller must have identified the partner.
pub(crate) async fn issue_to(
    app: &App,
    partner: &Partner,
    email: &str,
    request: IssueOnBehalf,
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<IssuedOnBehalf>, Refusal> {
    let order = IssuanceRequest {
        app,
        partner,
        issuer_did: &request.issuer_did,
        subject: Arc::new(request.credential_subject),
        cak: None,
        on_duplicate: request.on_duplicate,
    };
    let batched = batcher::submit(&order, request.program.as_str(), email, request_key.as_ref()).await;
    if let Some(response) = batched {
        return response;
    }
    let partner_id = &partner.partner_id;
    let mut claim = app
        .claim(Caller::new(partner_id.as_str(), email), request_key)
        .await?;
    let now = claim.now;
    let user = users::query_later(&mut claim, email, now).await?;
    let entry = status_lists::query_later(&mut claim, partner).await?;
    claim
        .run(async |tx| {
            let program = order.check(tx, request.program.as_str()).await?;
            let found = user.find_or_create(tx, partner_id, now).await?;
            if !found.is_new {
                caks::check_consent(tx, &found.user.user_uuid, partner_id).await?;
            }
            let (issued, duplicate) = order.issue(tx, program, &found, entry, now).await?;
            let cak = caks::details(&app.cache, tx, &issued).await?;
            Ok(on_behalf(&issued, IssuedDetails { cak, duplicate }))
        })
        .await
}

/// Builds the response to an issue-on-behalf request.
fn on_behalf(issued: &Credential, details: IssuedDetails) -> IssuedOnBehalf {
    let is_empty = details.cak.is_none() && details.duplicate.is_none();
    IssuedOnBehalf {
        core_claim_hash: issued.core_claim_hash,
        program: issued.program_id.clone(),
        user_uuid: issued.user_uuid.clone(),
        sandbox: (!is_empty).then_some(details),
    }
}

/// `POST /sandbox/v1/credentials/issue`: the SDK's `issueCredential`.
pub async fn issue(
    app: &App,
    caller: &Authenticated,
    session: &OpenSession,
    request: Issue,
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<Issued>, Refusal> {
    let user = users::require_of(&caller.partner, session)?;
    let opened_by = session.opened_by;
    issue_present(app, &caller.partner, user, opened_by, request, request_key).await
}

/// The program and schema of a credential to issue.
#[derive(Debug)]
pub struct Preview {
    /// The program.
    pub program: Arc<Program>,
    /// The schema.
    pub schema: CredentialSchema,
}

/// Checks everything that [`issue_present`] checks, except the key, without changes.
pub(crate) async fn preview(app: &App, partner: &Partner, request: &Issue) -> Result<Preview, Refusal> {
    let order = IssuanceRequest {
        app,
        partner,
        issuer_did: &request.issuer_did,
        subject: Arc::new(request.credential_subject.clone()),
        cak: None,
        on_duplicate: request.on_duplicate,
    };
    let mut read = app.store.read().await?;
    let program = order.check(&mut read, request.program.as_str()).await?;
    let schema = find_schema(&mut read, program.schema_id.as_str()).await?;
    Ok(Preview { program, schema })
}

/// Checks that a partner may issue with the request's program now. The caller decides about the
/// issuer and the claims.
pub(crate) async fn program(app: &App, partner: &Partner, request: &Issue) -> Result<Preview, Refusal> {
    let mut read = app.store.read().await?;
    let program = app.cache.program(&mut read, request.program.as_str()).await?;
    check_program(app, partner, &program)?;
    let schema = find_schema(&mut read, program.schema_id.as_str()).await?;
    Ok(Preview { program, schema })
}

/// Issues a credential for a partner to a present user. The caller must have identified both.
///
/// A partner's server proves nothing about the user's presence. Its session therefore meets a
/// refusal of the user like an issuance on behalf, and beyond this machine, the key that it sends
/// belongs to this one credential.
pub(crate) async fn issue_present(
    app: &App,
    partner: &Partner,
    user: User,
    opened_by: SessionOrigin,
    request: Issue,
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<Issued>, Refusal> {
    let order = IssuanceRequest {
        app,
        partner,
        issuer_did: &request.issuer_did,
        subject: Arc::new(request.credential_subject),
        cak: request.cak_public_key.map(|key| (request.curve, key)),
        on_duplicate: request.on_duplicate,
    };
    let by = Caller::new(partner.partner_id.as_str(), user.user_uuid.as_str());
    let mut claim = app.claim(by, request_key).await?;
    let entry = status_lists::query_later(&mut claim, partner).await?;
    claim
        .run(async |tx| {
            let program = order.check(tx, request.program.as_str()).await?;
            if program.cak && order.cak.is_none() {
                return Err(Refusal::bad_request(
                    "cakPublicKey is missing; this program has compliance encryption on",
                ));
            }
            let is_page = opened_by.is_page();
            if !is_page {
                caks::check_consent(tx, &user.user_uuid, &partner.partner_id).await?;
            }
            let (now, is_new) = (tx.now, false);
            let found = Found { user, is_new };
            let (issued, duplicate) = order.issue(tx, program, &found, entry, now).await?;
            if let Some((curve, public_key)) = &order.cak
                && (is_page || app.is_local)
            {
                caks::given(tx, &issued, *curve, public_key, now).await?;
            }
            Ok(Issued {
                core_claim_hash: issued.core_claim_hash,
                program: request.program,
                schema_id: issued.schema_id,
                vc_id: issued.vc_id,
                user_uuid: issued.user_uuid,
                credential: issued.credential,
                duplicate,
            })
        })
        .await
}

/// `POST /sandbox/v1/credentials/revoke`.
pub async fn revoke(
    app: &App,
    caller: &Authenticated,
    request: Revoke,
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<Revoked>, Refusal> {
    revoke_of(app, &caller.partner.partner_id, request, request_key).await
}

/// Revokes a credential of a partner. The caller must have identified the partner.
pub(crate) async fn revoke_of(
    app: &App,
    partner_id: &PartnerId,
    request: Revoke,
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<Revoked>, Refusal> {
    app.idempotent(Caller::new(partner_id.as_str(), ""), request_key, async |tx| {
        let (hash, now) = (request.core_claim_hash, tx.now);
        let credential = credentials::find(tx, &hash)
            .await?
            .filter(|credential| credential.partner_id == *partner_id)
            .ok_or_else(|| Refusal::not_found("this partner has no credential with this coreClaimHash"))?;
        if credential.revoked_at.is_none() {
            credentials::revoke(tx, &hash, now).await?;
            revocation::record(app, tx, partner_id, &hash, Revocation::Requested, now).await?;
            // The copies that its holder took to other wallets end with it.
            for copy in wallet_exports::revoke_copies(tx, &hash, now).await? {
                revocation::record(app, tx, partner_id, &copy, Revocation::Requested, now).await?;
            }
        }
        let since = credential.revoked_at.unwrap_or(now);
        Ok(Revoked {
            core_claim_hash: request.core_claim_hash,
            revocation_date: PlatformTime::from_unix(since),
        })
    })
    .await
}

/// `GET /credentials/status`.
pub async fn status(
    app: &App,
    caller: &Authenticated,
    core_claim_hash: CoreClaimHash,
) -> Result<CredentialStatus, Refusal> {
    let mut read = app.store.read().await?;
    let credential = credentials::find(&mut read, &core_claim_hash)
        .await?
        .filter(|credential| credential.partner_id == caller.partner.partner_id)
        .ok_or_else(|| Refusal::not_found("no credential with this coreClaimHash"))?;
    let leaf = merkle::leaf_hash(core_claim_hash.as_bytes());
    let progress = jobs::progress(app, &mut read, &leaf).await?;
    let is_anchored = progress.is_anchored();
    let anchoring = jobs::anchoring(app, &credential, progress);
    let cak = caks::details(&app.cache, &mut read, &credential).await?;
    Ok(CredentialStatus {
        core_claim_hash,
        issuance_date: PlatformTime::from_unix(credential.issued_at),
        expiration_date: credential.expires_at.map(PlatformTime::from_unix),
        issuer_did: caller.partner.issuer_did.clone(),
        issuer_id: Some(credential.partner_id.into()),
        schema: Some(credential.schema_id),
        vc_id: credential.vc_id,
        vc_dstorage_id: None,
        vc_status: if is_anchored {
            VcStatus::Onchain
        } else {
            VcStatus::WaitOnchain
        },
        sandbox: Some(StatusDetails {
            anchoring,
            revoked_at: credential.revoked_at.map(PlatformTime::from_unix),
            expired_at: credential
                .expires_at
                .filter(|at| *at <= app.platform_clock.now())
                .map(PlatformTime::from_unix),
            cak,
        }),
    })
}

/// Returns the `vct` of a schema's credentials.
pub(crate) fn credential_type(schema_id: &str) -> String {
    format!("urn:air:schema:{schema_id}")
}
