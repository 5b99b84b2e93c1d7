//! The words that the lint knows, in the tables of `vocabulary/`. A table has one entry on each
//! line, sorted, below comments that begin with `#`. To add a word, add a line.

mod kinds;
#[cfg(test)]
mod tests;

use std::{
    collections::{HashMap, HashSet},
    sync::LazyLock,
};

#[cfg(test)]
pub(super) use self::kinds::KINDS;
pub(super) use self::kinds::{Holder, Kind};

const PHRASES: &str = include_str!("vocabulary/phrases.txt");
const NOT_PERSONAL: &str = include_str!("vocabulary/not_personal.txt");
const DERIVED_CLAIMS: &str = include_str!("vocabulary/derived_claims.txt");
const UNCLEAR_NAMES: &str = include_str!("vocabulary/unclear_names.txt");
const VC_TERMS: &str = include_str!("vocabulary/vc_terms.txt");

/// The tables, read once.
pub(super) static VOCABULARY: LazyLock<Vocabulary> = LazyLock::new(Vocabulary::read);

/// The meaning of a phrase in a name.
#[derive(Clone, Copy)]
pub(super) enum Meaning {
    Personal(&'static Kind),
    NotPersonal,
}

/// The position of a word that makes an attribute a derived claim.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Position {
    First,
    Anywhere,
    Last,
}

/// A line of `phrases.txt`.
pub(super) struct Phrase {
    pub(super) kind: &'static Kind,
    #[cfg_attr(not(test), expect(dead_code, reason = "it groups the lines of the table"))]
    pub(super) language: &'static str,
    pub(super) text: &'static str,
    /// Whether it matches only a whole name.
    pub(super) is_whole_name: bool,
}

pub(super) struct Vocabulary {
    /// Phrases that match anywhere in a name.
    anywhere: HashMap<&'static str, Meaning>,
    /// Phrases that match only a whole name.
    whole_names: HashMap<&'static str, Meaning>,
    derived_claims: HashMap<&'static str, Position>,
    unclear_names: HashSet<&'static str>,
    vc_terms: HashSet<&'static str>,
}

impl Vocabulary {
    fn read() -> Self {
        let not_personal = entries(NOT_PERSONAL).map(|phrase| (phrase, Meaning::NotPersonal));
        let mut vocabulary = Self {
            anywhere: not_personal.collect(),
            whole_names: HashMap::new(),
            derived_claims: derived_claims().collect(),
            unclear_names: entries(UNCLEAR_NAMES).collect(),
            vc_terms: entries(VC_TERMS).collect(),
        };
        for phrase in phrases() {
            let phrases = if phrase.is_whole_name {
                &mut vocabulary.whole_names
            } else {
                &mut vocabulary.anywhere
            };
            phrases.insert(phrase.text, Meaning::Personal(phrase.kind));
        }
        vocabulary
    }

    /// The meaning of a phrase, which is in lower case and without joints.
    pub(super) fn meaning(&self, phrase: &str, is_whole_name: bool) -> Option<Meaning> {
        let whole_name = || self.whole_names.get(phrase).filter(|_| is_whole_name);
        self.anywhere.get(phrase).or_else(whole_name).copied()
    }

    /// Whether a word makes an attribute a derived claim from this position.
    pub(super) fn is_derived(&self, word: &str, position: Position) -> bool {
        self.derived_claims.get(word) == Some(&position)
    }

    pub(super) fn is_unclear_name(&self, name: &str) -> bool {
        self.unclear_names.contains(name)
    }

    pub(super) fn is_vc_term(&self, name: &str) -> bool {
        self.vc_terms.contains(name)
    }
}

/// The lines of `phrases.txt`.
pub(super) fn phrases() -> impl Iterator<Item = Phrase> {
    entries(PHRASES).filter_map(|line| {
        let (kind, language, phrase) = fields(line)?;
        let whole_name = phrase.strip_prefix('=');
        Some(Phrase {
            kind: Kind::from_id(kind)?,
            language,
            text: whole_name.unwrap_or(phrase),
            is_whole_name: whole_name.is_some(),
        })
    })
}

fn derived_claims() -> impl Iterator<Item = (&'static str, Position)> {
    entries(DERIVED_CLAIMS).filter_map(|line| {
        let (position, _, word) = fields(line)?;
        let position = match position {
            "first" => Position::First,
            "anywhere" => Position::Anywhere,
            "last" => Position::Last,
            _ => return None,
        };
        Some((word, position))
    })
}

fn entries(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|line| !line.starts_with('#'))
}

/// The three fields of a line.
fn fields(line: &'static str) -> Option<(&'static str, &'static str, &'static str)> {
    let (first, rest) = line.split_once(' ')?;
    let (second, third) = rest.split_once(' ')?;
    Some((first, second, third))
}
