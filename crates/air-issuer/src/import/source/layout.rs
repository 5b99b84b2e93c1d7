//! The vendor's tables and columns, which differ between versions of its service, and the queries that fit them.

use std::collections::BTreeMap;

use super::ImportError;
use crate::import::token;

pub(in crate::import) const SD_JWTS: &str = "sd_jwt_vc";
pub(in crate::import) const ISSUANCES: &str = "credential_issuance";
pub(super) const REVOCATIONS: &str = "revocation";
pub(super) const LISTS: &str = "tsl_partition";

/// The tables that the import reads.
pub(super) const TABLES: [&str; 4] = [SD_JWTS, ISSUANCES, REVOCATIONS, LISTS];

const INTEGER: &[&str] = &["smallint", "integer", "bigint"];
const INTEGER_EXPECTED: &str = "a column of integers";
const TIME: &[&str] = &["timestamp with time zone", "timestamp without time zone", "date"];

/// The types of the columns, by table and column.
#[derive(Clone, Debug, Default)]
pub(super) struct Columns(BTreeMap<(String, String), String>);

/// The type of the elements to compare a column of nonces with, so that its index is used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct NonceColumn(&'static str);

/// The queries for the tables that exist. They sort by the qualified column: the plain name is the selected text or
/// number, which has another order or no index.
#[derive(Clone, Debug)]
pub(super) struct Layout {
    /// `$1` < id ≤ `$2`, at most `$3`: id, holder, nonce, revoked, created, updated, signed part.
    pub(super) sd_jwts: Option<String>,
    /// The same without the signed part.
    pub(super) sd_jwts_without_tokens: Option<String>,
    /// The nonces of `$1` that a stored credential has.
    pub(super) sd_jwts_among: Option<String>,
    /// `$1` < id, at most `$2`: id, nonce, holder, schema, created, expires, revoked.
    pub(super) issuances: Option<String>,
    /// The same for the nonces of `$1`.
    pub(super) issuances_among: Option<String>,
    /// The nonces after `$1`, at most `$2`.
    pub(super) revocations: Option<String>,
    /// The nonces of `$1` that are revoked.
    pub(super) revocations_among: Option<String>,
    /// Whether lists are published.
    pub(super) has_lists: bool,
    /// Whether lists are text (base64url) rather than bytes.
    pub(super) are_lists_text: bool,
}

impl Columns {
    pub(super) fn new(rows: impl IntoIterator<Item = (String, String, String)>) -> Self {
        let columns = rows.into_iter();
        Self(
            columns
                .map(|(table, column, data_type)| ((table, column), data_type))
                .collect(),
        )
    }

    fn data_type(&self, table: &str, column: &str) -> Option<&str> {
        self.0
            .get(&(table.to_owned(), column.to_owned()))
            .map(String::as_str)
    }

    fn has_table(&self, table: &str) -> bool {
        self.0.keys().any(|(known, _)| known == table)
    }

    fn expect(
        &self,
        table: &'static str,
        column: &'static str,
        types: &[&str],
        expected: &'static str,
    ) -> Result<(), ImportError> {
        match self.data_type(table, column) {
            Some(data_type) if types.contains(&data_type) => Ok(()),
            _ => Err(ImportError::Column {
                table,
                column,
                expected,
            }),
        }
    }

    fn nonce(&self, table: &'static str, column: &'static str) -> Result<NonceColumn, ImportError> {
        match self.data_type(table, column) {
            Some("smallint" | "integer" | "bigint") => Ok(NonceColumn("bigint")),
            Some("numeric") => Ok(NonceColumn("numeric")),
            Some("text" | "character varying") => Ok(NonceColumn("text")),
            _ => Err(ImportError::Column {
                table,
                column,
                expected: "a column of nonces: numbers or texts",
            }),
        }
    }

