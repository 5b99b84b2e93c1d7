//! The change of a list in the transaction that revokes credentials.

use air_vc::status::{Status, StatusBits, StatusList};

use crate::{
    Error,
    store::{WriteTx, status_lists},
};

/// Marks entries of a list as revoked. Without a change, the list need not be signed again.
pub(crate) async fn set_revoked(tx: &mut WriteTx, list: u64, indices: &[u64]) -> Result<(), Error> {
    let damaged = || Error::Damaged {
        what: "the statuses of a list",
    };
    let compressed = status_lists::lock_statuses(tx, list).await?.ok_or_else(damaged)?;
    let before = StatusList::from_zlib(StatusBits::One, &compressed).map_err(|_| damaged())?;
    let mut statuses = before.clone();
    for index in indices {
        statuses.set(*index, Status::Invalid).map_err(|_| damaged())?;
    }
    if statuses != before {
        status_lists::set_statuses(tx, list, &statuses.to_zlib()).await?;
    }
    Ok(())
}
