//! The tables of the databases, in comparison with the page on personal data.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use air_sandbox::user_data::erased_tables;

/// The folder of the migrations, and the heading of the page's section.
const DATABASES: [(&str, &str); 2] = [
    ("air-store/migrations/sqlite", "## The platform's database"),
    (
        "air-issuer/migrations/sqlite",
        "## The database of the issuer's service",
    ),
];

/// The tables that exist after all migrations.
fn tables(folder: &Path) -> BTreeSet<String> {
    let mut files: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|file| file.unwrap().path())
        .collect();
    files.sort();
    let mut tables = BTreeSet::new();
    for file in files {
        for line in fs::read_to_string(file).unwrap().lines() {
            let words: Vec<&str> = line
                .split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')
                .filter(|word| !word.is_empty())
                .collect();
            match words[..] {
                ["CREATE", "TABLE", name, ..] | ["CREATE", "VIRTUAL", "TABLE", name, ..] => {
                    tables.insert(name.to_owned());
                }
                ["DROP", "TABLE", name, ..] => {
                    tables.remove(name);
                }
                ["ALTER", "TABLE", from, "RENAME", "TO", to, ..] => {
                    tables.remove(from);
                    tables.insert(to.to_owned());
                }
                _ => {}
            }
        }
    }
    tables
}

/// The names in the first cells of a section's table.
fn named<'a>(page: &'a str, heading: &str) -> BTreeSet<&'a str> {
    let (_, section) = page.split_once(heading).expect(heading);
    let (section, _) = section.split_once("\n## ").expect(heading);
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.filter_map(|row| row.trim_start_matches("| ").split(" | ").next())
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .collect()
}

/// The rows of a section's table: their cells.
fn rows<'a>(page: &'a str, heading: &str) -> Vec<Vec<&'a str>> {
    let (_, section) = page.split_once(heading).expect(heading);
    let (section, _) = section.split_once("\n## ").expect(heading);
    let rows = section.lines().filter(|line| line.starts_with("| `"));
    rows.map(|row| row.trim_matches('|').split(" | ").map(str::trim).collect())
        .collect()
}

#[test]
fn each_table_has_its_retention_and_the_effect_of_an_erasure() {
    let page = super::read("docs/book/src/operations/personal-data.md");
    let rules: BTreeMap<&str, bool> = erased_tables().collect();
    for (folder, heading) in DATABASES {
        for row in rows(&page, heading) {
            let [tables, _, retention, erasure] = row[..] else {
                panic!("four columns: {row:?}");
            };
            assert!(!retention.is_empty(), "{tables}");
            let effects = ["deleted", "blanked", "stay"];
            assert!(
                effects.iter().any(|effect| erasure.starts_with(effect)),
                "{row:?}"
            );
            if !folder.starts_with("air-store/") {
                continue;
            }
            for table in tables.split('`').skip(1).step_by(2) {
                let effect = match rules.get(table) {
                    Some(true) => "deleted",
                    Some(false) => "blanked",
                    None => "stay",
                };
                assert!(
                    erasure.starts_with(effect),
                    "{table}: {erasure}, but the rows are {effect}"
                );
            }
        }
    }
}

#[test]
fn each_table_is_on_the_page_on_personal_data() {
    let page = super::read("docs/book/src/operations/personal-data.md");
    let crates = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    for (folder, heading) in DATABASES {
        let tables = tables(&crates.join(folder));
        let named: BTreeSet<String> = named(&page, heading).into_iter().map(str::to_owned).collect();
        assert!(tables.len() > 5, "{tables:?}");
        let missing: Vec<_> = tables.difference(&named).collect();
        assert!(
            missing.is_empty(),
            "the page needs rows of the tables {missing:?}"
        );
        let gone: Vec<_> = named.difference(&tables).collect();
        assert!(gone.is_empty(), "no database has the tables {gone:?}");
    }
}
