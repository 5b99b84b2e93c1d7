//! Tables that are sorted and well-formed, and have no entry without an effect. The tests of
//! `personal` look up each phrase.

use std::collections::BTreeMap;

use serde_json::json;

use super::{
    super::{
        personal,
        tests::{codes, findings},
    },
    *,
};
use crate::{Attribute, CredentialSchema};

const LANGUAGES: [&str; 13] = [
    "en", "de", "fr", "es", "pt", "it", "nl", "pl", "zh", "ja", "ko", "vi", "id",
];

#[test]
fn tables_are_sorted_without_duplicates() {
    for table in [PHRASES, NOT_PERSONAL, DERIVED_CLAIMS, UNCLEAR_NAMES, VC_TERMS] {
        let entries: Vec<&str> = entries(table).collect();
        assert!(!entries.is_empty());
        for pair in entries.windows(2) {
            assert!(pair[0] < pair[1], "{:?} comes before {:?}", pair[1], pair[0]);
        }
    }
    assert!(KINDS.windows(2).all(|pair| pair[0].id < pair[1].id));
}

#[test]
fn every_line_has_known_fields() {
    assert_eq!(phrases().count(), entries(PHRASES).count(), "a kind is unknown");
    assert_eq!(
        derived_claims().count(),
        entries(DERIVED_CLAIMS).count(),
        "a position is unknown"
    );
    for line in entries(PHRASES).chain(entries(DERIVED_CLAIMS)) {
        let (_, language, word) = fields(line).unwrap();
        assert!(LANGUAGES.contains(&language), "{line}");
        let word = word.trim_start_matches('=');
        let is_plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
        assert!(!word.is_empty() && word.chars().all(is_plain), "{line}");
    }
}

#[test]
fn no_phrase_has_two_meanings_and_no_word_two_positions() {
    let mut seen = BTreeMap::new();
    for phrase in entries(NOT_PERSONAL) {
        assert_eq!(seen.insert(phrase, "not personal"), None, "{phrase}");
    }
    for phrase in phrases() {
        assert_eq!(
            seen.insert(phrase.text, phrase.kind.what),
            None,
            "{}",
            phrase.text
        );
    }
    let words: BTreeMap<&str, Position> = derived_claims().collect();
    assert_eq!(words.len(), derived_claims().count());
}

#[test]
fn every_kind_has_phrases_in_every_language_except_those_of_machines() {
    for kind in KINDS {
        let has =
            |language: &&str| phrases().any(|phrase| phrase.kind == kind && phrase.language == *language);
        let required = if ["device", "location"].contains(&kind.id) {
            &["en"][..]
        } else {
            &LANGUAGES
        };
        let missing: Vec<_> = required.iter().filter(|language| !has(language)).collect();
        assert!(missing.is_empty(), "{}: {missing:?}", kind.id);
    }
}

fn attribute(name: &str) -> Attribute {
    let form = json!({ "title": "t", "attributes": [{ "name": name, "type": "string" }] });
    let schema = CredentialSchema::from_slice(form.to_string().as_bytes()).unwrap();
    schema.attributes()[0].clone()
}

fn capitalised(word: &str) -> String {
    let (first, rest) = word.split_at(word.len().min(1));
    format!("{}{rest}", first.to_uppercase())
}

/// Names that begin with the words of `whole`, and have a phrase of personal data within it or
/// across its end.
fn names_around(whole: &'static str) -> impl Iterator<Item = String> {
    phrases()
        .filter(|phrase| !phrase.is_whole_name)
        .flat_map(move |phrase| {
            whole.char_indices().filter_map(move |(start, _)| {
                let (before, rest) = whole.split_at(start);
                if let Some(after) = rest.strip_prefix(phrase.text) {
                    return Some(format!(
                        "{before}{}{}",
                        capitalised(phrase.text),
                        capitalised(after)
                    ));
                }
                let after = phrase.text.strip_prefix(rest)?;
                Some(format!("{before}{}{}", capitalised(rest), capitalised(after)))
            })
        })
}

#[test]
fn every_phrase_that_is_not_personal_prevents_a_finding() {
    for whole in entries(NOT_PERSONAL) {
        let mut without = Vocabulary::read();
        without.anywhere.remove(whole);
        let is_found = |name: &str, words: &Vocabulary| personal::by_name(&attribute(name), words).is_some();
        assert!(
            names_around(whole).any(|name| is_found(&name, &without) && !is_found(&name, &VOCABULARY)),
            "{whole} has no effect"
        );
    }
}

#[test]
fn every_word_of_a_derived_claim_prevents_a_finding() {
    for (word, position) in derived_claims() {
        let name = match position {
            Position::First => format!("{word}BirthDate"),
            Position::Anywhere | Position::Last => format!("birthDate{}", capitalised(word)),
        };
        let mut without = Vocabulary::read();
        without.derived_claims.remove(word);
        assert!(
            personal::by_name(&attribute(&name), &without).is_some(),
            "{name} has no finding without {word}"
        );
        assert!(
            personal::by_name(&attribute(&name), &VOCABULARY).is_none(),
            "{name}"
        );
    }
}

#[test]
fn every_unclear_name_and_every_term_has_a_finding() {
    for (table, code) in [(UNCLEAR_NAMES, "unclear-name"), (VC_TERMS, "vc-term")] {
        for name in entries(table) {
            let found = codes(&findings(json!({ "name": name, "type": "boolean" })));
            assert!(found.contains(&code), "{name}: {found:?}");
        }
    }
    // A shorter name is unclear without an entry.
    assert!(entries(UNCLEAR_NAMES).all(|name| name.len() >= 3));
}
