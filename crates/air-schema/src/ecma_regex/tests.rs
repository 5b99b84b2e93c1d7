//! Supported and rejected syntax, and limits; `peer` compares the engine with another one.

#[cfg(feature = "json-schema")]
mod peer;

use super::{Error, Regex};

const SIZE: usize = 1 << 20;

/// Patterns of other engines that this one rejects with a reason of its own.
const UNSUPPORTED: [(&str, Error); 5] = [
    (r"\p{Script=Latin}", Error::UnicodeProperty),
    (r"\p{sc=Greek}", Error::UnicodeProperty),
    (r"[\p{Alphabetic}]", Error::UnicodeProperty),
    ("(?i:a)", Error::Flags),
    (r"\<", Error::EscapedAngleBracket),
];

#[test]
fn matches_anywhere_unless_anchored() {
    for (pattern, matching, other) in [
        ("b", "abc", "ac"),
        ("^b", "bc", "ab"),
        ("b$", "ab", "bc"),
        ("^(?:a|bc){2}$", "abc", "a"),
        ("^[a-c]{2,3}$", "abc", "abcd"),
        (r"\bab\b", "x ab", "xab"),
        (r"^\p{Lu}\P{Lu}+$", "Éa", "aé"),
        ("^.$", "é", "\n"),
        (r"^\s\S$", "\u{feff}x", "x "),
        ("^(?<year>[0-9]{4})-[0-9]{2}?$", "2026-01", "2026-1"),
        (r"^\u{1F600}\x41\cJ$", "😀A\n", "😀A"),
    ] {
        let regex = Regex::new(pattern, SIZE).unwrap();
        assert!(regex.is_match(matching), "{pattern} in {matching:?}");
        assert!(!regex.is_match(other), "{pattern} in {other:?}");
    }
}

#[test]
fn rejects_invalid_syntax_look_around_and_back_references() {
    for pattern in [
        "(",
        ")",
        "[",
        "]",
        "[]",
        "[^]",
        "{",
        "}",
        "*",
        "+a",
        "?",
        "a**",
        "a{2}{3}",
        "^*",
        "$+",
        r"\b?",
        "a{",
        "a{1",
        "a{1,",
        "a{2,1}",
        "a{,2}",
        "a{ 1}",
        "a{1, 3}",
        "x{a}",
        r"\",
        r"[\",
        "[b-a]",
        r"[a-\d]",
        r"[\d-a]",
        r"\a",
        r"\e",
        r"\_a\y",
        r"\é",
        r"\0",
        r"\1",
        r"(a)\1",
        "(?=a)",
        "(?!a)",
        "(?<=a)b",
        "(?<!a)b",
        "(?<1>a)",
        "(?<>a)",
        "(?<a>x)(?<a>y)",
        "(?P<a>x)",
        "(?i)a",
        "(?x: a)",
        "(?u:a)",
        r"\A",
        r"\z",
        r"\x4",
        r"\u12",
        r"\u{}",
        r"\u{110000}",
        r"\uD83D\uDE00",
        r"\pL",
        r"\p{}",
        r"\p{^L}",
        r"\p{Nope}",
        r"\p{L",
        r"\k<a>",
        r"[\b]",
        r"[\B]",
        r"\U00000041",
        r"\x{41}",
        r"\c",
        r"\c1",
        "[[:alpha:]]",
        r"\Q",
        "(?#a)",
        r"[\p{Nope}]",
    ] {
        assert!(Regex::new(pattern, SIZE).is_err(), "{pattern:?}");
    }
}

#[test]
fn rejects_unsupported_syntax_with_its_reason() {
    for (pattern, error) in UNSUPPORTED {
        assert_eq!(Regex::new(pattern, SIZE).err(), Some(error), "{pattern}");
    }
}

#[test]
fn rejects_patterns_that_exceed_the_size_limit_or_nest_too_deeply() {
    for bomb in [
        "a{1000}{1000}",
        "(a{1000}){1000}",
        "((a{100}){100}){100}",
        "(?:){4000000000}",
        "((){60000}){60000}",
        "(a*){60000}",
        r"(\p{L}|x){9999}",
        "a{99999999999}",
    ] {
        assert!(Regex::new(bomb, SIZE).is_err(), "{bomb}");
    }
    let nested = format!("{}a{}", "(".repeat(120), ")".repeat(120));
    assert!(Regex::new(&nested, SIZE).is_err());
}

/// The search scans a class for every character.
#[test]
fn a_long_class_costs_more_states() {
    let long: String = ('\u{100}'..'\u{1f0}').collect();
    assert!(Regex::new(&format!("[{long}]{{4}}!"), SIZE).is_ok());
    assert!(Regex::new(&format!("[{long}z]{{4000}}!"), SIZE).is_err());
    assert!(Regex::new("z{4000}!", SIZE).is_ok());
}
