//! The rule about raw personal data, which is recognised by name or by format.

use super::{
    Finding, LintCode,
    vocabulary::{Holder, Kind, Meaning, Position, VOCABULARY, Vocabulary},
};
use crate::{Attribute, AttributeType, Format, words};

/// The most words of a phrase: `numero de carte d identite`.
const LONGEST: usize = 6;

pub(super) fn of_attribute(index: usize, attribute: &Attribute) -> Option<Finding> {
    let (kind, message) = if let Some(kind) = by_format(attribute) {
        (kind, format!("holds {}, according to its format", kind.what))
    } else {
        let kind = by_name(attribute, &VOCABULARY)?;
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
        Format::Email => Kind::from_id("email"),
        Format::Ipv4 | Format::Ipv6 => Kind::from_id("device"),
        Format::Uri | Format::Uuid | Format::Hostname => None,
    }
}

pub(super) fn by_name(attribute: &Attribute, vocabulary: &Vocabulary) -> Option<&'static Kind> {
    let parts: Vec<String> = words(attribute.name().as_str())
        .iter()
        .map(|word| word.to_lowercase())
        .collect();
    if is_derived(&parts, vocabulary) {
        return None;
    }
    let mut at = 0;
    while let Some(rest) = parts.get(at..).filter(|rest| !rest.is_empty()) {
        let (length, meaning) =
            longest_phrase(rest, parts.len(), vocabulary).unwrap_or((1, Meaning::NotPersonal));
        at += length;
        if let Meaning::Personal(kind) = meaning
            && can_hold(attribute, kind.holder)
            && !is_about_something_else(parts.get(at..)?, vocabulary)
        {
            return Some(kind);
        }
    }
    None
}

/// The longest phrase that these words begin with, and the number of its words. `count` is the
/// number of words of the whole name.
fn longest_phrase(rest: &[String], count: usize, vocabulary: &Vocabulary) -> Option<(usize, Meaning)> {
    (1..=rest.len().min(LONGEST)).rev().find_map(|length| {
        let phrase = rest.get(..length)?.concat();
        let meaning = vocabulary.meaning(&phrase, length == count)?;
        Some((length, meaning))
    })
}

/// Whether the name is that of a derived claim.
fn is_derived(parts: &[String], vocabulary: &Vocabulary) -> bool {
    let first = parts.first();
    first.is_some_and(|first| vocabulary.is_derived(first, Position::First))
        || parts
            .iter()
            .any(|part| vocabulary.is_derived(part, Position::Anywhere))
}

/// Whether the words after a phrase change its meaning, as in `documentType`. Numbers at the end
/// are ignored.
fn is_about_something_else(after: &[String], vocabulary: &Vocabulary) -> bool {
    let last = after
        .iter()
        .rfind(|part| !part.starts_with(|c: char| c.is_ascii_digit()));
    last.is_some_and(|last| vocabulary.is_derived(last, Position::Last))
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
mod tests;
