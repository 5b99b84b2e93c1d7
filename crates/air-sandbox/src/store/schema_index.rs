//! The full-text index of schemas (SQLite's FTS5).

use sqlx::FromRow;

use super::{Change, programs::Schema};

/// The words of a schema, by how much they tell.
#[derive(Clone, Debug, Default)]
pub(crate) struct Texts {
    pub(crate) title: String,
    pub(crate) attributes: String,
    pub(crate) descriptions: String,
}

/// A schema, and how well it fits.
#[derive(Clone, Debug, FromRow)]
pub(crate) struct Hit {
    #[sqlx(flatten)]
    pub(crate) schema: Schema,
    pub(crate) relevance: Option<f64>,
}

/// A part of all hits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Window {
    pub(crate) offset: i64,
    pub(crate) limit: i64,
}

pub(crate) async fn insert(change: &mut Change, schema_id: &str, texts: &Texts) -> sqlx::Result<()> {
    let number = sqlx::query("INSERT INTO schema_numbers (schema_id) VALUES (?)")
        .bind(schema_id)
        .execute(&mut **change)
        .await?
        .last_insert_rowid();
    sqlx::query("INSERT INTO schema_texts (rowid, title, attributes, descriptions) VALUES (?, ?, ?, ?)")
        .bind(number)
        .bind(&texts.title)
        .bind(&texts.attributes)
        .bind(&texts.descriptions)
        .execute(&mut **change)
        .await
        .map(drop)
}

/// Schemas that the index lacks.
pub(crate) async fn missing(change: &mut Change) -> sqlx::Result<Vec<Schema>> {
    sqlx::query_as(
        "SELECT * FROM schemas WHERE schema_id NOT IN (SELECT schema_id FROM schema_numbers) ORDER BY created_at",
    )
    .fetch_all(&mut **change)
    .await
}

/// The schemas that an FTS5 query matches, best first; of equals the newest. A word counts ten times as much in the title as in a
/// description, and five times as much in an attribute's name.
pub(crate) async fn search(change: &mut Change, query: &str, window: Window) -> sqlx::Result<Vec<Hit>> {
    sqlx::query_as(
        "SELECT schemas.*, hits.relevance FROM ( \
             SELECT rowid AS number, -bm25(schema_texts, 10.0, 5.0, 1.0) AS relevance FROM schema_texts \
             WHERE schema_texts MATCH ? ORDER BY relevance DESC, number DESC LIMIT ? OFFSET ? \
         ) AS hits \
         JOIN schema_numbers USING (number) JOIN schemas USING (schema_id) \
         ORDER BY hits.relevance DESC, hits.number DESC",
    )
    .bind(query)
    .bind(window.limit)
    .bind(window.offset)
    .fetch_all(&mut **change)
    .await
}

pub(crate) async fn count(change: &mut Change, query: &str) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT count(*) FROM schema_texts WHERE schema_texts MATCH ?")
        .bind(query)
        .fetch_one(&mut **change)
        .await
}

/// All schemas, newest first.
pub(crate) async fn newest(change: &mut Change, window: Window) -> sqlx::Result<Vec<Hit>> {
    sqlx::query_as(
        "SELECT schemas.*, NULL AS relevance FROM schema_numbers JOIN schemas USING (schema_id) \
         ORDER BY number DESC LIMIT ? OFFSET ?",
    )
    .bind(window.limit)
    .bind(window.offset)
    .fetch_all(&mut **change)
    .await
}

pub(crate) async fn count_all(change: &mut Change) -> sqlx::Result<i64> {
    sqlx::query_scalar("SELECT count(*) FROM schema_numbers")
        .fetch_one(&mut **change)
        .await
}
