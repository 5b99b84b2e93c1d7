//! The data of one person: an export of everything that the database has of the person, and its erasure.

mod erase;
mod error;
mod export;

use std::fmt;

pub use self::{
    erase::{ErasureReport, erase_user},
    error::UserDataError,
    export::{ExportedTable, export_user},
};
use crate::{
    Config, Error,
    reference_key::ReferenceKey,
    state::REFERENCE_KEY,
    store::{Store, WriteTx, settings, user_data},
    text::is_storable,
};

/// The key of a person.
#[derive(Clone)]
#[non_exhaustive]
pub enum Person {
    /// The DID of a holder. It finds the credentials of this DID, and the offers to their user.
    Holder(String),
    /// The id of a user, as AIR or the operator sent it. It finds the DIDs with a valid credential of the user, and all
    /// credentials of these DIDs. Expired and imported credentials alone do not find a DID: they have no such id.
    User(String),
}

/// Shows no value of the person.
impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let name = match self {
            Self::Holder(_) => "Holder",
            Self::User(_) => "User",
        };
        f.debug_tuple(name).finish_non_exhaustive()
    }
}

/// The rows of a person.
struct Found {
    credentials: Vec<user_data::Owned>,
    offers: Vec<String>,
}

impl Found {
    async fn find(tx: &mut WriteTx, person: &Person) -> Result<Self, UserDataError> {
        let (Person::Holder(given) | Person::User(given)) = person;
        let key = match settings::find(tx, REFERENCE_KEY).await? {
            Some(text) => ReferenceKey::from_hex(&text).ok_or(Error::Damaged {
                what: "the key of the hashes",
            })?,
            None => return Err(UserDataError::NoDatabase),
        };
        if !is_storable(given) {
            return Ok(Self {
                credentials: Vec::new(),
                offers: Vec::new(),
            });
        }
        let (holder_did, user_ref) = match person {
            Person::Holder(did) => (did.as_str(), String::new()),
            Person::User(id) => ("", user_data::user_hash(&key, id)),
        };
        let credentials = user_data::find_credentials(tx, holder_did, &user_ref).await?;
        let offers = user_data::find_offers(tx, holder_did, &user_ref, &credentials, &key).await?;
        Ok(Self { credentials, offers })
    }
}

/// Opens the database, which must exist, and migrates it.
async fn open(config: &Config) -> Result<Store, UserDataError> {
    let store = Store::open_existing(&config.database).await?;
    store.ok_or(UserDataError::NoDatabase)
}
