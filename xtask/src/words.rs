//! Plain English: fails on phrases that the style guide excludes, in comments, names, messages and
//! pages.

use std::{collections::BTreeMap, fs};

use crate::shell::{Outcome, program, root, say};

/// Each phrase that shipped text avoids, and the usual wording. Phrases match as whole words, in
/// any case, also across a line break and within `snake_case` and `camelCase` names.
const RULES: [(&str, &str); 36] = [
    ("mend", "fix"),
    ("mends", "fixes"),
    ("mended", "fixed"),
    ("mending", "fixing"),
    ("anew", "again"),
    ("in earnest", "in production"),
    ("unless said", "defaults to …"),
    ("whoever", "name the subject: the caller, a client, anyone who"),
    ("whosoever", "name the subject: the caller, a client, anyone who"),
    ("at hand", "cached, available"),
    ("bear", "support, survive"),
    ("bears", "supports, survives"),
    ("tell of", "report"),
    ("tells of", "reports"),
    ("told of", "reported, notified of"),
    ("telling of", "reporting"),
    ("is none", "is invalid, is not a …"),
    ("are none", "are invalid, are not …"),
    ("was none", "was invalid, was not a …"),
    ("were none", "were invalid, were not …"),
    ("by option", "optional"),
    ("be had", "be available"),
    ("what it is for", "its purpose"),
    ("all that was made", "all generated files"),
    ("for ever", "forever, without limit"),
    ("in vain", "without a result"),
    ("without a word", "silently"),
    ("under the floor", "internals"),
    ("desk", "environment, writer state"),
    ("convoy", "batch"),
    ("convoys", "batches"),
    ("passenger", "queued request"),
    ("passengers", "queued requests"),
    ("luggage", "pending statements"),
    ("journey", "pipeline"),
    ("journeys", "pipelines"),
];

/// `is none` is wrong for "is invalid" but correct in "there is none".
const NONE: &str = " none";
const THERE: &str = "there";
/// Python's keyword, in `is None`.
const KEYWORD: &str = "None";

/// The kinds of files that have prose or names in them.
const KINDS: [&str; 14] = [
    "rs", "md", "html", "js", "mjs", "ts", "css", "toml", "sql", "sol", "yml", "sh", "py", "txt",
];

/// Folders whose files have prose, whatever their names.
const FOLDERS: [&str; 2] = [".ci/", "packaging/"];

/// Parts of paths that are not checked, because the text is not ours or must name the phrases.
const SKIPPED: [&str; 6] = [
    "docs/book/src/style.md",
    "xtask/src/words.rs",
    "/vectors/",
    // Applied migrations never change, because their checksums are stored.
    "crates/air-store/migrations/",
    // Generated from the sources of air-wasm, which are checked.
    "crates/air-sandbox/assets/airkit/wasm/",
    "crates/air-dashboard/assets/anchor/",
];

/// A phrase that was found, with its line.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    line: usize,
    phrase: &'static str,
    better: &'static str,
}

/// A word in lower case, and the text between it and the word before.
struct Word<'t> {
    text: String,
    is_keyword: bool,
    gap: &'t str,
    line: usize,
}

pub(crate) fn run() -> Outcome {
    let listed = program("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .read()
        .ok_or("`git ls-files` failed")?;
    let rules = rules();
    let mut files = 0;
    let mut count = 0;
    for path in listed.lines().filter(|path| is_checked(path)) {
        let file = root().join(path);
        if !file.exists() {
            continue; // deleted, and not yet committed
        }
        let text = fs::read_to_string(&file).map_err(|error| format!("{path}: {error}"))?;
        files += 1;
        for Finding { line, phrase, better } in findings(&text, &rules) {
            count += 1;
            say(&format!("  {path}:{line}: {phrase} → {better}"));
        }
    }
    say(&format!("  {files} files"));
    match count {
        0 => Ok(()),
        count => Err(format!(
            "{count} phrases that are not plain English; rewrite the sentences"
        )),
    }
}

fn is_checked(path: &str) -> bool {
    let kind = path.rsplit('.').next().unwrap_or_default();
    let has_prose = KINDS.contains(&kind) || FOLDERS.iter().any(|folder| path.starts_with(folder));
    has_prose && !SKIPPED.iter().any(|skipped| path.contains(skipped))
}

/// The rules by the first word of their phrase.
fn rules() -> BTreeMap<&'static str, Vec<(&'static str, &'static str)>> {
    let mut by_first_word: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for (phrase, better) in RULES {
        let first = phrase.split(' ').next().unwrap_or(phrase);
        by_first_word.entry(first).or_default().push((phrase, better));
    }
    by_first_word
}

fn findings(text: &str, rules: &BTreeMap<&str, Vec<(&'static str, &'static str)>>) -> Vec<Finding> {
    let words = words(text);
    let mut found = Vec::new();
    for (at, word) in words.iter().enumerate() {
        let follows_there = at > 0 && words[at - 1].text == THERE;
        let is_code = words.get(at + 1).is_some_and(|next| next.is_keyword);
        for &(phrase, better) in rules.get(word.text.as_str()).into_iter().flatten() {
            let is_usual = phrase.ends_with(NONE) && (follows_there || is_code);
            if !is_usual && begins_with(&words[at..], phrase) {
                found.push(Finding {
                    line: word.line,
                    phrase,
                    better,
                });
            }
        }
    }
    found
}

