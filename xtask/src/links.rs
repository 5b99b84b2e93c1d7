//! Checks that every relative link has a target, its heading too, that the book lists every page,
//! that its links stay in the book, and that crates' READMEs have no relative links.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::shell::{Outcome, root, say};

const BOOK: &str = "docs/book/src";
const CRATES: &str = "crates";
const NOT_OURS: [&str; 4] = ["target", "node_modules", ".git", "air-quickstart"];

pub(crate) fn run() -> Outcome {
    let pages = pages(&root());
    let mut broken = Vec::new();
    for page in &pages {
        let text = fs::read_to_string(page).map_err(|error| format!("{}: {error}", page.display()))?;
        for link in relative_links(&text) {
            if let Err(reason) = check(page, &text, link) {
                broken.push(format!("{}: the link {link} {reason}", shown(page)));
            }
        }
    }
    let contents = fs::read_to_string(root().join(BOOK).join("SUMMARY.md")).unwrap_or_default();
    for page in pages.iter().filter(|page| page.starts_with(root().join(BOOK))) {
        let name = shown(page).replace(&format!("{BOOK}/"), "");
        if name != "SUMMARY.md" && !contents.contains(&format!("({name})")) {
            broken.push(format!("{BOOK}/SUMMARY.md does not list {name}"));
        }
    }
    say(&format!("  {} pages", pages.len()));
    if broken.is_empty() {
        Ok(())
    } else {
        Err(broken.join("\n  "))
    }
}

fn shown(path: &Path) -> String {
    path.strip_prefix(root()).unwrap_or(path).display().to_string()
}

fn pages(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for path in entries.flatten().map(|entry| entry.path()) {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() && !NOT_OURS.contains(&name.as_ref()) {
            found.extend(pages(&path));
        } else if path.extension().is_some_and(|extension| extension == "md") {
            found.push(path.clone());
        }
    }
    found.sort();
    found
}

/// Whether a link of a page leads somewhere, in the repository and in the rendered book.
fn check(page: &Path, text: &str, link: &str) -> Result<(), &'static str> {
    let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
    if !path.is_empty() && is_readme_of_crate(page) {
        return Err("is relative, so it is dead on docs.rs and crates.io; write the whole URL");
    }
    let target = if path.is_empty() {
        page.to_owned()
    } else {
        page.parent().unwrap_or(page).join(path)
    };
    let Ok(target) = target.canonicalize() else {
        return Err("has no target");
    };
    let book = root().join(BOOK);
    if page.starts_with(&book) && !target.starts_with(&book) {
        return Err("leaves the book, where it is dead once the book is rendered");
    }
    if fragment.is_empty() || target.extension().is_none_or(|extension| extension != "md") {
        return Ok(());
    }
    let headings = if path.is_empty() {
        anchors(text)
    } else {
        anchors(&fs::read_to_string(target).unwrap_or_default())
    };
    if headings.iter().any(|heading| heading == fragment) {
        Ok(())
    } else {
        Err("names no heading of its target")
    }
}

/// Whether a page is the README of a crate: `crates/NAME/README.md`.
fn is_readme_of_crate(page: &Path) -> bool {
    let folder = page.parent().and_then(Path::parent);
    page.ends_with("README.md") && folder.is_some_and(|folder| folder == root().join(CRATES))
}

/// The fragments of a page's headings, as mdBook and GitHub form them: lower case, hyphens for
/// spaces, no punctuation.
fn anchors(text: &str) -> Vec<String> {
    prose(text)
        .filter_map(|line| line.strip_prefix('#'))
        .map(|heading| {
            heading
                .trim_start_matches('#')
                .trim()
                .to_lowercase()
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'))
                .map(|c| if c == ' ' { '-' } else { c })
                .collect()
        })
        .collect()
}

/// The targets of `[text](target)`, outside of fenced code, without those that have a scheme.
fn relative_links(text: &str) -> Vec<&str> {
    prose(text)
        .flat_map(|line| line.split("](").skip(1))
        .map(|rest| rest.split([')', ' ']).next().unwrap_or_default())
        .filter(|target| !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:"))
        .collect()
}

/// The lines outside of fenced code.
fn prose(text: &str) -> impl Iterator<Item = &str> {
    let mut in_code = false;
    text.lines().filter(move |line| {
        let is_fence = line.trim_start().starts_with("```");
        in_code ^= is_fence;
        !in_code && !is_fence
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_relative_links_outside_of_code() {
        let text = "a [b](c.md#d) [e](https://f.example)\n```\n[g](h.md)\n```\n![i](j/k.png) [l](#m)";
        assert_eq!(relative_links(text), ["c.md#d", "j/k.png", "#m"]);
    }

    #[test]
    fn forms_the_fragments_of_headings() {
        let text = "# `air cak`: Sealing, opening\n```sh\n# a comment\n```\n## After a failed `fsync`";
        assert_eq!(anchors(text), ["air-cak-sealing-opening", "after-a-failed-fsync"]);
    }

    #[test]
    fn a_link_leads_to_a_heading_and_stays_in_the_book() {
        let page = root().join(BOOK).join("SUMMARY.md");
        let text = "# Here";
        assert_eq!(check(&page, text, "#here"), Ok(()));
        assert!(check(&page, text, "#there").is_err());
        assert_eq!(check(&page, text, "style.md"), Ok(()));
        assert!(check(&page, text, "style.md#no-such-heading").is_err());
        assert!(check(&page, text, "no-such-page.md").is_err());
        assert!(check(&page, text, "../../../README.md").is_err());
    }

    #[test]
    fn a_crates_readme_has_no_relative_link_but_to_its_own_headings() {
        let readme = root().join(CRATES).join("air-vc/README.md");
        assert_eq!(check(&readme, "# Here", "#here"), Ok(()));
        for link in ["Cargo.toml", "../../README.md", "../../CHANGELOG.md#unreleased"] {
            assert!(check(&readme, "", link).is_err(), "{link}");
        }
        assert_eq!(check(&root().join("README.md"), "", "CHANGELOG.md"), Ok(()));
    }
}
