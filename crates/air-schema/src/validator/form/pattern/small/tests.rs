//! The small engine beside the full one: the same answer, or a refusal where it lacks what the other has.

use proptest::prelude::*;

use super::{super::full, Engine};
use crate::validator::messages::BAD_PATTERN;

const SIZE: usize = 1 << 20;
const TEXTS: &[&str] = &[
    "",
    "a",
    "b",
    "A",
    "_",
    "-",
    "0",
    "9",
    "é",
    "Ж",
    "ß",
    "😀",
    "漢",
    "٣",
    "\u{301}",
    "\u{24B6}",
    "\u{200d}",
    "\u{feff}",
    "\u{a0}",
    "\n",
    "\r",
    "\u{2028}",
    "\t",
    " ",
    "\u{b}",
    "ab",
    "abc",
    "aXb",
    "a b",
    "a\nb",
    "UTO",
    "Utopia",
    "12",
    "1234",
    "12345",
    "Zoë",
    "Ада",
    "né",
    "é1",
    "x.y",
    "a-b",
    "[a]",
    "a&&b",
    "a/b",
    "\\",
    "aaaa",
    "aaaaaaaaaaaaaaaaaaaaa",
    "Ⅷ",
    "½",
    "€",
    "‿",
    "«",
    "\u{e000}",
    "\u{378}",
    "ǅ",
    "ʰ",
    "-a",
    "{}",
    "]",
    "^",
    "$",
    "\u{1b}",
    "AB-12",
    "+49 30 1234567",
    "de-DE",
    "2026-01-19",
];

/// The same for all texts. False where the small engine has no such pattern.
fn agree(pattern: &str, texts: &[&str]) -> bool {
    match (
        Engine::compile(pattern, SIZE),
        full::Engine::compile(pattern, SIZE),
    ) {
        (Ok(small), Ok(full)) => {
            for text in texts {
                assert_eq!(
                    small.is_match(text),
                    full.is_match(text),
                    "{pattern:?} in {text:?}"
                );
            }
            true
        }
        (Ok(_), Err(_)) => panic!("{pattern:?} is for the small engine alone"),
        (Err(_), _) => false,
    }
}

const PATTERNS: [&str; 127] = [
    "",
    "a",
    "^$",
    "^a",
    "a$",
    "^a$",
    "a|b",
    "^(a|b)$",
    "^(?:a|)$",
    "a|",
    "|",
    "()",
    "(a)(b)",
    "^(?<first>a)b?$",
    "(|a)+b",
    "a*",
    "^a+$",
    "^a?$",
    "^a{2}$",
    "^a{2,}$",
    "^a{0,3}$",
    "a{0}",
    "^(ab?){1,3}$",
    "a+?",
    "a*?b",
    "a{1,2}?",
    "(a*)*",
    "(a*)+b",
    "(^a)+",
    "(^|x)y",
    "(?:^)*a",
    "(a|$)b",
    r"\bab\b",
    r"\B",
    r"^\b",
    r"é\b",
    r"\bé",
    "\\b\u{24B6}",
    ".",
    "^.$",
    "^.{3}$",
    r"^\S*$",
    r"^\s$",
    r"^\d{2,4}$",
    r"^\w+$",
    r"^\W$",
    r"^\D$",
    r"[^\d]",
    r"[^\D]",
    r"^[\w-]+$",
    r"^[\s\S]$",
    "[abc]",
    "[^abc]",
    "[a-c]",
    "^[^-a]$",
    "[a-]",
    "[-a]",
    "^[+--]$",
    "[--/]",
    r"[\-a]",
    r"[\]a]",
    r"[\\]",
    r"[\^a]",
    "[a^]",
    "[[a]",
    "[a&&b]",
    "[a~~b]",
    "[$.*+?(){}|]",
    r"[\n\r\t\f\v]",
    "[é-ж]",
    "[😀-😂]",
    r"[\u{1F600}]",
    r"^[\x30-\x39]$",
    r"\u0041",
    r"\x41",
    r"\cJ",
    r"[\cj]",
    r"\.",
    r"\/",
    r"\-",
    r"\$\^\*\+\?\(\)\[\]\{\}\|\\",
    r"\ ",
    r"^\p{L}+$",
    r"^\p{Lu}",
    r"\p{Letter}",
    r"\p{Uppercase_Letter}",
    r"^\P{L}$",
    r"[^\P{L}a]",
    r"[\p{L}\p{Nd} '-]",
    r"\p{gc=Nd}",
    r"\p{General_Category=Other_Punctuation}",
    r"^\p{M}$",
    r"^\p{N}$",
    r"^\p{P}$",
    r"^\p{S}$",
    r"^\p{Z}$",
    r"^\p{C}$",
    r"^\p{Lt}$",
    r"^\p{Lm}$",
    r"^\p{Lo}$",
    r"^\p{Mn}$",
    r"^\p{Nl}$",
    r"^\p{No}$",
    r"^\p{Pc}$",
    r"^\p{Pd}$",
    r"^\p{Ps}$",
    r"^\p{Pi}$",
    r"^\p{Sm}$",
    r"^\p{Sc}$",
    r"^\p{Sk}$",
    r"^\p{So}$",
    r"^\p{Zs}$",
    r"^\p{Zl}$",
    r"^\p{Cc}$",
    r"^\p{Cf}$",
    r"^\p{Co}$",
    r"^\p{Cn}$",
    r"^\p{L}{1,10000}$",
    "^[a-z]{3,}$",
    "^(a){2,5}$",
    "^[A-Z]{3}$",
    r"^\+?[0-9][0-9 ()-]{6,14}$",
    r"^[a-z]{2,3}(-[A-Z]{2})?$",
    r"^\d{4}-\d{2}-\d{2}$",
    r"^[A-Z]{1,2}-?\d{1,4}$",
    "(x+x+)+y",
    "^(a+)+$",
];

