//! The full-text index of schemas (SQLite's FTS5; PostgreSQL's `tsvector`).

mod words;

use air_ids::SchemaId;
use sqlx::FromRow;

pub use self::words::Words;
use super::{
    ReadTx, WriteTx,
    order::{Order, SCHEMAS},
    programs::Schema,
    sql::{self, Dialect},
};

/// The texts of a schema, in descending order of weight.
#[derive(Clone, Debug, Default)]
pub struct Texts {
    /// The schema's title and type.
    pub title: String,
    /// The names and titles of the attributes.
    pub attributes: String,
    /// The descriptions of the schema and its attributes.
    pub descriptions: String,
}

/// A schema with its relevance.
#[derive(Clone, Debug, FromRow)]
pub struct Hit {
    /// The schema.
    #[sqlx(flatten)]
    pub schema: Schema,
    /// The relevance: a larger number is a better match. `None` without a search.
    pub relevance: Option<f64>,
}

/// A range of the hits.
#[derive(Clone, Copy, Debug)]
pub struct Window {
    /// The number of hits before the range.
    pub offset: u64,
    /// The most hits in the range.
    pub limit: u64,
}

/// Adds a schema to the index.
pub async fn insert(tx: &mut WriteTx, schema_id: &SchemaId, texts: &Texts) -> sqlx::Result<()> {
    let number = sql::query_number("INSERT INTO schema_numbers (schema_id) VALUES ($1) RETURNING number")
        .bind(schema_id)
        .fetch_one(tx)
        .await?;
    let insert = match tx.dialect() {
        Dialect::Sqlite => {
            let text =
                "INSERT INTO schema_texts (rowid, title, attributes, descriptions) VALUES ($1, $2, $3, $4)";
            sql::query(text)
                .bind(number)
                .bind(&texts.title)
                .bind(&texts.attributes)
                .bind(&texts.descriptions)
        }
        Dialect::Postgres => {
            let words = words::weighted([&texts.title, &texts.attributes, &texts.descriptions]);
            sql::query("INSERT INTO schema_texts (number, words) VALUES ($1, folded($2)::tsvector)")
                .bind(number)
                .bind(words)
        }
    };
    insert.execute(tx).await.map(drop)
}

/// Returns the subquery of the hits for the words that are bound first, with the columns `number`,
/// `schema_id` and `relevance`. A word weighs ten times as much in the title as in a description,
/// and five times as much in an attribute's name. A whole word weighs twice as much as a prefix.
pub(super) fn hits(dialect: Dialect) -> &'static str {
    dialect.of(
        "SELECT number, schema_id, -bm25(schema_texts, 10.0, 5.0, 1.0) AS relevance FROM schema_texts \
         JOIN schema_numbers ON schema_numbers.number = schema_texts.rowid WHERE schema_texts MATCH $1",
        "SELECT number, schema_id, ranked(words, folded($1)) AS relevance \
         FROM schema_texts JOIN schema_numbers USING (number) WHERE words @@ folded($1)::tsquery",
    )
}

/// Returns the schemas that are missing from the index.
pub async fn missing(tx: &mut ReadTx) -> sqlx::Result<Vec<Schema>> {
    sql::query_as(
        "SELECT * FROM schemas WHERE schema_id NOT IN (SELECT schema_id FROM schema_numbers) ORDER BY created_at",
    )
    .fetch_all(tx)
    .await
}

/// Returns the schemas that contain these words, best match first, then newest first.
pub async fn search(tx: &mut ReadTx, words: &Words, window: Window) -> sqlx::Result<Vec<Hit>> {
    let hits = hits(tx.dialect());
    sql::query_as(format!(
        "SELECT schemas.*, hits.relevance FROM ( \
             SELECT * FROM ({hits}) AS all_hits ORDER BY relevance DESC, number DESC LIMIT $2 OFFSET $3 \
         ) AS hits \
         JOIN schemas USING (schema_id) ORDER BY hits.relevance DESC, hits.number DESC"
    ))
    .bind(words.in_terms_of(tx.dialect()))
    .bind(window.limit)
    .bind(window.offset)
    .fetch_all(tx)
    .await
}

/// Returns the schemas that contain these words, or all schemas, in another order.
pub async fn sorted(
    tx: &mut ReadTx,
    words: Option<&Words>,
    order: Order<'_>,
    window: Window,
) -> sqlx::Result<Vec<Hit>> {
    let order = SCHEMAS.clause(Some(order));
    let query = match words {
        Some(words) => {
            let dialect = tx.dialect();
            let hits = hits(dialect);
            sql::query_as(format!(
                "SELECT schemas.*, hits.relevance FROM ({hits}) AS hits JOIN schemas USING (schema_id) \
                 {order} LIMIT $2 OFFSET $3"
            ))
            .bind(words.in_terms_of(dialect))
        }
        None => sql::query_as(format!(
            "SELECT schemas.*, CAST(NULL AS DOUBLE PRECISION) AS relevance FROM schema_numbers \
             JOIN schemas USING (schema_id) {order} LIMIT $1 OFFSET $2"
        )),
    };
    query.bind(window.limit).bind(window.offset).fetch_all(tx).await
}

/// Counts the schemas that contain these words.
pub async fn count(tx: &mut ReadTx, words: &Words) -> sqlx::Result<u64> {
    let hits = hits(tx.dialect());
    sql::query_number(format!("SELECT count(*) FROM ({hits}) AS hits"))
        .bind(words.in_terms_of(tx.dialect()))
        .fetch_one(tx)
        .await
}

/// Returns all schemas, newest first.
pub async fn newest(tx: &mut ReadTx, window: Window) -> sqlx::Result<Vec<Hit>> {
    sql::query_as(
        "SELECT schemas.*, CAST(NULL AS DOUBLE PRECISION) AS relevance FROM schema_numbers JOIN schemas USING (schema_id) \
         ORDER BY number DESC LIMIT $1 OFFSET $2",
    )
    .bind(window.limit)
    .bind(window.offset)
    .fetch_all(tx)
    .await
}

/// Counts the indexed schemas.
pub async fn count_all(tx: &mut ReadTx) -> sqlx::Result<u64> {
    sql::query_number("SELECT count(*) FROM schema_numbers")
        .fetch_one(tx)
        .await
}
