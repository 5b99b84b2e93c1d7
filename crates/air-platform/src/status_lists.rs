//! The status lists of issuers. Each credential refers to an entry of a list, and one list of an
//! issuer is open for new entries. Lists are signed on request from the stored state of that time.

mod bitstring;
#[cfg(feature = "openid4vc")]
mod wallets;

#[cfg(feature = "openid4vc")]
use std::collections::BTreeSet;
use std::{
    collections::{HashMap, HashSet},
    time::Duration,
};

use air_jwt::jws::X5c;
use air_vc::status::{Status, StatusBits, StatusList, StatusListOptions, StatusListToken, StatusReference};
use rand::RngExt;

pub use self::bitstring::bitstring;
pub(crate) use self::bitstring::{bitstring_at, bitstring_url};
#[cfg(feature = "openid4vc")]
pub(crate) use self::wallets::{WalletIssuer, cwt_for_wallets, token_for_wallets};
use super::{App, Refusal};
use air_store::{
    WriteTx,
    partners::{self, Partner},
    sql::PendingQuery,
    status_lists::{self, DrawnEntry, List},
};

/// The number of entries in a list. It is large enough to hide which entry a verifier is interested in.
const SIZE: u64 = 131_072;
/// The number of seconds for which a verifier may cache a list. It is short, so that developers see
/// a revocation soon.
const TTL: u64 = 5;
/// The time for which a list is valid.
const LIFETIME: Duration = Duration::from_hours(1);

/// A random entry of an issuer's open list. At most half of the entries are taken, so a free one is
/// found soon.
pub(crate) struct AskedEntry {
    entry: u64,
    pending: PendingQuery<DrawnEntry>,
}

/// A free entry of an issuer's list.
pub(crate) struct Taken {
    pub(crate) reference: StatusReference,
    pub(crate) list: u64,
    pub(crate) entry: u64,
}

impl Taken {
    pub(crate) fn new(list: &List, entry: u64) -> Self {
        Self {
            reference: StatusReference {
                index: entry,
                uri: list.uri.clone(),
            },
            list: list.list_id,
            entry,
        }
    }
}

/// Counts entries as taken. Each is given with its list.
pub(crate) async fn count_taken(tx: &mut WriteTx, entries: &HashSet<(u64, u64)>) -> sqlx::Result<()> {
    let mut counts = HashMap::<u64, u64>::new();
    for (list, _) in entries {
        *counts.entry(*list).or_default() += 1;
    }
    for (list, count) in counts {
        status_lists::take(tx, list, count).await?;
    }
    Ok(())
}

/// Draws a random entry, which may be taken.
pub(crate) fn draw() -> u64 {
    rand::rng().random_range(0..SIZE)
}

/// Queues the query for an entry of the issuer's open list.
pub(crate) async fn query_later(tx: &mut WriteTx, partner: &Partner) -> sqlx::Result<AskedEntry> {
    let entry = draw();
    let pending = status_lists::ask_for_one(tx, &partner.partner_id, entry).await?;
    Ok(AskedEntry { entry, pending })
}

impl AskedEntry {
    /// Takes a free entry for a credential that is stored in the same transaction.
    pub(crate) async fn take(self, app: &App, tx: &mut WriteTx, partner: &Partner) -> Result<Taken, Refusal> {
        let (list, entry) = self.take_one(app, tx, partner).await?;
        Ok(Taken::new(&list, entry))
    }

    /// Takes free entries of one list, which may be filled a little beyond its half.
    #[cfg(feature = "openid4vc")]
    pub(crate) async fn take_several(
        self,
        app: &App,
        tx: &mut WriteTx,
        partner: &Partner,
        count: usize,
    ) -> Result<Vec<Taken>, Refusal> {
        let (list, first) = self.take_one(app, tx, partner).await?;
        let mut entries = BTreeSet::from([first]);
        while entries.len() < count {
            let mut drawn = BTreeSet::new();
            while drawn.len() < count.saturating_sub(entries.len()) {
                drawn.insert(draw());
            }
            let taken = status_lists::taken_of(tx, &list, drawn.iter().copied()).await?;
            entries.extend(drawn.difference(&taken));
        }
        if let Some(others) = count.checked_sub(1).filter(|others| *others > 0) {
            status_lists::take(tx, list.list_id, others as u64).await?;
        }
        Ok(entries
            .into_iter()
            .map(|entry| Taken::new(&list, entry))
            .collect())
    }