    /// Seconds since 1970, or null if the table has no such column.
    fn seconds(&self, table: &str, column: &str) -> String {
        match self.data_type(table, column) {
            Some(data_type) if TIME.contains(&data_type) => {
                format!("floor(extract(epoch FROM {column}))::bigint")
            }
            _ => "NULL::bigint".to_owned(),
        }
    }

    fn text(&self, table: &str, column: &str) -> String {
        match self.data_type(table, column) {
            Some(_) => format!("coalesce({column}::text, '')"),
            None => "''::text".to_owned(),
        }
    }
}

impl Layout {
    pub(super) fn of(columns: &Columns) -> Result<Self, ImportError> {
        let has = |table| columns.has_table(table);
        if !has(SD_JWTS) && !has(ISSUANCES) {
            return Err(ImportError::NoVendorTables);
        }
        let mut layout = Self {
            sd_jwts: None,
            sd_jwts_without_tokens: None,
            sd_jwts_among: None,
            issuances: None,
            issuances_among: None,
            revocations: None,
            revocations_among: None,
            has_lists: has(LISTS),
            are_lists_text: matches!(
                columns.data_type(LISTS, "list"),
                Some("text" | "character varying")
            ),
        };
        if has(SD_JWTS) {
            layout.read_sd_jwts(columns)?;
        }
        if has(ISSUANCES) {
            layout.read_issuances(columns)?;
        }
        if has(REVOCATIONS) {
            layout.read_revocations(columns)?;
        }
        if has(LISTS) {
            columns.expect(LISTS, "id", INTEGER, INTEGER_EXPECTED)?;
            columns.expect(LISTS, "bits", INTEGER, INTEGER_EXPECTED)?;
            let types = ["bytea", "text", "character varying"];
            columns.expect(LISTS, "list", &types, "a column of compressed lists")?;
        }
        Ok(layout)
    }

    fn read_sd_jwts(&mut self, columns: &Columns) -> Result<(), ImportError> {
        columns.expect(SD_JWTS, "id", INTEGER, INTEGER_EXPECTED)?;
        columns.expect(
            SD_JWTS,
            "jwt",
            &["text", "character varying"],
            "a column of texts",
        )?;
        let nonce = columns.nonce(SD_JWTS, "nonce")?;
        let revoked = match columns.data_type(SD_JWTS, "revoked") {
            Some("boolean") => "coalesce(revoked, false)",
            _ => "false",
        };
        let query = |token: &str| {
            format!(
                "SELECT id::bigint, {}, coalesce(nonce::text, ''), {revoked}, {}, {}, {token} FROM {SD_JWTS} \
                 WHERE id > $1 AND id <= $2 ORDER BY {SD_JWTS}.id LIMIT $3",
                columns.text(SD_JWTS, "holder"),
                columns.seconds(SD_JWTS, "created_at"),
                columns.seconds(SD_JWTS, "updated_at"),
            )
        };
        // The disclosures, which have the claims, do not leave the database.
        let token = format!("left(split_part(jwt, '~', 1), {})", token::LIMIT + 1);
        self.sd_jwts = Some(query(&token));
        self.sd_jwts_without_tokens = Some(query("NULL::text"));
        self.sd_jwts_among = Some(nonce.among("DISTINCT nonce::text", SD_JWTS, "nonce"));
        Ok(())
    }

    fn read_issuances(&mut self, columns: &Columns) -> Result<(), ImportError> {
        columns.expect(ISSUANCES, "id", INTEGER, INTEGER_EXPECTED)?;
        let nonce = columns.nonce(ISSUANCES, "revocation_nonce")?;
        let selected = format!(
            "id::bigint, coalesce(revocation_nonce::text, ''), {}, {}, {}, {}, {}",
            columns.text(ISSUANCES, "holder_did"),
            columns.text(ISSUANCES, "schema_id"),
            columns.seconds(ISSUANCES, "created_at"),
            columns.seconds(ISSUANCES, "expires_at"),
            columns.seconds(ISSUANCES, "revoked_at"),
        );
        self.issuances = Some(format!(
            "SELECT {selected} FROM {ISSUANCES} WHERE id > $1 ORDER BY {ISSUANCES}.id LIMIT $2"
        ));
        let among = nonce.among(&selected, ISSUANCES, "revocation_nonce");
        self.issuances_among = Some(format!("{among} ORDER BY {ISSUANCES}.id"));
        Ok(())
    }

