//! Semi-decrypted packages: the issuer has removed its own layer of encryption for one verifier to
//! which the user consented. The verifier fetches the package by a signed URL until it expires.
//! Each access is recorded. The content is still sealed to the user's CAK.

use std::time::Duration;

use air_api::{
    PlatformTime,
    sandbox::{DepositPackage, DepositedPackage, PackageAccess, PackageLog, PackageOutcome},
};
use air_ids::UnixTime;
use sha2::{Digest, Sha256};

use super::{
    App, Refusal, documents,
    events::{self, EventKind},
    idempotency::{Caller, IdempotentResponse, RequestKey},
    partner_auth::Authenticated,
    quotas,
    signed_urls::UrlKey,
};
use crate::ids;
use air_store::{
    ReadGuard, ReadTx, WriteTx,
    packages::{self, Agreed, Package},
    partners,
};

/// The maximum number of granted accesses of a package, and of recorded accesses for each other outcome.
const ACCESS_LIMIT: u64 = 100;

/// `POST /sandbox/v1/packages`: for a verification of a credential from this partner.
pub async fn deposit(
    app: &App,
    caller: &Authenticated,
    request: DepositPackage,
    bytes: &[u8],
    request_key: Option<RequestKey>,
) -> Result<IdempotentResponse<DepositedPackage>, Refusal> {
    let issuer = &caller.partner;
    documents::check_name(&request.name)?;
    documents::check_sealed(bytes)?;
    if !(1..=DepositPackage::LONGEST).contains(&request.lifetime) {
        return Err(Refusal::bad_request(format!(
            "lifetime must be 1 to {} seconds",
            DepositPackage::LONGEST
        )));
    }
    app.idempotent(
        Caller::new(issuer.partner_id.as_str(), ""),
        request_key,
        async |tx| {
            let now = tx.now;
            let agreed =
                find_agreed(tx, request.verification_id.as_str(), issuer.partner_id.as_str()).await?;
            let package = Package {
                package_id: ids::short_id(),
                verification_id: request.verification_id,
                issuer_id: agreed.issuer_id,
                verifier_id: agreed.verifier_id,
                name: request.name,
                size: bytes.len() as u64,
                sha256: hex::encode(Sha256::digest(bytes)),
                created_at: now,
                expires_at: now.saturating_add(Duration::from_secs(request.lifetime.into())),
            };
            quotas::charge(app, tx, &package.issuer_id, bytes.len() as u64).await?;
            packages::insert(tx, &package, bytes).await?;
            tx.record(&EventKind::PackageDeposited(&package)).await?;
            let key = UrlKey::find_or_create(tx, now).await?;
            let signed = key.sign(&path(package.package_id.as_str()), package.expires_at);
            Ok(DepositedPackage {
                package_id: package.package_id.clone(),
                url: format!("{}{signed}", app.public_url),
                expires_at: time(package.expires_at),
                name: package.name,
                size: package.size,
                sha256: package.sha256,
            })
        },
    )
    .await
}

/// Finds the consent that covers the package. It must be agreed and compliant, and release the key
/// that opens the package.
async fn find_agreed(tx: &mut ReadTx, verification_id: &str, issuer_id: &str) -> Result<Agreed, Refusal> {
    let agreed = packages::find_agreed(tx, verification_id)
        .await?
        .filter(|agreed| agreed.issuer_id.as_str() == issuer_id)
        .ok_or_else(|| {
            Refusal::not_found("no verification of this issuer's credentials with the user's consent")
        })?;
    if agreed.status.as_deref() != Some("Compliant") {
        return Err(Refusal::conflict(
            "the verification did not end as Compliant, so its verifier gets no package",
        ));
    }
    if !agreed.require_cak {
        return Err(Refusal::conflict(
            "this verification did not ask the user for the documents' key, so its verifier gets no package",
        ));
    }
    Ok(agreed)
}

/// The expiry and signature from a URL.
#[derive(Debug, Default)]
pub struct Presented {
    /// The expiry.
    pub expires: Option<UnixTime>,
    /// The signature.
    pub signature: Option<String>,
}

/// `GET /sandbox/v1/packages/{packageId}?expires=…&signature=…`: returns the package to the holder
/// of the URL, until it expires or the user withdraws the consent.
pub async fn fetch(app: &App, package_id: &str, presented: Presented) -> Result<Vec<u8>, Refusal> {
    let mut read = app.store.read().await?;
    let package = packages::find(&mut read, package_id).await?;
    let key = UrlKey::find(&mut read).await?;
    let fits = match (key, presented.expires, &presented.signature) {
        (Some(key), Some(expires), Some(signature)) => key.accepts(&path(package_id), expires, signature),
        _ => false,
    };
    let Some(package) = package.filter(|_| fits) else {
        record_bad_signature(app, read, package_id).await?;
        return Err(Refusal::forbidden(
            "this URL is not signed by this platform; use the complete URL that the issuer received",
        ));
    };
    let bytes = packages::bytes(&mut read, package_id).await?;
    // A database in memory has one connection, so the reader must release it before a change.
    drop(read);
    let outcome = record_use(app, &package).await?;
    match (outcome, bytes) {
        (PackageOutcome::Granted, Some(bytes)) => Ok(bytes),
        (PackageOutcome::Withdrawn, _) => Err(Refusal::gone(
            "the user has withdrawn the consent, so this package is no longer available",
        )),
        _ => Err(Refusal::gone(
            "this URL has expired; ask the issuer for a new one",
        )),
    }
}

