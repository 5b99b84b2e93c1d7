//! The mentions of a person in a text. A search for `ada@example.com` also finds `jada@example.com` and
//! `ada@example.com.au`, who are other persons.

/// Whether a text, such as a row as JSON, has one of these terms as a whole word.
pub(super) fn has_any(text: &str, terms: &[String]) -> bool {
    let has = |term: &String| {
        text.match_indices(term.as_str()).any(|(at, found)| {
            let (before, rest) = text.split_at(at);
            let after = rest.strip_prefix(found).unwrap_or_default();
            !ends_in_word(before) && !begins_in_word(after)
        })
    };
    terms.iter().any(has)
}

/// Whether the end of a text belongs to the word after it.
fn ends_in_word(before: &str) -> bool {
    let mut last = before.chars().rev();
    match (last.next(), last.next(), last.next()) {
        (Some(low), Some(high), Some('%')) => is_in_local_part(decoded(high, low).unwrap_or(low)),
        // A control character in JSON.
        (Some('b' | 'f' | 'n' | 'r' | 't'), Some('\\'), _) => false,
        (last, ..) => last.is_some_and(is_in_local_part),
    }
}

/// Whether the beginning of a text belongs to the word before it.
fn begins_in_word(after: &str) -> bool {
    let mut next = after.chars();
    match (next.next(), next.next(), next.next()) {
        (Some('%'), Some(high), Some(low)) => decoded(high, low).is_some_and(is_in_domain),
        // A full stop is within a domain, or ends a sentence.
        (Some('.'), following, _) => following.is_some_and(is_in_domain),
        (next, ..) => next.is_some_and(is_in_domain),
    }
}

/// The character of two hex digits in a form (`%2B`).
fn decoded(high: char, low: char) -> Option<char> {
    let code = high.to_digit(16)? * 16 + low.to_digit(16)?;
    char::from_u32(code)
}

/// Whether an address has the character before its `@`. Separators of forms and of JSON are left out.
fn is_in_local_part(character: char) -> bool {
    character.is_alphanumeric() || "!#$'*+-.?^_~".contains(character)
}

fn is_in_domain(character: char) -> bool {
    character.is_alphanumeric() || matches!(character, '-' | '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_a_longer_address_is_no_mention() {
        let terms = ["ada@example.com", "ada%40example.com"].map(str::to_owned);
        for (text, is_mention) in [
            (r#"{"email":"ada@example.com"}"#, true),
            (r#"{"data":"{\"email\":\"ada@example.com\"}"}"#, true),
            (r"a line\nada@example.com", true),
            ("sent to ada@example.com.", true),
            ("login_hint=ada%40example.com&scope=a", true),
            ("%22ada%40example.com%22", true),
            ("ada@example.com", true),
            (r#"["jada@example.com","ada@example.com"]"#, true),
            (r#""jada@example.com""#, false),
            (r#""j.ada@example.com""#, false),
            (r#""ada@example.com.au""#, false),
            (r#""ada@example.community""#, false),
            ("login_hint=jada%40example.com", false),
            ("login_hint=j%2Bada%40example.com", false),
            ("login_hint=ada%40example.com-x.org", false),
            ("", false),
        ] {
            assert_eq!(has_any(text, &terms), is_mention, "{text}");
        }
    }
}