#[test]
fn patterns_that_both_have() {
    for pattern in PATTERNS {
        assert!(agree(pattern, TEXTS), "{pattern:?}");
    }
}

#[test]
fn patterns_that_are_none_in_ecma_262_or_take_longer() {
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
        assert!(
            Engine::compile(pattern, SIZE).is_err(),
            "{pattern:?} in the small one"
        );
    }
}

#[test]
fn what_needs_more_tables_is_refused_by_name() {
    for (pattern, word) in [
        (r"\p{Script=Latin}", "property"),
        (r"\p{sc=Greek}", "property"),
        (r"[\p{Alphabetic}]", "property"),
        ("(?i:a)", "flags"),
        (r"\<", "backslash"),
    ] {
        let reason = Engine::compile(pattern, SIZE).err().unwrap_or_default();
        assert!(
            reason != BAD_PATTERN && reason.contains(word),
            "{pattern}: {reason}"
        );
        assert!(full::Engine::compile(pattern, SIZE).is_ok(), "{pattern}");
    }
}

#[test]
fn a_pattern_that_would_grow_too_large_is_refused() {
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
        assert!(Engine::compile(bomb, SIZE).is_err(), "{bomb}");
    }
    let nested = format!("{}a{}", "(".repeat(120), ")".repeat(120));
    assert!(Engine::compile(&nested, SIZE).is_err());
}

#[test]
fn every_character_has_the_category_that_the_full_engine_knows() {
    let all: String = ('\0'..=char::MAX).collect();
    for name in [
        "L", "LC", "M", "N", "P", "S", "Z", "C", "Lu", "Ll", "Lt", "Nd", "Pc", "Cn",
    ] {
        let small = Engine::compile(&format!(r"^\p{{{name}}}+$"), SIZE);
        let Ok(Engine::Repeated { set, .. }) = small else {
            panic!("{name}");
        };
        let full = regex::Regex::new(&format!(r"\p{{{name}}}+")).unwrap();
        let theirs = full.find_iter(&all).flat_map(|found| found.as_str().chars());
        assert!(all.chars().filter(|c| set.contains(*c)).eq(theirs), "{name}");
    }
    let edges = Engine::compile(r"^\b", SIZE).unwrap();
    let words = regex::Regex::new(r"\w+").unwrap();
    let ours = all.chars().filter(|c| edges.is_match(c.encode_utf8(&mut [0; 4])));
    let theirs = words.find_iter(&all).flat_map(|found| found.as_str().chars());
    assert!(ours.eq(theirs));
}

/// A matcher that scans a long class for every character would be slow.
#[test]
fn a_class_weighs_what_it_has() {
    let long: String = ('\u{100}'..'\u{1f0}').collect();
    assert!(Engine::compile(&format!("[{long}]{{4}}!"), SIZE).is_ok());
    assert!(Engine::compile(&format!("[{long}z]{{4000}}!"), SIZE).is_err());
    assert!(Engine::compile("z{4000}!", SIZE).is_ok());
}

/// Pieces of patterns, of which most make one.
fn piece() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "a", "b", "é", "-", "0", ".", "^", "$", "|", "(", ")", "(?:", "[", "]", "[^", "*", "+", "?", "{2}",
        "{1,3}", "{0,}", r"\d", r"\w", r"\s", r"\S", r"\b", r"\B", r"\p{L}", r"\P{Lu}", r"\.", r"\n", "&",
        "~", "{", "}", ",", "1", "[a-c]", "[^é]", "(a|b)",
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn any_pattern_in_any_text(
        pieces in prop::collection::vec(piece(), 0..8), texts in prop::collection::vec("[abé0\\- \n]{0,6}", 4),
    ) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let pattern = pieces.concat();
        agree(&pattern, &texts);
    }
}
