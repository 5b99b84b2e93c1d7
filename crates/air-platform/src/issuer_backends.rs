//! The backends of issuers that sign themselves. The operator registers them; the platform calls
//! them for the user of a page.

pub(crate) mod calls;

use air_api::{
    PartnerId, WebUrl,
    sandbox::{IssuerBackend, NewIssuerBackend},
};
use air_ids::UnixTime;
use air_vc::did::DidWeb;

use super::{
    App, Refusal,
    idempotency::{Caller, IdempotentResponse, RequestKey},
};
use air_store::{
    WriteTx,
    issuer_backends::{self, IssuerBackend as Row},
    partners,
};

const API_KEY_LIMIT: usize = 256;

/// `PUT /sandbox/v1/partners/{partner}/issuer-backend`: registers a partner's backend, and replaces
/// an earlier one.
pub async fn register(
    app: &App,
    partner_id: &PartnerId,
    new: NewIssuerBackend,
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<IssuerBackend>, Refusal> {
    check(app, &new)?;
    app.idempotent(Caller::SET_UP, request_key, async |tx| {
        partners::find(tx, partner_id.as_str())
            .await?
            .ok_or_else(no_such_partner)?;
        let now = tx.now;
        insert(tx, partner_id, new, now).await
    })
    .await
}

/// `GET /sandbox/v1/partners/{partner}/issuer-backend`.
pub async fn show(app: &App, partner_id: &PartnerId) -> Result<IssuerBackend, Refusal> {
    find(app, partner_id).await?.ok_or_else(none_registered)
}

/// Returns a partner's registered backend, without its secret.
pub async fn find(app: &App, partner_id: &PartnerId) -> Result<Option<IssuerBackend>, Refusal> {
    let row = issuer_backends::find(&mut *app.store.read().await?, partner_id.as_str()).await?;
    row.map(described).transpose()
}

/// `DELETE /sandbox/v1/partners/{partner}/issuer-backend`. Returns the removed registration.
pub async fn remove(app: &App, partner_id: &PartnerId) -> Result<IssuerBackend, Refusal> {
    let mut tx = app.store.write().await?;
    let row = issuer_backends::find(&mut tx, partner_id.as_str())
        .await?
        .ok_or_else(none_registered)?;
    issuer_backends::remove(&mut tx, partner_id.as_str()).await?;
    app.commit(tx).await?;
    described(row)
}

/// Checks a registration: the form of the DID and of the key, and the hosts of the URLs.
pub(crate) fn check(app: &App, new: &NewIssuerBackend) -> Result<(), Refusal> {
    let did: DidWeb = new.did.as_str().parse().map_err(|error| {
        Refusal::bad_request(format!("did: {error}; use the did:web of the issuer's origin"))
    })?;
    if did.is_loopback() && !app.is_local {
        return Err(Refusal::bad_request(
            "did: an issuer on this machine works with a local platform only; use a public host",
        ));
    }
    for (member, url) in [
        ("availableVcApiUrl", Some(&new.available_vc_api_url)),
        ("issueVcApiUrl", Some(&new.issue_vc_api_url)),
        ("revocationStatusApiUrl", new.revocation_status_api_url.as_ref()),
    ] {
        if let Some(Err(reason)) = url.map(|url| app.fetcher.check(url.as_str())) {
            return Err(Refusal::bad_request(format!("{member}: {reason}")));
        }
    }
    let is_visible = new.api_key.bytes().all(|byte| byte.is_ascii_graphic());
    if !is_visible || !(1..=API_KEY_LIMIT).contains(&new.api_key.len()) {
        return Err(Refusal::bad_request(
            "apiKey must be 1 to 256 visible ASCII characters: the API_KEY of the backend",
        ));
    }
    Ok(())
}

/// Stores a backend that was checked.
pub(crate) async fn insert(
    tx: &mut WriteTx,
    partner_id: &PartnerId,
    new: NewIssuerBackend,
    now: UnixTime,
) -> Result<IssuerBackend, Refusal> {
    let row = row(partner_id, new);
    issuer_backends::set(tx, &row, now).await?;
    described(row)
}

pub(crate) fn row(partner_id: &PartnerId, new: NewIssuerBackend) -> Row {
    Row {
        partner_id: partner_id.clone(),
        did: new.did,
        available_vc_url: new.available_vc_api_url.as_str().to_owned(),
        issue_vc_url: new.issue_vc_api_url.as_str().to_owned(),
        revocation_status_url: new.revocation_status_api_url.map(|url| url.as_str().to_owned()),
        api_key: new.api_key,
    }
}

fn described(row: Row) -> Result<IssuerBackend, Refusal> {
    let url = |text: String| text.parse::<WebUrl>().map_err(Refusal::internal);
    Ok(IssuerBackend {
        partner_id: row.partner_id,
        did: row.did,
        available_vc_api_url: url(row.available_vc_url)?,
        issue_vc_api_url: url(row.issue_vc_url)?,
        revocation_status_api_url: row.revocation_status_url.map(url).transpose()?,
    })
}

fn no_such_partner() -> Refusal {
    Refusal::not_found("no such partner; `partner` must be an id that this platform issued")
}

fn none_registered() -> Refusal {
    Refusal::not_found("this partner has no issuer backend; register one with PUT, or in the seed file")
}
