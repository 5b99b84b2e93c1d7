//! Makes untrusted text safe to print: replaces control characters and invisible characters.

use std::fmt::Write;

/// Replaces control characters in one line of text.
pub(crate) fn printable(text: &str) -> String {
    replaced(text, |letter| letter.is_control() || steers(letter))
}

/// Replaces control characters in several lines of text.
pub(crate) fn printable_lines(text: &str) -> String {
    replaced(text, |letter| {
        !matches!(letter, '\n' | '\t') && (letter.is_control() || steers(letter))
    })
}

/// Replaces control characters except colour sequences (`ESC [ … m`). The caller makes untrusted
/// parts [`printable`] first, since they could hide themselves with colours.
pub(crate) fn coloured_lines(text: &str) -> String {
    let mut cleaned = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\u{1b}') {
        cleaned.push_str(&printable_lines(before));
        let parameters = after
            .strip_prefix('[')
            .and_then(|after| after.split_once('m'))
            .filter(|(numbers, _)| numbers.bytes().all(|byte| byte.is_ascii_digit() || byte == b';'));
        rest = if let Some((numbers, after)) = parameters {
            let _ = write!(cleaned, "\u{1b}[{numbers}m");
            after
        } else {
            cleaned.push(char::REPLACEMENT_CHARACTER);
            after
        };
    }
    cleaned.push_str(&printable_lines(rest));
    cleaned
}

/// Escapes control characters in JSON, without changing its value.
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

/// Whether a character changes the text direction (UAX #9), ends a line, or is invisible. The two
/// joiners are allowed, since names use them.
fn steers(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}'
            | '\u{61c}'
            | '\u{115f}'
            | '\u{1160}'
            | '\u{180e}'
            | '\u{200b}'
            | '\u{200e}'
            | '\u{200f}'
            | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}'
            | '\u{3164}'
            | '\u{feff}'
            | '\u{ffa0}'
            | '\u{fff9}'..='\u{fffb}'
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
    fn of_escapes_only_colours_are_left() {
        assert_eq!(
            coloured_lines("\u{1b}[1;31merror\u{1b}[0m\n"),
            "\u{1b}[1;31merror\u{1b}[0m\n"
        );
        for steering in [
            "\u{1b}[2J",
            "\u{1b}]0;title\u{7}",
            "\u{1b}[?25lm",
            "\u{1b}",
            "\u{1b}[1;\u{1b}[2Jm",
        ] {
            let cleaned = coloured_lines(&format!("a{steering}b"));
            assert!(!cleaned.contains(['\u{1b}', '\u{7}']), "{cleaned:?}");
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
