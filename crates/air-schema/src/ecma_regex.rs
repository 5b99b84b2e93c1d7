//! Regular expressions of ECMA-262 without back-tracking: whether a text has a match, in linear
//! time.
//!
//! This module knows nothing of schemas. It serves builds without the feature `json-schema`, such
//! as the module for browsers, where the tables and engines of the `regex` crate would be too
//! large.
//!
//! # Syntax
//!
//! ECMA-262's patterns in Unicode mode (`/…/u`), without flags. A pattern matches anywhere in a
//! text unless it has anchors.
//!
//! | supported | |
//! |---|---|
//! | alternatives, groups | `a\|b`, `(a)`, `(?:a)`, `(?<name>a)` with an ASCII name |
//! | quantifiers | `*`, `+`, `?`, `{2}`, `{2,}`, `{2,5}`; a lazy one (`*?`) has the same matches |
//! | assertions | `^` and `$` (start and end of the text), `\b`, `\B` |
//! | characters | `.` (all but line terminators), classes `[a-z]` and `[^a-z]`, `\d`, `\w`, `\s`, `\D`, `\W`, `\S` |
//! | escapes | `\n`, `\r`, `\t`, `\f`, `\v`, `\cJ`, `\x41`, `\u0041`, `\u{1F600}`, a backslash before ASCII punctuation or a space |
//! | Unicode | general categories by short or long name: `\p{L}`, `\P{Lu}`, `\p{Letter}`, `\p{gc=Nd}` |
//!
//! Not supported, and rejected by [`Regex::new`]: look-ahead, look-behind, back-references, `\0`,
//! surrogate pairs (`\uD83D\uDE00`), empty classes (`[]`), Unicode properties other than general
//! categories, and groups with flags (`(?i:a)`). A brace or a closing bracket without a backslash
//! is an error, as in ECMA-262's Unicode mode.
//!
//! Differences from ECMA-262: `\b` and `\B` use the words of Unicode (UTS 18, annex C) and not of
//! ASCII, and more escapes of punctuation are accepted (`\-` outside a class, `\ `), so that the
//! engine decides as the `regex` crate does after `jsonschema-regex` has translated the pattern.
//! `\<` and `\>` are rejected, since that crate reads them as word boundaries.
//!
//! RFC 9485 (I-Regexp) is a smaller language, whose matches are anchored; this module does not
//! implement it.
//!
//! # Limits
//!
//! Groups nest at most 100 levels. The caller limits the compiled size in bytes, of which a state
//! costs 256; `a{1000}` has 1,000 states, and a class of many ranges counts as several. One
//! mebibyte is 4,096 states.
//!
//! # Complexity
//!
//! A pattern is parsed to a syntax tree and compiled to a nondeterministic automaton. A search
//! follows all states that the text can be in at once (Thompson, 1968), so that it takes time in
//! proportion to the length of the text times the compiled size, whatever the pattern, and memory
//! in proportion to the compiled size. `^[a-z]{2,5}$` and other patterns of one repeated class are
//! not compiled: their characters are counted.

mod category;
mod parse;
mod program;
mod set;

use self::{parse::Node, program::Program, set::Set};

/// The reason why a pattern was rejected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Error {
    /// It is not a pattern of ECMA-262, or needs look-around or back-references.
    Syntax,
    /// Its compiled form exceeds the limit.
    TooLarge,
    /// It has a group with flags.
    Flags,
    /// It has a Unicode property that is not a general category.
    UnicodeProperty,
    /// It has `\<` or `\>`.
    EscapedAngleBracket,
}

/// A compiled regular expression.
pub(crate) struct Regex {
    matcher: Matcher,
}

enum Matcher {
    /// `^[class]{min,max}$`, whose characters are counted.
    RepeatedClass {
        class: Set,
        min: u32,
        max: Option<u32>,
    },
    Program(Program),
}

impl Regex {
    /// Compiles a pattern to at most `size_limit` bytes.
    pub(crate) fn new(pattern: &str, size_limit: usize) -> Result<Self, Error> {
        let tree = parse::parse(pattern)?;
        let matcher = match repeated_class(&tree) {
            Some(repeated) => repeated,
            None => Matcher::Program(Program::compile(&tree, size_limit).ok_or(Error::TooLarge)?),
        };
        Ok(Self { matcher })
    }

    /// Whether the text has a match, anywhere in it.
    pub(crate) fn is_match(&self, text: &str) -> bool {
        match &self.matcher {
            Matcher::RepeatedClass { class, min, max } => {
                let most = max.map_or(u64::MAX, u64::from);
                let mut count = 0;
                text.chars().all(|c| {
                    count += 1;
                    count <= most && class.contains(c)
                }) && count >= u64::from(*min)
            }
            Matcher::Program(program) => program.is_match(text),
        }
    }
}

fn repeated_class(tree: &Node) -> Option<Matcher> {
    if let Node::Sequence(nodes) = tree
        && let [
            Node::Look(parse::Look::Start),
            Node::Repeat { node, min, max },
            Node::Look(parse::Look::End),
        ] = nodes.as_slice()
        && let Node::Set(class) = node.as_ref()
    {
        return Some(Matcher::RepeatedClass {
            class: class.clone(),
            min: *min,
            max: *max,
        });
    }
    None
}

#[cfg(test)]
mod tests;