fn words(text: &str) -> Vec<Word<'_>> {
    let mut words = Vec::new();
    let mut line = 1;
    let mut end = 0;
    while let Some(length) = text[end..].find(char::is_alphabetic) {
        let gap = &text[end..end + length];
        let start = end + length;
        end = start + word_length(&text[start..]);
        line += gap.matches('\n').count();
        words.push(Word {
            text: text[start..end].to_lowercase(),
            is_keyword: &text[start..end] == KEYWORD,
            gap,
            line,
        });
    }
    words
}

/// The length of the word that the text begins with; the capital in `camelCase` begins the next word.
fn word_length(text: &str) -> usize {
    let mut follows_lowercase = false;
    for (at, character) in text.char_indices() {
        if !character.is_alphabetic() || (follows_lowercase && character.is_uppercase()) {
            return at;
        }
        follows_lowercase = character.is_lowercase();
    }
    text.len()
}

fn begins_with(words: &[Word<'_>], phrase: &str) -> bool {
    // `is_none()` is the standard library's.
    let matches_names = !phrase.ends_with(NONE);
    phrase.split(' ').enumerate().all(|(at, expected)| {
        words
            .get(at)
            .is_some_and(|word| word.text == expected && (at == 0 || joins(word.gap, matches_names)))
    })
}

/// Whether two words with this gap are one phrase: spaces, a line break with comment marks, or a
/// name's underscore.
fn joins(gap: &str, matches_names: bool) -> bool {
    let is_name = matches!(gap, "" | "_" | "-");
    let breaks_line = gap.contains('\n');
    let is_blank =
        |character: char| character.is_whitespace() || (breaks_line && "/!*#>\\".contains(character));
    if is_name {
        matches_names
    } else {
        gap.chars().all(is_blank)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn phrases(text: &str) -> Vec<(usize, &'static str)> {
        findings(text, &rules())
            .into_iter()
            .map(|finding| (finding.line, finding.phrase))
            .collect()
    }

    #[test]
    fn finds_whole_words_in_any_case() {
        assert_eq!(phrases("Mend it.\nBegin ANEW."), [(1, "mend"), (2, "anew")]);
        assert_eq!(
            phrases("recommend amended bearer forbears anewly renewed telling"),
            []
        );
    }

    #[test]
    fn finds_phrases_across_line_breaks() {
        assert_eq!(
            phrases("/// 300 s unless\n    /// said, at most 900"),
            [(1, "unless said")]
        );
        assert_eq!(phrases("//! no list at\n//! hand"), [(1, "at hand")]);
        assert_eq!(phrases("\"kept for \\\n    ever\""), [(1, "for ever")]);
        assert_eq!(phrases("* what it\n * is for"), [(1, "what it is for")]);
    }

    #[test]
    fn ends_a_phrase_at_punctuation() {
        assert_eq!(phrases("arrived at. Hand it over; tell, of course"), []);
        assert_eq!(phrases("at `hand`"), []);
    }

    #[test]
    fn finds_words_within_names() {
        assert_eq!(
            phrases("fn check_at_hand() { readAnew(); Convoy::new() }"),
            [(1, "at hand"), (1, "anew"), (1, "convoy")]
        );
    }

    #[test]
    fn knows_the_usual_senses_of_none() {
        assert_eq!(phrases("option.is_none() and there is none, isNone"), []);
        assert_eq!(phrases("if key is None:"), []);
        assert_eq!(
            phrases("A fault that is none, or paths that are none."),
            [(1, "is none"), (1, "are none")]
        );
    }

    #[test]
    fn checks_text_that_is_written_here() {
        for checked in [
            "crates/air-cli/src/main.rs",
            "README.md",
            "crates/air-vc/Cargo.toml",
            "crates/air-sandbox/assets/airkit/wallet.js",
            "crates/air-cli/tests/snapshots/help/air.txt",
            ".github/workflows/ci.yml",
            ".ci/run",
            "packaging/Dockerfile",
            "packaging/debian/postinst",
            "examples/kyc/draw.py",
            "xtask/src/dist/service.sh",
        ] {
            assert!(is_checked(checked), "{checked}");
        }
        for skipped in [
            "docs/book/src/style.md",
            "crates/air-jwt/tests/vectors/keys/readme.md",
            "crates/air-sandbox/assets/airkit/wasm/air_wasm.js",
            "Cargo.lock",
            "examples/kyc/passport.jpg",
        ] {
            assert!(!is_checked(skipped), "{skipped}");
        }
    }

    /// The command line adds such hints to errors. Pages and the description of the API may name commands.
    #[test]
    fn no_library_names_a_command_of_air() {
        let others = [
            "crates/air-cli/",
            "crates/air-dashboard/",
            "crates/air-sandbox/src/http/",
        ];
        let listed = program("git")
            .args(["ls-files", "crates/*/src/*.rs"])
            .read()
            .unwrap();
        let mut count = 0;
        for path in listed
            .lines()
            .filter(|path| !others.iter().any(|other| path.starts_with(other)))
        {
            let Ok(text) = fs::read_to_string(root().join(path)) else {
                continue; // deleted, and not yet committed
            };
            let mut code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            assert_eq!(code.find(|line| line.contains("`air ")), None, "{path}");
            count += 1;
        }
        assert!(count > 100, "{count}");
    }

    #[test]
    fn writes_each_phrase_in_lower_case_once() {
        for (phrase, _) in RULES {
            assert_eq!(phrase, phrase.to_lowercase());
            assert_eq!(
                RULES.iter().filter(|(other, _)| *other == phrase).count(),
                1,
                "{phrase}"
            );
        }
    }
}