/// Records an access with a valid signature. The consent and the earlier accesses are checked in
/// the same transaction, so an access counts once, and none is granted after a withdrawal.
async fn record_use(app: &App, package: &Package) -> Result<PackageOutcome, Refusal> {
    let mut tx = app.store.write().await?;
    let now = app.platform_clock.now();
    let outcome = match packages::state(&mut tx, &package.package_id).await? {
        Some(state) if !state.is_agreed => PackageOutcome::Withdrawn,
        Some(state) if state.is_kept && now < state.expires_at => PackageOutcome::Granted,
        _ => PackageOutcome::Expired,
    };
    let earlier = packages::count_accesses(&mut tx, package.package_id.as_str(), outcome.as_str()).await?;
    if earlier < ACCESS_LIMIT {
        record(&mut tx, package, outcome, now).await?;
        app.commit(tx).await?;
    } else if outcome == PackageOutcome::Granted {
        return Err(Refusal::forbidden(
            "this URL was used too often; ask the issuer for a new one",
        ));
    }
    Ok(outcome)
}

/// Records an access with an invalid signature, if the package exists. The caller does not wait for
/// it, so the response time does not reveal whether the package exists.
async fn record_bad_signature(app: &App, mut read: ReadGuard, package_id: &str) -> Result<(), Refusal> {
    let outcome = PackageOutcome::BadSignature;
    let earlier = packages::count_accesses(&mut read, package_id, outcome.as_str()).await?;
    let package = packages::find(&mut read, package_id).await?;
    drop(read);
    let Some(package) = package.filter(|_| earlier < ACCESS_LIMIT) else {
        return Ok(());
    };
    let app = app.clone();
    tokio::spawn(async move {
        let recorded = async {
            let mut tx = app.store.write().await?;
            let earlier =
                packages::count_accesses(&mut tx, package.package_id.as_str(), outcome.as_str()).await?;
            if earlier < ACCESS_LIMIT {
                record(&mut tx, &package, outcome, app.platform_clock.now()).await?;
                app.commit(tx).await?;
            }
            Ok::<(), sqlx::Error>(())
        };
        if let Err(error) = recorded.await {
            tracing::error!(%error, "the use of a package's URL could not be recorded");
        }
    });
    Ok(())
}

async fn record(
    tx: &mut WriteTx,
    package: &Package,
    outcome: PackageOutcome,
    now: UnixTime,
) -> sqlx::Result<()> {
    let (package_id, outcome) = (&package.package_id, outcome.as_str());
    packages::record(tx, package_id, outcome, now).await?;
    let event = EventKind::PackageAsked {
        issuer_id: &package.issuer_id,
        package_id: package_id.as_str(),
        outcome,
    };
    events::record(tx, &event, now).await
}

/// `GET /sandbox/v1/packages/{packageId}/accesses`: for the package's issuer and verifier.
pub async fn log(app: &App, caller: &Authenticated, package_id: &str) -> Result<PackageLog, Refusal> {
    let caller = &caller.partner;
    let mut read = app.store.read().await?;
    let package = packages::find(&mut read, package_id)
        .await?
        .filter(|package| [&package.issuer_id, &package.verifier_id].contains(&&caller.partner_id))
        .ok_or_else(|| Refusal::not_found("no such package, or it belongs to another partner"))?;
    let missing = || Refusal::internal("a package without its partners");
    let issuer = partners::find(&mut read, package.issuer_id.as_str())
        .await?
        .ok_or_else(missing)?;
    let verifier = partners::find(&mut read, package.verifier_id.as_str())
        .await?
        .ok_or_else(missing)?;
    let accesses = packages::accesses(&mut read, package_id)
        .await?
        .into_iter()
        .map(|access| {
            Ok(PackageAccess {
                at: time(access.at),
                outcome: serde_json::from_value(access.outcome.into()).map_err(Refusal::internal)?,
            })
        });
    Ok(PackageLog {
        accesses: accesses.collect::<Result<_, Refusal>>()?,
        package_id: package.package_id,
        verification_id: package.verification_id,
        issuer_did: issuer.issuer_did,
        verifier_did: verifier.verifier_did,
        created_at: time(package.created_at),
        expires_at: time(package.expires_at),
    })
}

/// Deletes the bytes of expired packages. The records of their accesses stay.
pub(crate) async fn forget_expired(app: &App) -> sqlx::Result<()> {
    let now = app.platform_clock.now();
    let mut read = app.store.read().await?;
    let is_late = packages::any_after(&mut read, now).await?;
    let is_over = packages::any_expired(&mut read, now).await?;
    drop(read);
    if !is_late && !is_over {
        return Ok(());
    }
    let mut tx = app.store.write().await?;
    let now = app.stored_time(&mut tx).await?;
    packages::date_back(&mut tx, now).await?;
    packages::forget_expired(&mut tx, now).await?;
    tx.commit().await
}

/// Returns the signed path, which is also the route.
fn path(package_id: &str) -> String {
    format!("/sandbox/v1/packages/{package_id}")
}

fn time(time: UnixTime) -> PlatformTime {
    PlatformTime::from_unix(time)
}
