//! Checks that every relative link has a target, and that the book lists every page.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::shell::{Outcome, root, say};

const BOOK: &str = "docs/book/src";
const NOT_OURS: [&str; 4] = ["target", "node_modules", ".git", "air-quickstart"];

pub(crate) fn run() -> Outcome {
    let pages = pages(&root());
    let mut broken = Vec::new();
    for page in &pages {
        let text = fs::read_to_string(page).map_err(|error| format!("{}: {error}", page.display()))?;
        let folder = page.parent().unwrap_or(page);
        for link in relative_links(&text) {
            if !folder.join(link).exists() {
                broken.push(format!("{}: the link {link} has no target", shown(page)));
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

/// The targets of `[text](target)`, outside of fenced code, without scheme and fragment.
fn relative_links(text: &str) -> Vec<&str> {
    let mut links = Vec::new();
    let mut in_code = false;
    for line in text.lines() {
        if line.trim_start().starts_with("```") {
            in_code = !in_code;
        }
        if in_code {
            continue;
        }
        for rest in line.split("](").skip(1) {
            let target = rest.split([')', ' ', '#']).next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:") {
                links.push(target);
            }
        }
    }
    links
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_relative_links_outside_of_code() {
        let text = "a [b](c.md#d) [e](https://f.example)\n```\n[g](h.md)\n```\n![i](j/k.png) [l](#m)";
        assert_eq!(relative_links(text), ["c.md", "j/k.png"]);
    }
}
