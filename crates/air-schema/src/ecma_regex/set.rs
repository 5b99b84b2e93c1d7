//! Sets of characters.

use super::category::Categories;

type Ranges = &'static [(char, char)];

const DIGIT: Ranges = &[('0', '9')];
const WORD: Ranges = &[('0', '9'), ('A', 'Z'), ('_', '_'), ('a', 'z')];
/// WhiteSpace and LineTerminator of ECMA-262.
const SPACE: Ranges = &[
    ('\t', '\r'),
    (' ', ' '),
    ('\u{a0}', '\u{a0}'),
    ('\u{1680}', '\u{1680}'),
    ('\u{2000}', '\u{200a}'),
    ('\u{2028}', '\u{2029}'),
    ('\u{202f}', '\u{202f}'),
    ('\u{205f}', '\u{205f}'),
    ('\u{3000}', '\u{3000}'),
    ('\u{feff}', '\u{feff}'),
];
const LINE_ENDS: Ranges = &[('\n', '\n'), ('\r', '\r'), ('\u{2028}', '\u{2029}')];

#[derive(Clone)]
pub(super) struct Set {
    pub(super) items: Vec<Item>,
    pub(super) is_negated: bool,
}

#[derive(Clone)]
pub(super) enum Item {
    Range(char, char),
    Class { ranges: Ranges, is_negated: bool },
    Categories { of: Categories, is_negated: bool },
}

impl Set {
    pub(super) fn of(item: Item) -> Self {
        Self {
            items: vec![item],
            is_negated: false,
        }
    }

    /// The set of `.`.
    pub(super) fn dot() -> Self {
        Self::of(Item::Class {
            ranges: LINE_ENDS,
            is_negated: true,
        })
    }

    /// The cost of searching the set, in states beside its own.
    pub(super) fn weight(&self) -> usize {
        self.items.iter().map(Item::weight).sum::<usize>() / 16
    }

    pub(super) fn contains(&self, c: char) -> bool {
        self.items.iter().any(|item| item.contains(c)) != self.is_negated
    }
}

impl Item {
    /// The class of an escaped letter, such as `\d`.
    pub(super) fn escape(letter: char) -> Option<Self> {
        let ranges = match letter {
            'd' | 'D' => DIGIT,
            'w' | 'W' => WORD,
            's' | 'S' => SPACE,
            _ => return None,
        };
        Some(Self::Class {
            ranges,
            is_negated: letter.is_ascii_uppercase(),
        })
    }

    /// The cost of searching the item, in ranges.
    fn weight(&self) -> usize {
        match self {
            Self::Range(..) => 1,
            Self::Class { ranges, .. } => ranges.len(),
            Self::Categories { .. } => 8,
        }
    }

    fn contains(&self, c: char) -> bool {
        match self {
            Self::Range(first, last) => (*first..=*last).contains(&c),
            Self::Class { ranges, is_negated } => {
                ranges.iter().any(|(first, last)| (*first..=*last).contains(&c)) != *is_negated
            }
            Self::Categories { of, is_negated } => of.contains(c) != *is_negated,
        }
    }
}
