//! The commands of the book and of the README, word for word, in a copy of the files that a clone has.

mod page;
mod terminal;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
};

use self::{
    page::{Directive, blocks},
    terminal::Terminal,
};

fn source() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/book/src")
}

/// The page that needs SoftHSM, and SoftHSM.
const HSM_PAGE: &str = "howto/hsm.md";
const SOFTHSM: &str = "/usr/lib/softhsm/libsofthsm2.so";

/// The page that needs the program `air-ssi`, which `cargo xtask ssi` builds.
const RDF_PAGE: &str = "howto/unlinkable.md";
const RDF_PROGRAM: &str = "AIR_SSI";

/// The page that needs the program `air-zk`, which `cargo xtask zk` builds.
const PROOF_PAGE: &str = "howto/prove.md";
const PROOF_PROGRAM: &str = "AIR_ZK";

/// Runs the blocks of a page in order. The first `text` block after commands, in their section, is
/// part of their output; `…` stands for any text.
fn follow(page: &str) {
    if page == HSM_PAGE && !Path::new(SOFTHSM).exists() {
        return skipped(page, "SoftHSM is not installed (apt-get install softhsm2)");
    }
    if page == RDF_PAGE && std::env::var_os(RDF_PROGRAM).is_none() {
        return skipped(page, "AIR_SSI is not set (cargo xtask ssi)");
    }
    if page == PROOF_PAGE && std::env::var_os(PROOF_PROGRAM).is_none() {
        return skipped(page, "AIR_ZK is not set (cargo xtask zk)");
    }
    let markdown = std::fs::read_to_string(source().join(page)).unwrap();
    let mut terminal = Terminal::open();
    let mut output = None;
    for block in blocks(&markdown) {
        let place = format!("{page}:{}", block.line);
        if block.begins_section {
            output = None;
        }
        match (block.language.as_str(), block.directive) {
            (_, Directive::Skip) => output = None,
            (_, Directive::File(name)) => terminal.write(&name, &block.text),
            ("sh", Directive::Server) => terminal.serve(&block.text),
            ("sh", Directive::Run { exit }) => {
                let ended = terminal.run(&block.text);
                assert_eq!(ended.code, exit, "{place}: {}\n{}", block.text, ended.output);
                output = Some(ended.output);
            }
            ("text", _) => {
                if let Some(output) = output.take() {
                    assert_shown(&place, &block.text, &output);
                }
            }
            _ => {}
        }
    }
}

#[expect(clippy::print_stderr, reason = "a skipped test says so")]
fn skipped(page: &str, reason: &str) {
    eprintln!("{page}: skipped, {reason}");
}

/// Checks that the output has the lines in this order.
fn assert_shown(place: &str, expected: &str, output: &str) {
    let mut lines = output.lines();
    for expected in expected.lines() {
        assert!(
            lines.any(|line| matches(expected, line)),
            "{place}: the output lacks `{expected}`:\n{output}"
        );
    }
}

fn matches(expected: &str, line: &str) -> bool {
    let mut rest = line;
    let mut pieces = expected.split('…');
    let Some(first) = pieces.next().and_then(|first| rest.strip_prefix(first)) else {
        return false;
    };
    rest = first;
    for piece in pieces {
        match rest.find(piece) {
            Some(place) => rest = rest.get(place + piece.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.is_empty() || expected.ends_with('…')
}

#[test]
fn an_expected_line_may_leave_out_text() {
    assert!(matches("a … c", "a b c") && matches("…no key…", "7 no key was") && matches("a", "a"));
    assert!(!matches("a … c", "a b d") && !matches("a", "a b") && !matches("b", "a b"));
}

/// Each page with commands has a test.
macro_rules! pages {
    ($($name:ident: $page:literal,)*) => {
        const PAGES: &[&str] = &[$($page),*];
        $(
            #[test]
            fn $name() {
                follow($page);
            }
        )*
    };
}

const README: &str = "../../../README.md";

pages! {
    airkit: "airkit.md",
    browser: "browser.md",
    cak: "cak.md",
    dashboard: "dashboard.md",
    guide_anchors: "guide/anchors.md",
    guide_command_line: "guide/command-line.md",
    guide_credentials: "guide/credentials.md",
    guide_hosted: "guide/hosted.md",
    guide_issuer_backends: "guide/issuer-backends.md",
    guide_issuer_production: "guide/issuer-production.md",
    guide_issuing: "guide/issuing.md",
    guide_openid4vc: "guide/openid4vc.md",
    guide_operations: "guide/operations.md",
    guide_quickstart: "guide/quickstart.md",
    guide_sandbox: "guide/sandbox.md",
    guide_schemas: "guide/schemas.md",
    guide_sealing: "guide/sealing.md",
    guide_tokens: "guide/tokens.md",
    guide_troubleshooting: "guide/troubleshooting.md",
    guide_vendor_templates: "guide/vendor-templates.md",
    guide_wallets: "guide/wallets.md",
    howto_backup: "howto/backup.md",
    howto_bulk: "howto/bulk.md",
    howto_custody: "howto/custody.md",
    howto_deployment: "howto/deployment.md",
    howto_hsm: "howto/hsm.md",
    howto_issue_on_behalf: "howto/issue-on-behalf.md",
    howto_issuer_backup: "howto/issuer-backup.md",
    howto_prove: "howto/prove.md",
    howto_revoke: "howto/revoke.md",
    howto_rotate_keys: "howto/rotate-keys.md",
    howto_unlinkable: "howto/unlinkable.md",
    howto_upgrade: "howto/upgrade.md",
    howto_verify: "howto/verify.md",
    operations_key_drills: "operations/key-drills.md",
    operations_personal_data: "operations/personal-data.md",
    operations_runbooks: "operations/runbooks.md",
    readme: "../../../README.md",
    tutorial_backend: "tutorials/backend.md",
    tutorial_compliance: "tutorials/compliance.md",
    tutorial_web: "tutorials/web.md",
}

/// The pages below a folder, by their paths in the book.
fn pages_below(folder: &Path, prefix: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let name = format!("{prefix}{}", entry.file_name().to_str().unwrap());
        if entry.path().is_dir() {
            found.extend(pages_below(&entry.path(), &format!("{name}/")));
        } else if entry
            .path()
            .extension()
            .is_some_and(|extension| extension == "md")
        {
            found.insert(name);
        }
    }
    found
}

#[test]
fn every_page_has_a_test() {
    let mut pages = pages_below(&source(), "");
    pages.insert(README.to_owned());
    let mut with_commands = BTreeSet::new();
    for page in pages {
        for block in blocks(&std::fs::read_to_string(source().join(&page)).unwrap()) {
            let place = format!("{page}:{}", block.line);
            assert!(
                !["bash", "console", "shell", "zsh"].contains(&block.language.as_str()),
                "{place}: the language of commands is `sh`"
            );
            if block.language == "sh" {
                with_commands.insert(page.clone());
            }
        }
    }
    let tested: BTreeSet<String> = PAGES.iter().map(|page| (*page).to_owned()).collect();
    assert_eq!(with_commands, tested);
}
