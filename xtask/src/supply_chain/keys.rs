//! Compares the crates that compute with private keys with the table of the book.

use std::{collections::BTreeSet, fs};

use crate::shell::{Outcome, cargo, root};

const PAGE: &str = "docs/book/src/decisions/key-crates.md";
/// The crates that have private keys in memory, with the features that `air` enables.
const OWN: [&str; 4] = ["air-crypto", "air-jwt", "air-ledger", "air-pem"];
const FEATURES: &str = "air-crypto/native,air-crypto/passphrase,air-jwt/client-attestation,air-jwt/dpop,\
                        air-jwt/jwe,air-jwt/native,air-ledger/transactions";

pub(super) fn check() -> Outcome {
    let page = fs::read_to_string(root().join(PAGE)).map_err(|error| format!("{PAGE}: {error}"))?;
    compare(&listed(&page), &below()?)
}

/// The names in the first cells of the page's table.
fn listed(page: &str) -> BTreeSet<String> {
    page.lines()
        .filter(|line| line.starts_with("| `"))
        .filter_map(|row| row.trim_start_matches("| ").split(" | ").next())
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .map(str::to_owned)
        .collect()
}

/// The names of the crates of other authors that our crates link.
fn below() -> Outcome<BTreeSet<String>> {
    let packages = OWN.map(|name| format!("--package={name}"));
    let tree = cargo([
        "tree",
        "--locked",
        "--edges=normal,no-proc-macro",
        "--target=x86_64-unknown-linux-gnu",
        "--prefix=none",
        "--format={p}",
    ])
    .args(packages)
    .args(["--features", FEATURES])
    .read()
    .ok_or("failed to list the dependencies; run `cargo tree --package air-crypto` to see why")?;
    Ok(names(&tree))
}

/// A line is a crate's name, its version, and remarks. A crate of ours has a path.
fn names(tree: &str) -> BTreeSet<String> {
    tree.lines()
        .filter(|line| !line.contains('/'))
        .filter_map(|line| line.split(' ').next())
        .filter(|name| !name.is_empty())
        .map(str::to_owned)
        .collect()
}

fn compare(listed: &BTreeSet<String>, linked: &BTreeSet<String>) -> Outcome {
    let difference = |one: &BTreeSet<String>, other: &BTreeSet<String>| {
        one.difference(other).cloned().collect::<Vec<_>>().join(", ")
    };
    let missing = difference(linked, listed);
    if !missing.is_empty() {
        return Err(format!(
            "these crates touch keys now, and {PAGE} needs a reason to trust each: {missing}"
        ));
    }
    let gone = difference(listed, linked);
    if gone.is_empty() {
        Ok(())
    } else {
        Err(format!(
            "these crates touch no keys any more; remove them from {PAGE}: {gone}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_crate_and_one_that_is_gone_are_named() {
        let listed = listed("| crates | why |\n|---|---|\n| `p256`, `k256` | `not this` |\n");
        let linked = names("air-pem v0.1.0 (/tmp/air/crates/air-pem)\np256 v0.14.0\nhex v0.4.3 (*)\n\n");
        assert_eq!(linked.iter().collect::<Vec<_>>(), ["hex", "p256"]);
        let error = compare(&listed, &linked).unwrap_err();
        assert!(error.ends_with(": hex"), "{error}");
        let all: BTreeSet<String> = linked.union(&listed).cloned().collect();
        assert!(compare(&all, &listed).unwrap_err().ends_with(": hex"));
        compare(&all, &all).unwrap();
    }
}