    async fn take_one(self, app: &App, tx: &mut WriteTx, partner: &Partner) -> Result<(List, u64), Refusal> {
        let mut entry = self.entry;
        let drawn = match self.pending.take_row(tx).await? {
            Some(drawn) => drawn,
            None => open_next(app, tx, partner, entry).await?,
        };
        let (list, mut is_taken) = (drawn.list, drawn.is_taken);
        app.cache.keep_list(partner.partner_id.as_str(), &list);
        while is_taken {
            entry = draw();
            is_taken = status_lists::is_taken(tx, &list, entry).await?;
        }
        Ok((list, entry))
    }

    /// Returns the entry, for a transaction that ends without a credential.
    pub(crate) async fn leave(self, tx: &mut WriteTx) -> sqlx::Result<()> {
        match self.pending.take_row(tx).await? {
            Some(drawn) => status_lists::give_back(tx, &drawn.list).await,
            None => Ok(()),
        }
    }
}

async fn open_next(
    app: &App,
    tx: &mut WriteTx,
    partner: &Partner,
    entry: u64,
) -> Result<DrawnEntry, Refusal> {
    let (partner_id, issuer_did) = (&partner.partner_id, &partner.issuer_did);
    let number = status_lists::next_number(tx, partner_id).await?;
    let uri = format!(
        "{}/sandbox/v1/issuers/{issuer_did}/statuslist/{number}",
        app.public_url
    );
    status_lists::open(tx, partner_id, number, &uri, SIZE).await?;
    let pending = status_lists::ask_for_one(tx, partner_id, entry).await?;
    let drawn = pending.take_row(tx).await?;
    drawn.ok_or_else(|| Refusal::internal("a new status list is full"))
}

/// Signs the issuer's list with this number.
pub async fn token(app: &App, issuer_did: &str, number: u64) -> Result<StatusListToken, Refusal> {
    let partner = partners::find_by_issuer(&mut *app.store.read().await?, issuer_did)
        .await?
        .ok_or_else(unknown)?;
    let names = Names {
        issuer: issuer_did,
        uri: None,
        x5c: None,
    };
    sign(app, &partner, number, &names).await
}

/// The issuer and the URL in a signed list.
struct Names<'a> {
    issuer: &'a str,
    /// The URL of the list in the credentials. Defaults to the stored one.
    uri: Option<&'a str>,
    /// The certificate chain of the issuer's key.
    x5c: Option<&'a X5c>,
}

async fn sign(
    app: &App,
    partner: &Partner,
    number: u64,
    names: &Names<'_>,
) -> Result<StatusListToken, Refusal> {
    let unsigned = read(app, partner, number, names).await?;
    let key = app.cache.issuer_key(partner)?;
    Ok(StatusListToken::sign(
        &key,
        &unsigned.uri,
        &unsigned.list,
        &unsigned.options,
    ))
}

/// A list with its claims, not signed yet.
struct Unsigned {
    uri: String,
    list: StatusList,
    options: StatusListOptions,
}

async fn read(app: &App, partner: &Partner, number: u64, names: &Names<'_>) -> Result<Unsigned, Refusal> {
    let mut read = app.store.read().await?;
    let stored = status_lists::find(&mut read, &partner.partner_id, number)
        .await?
        .ok_or_else(unknown)?;
    let mut list = StatusList::new(StatusBits::One, stored.size).map_err(Refusal::internal)?;
    for entry in status_lists::revoked(&mut read, &stored).await? {
        list.set(entry, Status::Invalid).map_err(Refusal::internal)?;
    }
    drop(read);
    // Verifiers check the list with their own clock.
    let now = app.machine_clock.now();
    let options = StatusListOptions {
        issuer: Some(names.issuer.to_owned()),
        issued_at: now,
        expires_at: Some(now.saturating_add(LIFETIME)),
        ttl: Some(TTL),
        x5c: names.x5c.cloned(),
    };
    Ok(Unsigned {
        uri: names.uri.map_or(stored.uri, str::to_owned),
        list,
        options,
    })
}

fn unknown() -> Refusal {
    Refusal::not_found("no such status list of this issuer")
}
