//! `cargo xtask book`: renders the book with mdBook, and checks the links of the rendered pages.

mod html;
mod pages;
mod part;

use std::fs;

use crate::shell::{Outcome, Shell, cargo, program, root, say};

pub(crate) use part::{PERFORMANCE, Part};

/// The version that is installed if there is no `mdbook` yet.
const VERSION: &str = "0.5.4";
const TOOLS: &str = "target/tools/mdbook";
const SOURCE: &str = "docs/book";
const RENDERED: &str = "target/book";

/// `cargo xtask test` runs this job if one of these changed.
pub(crate) const SOURCES: [&str; 3] = ["docs", "CHANGELOG.md", "README.md"];

pub(crate) fn run() -> Outcome {
    let rendered = root().join(RENDERED);
    if rendered.exists() {
        fs::remove_dir_all(&rendered).map_err(|error| format!("{RENDERED}: {error}"))?;
    }
    mdbook()?
        .args(["build", SOURCE, "--dest-dir"])
        .args([&rendered])
        .run()?;
    let pages = pages::read(&rendered)?;
    let broken = pages::broken_links(&rendered, &pages);
    let links: usize = pages.values().map(|page| page.links.len()).sum();
    say(&format!(
        "  {} pages with {links} links in {RENDERED}",
        pages.len()
    ));
    if broken.is_empty() {
        Ok(())
    } else {
        Err(broken.join("\n  "))
    }
}

/// The installed mdBook. Installs one below `target/` if there is none.
fn mdbook() -> Outcome<Shell> {
    if program("mdbook").args(["--version"]).read().is_some() {
        return Ok(program("mdbook"));
    }
    let own = root().join(TOOLS).join("bin/mdbook");
    let version = program(&own).args(["--version"]).read();
    if version.is_none_or(|version| version.trim_start_matches("mdbook v") != VERSION) {
        // Builds without optimisation, which takes half the time and renders the book as quickly.
        // It uses a separate target folder, so that it does not wait for other builds.
        cargo(["install", "mdbook", "--version", VERSION, "--locked", "--quiet"])
            .args(["--debug", "--no-default-features", "--root", TOOLS])
            .without_env("CARGO_TARGET_DIR")
            .run()?;
    }
    Ok(program(own))
}
