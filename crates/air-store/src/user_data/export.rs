//! The export: each row of the person as a JSON object, made by the database.

use super::{
    Opened, Person, UserDataError, UserKey, mentions,
    tables::{RULES, Rule, WITH},
};
use crate::{
    Data, WriteTx,
    database::{BEGIN, BEGIN_ON_POSTGRES},
    sql::{self, Dialect},
};

/// The columns that no export has, by table: private keys and seeds of secrets.
pub const WITHHELD: [(&str, &str); 4] = [
    ("holder_keys", "custodial_key"),
    ("holder_signing_keys", "private_key"),
    ("presentation_requests", "decryption_key"),
    ("presentation_requests", "random"),
];

/// Everything that the database has of a person.
#[non_exhaustive]
pub struct Export {
    /// The tables that have rows of the person.
    pub tables: Vec<ExportedTable>,
}

/// The rows of a person in one table.
#[non_exhaustive]
pub struct ExportedTable {
    /// The name of the table.
    pub name: &'static str,
    /// The rows, each one a JSON object with a member for each column. Bytes are in hex.
    pub rows: Vec<String>,
}

/// Reads everything that the database of a stopped platform has of a person, except [`WITHHELD`] columns.
/// An older database is migrated first.
///
/// # Errors
/// [`UserDataError`], whose message has the remedy.
///
/// # Security
/// The export has the person's credentials with their claims, and hashes of tokens.
pub async fn export(data: &Data, key: &UserKey) -> Result<Export, UserDataError> {
    let Opened {
        mut connection,
        _lock,
    } = Opened::of(data).await?;
    let read = read(&mut connection, key).await;
    connection.close().await?;
    Ok(Export { tables: read? })
}

/// Reads all tables in one transaction, so that they have the state of one moment.
async fn read(connection: &mut WriteTx, key: &UserKey) -> sqlx::Result<Vec<ExportedTable>> {
    let begin = connection.dialect().of(&[BEGIN][..], &BEGIN_ON_POSTGRES);
    connection.enqueue_all(begin).await?;
    let person = Person::find(connection, key).await?;
    let terms = terms(connection, &person).await?;
    let mut tables = Vec::new();
    for rule in RULES {
        let mut rows = rows(connection, rule, &person).await?;
        if rule.is_search() {
            // The others are those of a person with a longer address.
            rows.retain(|row| mentions::has_any(row, &terms));
        }
        if !rows.is_empty() {
            tables.push(ExportedTable {
                name: rule.table,
                rows,
            });
        }
    }
    connection.run("ROLLBACK").await?;
    Ok(tables)
}

/// Returns the texts by which other tables mention the person.
async fn terms(connection: &mut WriteTx, person: &Person) -> sqlx::Result<Vec<String>> {
    let text = format!("{WITH} SELECT term FROM terms WHERE term <> ''");
    let query = person.bind_texts(sql::query_scalar(text));
    query.fetch_all(connection).await
}

async fn rows(connection: &mut WriteTx, rule: &Rule, person: &Person) -> sqlx::Result<Vec<String>> {
    let Rule { table, condition, .. } = rule;
    let members: Vec<String> = columns(connection, table)
        .await?
        .into_iter()
        .filter(|(name, _)| name != "rowid" && !WITHHELD.contains(&(*table, name.as_str())))
        .map(|(name, is_bytes)| member(connection.dialect(), &name, is_bytes))
        .collect();
    let object = connection.dialect().of("json_object", "json_build_object");
    let text = format!(
        "{WITH} SELECT CAST({object}({}) AS TEXT) FROM {table} WHERE {condition}",
        members.join(", ")
    );
    let query = person.bind_texts(sql::query_scalar(text));
    query.fetch_all(connection).await
}

/// Returns the arguments for one member of the object.
fn member(dialect: Dialect, name: &str, is_bytes: bool) -> String {
    if is_bytes {
        let hex = dialect.of("lower(hex", "(encode");
        let format = dialect.of("", ", 'hex'");
        format!("'{name}', CASE WHEN \"{name}\" IS NOT NULL THEN {hex}(\"{name}\"{format})) END")
    } else {
        format!("'{name}', \"{name}\"")
    }
}

/// Returns the names of a table's columns, and whether each has bytes.
async fn columns(connection: &mut WriteTx, table: &str) -> sqlx::Result<Vec<(String, bool)>> {
    let text = connection.dialect().of(
        "SELECT name, type = 'BLOB' FROM pragma_table_info($1) ORDER BY cid",
        "SELECT CAST(column_name AS TEXT), data_type = 'bytea' FROM information_schema.columns
         WHERE table_schema = current_schema() AND table_name = $1 ORDER BY ordinal_position",
    );
    sql::query_as(text).bind(table).fetch_all(connection).await
}
