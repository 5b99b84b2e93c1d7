//! Splitting of names and texts into words.

/// The words of a camelCase name or of a text: `isOver18` has `is`, `Over` and `18`, and
/// `docURLValue` has `doc`, `URL` and `Value`.
///
/// Text in a script without capitals is not split between letters.
///
/// ```
/// assert_eq!(air_schema::words("isOver18"), ["is", "Over", "18"]);
/// assert_eq!(air_schema::words("Date of birth"), ["Date", "of", "birth"]);
/// ```
#[must_use]
pub fn words(text: &str) -> Vec<&str> {
    let letters: Vec<(usize, char)> = text.char_indices().collect();
    let mut joints: Vec<usize> = letters
        .windows(3)
        .filter_map(|three| match three {
            [(_, a), (at, b), (_, c)] if is_acronym_end(*a, *b, *c) => Some(*at),
            _ => None,
        })
        .collect();
    joints.extend(letters.windows(2).filter_map(|two| match two {
        [(_, a), (at, b)] if is_joint(Class::of(*a), Class::of(*b)) => Some(*at),
        _ => None,
    }));
    joints.push(text.len());
    joints.sort_unstable();
    let starts = std::iter::once(0).chain(joints.iter().copied());
    starts
        .zip(&joints)
        .filter_map(|(start, end)| text.get(start..*end))
        .filter(|word| word.starts_with(char::is_alphanumeric))
        .collect()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Small,
    Capital,
    Digit,
    Other,
}

impl Class {
    fn of(letter: char) -> Self {
        if letter.is_uppercase() {
            Self::Capital
        } else if letter.is_numeric() {
            Self::Digit
        } else if letter.is_alphabetic() {
            Self::Small
        } else {
            Self::Other
        }
    }
}

fn is_joint(left: Class, right: Class) -> bool {
    left != right && (left, right) != (Class::Capital, Class::Small)
}

/// Whether `b` begins a word after capitals, as the `V` of `URLValue` does.
fn is_acronym_end(a: char, b: char, c: char) -> bool {
    (Class::of(a), Class::of(b), Class::of(c)) == (Class::Capital, Class::Capital, Class::Small)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_begin_at_capitals_digits_and_what_follows_them() {
        for (text, parts) in [
            ("", &[][..]),
            ("name", &["name"]),
            ("isOver18", &["is", "Over", "18"]),
            ("iso3166alpha", &["iso", "3166", "alpha"]),
            ("docURLValue", &["doc", "URL", "Value"]),
            ("documentID", &["document", "ID"]),
            ("KycIdentity", &["Kyc", "Identity"]),
            (
                "Date of birth (as printed)",
                &["Date", "of", "birth", "as", "printed"],
            ),
            ("--", &[]),
            ("ÉtatCivil", &["État", "Civil"]),
            ("身分証", &["身分証"]),
        ] {
            assert_eq!(words(text), parts, "{text}");
        }
    }
}
