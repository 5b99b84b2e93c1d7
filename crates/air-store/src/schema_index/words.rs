//! The words of a schema and of a query, in the syntax of each database's index. Words consist of
//! letters and digits and are quoted, so that a query can't contain operators.

use std::fmt::Write;

use crate::sql::Dialect;

/// PostgreSQL's lexemes have at most 2,046 bytes and 16,383 positions. Longer words are found by
/// their beginning.
const WORD_LENGTH: usize = 255;
const PLACES: usize = 16_383;

/// The words of a query. Each one matches itself and as a prefix.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words(Vec<String>);

impl Words {
    /// Takes the words of a query.
    pub fn new<'a>(words: impl IntoIterator<Item = &'a str>) -> Self {
        Self(words.into_iter().map(bare).collect())
    }

    /// Returns the query in the syntax of FTS5 or `tsquery`. In FTS5 this text gives a whole word
    /// double weight, in PostgreSQL the ranking does (`ranked`).
    #[must_use]
    pub fn in_terms_of(&self, dialect: Dialect) -> String {
        let term = |word: &String| match dialect {
            Dialect::Sqlite => format!(r#"("{word}" OR "{word}"*)"#),
            Dialect::Postgres => format!("'{word}':*"),
        };
        let terms: Vec<_> = self.0.iter().map(term).collect();
        terms.join(dialect.of(" AND ", " & "))
    }
}

/// Returns a `tsvector` of texts, given in descending order of weight: each word with its position
/// and its weight.
pub(super) fn weighted(texts: [&str; 3]) -> String {
    let mut vector = String::new();
    let words = texts
        .into_iter()
        .zip(['A', 'B', 'D'])
        .flat_map(|(text, weight)| text.split_whitespace().map(move |word| (word, weight)));
    for (place, (word, weight)) in (1..=PLACES).zip(words) {
        // Writing to a String succeeds.
        let _ = write!(vector, "'{}':{place}{weight} ", bare(word));
    }
    vector
}

/// Removes all characters except letters and digits.
fn bare(word: &str) -> String {
    let mut bare: String = word.chars().filter(|letter| letter.is_alphanumeric()).collect();
    let mut end = bare.len().min(WORD_LENGTH);
    while !bare.is_char_boundary(end) {
        end -= 1;
    }
    bare.truncate(end);
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_words_and_nothing_else() {
        let words = Words::new(["birth", "Date"]);
        assert_eq!(
            words.in_terms_of(Dialect::Sqlite),
            r#"("birth" OR "birth"*) AND ("Date" OR "Date"*)"#
        );
        assert_eq!(words.in_terms_of(Dialect::Postgres), "'birth':* & 'Date':*");
        let hostile = Words::new([r#"x" OR title:"#, "a' | 'b", r"\"]);
        assert_eq!(hostile, Words::new(["xORtitle", "ab", ""]));
    }

    #[test]
    fn a_schemas_words_have_places_and_weights() {
        assert_eq!(
            weighted(["Adult Proof", "age ", "how old"]),
            "'Adult':1A 'Proof':2A 'age':3B 'how':4D 'old':5D "
        );
        assert_eq!(weighted([&"é".repeat(200), "", ""]).len(), 254 + 6);
    }
}
