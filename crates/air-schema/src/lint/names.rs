//! Rules about the names of attributes.

use super::{Finding, LintCode, vocabulary::VOCABULARY};
use crate::{Attribute, words};

/// The fewest letters of a clear name.
const SHORTEST: usize = 3;

pub(super) fn of_attribute(
    index: usize,
    attribute: &Attribute,
    before: &[Attribute],
) -> impl Iterator<Item = Finding> {
    let at = (index, attribute);
    [vc_term(at), unclear(at), joint(at), alike(at, before)]
        .into_iter()
        .flatten()
}

fn vc_term(at: (usize, &Attribute)) -> Option<Finding> {
    VOCABULARY.is_vc_term(at.1.name().as_str()).then(|| {
        Finding::of_attribute(
            LintCode::VcTerm,
            at,
            "name",
            "has another meaning in W3C credentials",
            "choose a more specific name, such as `documentIssuer` or `membershipValidUntil`",
        )
    })
}

fn unclear(at: (usize, &Attribute)) -> Option<Finding> {
    let name = at.1.name().as_str();
    let stem = name.trim_end_matches(|c: char| c.is_ascii_digit());
    (stem.len() < SHORTEST || VOCABULARY.is_unclear_name(stem)).then(|| {
        Finding::of_attribute(
            LintCode::UnclearName,
            at,
            "name",
            "does not describe its value",
            "use words that a verifier would search for",
        )
    })
}

fn joint(at: (usize, &Attribute)) -> Option<Finding> {
    let camel_case = camel_case(at.1.name().as_str());
    (camel_case != at.1.name().as_str()).then(|| {
        Finding::of_attribute(
            LintCode::NameJoint,
            at,
            "name",
            "is not in camelCase",
            format!("rename it to `{camel_case}`"),
        )
    })
}

fn alike(at: (usize, &Attribute), before: &[Attribute]) -> Option<Finding> {
    let name = at.1.name().as_str();
    let twin = before
        .iter()
        .find(|other| other.name().as_str().eq_ignore_ascii_case(name))?;
    Some(Finding::of_attribute(
        LintCode::NamesAlike,
        at,
        "name",
        &format!("differs from `{}` only in case", twin.name()),
        "merge the two, or rename one of them",
    ))
}

fn camel_case(name: &str) -> String {
    let mut joined = String::with_capacity(name.len());
    for word in words(name) {
        let small = word.to_ascii_lowercase();
        let mut letters = small.chars();
        match letters.next() {
            Some(first) if !joined.is_empty() => joined.push(first.to_ascii_uppercase()),
            first => joined.extend(first),
        }
        joined.extend(letters);
    }
    joined
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::tests::{codes, findings, lint};

    fn of(name: &str) -> Vec<&'static str> {
        codes(&findings(json!({ "name": name, "type": "boolean" })))
    }

    #[test]
    fn a_name_is_no_term_of_the_data_model() {
        for name in [
            "issuer",
            "proof",
            "validFrom",
            "evidence",
            "credentialSubject",
            "name",
        ] {
            assert_eq!(of(name), ["vc-term"], "{name}");
        }
        for name in [
            "documentIssuer",
            "proofOfFunds",
            "isEvidenceKept",
            "licenceValidFrom",
        ] {
            assert!(of(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn a_name_says_something() {
        for name in ["x", "no", "value", "field7", "data"] {
            assert_eq!(of(name), ["unclear-name"], "{name}");
        }
        for name in ["vip", "dataRegion", "fieldOfStudy", "riskValue"] {
            assert!(of(name).is_empty(), "{name}");
        }
    }

    #[test]
    fn words_are_joined_as_in_camel_case() {
        for (name, better) in [
            ("docURLValue", "docUrlValue"),
            ("iso3166alpha", "iso3166Alpha"),
            ("documentID", "documentId"),
            ("total_volume", "totalVolume"),
            ("TotalVolume", "totalVolume"),
        ] {
            let found = findings(json!({ "name": name, "type": "boolean" }));
            assert_eq!(codes(&found), ["name-joint"], "{name}");
            assert_eq!(found[0].suggestion, format!("rename it to `{better}`"));
            assert!(of(better).is_empty(), "{better}");
        }
        assert!(of("isOver18").is_empty());
    }

    #[test]
    fn two_names_differ_in_more_than_capitals() {
        let twins = |other: &str| {
            codes(&lint(
                &json!({ "title": "Test", "description": "x", "attributes": [
                { "name": "riskScore", "type": "integer", "description": "x", "required": true },
                { "name": other, "type": "integer", "description": "x" }] }),
            ))
        };
        assert_eq!(twins("riskscore"), ["names-alike"]);
        assert!(twins("riskScores").is_empty());
    }
}
