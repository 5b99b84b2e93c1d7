//! The engine beside the `regex` crate with the translation of `jsonschema-regex`: the same result,
//! or a rejection.

use jsonschema_regex::{RepeatedClass, Search};
use proptest::prelude::*;
use regex::RegexBuilder;

use super::{super::Matcher, Regex, SIZE};

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

/// The other engine, which also counts the characters of one repeated class.
enum Peer {
    RepeatedClass(RepeatedClass),
    Regex(regex::Regex),
}

impl Peer {
    fn new(pattern: &str) -> Option<Self> {
        let translated = jsonschema_regex::to_rust_regex(pattern).ok()?;
        let text = match jsonschema_regex::search_form(pattern, &translated) {
            Some(Search::RepeatedClass(class)) => return Some(Self::RepeatedClass(class)),
            Some(Search::Collapsed(shorter)) => shorter.into(),
            None => translated,
        };
        let built = RegexBuilder::new(&text).size_limit(SIZE).build();
        built.ok().map(Self::Regex)
    }

    fn is_match(&self, text: &str) -> bool {
        match self {
            Self::RepeatedClass(class) => class.is_match(text),
            Self::Regex(regex) => regex.is_match(text),
        }
    }
}

/// Asserts the same result for all texts. Returns whether the engine accepts the pattern.
fn agree(pattern: &str, texts: &[&str]) -> bool {
    let Ok(ours) = Regex::new(pattern, SIZE) else {
        return false;
    };
    let theirs = Peer::new(pattern).unwrap_or_else(|| panic!("only this engine accepts {pattern:?}"));
    for text in texts {
        assert_eq!(
            ours.is_match(text),
            theirs.is_match(text),
            "{pattern:?} in {text:?}"
        );
    }
    true
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
fn both_engines_accept_the_supported_syntax() {
    for pattern in PATTERNS {
        assert!(agree(pattern, TEXTS), "{pattern:?}");
    }
}

#[test]
fn the_peer_accepts_unsupported_syntax() {
    for (pattern, error) in super::UNSUPPORTED {
        assert_eq!(Regex::new(pattern, SIZE).err(), Some(error), "{pattern}");
        assert!(Peer::new(pattern).is_some(), "{pattern}");
    }
}

#[test]
fn every_character_has_the_same_category() {
    // Planes 4 to 13 have no characters, and planes 15 and 16 are for private use: their ends stand for them.
    let ends = (4..=16).flat_map(|plane| [plane << 16, (plane << 16) | 0xfffd, (plane << 16) | 0xffff]);
    let last_plane_with_characters = '\u{E0000}'..='\u{E0FFF}';
    let all: String = ('\0'..='\u{3FFFF}')
        .chain(
            ends.filter_map(char::from_u32)
                .filter(|c| !last_plane_with_characters.contains(c)),
        )
        .chain(last_plane_with_characters.clone())
        .collect();
    for name in [
        "L", "LC", "M", "N", "P", "S", "Z", "C", "Lu", "Ll", "Lt", "Nd", "Pc", "Cn",
    ] {
        let ours = Regex::new(&format!(r"^\p{{{name}}}+$"), SIZE).unwrap();
        let Matcher::RepeatedClass { class, .. } = ours.matcher else {
            panic!("{name}");
        };
        let full = regex::Regex::new(&format!(r"\p{{{name}}}+")).unwrap();
        let theirs = full.find_iter(&all).flat_map(|found| found.as_str().chars());
        assert!(all.chars().filter(|c| class.contains(*c)).eq(theirs), "{name}");
    }
    let edges = Regex::new(r"^\b", SIZE).unwrap();
    let words = regex::Regex::new(r"\w+").unwrap();
    let ours = all.chars().filter(|c| edges.is_match(c.encode_utf8(&mut [0; 4])));
    let theirs = words.find_iter(&all).flat_map(|found| found.as_str().chars());
    assert!(ours.eq(theirs));
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
    fn both_engines_agree_on_generated_patterns(
        pieces in prop::collection::vec(piece(), 0..8), texts in prop::collection::vec("[abé0\\- \n]{0,6}", 4),
    ) {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        let pattern = pieces.concat();
        agree(&pattern, &texts);
    }
}
