//! Raw personal data, by name and by format.

use std::{collections::HashMap, sync::LazyLock};

use super::{
    Finding, LintCode,
    vocabulary::{DERIVED, DERIVED_FIRST, DERIVED_LAST, DEVICE, EMAIL, Holder, INNOCENT, KINDS, Kind},
};
use crate::{Attribute, AttributeType, Format, words};

/// The most words that a phrase is compared with: `numero de carte d identite`.
const LONGEST: usize = 6;
const WHOLE_NAME: char = '=';

pub(super) fn of_attribute(index: usize, attribute: &Attribute) -> Option<Finding> {
    let (kind, message) = if let Some(kind) = by_format(attribute) {
        (kind, format!("holds {}, according to its format", kind.what))
    } else {
        let kind = by_name(attribute)?;
        (kind, format!("looks like {}", kind.what))
    };
    let finding = Finding::of_attribute(
        LintCode::PersonalData,
        (index, attribute),
        "name",
        &message,
        remedy(kind),
    );
    Some(finding.with_claims(kind.claims))
}

fn remedy(kind: &Kind) -> String {
    let claims: Vec<String> = kind.claims.iter().map(|claim| format!("`{claim}`")).collect();
    if claims.is_empty() {
        "remove it, unless a verifier needs it".to_owned()
    } else {
        format!("attest {} instead", claims.join(" or "))
    }
}

fn by_format(attribute: &Attribute) -> Option<&'static Kind> {
    match attribute.constraints().format? {
        Format::Email => Some(&EMAIL),
        Format::Ipv4 | Format::Ipv6 => Some(&DEVICE),
        Format::Uri | Format::Uuid | Format::Hostname => None,
    }
}

fn by_name(attribute: &Attribute) -> Option<&'static Kind> {
    let parts: Vec<String> = words(attribute.name().as_str())
        .iter()
        .map(|word| word.to_lowercase())
        .collect();
    if is_derived(&parts) {
        return None;
    }
    let mut at = 0;
    while let Some(rest) = parts.get(at..).filter(|rest| !rest.is_empty()) {
        let (length, meaning) = longest_phrase(rest, parts.len()).unwrap_or((1, Meaning::Innocent));
        at += length;
        if let Meaning::Personal(kind) = meaning
            && can_hold(attribute, kind.holder)
            && !is_about_something_else(parts.get(at..)?)
        {
            return Some(kind);
        }
    }
    None
}

#[derive(Clone, Copy)]
enum Meaning {
    Personal(&'static Kind),
    Innocent,
}

/// The longest phrase that these words begin with, and how many it takes of them.
fn longest_phrase(rest: &[String], count: usize) -> Option<(usize, Meaning)> {
    (1..=rest.len().min(LONGEST)).rev().find_map(|length| {
        let phrase = rest.get(..length)?.concat();
        let meaning = PHRASES.anywhere.get(phrase.as_str());
        let meaning = meaning.or_else(|| PHRASES.whole.get(phrase.as_str()).filter(|_| length == count));
        meaning.map(|meaning| (length, *meaning))
    })
}

/// Phrases without spaces, by where they count.
struct Phrases {
    anywhere: HashMap<&'static str, Meaning>,
    whole: HashMap<&'static str, Meaning>,
}

static PHRASES: LazyLock<Phrases> = LazyLock::new(|| {
    let mut phrases = Phrases {
        anywhere: INNOCENT
            .split_whitespace()
            .map(|phrase| (phrase, Meaning::Innocent))
            .collect(),
        whole: HashMap::new(),
    };
    for kind in KINDS {
        for phrase in kind.phrases.iter().flat_map(|(_, list)| list.split_whitespace()) {
            match phrase.strip_prefix(WHOLE_NAME) {
                Some(whole) => phrases.whole.insert(whole, Meaning::Personal(kind)),
                None => phrases.anywhere.insert(phrase, Meaning::Personal(kind)),
            };
        }
    }
    phrases
});

/// Whether a name says that it stands for what follows from a datum, not for the datum.
fn is_derived(parts: &[String]) -> bool {
    let is_in = |part: &String, list: &[&str]| list.contains(&part.as_str());
    parts.first().is_some_and(|first| is_in(first, DERIVED_FIRST))
        || parts.iter().any(|part| is_in(part, DERIVED))
}

/// Whether the words after a phrase make it another thing: the type of a document. Numbers at the end say nothing.
fn is_about_something_else(after: &[String]) -> bool {
    let last = after
        .iter()
        .rfind(|part| !part.starts_with(|c: char| c.is_ascii_digit()));
    last.is_some_and(|last| DERIVED_LAST.contains(&last.as_str()))
}

fn can_hold(attribute: &Attribute, holder: Holder) -> bool {
    let kind = attribute.kind();
    let is_text = kind == AttributeType::String;
    let is_open = attribute.constraints().allowed.is_none();
    match holder {
        Holder::Text => is_text && is_open,
        Holder::TextOrNumber => (is_text || kind.is_numeric()) && is_open,
        Holder::AnyValue => kind != AttributeType::Boolean && is_open,
        Holder::Category => is_text || kind.is_numeric(),
    }
}

#[cfg(test)]
#[path = "personal_tests.rs"]
mod tests;