    fn read_revocations(&mut self, columns: &Columns) -> Result<(), ImportError> {
        let nonce = columns.nonce(REVOCATIONS, "nonce")?;
        self.revocations = Some(format!(
            "SELECT nonce::text FROM {REVOCATIONS} WHERE nonce IS NOT NULL AND ($1::text IS NULL OR nonce > $1::text::{}) \
             GROUP BY nonce ORDER BY {REVOCATIONS}.nonce LIMIT $2",
            nonce.0
        ));
        self.revocations_among = Some(nonce.among("DISTINCT nonce::text", REVOCATIONS, "nonce"));
        Ok(())
    }
}

impl NonceColumn {
    /// The rows whose nonce is one of `$1`.
    fn among(self, selected: &str, table: &str, column: &str) -> String {
        format!(
            "SELECT {selected} FROM {table} WHERE {column} = ANY($1::text[]::{}[])",
            self.0
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn columns(rows: &[(&str, &str, &str)]) -> Columns {
        let owned = |(table, column, data_type): &(&str, &str, &str)| {
            ((*table).to_owned(), (*column).to_owned(), (*data_type).to_owned())
        };
        Columns::new(rows.iter().map(owned))
    }

    const SD_JWT: [(&str, &str, &str); 4] = [
        ("sd_jwt_vc", "id", "integer"),
        ("sd_jwt_vc", "holder", "character varying"),
        ("sd_jwt_vc", "jwt", "text"),
        ("sd_jwt_vc", "nonce", "bigint"),
    ];

    #[test]
    fn columns_that_a_version_lacks_are_replaced() {
        let layout = Layout::of(&columns(&SD_JWT)).unwrap();
        let query = layout.sd_jwts.unwrap();
        assert!(query.contains("false, NULL::bigint, NULL::bigint"), "{query}");
        assert!(layout.revocations.is_none() && !layout.has_lists);

        let more = [
            ("sd_jwt_vc", "revoked", "boolean"),
            ("sd_jwt_vc", "updated_at", "timestamp with time zone"),
            ("revocation", "nonce", "numeric"),
        ];
        let layout = Layout::of(&columns(&[&SD_JWT[..], &more].concat())).unwrap();
        let query = layout.sd_jwts.unwrap();
        assert!(query.contains("coalesce(revoked, false)"), "{query}");
        assert!(query.contains("extract(epoch FROM updated_at)"), "{query}");
        let pages = layout.revocations.unwrap();
        assert!(pages.contains("nonce > $1::text::numeric"), "{pages}");
        assert!(pages.contains("ORDER BY revocation.nonce"), "by number: {pages}");
        let among = layout.revocations_among.unwrap();
        assert!(among.contains("$1::text[]::numeric[]"), "{among}");
    }

    #[test]
    fn a_database_without_the_tables_or_with_others_is_refused() {
        let none = Layout::of(&columns(&[("revocation", "nonce", "bigint")]));
        assert!(matches!(none, Err(ImportError::NoVendorTables)));
        let without_nonce = Layout::of(&columns(&SD_JWT[..3]));
        assert!(matches!(
            without_nonce,
            Err(ImportError::Column { column: "nonce", .. })
        ));
        let mut by_uuid = SD_JWT;
        by_uuid[0].2 = "uuid";
        assert!(matches!(
            Layout::of(&columns(&by_uuid)),
            Err(ImportError::Column { column: "id", .. })
        ));
    }
}
