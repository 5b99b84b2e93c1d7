//! Semi-decrypted packages: what an issuer has taken its own layer off, for one verifier to whom the user agreed. The verifier
//! fetches it by a signed URL until its time is over; each use is recorded. What is left is sealed to the user's CAK.

use air_api::{
    PlatformTime,
    sandbox::{DepositPackage, DepositedPackage, PackageAccess, PackageLog, PackageOutcome},
};
use sha2::{Digest, Sha256};

use super::{
    App, Refusal, documents,
    events::{self, News},
    once::{Begun, Call, Caller, Done},
    partner_auth::Authenticated,
    setup::stored,
    signed_urls::UrlKey,
};
use crate::{
    ids,
    store::{
        Change, from_db,
        packages::{self, Agreed, Package},
        partners, to_db,
    },
};

/// How often a URL may be used: nothing is given that is not recorded, and the record has an end.
const ACCESS_LIMIT: i64 = 100;

/// `POST /sandbox/v1/packages`: for a verification of a credential that this partner issued.
pub(crate) async fn deposit(
    app: &App,
    caller: &Authenticated,
    request: DepositPackage,
    bytes: &[u8],
    call: Option<Call>,
) -> Result<Done<DepositedPackage>, Refusal> {
    let issuer = &caller.partner;
    documents::check_name(&request.name)?;
    documents::check_sealed(bytes)?;
    if !(1..=DepositPackage::LONGEST).contains(&request.lifetime) {
        return Err(Refusal::bad_request(format!(
            "lifetime must be 1 to {} seconds",
            DepositPackage::LONGEST
        )));
    }
    let mut turn = match app.begin(Caller::new(&issuer.partner_id, ""), call).await? {
        Begun::First(turn) => turn,
        Begun::Again(done) => return Ok(done),
    };
    let now = turn.now;
    let agreed = find_agreed(&mut turn, request.verification_id.as_str(), &issuer.partner_id).await?;
    let package = Package {
        package_id: ids::short_id(),
        verification_id: request.verification_id.into(),
        issuer_id: agreed.issuer_id,
        verifier_id: agreed.verifier_id,
        name: request.name,
        size: to_db(bytes.len() as u64),
        sha256: hex::encode(Sha256::digest(bytes)),
        created_at: to_db(now),
        expires_at: to_db(now.saturating_add(request.lifetime.into())),
    };
    packages::insert(&mut turn, &package, bytes).await?;
    turn.tell(&News::PackageDeposited(&package)).await?;
    let key = UrlKey::of_platform(&mut turn, now).await?;
    let signed = key.sign(&path(&package.package_id), from_db(package.expires_at));
    turn.finish(DepositedPackage {
        package_id: stored(package.package_id)?,
        url: format!("{}{signed}", app.public_url),
        expires_at: time(package.expires_at),
        name: package.name,
        size: from_db(package.size),
        sha256: package.sha256,
    })
    .await
}

/// A consent that covers the package: agreed, compliant, and to the key that opens it.
async fn find_agreed(change: &mut Change, verification_id: &str, issuer_id: &str) -> Result<Agreed, Refusal> {
    let agreed = packages::find_agreed(change, verification_id)
        .await?
        .filter(|agreed| agreed.issuer_id == issuer_id)
        .ok_or_else(|| {
            Refusal::not_found("no verification of this issuer's credentials that the user agreed to")
        })?;
    if agreed.status.as_deref() != Some("Compliant") {
        return Err(Refusal::conflict(
            "the verification did not end Compliant; its verifier gets no package",
        ));
    }
    if !agreed.require_cak {
        return Err(Refusal::conflict(
            "the user was not asked for the documents' key in this verification; its verifier gets no package",
        ));
    }
    Ok(agreed)
}

/// What a URL brings with it.
#[derive(Debug, Default)]
pub(crate) struct Presented {
    pub(crate) expires: Option<u64>,
    pub(crate) signature: Option<String>,
}

/// `GET /sandbox/v1/packages/{packageId}?expires=…&signature=…`: for whoever has the URL, until its time is over.
pub(crate) async fn fetch(app: &App, package_id: &str, presented: Presented) -> Result<Vec<u8>, Refusal> {
    let now = app.platform_clock.now();
    let unsigned = || {
        Refusal::forbidden("this is not a signed URL of this platform's; use it whole, as the issuer got it")
    };
    let mut read = app.store.read().await?;
    let package = packages::find(&mut read, package_id)
        .await?
        .ok_or_else(unsigned)?;
    if packages::count_accesses(&mut read, package_id).await? >= ACCESS_LIMIT {
        return Err(Refusal::forbidden(
            "this URL was used too often; ask the issuer for another",
        ));
    }
    let key = UrlKey::of_platform(&mut read, now).await?;
    let fits = match (presented.expires, &presented.signature) {
        (Some(expires), Some(signature)) => key.accepts(&path(&package.package_id), expires, signature),
        _ => false,
    };
    let bytes = if fits && now < from_db(package.expires_at) {
        packages::bytes(&mut read, package_id).await?
    } else {
        None
    };
    let outcome = match bytes {
        _ if !fits => PackageOutcome::BadSignature,
        Some(_) => PackageOutcome::Granted,
        None => PackageOutcome::Expired,
    };
    // In memory there is one connection, and who reads must leave it before a change.
    drop(read);
    let mut change = app.store.change().await?;
    let outcome = outcome.as_str();
    packages::record(&mut change, package_id, outcome, now).await?;
    let news = News::PackageAsked {
        issuer_id: &package.issuer_id,
        package_id,
        outcome,
    };
    events::tell(&mut change, &news, now).await?;
    app.commit(change).await?;
    match bytes {
        _ if !fits => Err(unsigned()),
        Some(bytes) => Ok(bytes),
        None => Err(Refusal::gone(
            "this URL's time is over; ask the issuer for another",
        )),
    }
}

/// `GET /sandbox/v1/packages/{packageId}/accesses`: for its issuer and its verifier.
pub(crate) async fn log(app: &App, caller: &Authenticated, package_id: &str) -> Result<PackageLog, Refusal> {
    let caller = &caller.partner;
    let mut read = app.store.read().await?;
    let package = packages::find(&mut read, package_id)
        .await?
        .filter(|package| [&package.issuer_id, &package.verifier_id].contains(&&caller.partner_id))
        .ok_or_else(|| Refusal::not_found("no such package, or not this partner's"))?;
    let missing = || Refusal::internal("a package without its partners");
    let issuer = partners::find(&mut read, &package.issuer_id)
        .await?
        .ok_or_else(missing)?;
    let verifier = partners::find(&mut read, &package.verifier_id)
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
        package_id: stored(package.package_id)?,
        verification_id: stored(package.verification_id)?,
        issuer_did: stored(issuer.issuer_did)?,
        verifier_did: verifier.verifier_did,
        created_at: time(package.created_at),
        expires_at: time(package.expires_at),
    })
}

/// Forgets packages whose time is over; what is recorded of them stays.
pub(crate) async fn forget_expired(app: &App) -> sqlx::Result<()> {
    let now = app.platform_clock.now();
    if !packages::any_expired(&mut app.store.read().await?, now).await? {
        return Ok(());
    }
    let mut change = app.store.change().await?;
    packages::forget_expired(&mut change, now).await?;
    change.commit().await
}

/// What is signed, and where the router has it.
fn path(package_id: &str) -> String {
    format!("/sandbox/v1/packages/{package_id}")
}

fn time(seconds: i64) -> PlatformTime {
    PlatformTime::from_unix(from_db(seconds))
}
