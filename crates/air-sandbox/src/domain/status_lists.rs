//! Where every credential says that its status stands: the issuer's lists, of which one is open. They are signed when they are asked
//! for, and say what the store says at that moment.

use air_vc::status::{Status, StatusBits, StatusList, StatusListTerms, StatusListToken, StatusReference};
use rand::RngExt;

use super::{App, Refusal};
use crate::store::{
    Change, from_db, partners,
    status_lists::{self, List},
    to_db,
};

/// Entries of a list: enough that who asks for it hides among many.
const SIZE: u64 = 131_072;
/// For how many seconds a verifier may keep a list: a developer who revokes wants to see it.
const TTL: u64 = 5;
/// For how many seconds it may be used at all.
const LIFETIME: u64 = 3600;

impl App {
    /// A free entry of the issuer's, for the credential of this id.
    pub(crate) async fn take_status_entry(
        &self,
        change: &mut Change,
        partner_id: &str,
        issuer_did: &str,
        vc_id: &str,
    ) -> Result<StatusReference, Refusal> {
        let list = open_list(change, partner_id).await?;
        // At most half are taken: a free one is found soon, at random.
        loop {
            let entry = rand::rng().random_range(0..list.size);
            if status_lists::take_entry(change, list, entry, vc_id).await? {
                let number = list.number;
                return Ok(StatusReference {
                    index: from_db(entry),
                    uri: self.status_list_uri(issuer_did, from_db(number)),
                });
            }
        }
    }

    fn status_list_uri(&self, issuer_did: &str, number: u64) -> String {
        format!(
            "{}/sandbox/v1/issuers/{issuer_did}/statuslist/{number}",
            self.base_url
        )
    }
}

async fn open_list(change: &mut Change, partner_id: &str) -> Result<List, Refusal> {
    if let Some(list) = status_lists::take_one(change, partner_id).await? {
        return Ok(list);
    }
    status_lists::open_next(change, partner_id, SIZE).await?;
    status_lists::take_one(change, partner_id)
        .await?
        .ok_or_else(|| Refusal::internal("a new status list is full"))
}

/// The issuer's list of this number, signed now.
pub(crate) async fn token(app: &App, issuer_did: &str, number: u64) -> Result<StatusListToken, Refusal> {
    let mut read = app.store.read().await?;
    let unknown = || Refusal::not_found("no such status list of this issuer");
    let partner = partners::find_by_issuer(&mut read, issuer_did)
        .await?
        .ok_or_else(unknown)?;
    let stored = status_lists::find(&mut read, &partner.partner_id, to_db(number))
        .await?
        .ok_or_else(unknown)?;
    let mut list = StatusList::new(StatusBits::One, from_db(stored.size)).map_err(Refusal::internal)?;
    for entry in status_lists::revoked(&mut read, stored).await? {
        list.set(from_db(entry), Status::Invalid)
            .map_err(Refusal::internal)?;
    }
    drop(read);
    let now = app.clock.now();
    let terms = StatusListTerms {
        issuer: Some(issuer_did.to_owned()),
        issued_at: now,
        expires_at: Some(now.saturating_add(LIFETIME)),
        ttl: Some(TTL),
    };
    let uri = app.status_list_uri(issuer_did, number);
    let key = app.prepared.issuer_key(&partner)?;
    Ok(StatusListToken::sign(&key, &uri, &list, &terms))
}
