//! The series of `/metrics`, and the selectors of PromQL.

use std::collections::{BTreeMap, BTreeSet};

/// The labels that Prometheus adds.
const ADDED: [&str; 2] = ["instance", "job"];
/// The labels whose values are known before the first event, or are those of a requested route.
const KNOWN_VALUES: [&str; 4] = ["during", "le", "outcome", "route"];
/// The name of the external label with the URL of the book.
const BOOK: &str = "air_book";

/// The labels of each metric, with their values.
#[derive(Debug, Default)]
pub(super) struct Figures(BTreeMap<String, BTreeMap<String, BTreeSet<String>>>);

/// A metric in an expression, with the labels and values of its selector.
#[derive(Debug)]
pub(super) struct Used<'a> {
    pub(super) name: &'a str,
    labels: Vec<(&'a str, &'a str)>,
}

impl Figures {
    /// Adds the series of a `/metrics` in the text format.
    pub(super) fn read(&mut self, text: &str) {
        let series = text
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with('#'));
        for line in series {
            let (series, _) = line.rsplit_once(' ').expect(line);
            let (name, labels) = series.split_once('{').unwrap_or((series, ""));
            let known = self.0.entry(name.to_owned()).or_default();
            for (label, value) in labels_of(labels) {
                known
                    .entry(label.to_owned())
                    .or_default()
                    .insert(value.to_owned());
            }
        }
    }

    /// Checks that the metric exists, with these labels, and with these values of labels whose values are known.
    pub(super) fn check(&self, used: &Used<'_>) -> Result<(), String> {
        let name = used.name;
        let known = self.0.get(name).ok_or_else(|| format!("no metric {name}"))?;
        for (label, value) in &used.labels {
            if ADDED.contains(label) {
                continue;
            }
            let values = known
                .get(*label)
                .ok_or_else(|| format!("{name} has no label {label}"))?;
            if !KNOWN_VALUES.contains(label) {
                continue;
            }
            for pattern in value.split('|') {
                if !values.iter().any(|value| matches(pattern, value)) {
                    return Err(format!("{name} has no {label} {pattern}: {values:?}"));
                }
            }
        }
        Ok(())
    }

    pub(super) fn has_label(&self, label: &str) -> bool {
        ADDED.contains(&label) || self.0.values().any(|labels| labels.contains_key(label))
    }
}

/// The metrics of AIR in a text of expressions.
pub(super) fn uses(text: &str) -> Vec<Used<'_>> {
    let is_part_of_name = |character: char| character.is_ascii_alphanumeric() || "_:".contains(character);
    let mut found = Vec::new();
    let mut rest = text;
    while let Some(start) = rest.find("air_") {
        let (before, word) = rest.split_at(start);
        let end = word.find(|character: char| !is_part_of_name(character));
        let (name, after) = word.split_at(end.unwrap_or(word.len()));
        let is_whole = !before.ends_with(is_part_of_name);
        if is_whole && name.trim_end_matches(':') != BOOK {
            let labels = after.strip_prefix('{').map(selector).unwrap_or_default();
            found.push(Used {
                name,
                labels: labels_of(labels),
            });
        }
        rest = after;
    }
    found
}

/// The labels by which expressions aggregate, and those of legends and summaries.
pub(super) fn groupings(text: &str) -> BTreeSet<&str> {
    let lists = text.split("by (").skip(1).filter_map(|rest| rest.split_once(')'));
    let grouped = lists.flat_map(|(list, _)| list.split(',')).map(str::trim);
    let templates = text.split("{{").skip(1).filter_map(|rest| rest.split_once("}}"));
    let shown = templates
        .map(|(label, _)| label.trim().trim_start_matches("$labels."))
        .filter(|label| !label.starts_with('$'));
    grouped.chain(shown).collect()
}

/// The text up to the end of a selector. Braces in quotes don't end it.
fn selector(text: &str) -> &str {
    let mut is_quoted = false;
    let end = text.find(|character: char| {
        is_quoted ^= character == '"';
        character == '}' && !is_quoted
    });
    text.get(..end.expect(text)).unwrap_or_default()
}

/// The names and values of labels. No value has a quotation mark.
fn labels_of(text: &str) -> Vec<(&str, &str)> {
    let parts: Vec<&str> = text.split('"').collect();
    parts
        .chunks_exact(2)
        .filter_map(|pair| match pair {
            [name, value] => Some((name.trim_matches([',', ' ', '=', '~', '!']), *value)),
            _ => None,
        })
        .collect()
}

/// Whether a value is an alternative of a pattern, of which `.*` at the end is all that is used.
fn matches(pattern: &str, value: &str) -> bool {
    match pattern.strip_suffix(".*") {
        Some(start) => value.starts_with(start),
        None => pattern == value,
    }
}

#[test]
fn a_wrong_name_label_or_value_is_found() {
    let mut figures = Figures::default();
    figures.read("# TYPE air_a counter\nair_a_total{route=\"/x/{y}\",outcome=\"stored\"} 1\nair_b 2\n");
    let check = |text: &str| {
        let uses = uses(text);
        assert_eq!(uses.len(), 1, "{text}");
        figures.check(&uses[0])
    };
    check("sum by (outcome) (rate(air_a_total{route=~\"/x/.*\",job=\"air\"}[5m]))").unwrap();
    check("air_b > 1").unwrap();
    for wrong in [
        "air_a > 1",
        "air_b{outcome=\"stored\"}",
        "air_a_total{outcome!=\"sorted\"}",
        "air_a_total{route=~\"/x/{y}|/z\"}",
    ] {
        assert!(check(wrong).is_err(), "{wrong}");
    }
    assert!(groupings("sum by (le, route) (x) # {{ $labels.outcome }} {{$value}}").contains("outcome"));
    assert!(figures.has_label("route") && !figures.has_label("schema"));
}
