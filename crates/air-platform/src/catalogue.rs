//! Searches of published schemas.

pub mod documented;

use air_api::{
    PlatformTime,
    sandbox::{PublishedSchema, SchemaPage, SchemaSearch, SchemaSummary},
};
use air_ids::SchemaId;
use air_schema::{CredentialSchema, words};

use super::{App, Refusal, stored::find_stored_schema};
use air_store::{
    Store, WriteTx,
    dashboard::Order,
    schema_index::{self, Hit, Texts, Window, Words},
};

/// Adds a schema to the index, in the transaction that stores it.
pub(crate) async fn index(
    tx: &mut WriteTx,
    schema_id: &SchemaId,
    schema: &CredentialSchema,
) -> sqlx::Result<()> {
    schema_index::insert(tx, schema_id, &texts(schema)).await
}

/// Adds all schemas that are missing from the index.
pub(crate) async fn index_missing(store: &Store) -> sqlx::Result<()> {
    let mut tx = store.write().await?;
    for stored in schema_index::missing(&mut tx).await? {
        match CredentialSchema::from_slice(stored.form.as_bytes()) {
            Ok(schema) => index(&mut tx, &stored.schema_id, &schema).await?,
            Err(error) => {
                tracing::error!(%error, schema = %stored.schema_id, "a stored schema can't be read");
            }
        }
    }
    tx.commit().await
}

/// `GET /sandbox/v1/schemas`: searches the published schemas.
pub async fn search(app: &App, search: &SchemaSearch) -> Result<SchemaPage, Refusal> {
    sorted(app, search, None).await
}

/// Searches the published schemas. By default, the best match is the first, or else the newest.
pub async fn sorted(
    app: &App,
    search: &SchemaSearch,
    order: Option<Order<'_>>,
) -> Result<SchemaPage, Refusal> {
    let window = page_window(search.page, search.limit, SchemaSearch::PAGE_LIMIT)?;
    let query = query(&search.q)?;
    let mut read = app.store.read().await?;
    let hits = match (&query, order) {
        (query, Some(order)) => schema_index::sorted(&mut read, query.as_ref(), order, window).await?,
        (Some(query), None) => schema_index::search(&mut read, query, window).await?,
        (None, None) => schema_index::newest(&mut read, window).await?,
    };
    let total = match &query {
        Some(query) => schema_index::count(&mut read, query).await?,
        None => schema_index::count_all(&mut read).await?,
    };
    Ok(SchemaPage {
        current: search.page,
        pages: total.div_ceil(search.limit.into()),
        size: search.limit,
        total,
        records: hits.iter().map(summary).collect::<Result<_, _>>()?,
    })
}

/// Returns a schema in its published form.
pub async fn schema(app: &App, schema_id: &str) -> Result<PublishedSchema, Refusal> {
    let found = find_stored_schema(&mut *app.store.read().await?, schema_id).await?;
    Ok(PublishedSchema {
        schema: serde_json::from_str(&found.form).map_err(Refusal::internal)?,
        schema_id: found.schema_id,
        partner_id: found.partner_id,
        created_at: PlatformTime::from_unix(found.created_at),
    })
}

/// Returns the window of a page. Pages count from 1, and `limit` must be between 1 and `most`.
fn page_window(page: u32, limit: u32, most: u32) -> Result<Window, Refusal> {
    if page == 0 {
        return Err(Refusal::bad_request("page must be at least 1"));
    }
    if !(1..=most).contains(&limit) {
        return Err(Refusal::bad_request(format!("limit must be 1 to {most}")));
    }
    let limit = u64::from(limit);
    Ok(Window {
        offset: u64::from(page - 1) * limit,
        limit,
    })
}

/// Returns the words of a query, or `None` if the query is empty and matches all schemas.
fn query(text: &str) -> Result<Option<Words>, Refusal> {
    if text.chars().count() > SchemaSearch::QUERY_LIMIT {
        return Err(Refusal::bad_request(format!(
            "q must be at most {} characters long",
            SchemaSearch::QUERY_LIMIT
        )));
    }
    let words = words(text);
    match words.len() {
        0 if text.trim().is_empty() => Ok(None),
        0 => Err(Refusal::bad_request("q must contain a letter or a digit")),
        count if count > SchemaSearch::WORD_LIMIT => Err(Refusal::bad_request(format!(
            "q must have at most {} words",
            SchemaSearch::WORD_LIMIT
        ))),
        _ => Ok(Some(Words::new(words))),
    }
}

fn texts(schema: &CredentialSchema) -> Texts {
    let mut texts = Texts::default();
    add(&mut texts.title, schema.title());
    add_name(&mut texts.title, schema.type_name());
    add(&mut texts.descriptions, schema.description().unwrap_or_default());
    for attribute in schema.attributes() {
        add_name(&mut texts.attributes, attribute.name().as_str());
        add(&mut texts.attributes, attribute.title().unwrap_or_default());
        add(
            &mut texts.descriptions,
            attribute.description().unwrap_or_default(),
        );
    }
    texts
}

/// Adds the words of a name: `birthDate` is found as `birth`, `date` and `birthdate`.
fn add_name(words: &mut String, name: &str) {
    add(words, name);
    words.push_str(name);
    words.push(' ');
}

fn add(to: &mut String, text: &str) {
    for word in words(text) {
        to.push_str(word);
        to.push(' ');
    }
}

fn summary(hit: &Hit) -> Result<SchemaSummary, Refusal> {
    let schema = CredentialSchema::from_slice(hit.schema.form.as_bytes()).map_err(Refusal::internal)?;
    Ok(SchemaSummary {
        schema_id: hit.schema.schema_id.clone(),
        title: schema.title().to_owned(),
        type_name: schema.type_name().to_owned(),
        version: schema.version().to_owned(),
        description: schema.description().map(ToOwned::to_owned),
        attributes: schema
            .attributes()
            .iter()
            .map(|attribute| attribute.name().to_string())
            .collect(),
        created_at: PlatformTime::from_unix(hit.schema.created_at),
        relevance: hit.relevance,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_its_words() {
        assert_eq!(query("  ").unwrap(), None);
        assert_eq!(query("birthDate").unwrap(), Some(Words::new(["birth", "Date"])));
        assert_eq!(
            query("title:x* -- '; DROP").unwrap(),
            Some(Words::new(["title", "x", "DROP"]))
        );
    }

    #[test]
    fn a_query_has_limits() {
        assert!(query(&"a".repeat(200)).is_ok());
        assert!(query(&"a".repeat(201)).is_err());
        assert!(query(&"a ".repeat(16)).is_ok());
        assert!(query(&"a ".repeat(17)).is_err());
        assert!(query("***").is_err());
    }
}
