//! The lists as Bitstring Status Lists, for W3C credentials. They have the same entries as the lists for SD-JWT VCs.

use air_ids::UnixTime;
use air_vc::status::{
    BitstringStatusList, BitstringStatusListCredential, BitstringStatusListOptions, StatusBits, StatusPurpose,
};

use super::{LIFETIME, TTL, unknown};
use crate::{App, Refusal};
use air_store::{
    partners::{self, Partner},
    status_lists,
};

const TOKEN_SEGMENT: &str = "/statuslist/";
const BITSTRING_SEGMENT: &str = "/bitstring/";

/// Returns the URL of the Bitstring Status List with the entries of the list at `uri`.
pub(crate) fn bitstring_url(uri: &str) -> Option<String> {
    let (base, number) = uri.rsplit_once(TOKEN_SEGMENT)?;
    Some(format!("{base}{BITSTRING_SEGMENT}{number}"))
}

/// Signs the issuer's list with this number.
pub async fn bitstring(
    app: &App,
    issuer_did: &str,
    number: u64,
) -> Result<BitstringStatusListCredential, Refusal> {
    let partner = partners::find_by_issuer(&mut *app.store.read().await?, issuer_did)
        .await?
        .ok_or_else(unknown)?;
    // Verifiers check the list with their own clock.
    let now = app.machine_clock.now();
    let signed = sign(app, &partner, number, now).await?;
    signed.map(|(_, list)| list).ok_or_else(unknown)
}

/// Signs the issuer's list at this URL, for a verification at `now`. Returns `None` if the issuer has no such list.
pub(crate) async fn bitstring_at(
    app: &App,
    partner: &Partner,
    url: &str,
    now: UnixTime,
) -> Result<Option<BitstringStatusListCredential>, Refusal> {
    let number = url.rsplit_once(BITSTRING_SEGMENT);
    let Some(number) = number.and_then(|(_, number)| number.parse().ok()) else {
        return Ok(None);
    };
    let signed = sign(app, partner, number, now).await?;
    Ok(signed.filter(|(signed, _)| signed == url).map(|(_, list)| list))
}

/// Signs a list. Also returns its URL.
async fn sign(
    app: &App,
    partner: &Partner,
    number: u64,
    now: UnixTime,
) -> Result<Option<(String, BitstringStatusListCredential)>, Refusal> {
    let mut read = app.store.read().await?;
    let Some(stored) = status_lists::find(&mut read, &partner.partner_id, number).await? else {
        return Ok(None);
    };
    let mut list = BitstringStatusList::new(StatusPurpose::Revocation, StatusBits::One, stored.size)
        .map_err(Refusal::internal)?;
    for entry in status_lists::revoked(&mut read, &stored).await? {
        list.set(entry, 1).map_err(Refusal::internal)?;
    }
    drop(read);
    let url = bitstring_url(&stored.uri).ok_or_else(unknown)?;
    let options = BitstringStatusListOptions {
        issuer: partner.issuer_did.as_str().to_owned(),
        valid_from: Some(now),
        valid_until: Some(now.saturating_add(LIFETIME)),
        ttl: Some(TTL),
    };
    let key = app.cache.issuer_key(partner)?;
    let signed = BitstringStatusListCredential::sign(&key, &url, &list, &options);
    Ok(Some((url, signed)))
}
