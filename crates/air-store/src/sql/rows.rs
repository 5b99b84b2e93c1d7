//! Merges inserts with the same text into one statement.

use std::{borrow::Cow, fmt::Write};

use super::Query;

/// Inserts with the same text, merged into one statement.
pub(super) struct Rows {
    /// The text of each insert.
    text: Cow<'static, str>,
    all: Query<'static>,
}

impl Rows {
    pub(super) fn new(first: Query<'static>) -> Self {
        Self {
            text: first.text.clone(),
            all: first,
        }
    }

    /// Checks whether a statement can be merged as another row.
    pub(super) fn takes(&self, next: &Query<'_>) -> bool {
        self.text == next.text && row(&next.text).is_some()
    }

    pub(super) fn values(&self) -> usize {
        self.all.arguments.len()
    }

    /// Adds a row if the statement's text allows it.
    pub(super) fn add(&mut self, next: Query<'static>) {
        if let Some(row) = row(&self.text) {
            let text = self.all.text.to_mut();
            text.push_str(", ");
            renumber(row, self.all.arguments.len(), text);
            self.all.arguments.extend(next.arguments);
        }
    }

    pub(super) fn into_statement(self) -> Query<'static> {
        self.all
    }
}

/// Returns the single row of an insert if it ends the statement.
pub(super) fn row(insert: &str) -> Option<&str> {
    let (_, row) = insert.rsplit_once("VALUES ")?;
    let values = row.strip_prefix('(')?.strip_suffix(')')?;
    let is_plain = values
        .chars()
        .all(|c| matches!(c, '$' | ',' | ' ') || c.is_ascii_digit());
    is_plain.then_some(row)
}

/// Appends a statement and renumbers its placeholders after `before` other values.
pub(super) fn renumber(statement: &str, before: usize, text: &mut String) {
    let mut parts = statement.split('$');
    text.push_str(parts.next().unwrap_or_default());
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, rest) = part.split_at(digits);
        // Writing to a String succeeds.
        let _ = match number.parse::<usize>() {
            Ok(number) => write!(text, "${}{rest}", number + before),
            Err(_) => write!(text, "${part}"),
        };
    }
}

#[cfg(test)]
mod tests {
    use super::{super::query, *};

    #[test]
    fn values_are_renumbered_behind_others() {
        let mut text = String::new();
        renumber("SELECT $1, '$', '$.a', $12", 3, &mut text);
        assert_eq!(text, "SELECT $4, '$', '$.a', $15");
    }

    #[test]
    fn a_row_is_plain_values_and_nothing_behind_them() {
        assert_eq!(row("INSERT INTO t (a, b) VALUES ($1, $2)"), Some("($1, $2)"));
        assert_eq!(row("INSERT INTO t VALUES ($1) ON CONFLICT DO NOTHING"), None);
        assert_eq!(row("INSERT INTO t VALUES ($1, now())"), None);
        assert_eq!(row("RELEASE tx"), None);
    }

    #[test]
    fn rows_are_added_to_the_same_text_alone() {
        let insert = |value: i64| query("INSERT INTO t VALUES ($1, $2)").bind(value).bind(value + 1);
        let mut rows = Rows::new(insert(1));
        assert!(rows.takes(&insert(3)));
        rows.add(insert(3));
        rows.add(insert(5));
        assert!(!rows.takes(&query("INSERT INTO u VALUES ($1, $2)")));
        assert!(!Rows::new(query("RELEASE tx")).takes(&query("RELEASE tx")));
        assert_eq!(rows.values(), 6);
        let all = rows.into_statement();
        assert_eq!(all.text, "INSERT INTO t VALUES ($1, $2), ($3, $4), ($5, $6)");
        let values: Vec<_> = all.arguments.iter().map(|value| format!("{value:?}")).collect();
        assert_eq!(
            values,
            [1, 2, 3, 4, 5, 6].map(|value| format!("Integer(Some({value}))"))
        );
    }
}
