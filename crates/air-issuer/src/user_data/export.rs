//! The export: each row of the person as a JSON object.

use serde_json::{Map, Value};
use sqlx::any::AnyRow;

use super::{Found, Person, UserDataError, open};
use crate::{
    Config, Error,
    store::{WriteTx, tables, user_data},
};

/// The rows of a person in one table.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExportedTable {
    /// The name of the table.
    pub name: &'static str,
    /// The rows. Each has a member for each column; bytes are an object with the member `base64`.
    pub rows: Vec<Map<String, Value>>,
}

/// Reads everything that the database has of a person. Tables without rows of the person are not returned. An older
/// database is migrated first.
///
/// # Errors
/// [`UserDataError`], whose message contains the remedy.
pub async fn export_user(config: &Config, person: &Person) -> Result<Vec<ExportedTable>, UserDataError> {
    let store = open(config).await?;
    let exported = match store.write().await {
        // Without a commit, the transaction is rolled back.
        Ok(mut tx) => read(&mut tx, person).await,
        Err(error) => Err(error.into()),
    };
    store.close().await;
    exported
}

async fn read(tx: &mut WriteTx, person: &Person) -> Result<Vec<ExportedTable>, UserDataError> {
    let found = Found::find(tx, person).await?;
    let credentials: Vec<&str> = found
        .credentials
        .iter()
        .map(|one| one.external_id.as_str())
        .collect();
    let offers: Vec<&str> = found.offers.iter().map(String::as_str).collect();
    let queries = [
        ("issuances", "external_id", &credentials),
        ("outbox", "external_id", &credentials),
        ("audit", "external_id", &credentials),
        ("offer_issuances", "external_id", &credentials),
        ("credential_offers", "offer_id", &offers),
    ];
    let mut exported = Vec::new();
    for (name, column, values) in queries {
        let mut rows = Vec::new();
        for value in values {
            for row in user_data::rows(tx, name, column, value).await? {
                rows.push(object(&row)?);
            }
        }
        if !rows.is_empty() {
            exported.push(ExportedTable { name, rows });
        }
    }
    Ok(exported)
}

fn object(row: &AnyRow) -> Result<Map<String, Value>, UserDataError> {
    let mut object = Map::new();
    for (name, cell) in tables::columns(row).into_iter().zip(tables::cells(row)?) {
        let value = serde_json::to_value(cell).map_err(|_| Error::Damaged {
            what: "a row of the user",
        })?;
        object.insert(name, value);
    }
    Ok(object)
}
