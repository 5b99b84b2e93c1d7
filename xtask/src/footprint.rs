//! Counts the crates that a project compiles if it only uses `TestPlatform`: `air-sandbox` with its
//! default features, and what is below it on Linux.

use std::{collections::BTreeSet, fs};

use crate::shell::{Outcome, cargo, root, say};

/// The maximum number of crates, including those that only build scripts and macros use.
const LIMIT: usize = 241;
/// The crate whose version 1.0.0 has no tables for host names. A project selects it in its lock file.
const TABLES: &str = "idna_adapter";
/// The pages that contain the numbers.
const PAGES: [&str; 2] = [
    "crates/air-sandbox/README.md",
    "docs/book/src/decisions/footprint.md",
];

/// `cargo xtask footprint`.
pub(crate) fn run() -> Outcome {
    let all = crates(&[])?;
    // The crate itself remains.
    let without_tables = crates(&["--prune", TABLES])?.len() + 1;
    let numbers = format!(
        "{} crates, or {without_tables} without tables for host names",
        all.len()
    );
    say(&format!("  a project with `TestPlatform` compiles {numbers}"));
    if all.len() > LIMIT {
        return Err(format!(
            "air-sandbox with its default features has {} crates; at most {LIMIT} are allowed. Put what brings the new ones behind a \
             feature, or raise the limit in xtask/src/footprint.rs and give the reason in {}",
            all.len(),
            PAGES[1]
        ));
    }
    for page in PAGES {
        let text = fs::read_to_string(root().join(page)).map_err(|error| format!("{page}: {error}"))?;
        if !unwrapped(&text).contains(&numbers) {
            return Err(format!("{page} must say `{numbers}`"));
        }
    }
    Ok(())
}

/// The names and versions of the crates.
fn crates(more: &[&str]) -> Outcome<BTreeSet<String>> {
    let tree = cargo([
        "tree",
        "--locked",
        "--package=air-sandbox",
        "--edges=normal,build",
        "--target=x86_64-unknown-linux-gnu",
        "--prefix=none",
    ])
    .args(more)
    .read()
    .ok_or("failed to list the dependencies; run `cargo tree --package air-sandbox` to see why")?;
    Ok(names(&tree))
}

/// A line is a crate's name, its version, and remarks.
fn names(tree: &str) -> BTreeSet<String> {
    tree.lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            let (name, version) = (words.next()?, words.next()?);
            version.starts_with('v').then(|| format!("{name} {version}"))
        })
        .collect()
}

/// The text with each paragraph on one line.
fn unwrapped(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_version_of_a_crate_counts_once() {
        let tree = "air-sandbox v0.1.0 (/air)\nsyn v2.0.119\nsyn v3.0.10\nserde_derive v1.0.229 (proc-macro)\nsyn v3.0.10 (*)\n\n[build-dependencies]\n";
        let expected = [
            "air-sandbox v0.1.0",
            "serde_derive v1.0.229",
            "syn v2.0.119",
            "syn v3.0.10",
        ];
        assert_eq!(names(tree), BTreeSet::from(expected.map(str::to_owned)));
    }

    #[test]
    fn a_sentence_may_be_wrapped() {
        assert_eq!(unwrapped("compiles 9\ncrates"), "compiles 9 crates");
    }
}
