//! The database: reachable, with the tables of this version, and of an issuer with these settings.

use std::error::Error as _;

use super::Check;
use crate::{
    Config, Error,
    state::compare_frozen,
    store::{
        Store, is_missing,
        migrations::{self, Tables},
    },
};

const NAME: &str = "database";
const NEW: &str = "the database has no tables yet";

/// The database, if it can be opened and has the tables of this version. It is not created.
pub(super) async fn open_current(config: &Config) -> Option<Store> {
    if is_missing(&config.database) {
        return None;
    }
    let store = Store::connect(&config.database).await.ok()?;
    if let Ok(Tables::Current) = migrations::compare(&store).await {
        return Some(store);
    }
    store.close().await;
    None
}

pub(super) async fn examine(config: &Config) -> Check {
    if is_missing(&config.database) {
        return new();
    }
    let store = match Store::connect(&config.database).await {
        Ok(store) => store,
        Err(error) => return failed(&error),
    };
    let check = inspect(&store, config).await;
    store.close().await;
    check.unwrap_or_else(|error| failed(&error))
}

async fn inspect(store: &Store, config: &Config) -> Result<Check, Error> {
    match migrations::compare(store).await? {
        Tables::Missing => return Ok(new()),
        Tables::Older => {
            return Ok(Check::warning(
                NAME,
                "database-older",
                "an older version made the tables",
                "back up the database; the next start migrates it",
            ));
        }
        Tables::Foreign => {
            return Ok(Check::failed(
                NAME,
                "database-foreign",
                "a newer version made the tables",
                "start that version, or restore a backup of this one",
            ));
        }
        Tables::Current => {}
    }
    Ok(match compare_frozen(store, config).await {
        Ok(()) => Check::good(NAME, "it responds, and its tables are those of this version"),
        Err(error @ Error::Frozen { .. }) => Check::failed(NAME, "settings-frozen", error.to_string(), ""),
        Err(error) => return Err(error),
    })
}

fn new() -> Check {
    Check::warning(NAME, "database-new", NEW, "the first start creates them")
}

fn failed(error: &Error) -> Check {
    let cause = error.source().map(|cause| format!(": {cause}"));
    Check::failed(
        NAME,
        "database-unusable",
        format!("{error}{}", cause.unwrap_or_default()),
        "",
    )
}
