//! Checks the links between rendered pages: each file exists, and each fragment is an ID of its
//! page. External links aren't fetched.

use std::{
    collections::BTreeMap,
    fs,
    path::{Component, Path, PathBuf},
};

use super::html::Page;
use crate::shell::Outcome;

/// The pages by their paths inside the book.
pub(super) type Pages = BTreeMap<PathBuf, Page>;

/// Reads every page of a rendered book.
pub(super) fn read(book: &Path) -> Outcome<Pages> {
    let mut pages = Pages::new();
    let mut folders = vec![book.to_owned()];
    while let Some(folder) = folders.pop() {
        let entries = fs::read_dir(&folder).map_err(|error| format!("{}: {error}", folder.display()))?;
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "html") {
                let html =
                    fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
                let name = path.strip_prefix(book).unwrap_or(&path).to_owned();
                pages.insert(name, Page::parse(&html));
            }
        }
    }
    Ok(pages)
}

/// The links that lead nowhere, each with its page and the reason.
pub(super) fn broken_links(book: &Path, pages: &Pages) -> Vec<String> {
    let mut broken = Vec::new();
    for (name, page) in pages {
        for link in &page.links {
            if let Err(reason) = check(book, pages, name, link) {
                broken.push(format!("{}: the link {link} {reason}", name.display()));
            }
        }
    }
    broken
}

fn check(book: &Path, pages: &Pages, name: &Path, link: &str) -> Result<(), &'static str> {
    if is_external(link) {
        return Ok(());
    }
    let (path, fragment) = link.split_once('#').unwrap_or((link, ""));
    let path = path.split_once('?').map_or(path, |(path, _)| path);
    let target = if path.is_empty() {
        name.to_owned()
    } else {
        let has_base = pages.get(name).is_some_and(|page| page.base.is_some());
        let folder = if has_base || path.starts_with('/') {
            Path::new("")
        } else {
            name.parent().unwrap_or(name)
        };
        resolve(folder, &unescape(path.trim_start_matches('/'))).ok_or("leaves the book")?
    };
    let target = if book.join(&target).is_dir() {
        target.join("index.html")
    } else {
        target
    };
    if !book.join(&target).is_file() {
        return Err("has no target");
    }
    let has_fragment = |page: &Page| page.ids.contains(&unescape(fragment));
    if fragment.is_empty() || pages.get(&target).is_none_or(has_fragment) {
        Ok(())
    } else {
        Err("names no ID of its target")
    }
}

/// Whether a link has a scheme or a host.
fn is_external(link: &str) -> bool {
    let scheme = link.split_once(':').map_or("", |(scheme, _)| scheme);
    let has_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme
            .chars()
            .all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
    has_scheme || link.starts_with("//")
}

/// A path relative to a folder of the book, or `None` if it leaves the book.
fn resolve(folder: &Path, path: &str) -> Option<PathBuf> {
    let mut resolved = PathBuf::new();
    for part in folder.join(path).components() {
        match part {
            Component::Normal(name) => resolved.push(name),
            Component::ParentDir => {
                if !resolved.pop() {
                    return None;
                }
            }
            Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
        }
    }
    Some(resolved)
}

/// Decodes `%41`. Other text stays.
fn unescape(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = after.get(..2).filter(|_| *first == b'%');
        let decoded = escaped.and_then(|digits| hex::decode(digits).ok());
        rest = if decoded.is_some() { &after[2..] } else { after };
        bytes.extend(decoded.unwrap_or_else(|| vec![*first]));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A book with two pages and an image, in this test's own folder.
    fn book(test: &str) -> PathBuf {
        let book = crate::shell::root().join("target/tmp/xtask-book").join(test);
        fs::create_dir_all(book.join("guide")).unwrap();
        fs::write(
            book.join("index.html"),
            "<h1 id=\"top-é\"></h1><a href=\"guide/a.html#b\">",
        )
        .unwrap();
        fs::write(book.join("guide/a.html"), "<h1 id=\"b\"></h1>").unwrap();
        fs::write(book.join("guide/a b.png"), "").unwrap();
        book
    }

    fn checked(test: &str, link: &str) -> Result<(), &'static str> {
        let book = book(test);
        let pages = read(&book).unwrap();
        check(&book, &pages, Path::new("guide/a.html"), link)
    }

    #[test]
    fn a_link_needs_a_file_of_the_book() {
        for link in [
            "a.html",
            "../index.html",
            "..",
            "../",
            "/index.html",
            "a%20b.png",
            "a.html?q",
        ] {
            assert_eq!(checked("files", link), Ok(()), "{link}");
        }
        for link in ["c.html", "a.md", "../a.html", "../../index.html"] {
            assert!(checked("files", link).is_err(), "{link}");
        }
    }

    #[test]
    fn a_fragment_needs_an_id_of_its_page() {
        for link in [
            "#b",
            "#",
            "a.html#b",
            "../index.html#top-é",
            "/#top-%C3%A9",
            "a%20b.png#t=1",
        ] {
            assert_eq!(checked("fragments", link), Ok(()), "{link}");
        }
        for link in ["#c", "a.html#B", "../index.html#b"] {
            assert!(checked("fragments", link).is_err(), "{link}");
        }
    }

    #[test]
    fn external_links_are_not_checked() {
        for link in [
            "https://a.example/b#c",
            "//a.example",
            "mailto:a@b.example",
            "data:image/png;base64,AA",
        ] {
            assert!(is_external(link), "{link}");
        }
        for link in ["a.html", "a/b:c", "#a:b", ":a"] {
            assert!(!is_external(link), "{link}");
        }
    }

    #[test]
    fn reports_the_page_of_a_broken_link() {
        let book = book("report");
        let mut pages = read(&book).unwrap();
        assert_eq!(broken_links(&book, &pages), Vec::<String>::new());
        pages.insert("x.html".into(), Page::parse("<img src=\"y.png\">"));
        assert_eq!(
            broken_links(&book, &pages),
            ["x.html: the link y.png has no target"]
        );
    }

    #[test]
    fn a_page_with_a_base_links_from_the_root() {
        let book = book("base");
        let mut pages = read(&book).unwrap();
        let not_found = Page::parse("<base href=\"/air/\"><a href=\"guide/a.html\">");
        pages.insert("guide/404.html".into(), not_found);
        assert_eq!(broken_links(&book, &pages), Vec::<String>::new());
    }
}
