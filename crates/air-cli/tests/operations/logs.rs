//! The stable events of the page on logs, in comparison with the sources.

use std::{collections::BTreeSet, fs, path::Path};

use super::read;

/// The sources of a crate.
fn sources(name: &str) -> String {
    fn collect(folder: &Path, text: &mut String) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                collect(&path, text);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                text.push_str(&fs::read_to_string(path).unwrap());
            }
        }
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(name);
    let mut text = String::new();
    collect(&folder.join("src"), &mut text);
    text
}

/// Levels and fields of the events with this message.
fn events<'a>(source: &'a str, message: &str) -> Vec<(&'a str, BTreeSet<String>)> {
    let quoted = format!("\"{message}\"");
    let found = source.match_indices(&quoted).filter_map(|(at, _)| {
        let (head, arguments) = source[..at].rsplit_once("!(")?;
        let level = head.rsplit(|letter: char| !letter.is_ascii_lowercase()).next()?;
        Some((level, fields(arguments)))
    });
    found.collect()
}

/// The names in the arguments of a macro: `%error, block = block.number, `.
fn fields(arguments: &str) -> BTreeSet<String> {
    let mut depth = 0;
    let parts = arguments.split(|letter: char| {
        match letter {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        letter == ',' && depth == 0
    });
    parts
        .filter_map(|part| part.split('=').next())
        .map(|name| name.trim().trim_start_matches(['%', '?']).to_owned())
        .filter(|name| !name.is_empty())
        .collect()
}

/// The rows of a section's table, by their cells.
fn rows<'a>(page: &'a str, heading: &str) -> Vec<Vec<&'a str>> {
    let (_, section) = page.split_once(heading).expect(heading);
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| row.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

/// The texts in backticks.
fn code(cell: &str) -> BTreeSet<String> {
    let parts = cell.split('`').skip(1).step_by(2);
    parts.map(ToOwned::to_owned).collect()
}

#[test]
fn each_stable_event_is_in_the_sources() {
    let page = read("docs/book/src/operations/logs.md");
    let rows = rows(&page, "## Stable events");
    assert!(rows.len() > 20, "{rows:?}");
    for row in rows {
        let [name, level, message, listed, _] = row[..] else {
            panic!("five columns: {row:?}");
        };
        let source = sources(name.trim_matches('`'));
        let events = events(&source, message.trim_matches('`'));
        assert!(
            events.contains(&(level, code(listed))),
            "{row:?} is not in {events:?}"
        );
    }
}

#[test]
fn each_field_of_the_span_is_in_the_sources() {
    let page = read("docs/book/src/operations/logs.md");
    let rows = rows(&page, "## The span of a request");
    assert!(rows.len() > 3, "{rows:?}");
    let span = |path: &str| {
        let source = read(path);
        let (_, span) = source.split_once("info_span!(").expect(path);
        let (span, _) = span.split_once(");").expect(path);
        fields(span)
    };
    let platform = span("crates/air-sandbox/src/http/span.rs");
    let issuer = span("crates/air-issuer/src/http/observe.rs");
    for row in rows {
        let [field, _, place] = row[..] else {
            panic!("three columns: {row:?}");
        };
        let field = field.trim_matches('`');
        assert!(issuer.contains(field), "{field} is not in {issuer:?}");
        assert_eq!(platform.contains(field), place == "both", "{field}: {platform:?}");
    }
}
