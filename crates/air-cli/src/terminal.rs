//! What others wrote, on somebody's terminal: nothing of it may steer the terminal, or hide.

use std::fmt::Write;

/// One line of text, with what would steer replaced.
pub(crate) fn printable(text: &str) -> String {
    replaced(text, |letter| letter.is_control() || steers(letter))
}

/// The same for several lines.
pub(crate) fn printable_lines(text: &str) -> String {
    replaced(text, |letter| {
        !matches!(letter, '\n' | '\t') && (letter.is_control() || steers(letter))
    })
}

/// JSON that says the same, with what would steer written as escapes.
pub(crate) fn escaped(json: &str) -> String {
    let mut escaped = String::with_capacity(json.len());
    for letter in json.chars() {
        if letter >= '\u{7f}' && (letter.is_control() || steers(letter)) {
            for unit in letter.encode_utf16(&mut [0; 2]) {
                let _ = write!(escaped, "\\u{unit:04x}");
            }
        } else {
            escaped.push(letter);
        }
    }
    escaped
}

fn replaced(text: &str, is_bad: impl Fn(char) -> bool) -> String {
    text.chars()
        .map(|letter| {
            if is_bad(letter) {
                char::REPLACEMENT_CHARACTER
            } else {
                letter
            }
        })
        .collect()
}

/// Beside control characters: what changes the direction in which text reads (UAX #9), ends a line, or can't be seen. The two
/// joiners stay; names are written with them.
fn steers(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{61c}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{feff}'
            | '\u{e0000}'..='\u{e007f}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ESC, a C1 control, a bidi override, a tag.
    const STEERING: [char; 4] = ['\u{1b}', '\u{9b}', '\u{202e}', '\u{e0041}'];

    #[test]
    fn replaces_what_steers_and_leaves_what_is_read() {
        for letter in STEERING {
            assert_eq!(printable(&format!("a{letter}b")), "a\u{fffd}b");
            assert_eq!(printable_lines(&format!("a{letter}\n\tb")), "a\u{fffd}\n\tb");
        }
        assert_eq!(printable("a\nb"), "a\u{fffd}b", "one line stays one");
        for name in ["Ada", "Zoë", "علی\u{200c}رضا", "李", "👩\u{200d}🔬"] {
            assert_eq!(printable(name), name);
        }
    }

    #[test]
    fn json_says_the_same_with_escapes() {
        for letter in STEERING {
            let text = format!("a{letter}b");
            let json = escaped(&serde_json::to_string(&text).unwrap());
            assert!(
                json.chars().all(|letter| !letter.is_control() && !steers(letter)),
                "{json}"
            );
            assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        }
    }
}
