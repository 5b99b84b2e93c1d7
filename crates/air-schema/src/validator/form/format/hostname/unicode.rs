//! The characters of a Unicode label (RFC 5892): by general category, with rules for characters
//! that depend on others.

use unicode_general_category::{GeneralCategory as Category, get_general_category as category};

/// Characters that suppress a vowel. A zero width joiner may follow them.
const VIRAMAS: &[u32] = &[
    0x094D, 0x09CD, 0x0A4D, 0x0ACD, 0x0B4D, 0x0BCD, 0x0C4D, 0x0CCD, 0x0D4D, 0x0DCA, 0x0E3A, 0x0F84, 0x1039,
    0x1714, 0x1734, 0x17D2, 0x1A60, 0x1B44, 0x1BAA, 0x1BF2, 0x1BF3, 0x2D7F, 0xA806, 0xA8C4, 0xA953, 0xABED,
    0x10A3F, 0x11046, 0x1107F, 0x110B9, 0x11133, 0x111C0, 0x11235, 0x112EA, 0x1134D, 0x11442, 0x114C2,
    0x115BF, 0x1163F, 0x116B6, 0x1172B, 0x11839, 0x119E0, 0x11A34, 0x11A47, 0x11A99, 0x11C3F, 0x11D44,
    0x11D45, 0x11D97,
];

pub(super) fn is_label(label: &[char]) -> bool {
    let begins_with_mark = label.first().is_some_and(|first| is_mark(*first));
    let has = |block: fn(u32) -> bool| label.iter().any(|c| block(u32::from(*c)));
    let fits = label.iter().enumerate().all(|(place, c)| {
        let before = place.checked_sub(1).and_then(|before| label.get(before));
        fits(before.copied(), *c, label.get(place + 1).copied())
    });
    // RFC 5892, A.7 to A.9.
    let dot_without_kana = has(|c| c == 0x30FB) && !has(is_kana_or_han);
    let mixed_digits = has(|c| (0x0660..=0x0669).contains(&c)) && has(|c| (0x06F0..=0x06F9).contains(&c));
    fits && !begins_with_mark && !dot_without_kana && !mixed_digits
}

/// Whether the character is in the blocks of Hiragana, Katakana or Han. The middle dot of Katakana
/// does not count.
fn is_kana_or_han(c: u32) -> bool {
    c != 0x30FB && matches!(c, 0x3040..=0x30FF | 0x4E00..=0x9FFF)
}

fn fits(before: Option<char>, c: char, after: Option<char>) -> bool {
    let within = |c: Option<char>, first, last| c.is_some_and(|c| (first..=last).contains(&c));
    match c {
        // A.2, A.3, A.4, A.5 and A.6.
        '\u{200D}' => before.is_some_and(|before| VIRAMAS.contains(&u32::from(before))),
        '\u{B7}' => before == Some('l') && after == Some('l'),
        '\u{375}' => within(after, '\u{370}', '\u{3FF}'),
        '\u{5F3}' | '\u{5F4}' => within(before, '\u{590}', '\u{5FF}'),
        // Section 2.6: exceptions to the categories.
        '\u{640}' | '\u{7FA}' | '\u{302E}' | '\u{302F}' | '\u{3031}'..='\u{3035}' | '\u{303B}' => false,
        '\u{200C}' | '\u{6FD}' | '\u{6FE}' | '\u{F0B}' | '\u{3007}' | '\u{30FB}' => true,
        _ => c.is_ascii() || is_allowed(c),
    }
}

fn is_mark(c: char) -> bool {
    matches!(
        category(c),
        Category::NonspacingMark | Category::SpacingMark | Category::EnclosingMark
    )
}

fn is_allowed(c: char) -> bool {
    matches!(
        category(c),
        Category::UppercaseLetter
            | Category::LowercaseLetter
            | Category::TitlecaseLetter
            | Category::ModifierLetter
            | Category::OtherLetter
            | Category::NonspacingMark
            | Category::SpacingMark
            | Category::DecimalNumber
    )
}
