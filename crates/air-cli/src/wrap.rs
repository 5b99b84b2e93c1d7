//! Breaks text for people at the width of a terminal, between words.

use unicode_width::UnicodeWidthChar;

/// Continuation lines of a row are indented like its last cell, unless the cell begins further
/// right than this.
const WIDEST_INDENT: usize = 32;

/// Breaks each line that is wider than the terminal. A word that is wider, such as a key, stays
/// whole on a line of its own.
pub(crate) fn wrapped(text: &str, width: usize) -> String {
    let lines: Vec<String> = text.split('\n').map(|line| wrapped_line(line, width)).collect();
    lines.join("\n")
}

fn wrapped_line(line: &str, width: usize) -> String {
    if columns(line) <= width {
        return line.to_owned();
    }
    let indent = indent(line);
    let lead = line.len() - line.trim_start().len();
    let mut broken = line.get(..lead).unwrap_or_default().to_owned();
    let mut at = columns(&broken);
    let mut is_first = true;
    // Spaces between the cells of a row stay, unless the line is broken there.
    for word in line.trim_start().split(' ') {
        let length = columns(word);
        if !is_first && !word.is_empty() && at + 1 + length > width {
            broken.truncate(broken.trim_end_matches(' ').len());
            broken.push('\n');
            // A value that does not fit after the indent ends at the right edge.
            let indent = indent.min(width.saturating_sub(length));
            broken.push_str(&" ".repeat(indent));
            at = indent;
        } else if !is_first {
            broken.push(' ');
            at += 1;
        }
        broken.push_str(word);
        at += length;
        is_first = false;
    }
    broken
}

/// The indent of continuation lines: the last cell of the row, or two more than the line's own.
fn indent(line: &str) -> usize {
    let own = line.len() - line.trim_start().len();
    let mut cell = own + 2;
    let mut rest = line.trim_start();
    let mut at = own;
    while let Some(place) = rest.find("  ") {
        let (before, after) = rest.split_at(place);
        let text = after.trim_start();
        at += columns(before) + (after.len() - text.len());
        if at > WIDEST_INDENT {
            break;
        }
        cell = at;
        rest = text;
    }
    cell
}

/// The number of columns, without colour sequences.
fn columns(text: &str) -> usize {
    let mut is_escape = false;
    text.chars()
        .map(|letter| {
            let was_escape = is_escape;
            is_escape = letter == '\u{1b}' || (is_escape && letter != 'm');
            if was_escape || is_escape {
                0
            } else {
                letter.width().unwrap_or_default()
            }
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_broken_between_words() {
        assert_eq!(wrapped("one two three", 13), "one two three");
        assert_eq!(wrapped("one two three", 12), "one two\n  three");
        assert_eq!(wrapped("one two\nthree four", 7), "one two\nthree\n  four");
        assert_eq!(wrapped("é é é", 3), "é é\n  é");
    }

    #[test]
    fn a_row_continues_below_its_last_cell() {
        let row = "line 4  /level  is not a number; write it";
        assert_eq!(
            wrapped(row, 30),
            "line 4  /level  is not a\n                number; write\n                it"
        );
    }

    #[test]
    fn a_value_is_never_broken() {
        let value = "x".repeat(70);
        assert_eq!(
            wrapped(&format!("coreClaimHash is {value}"), 72),
            format!("coreClaimHash is\n  {value}")
        );
        assert_eq!(
            wrapped(&format!("key {value}{value} end"), 72),
            format!("key\n{value}{value}\n  end")
        );
    }

    #[test]
    fn a_value_that_does_not_fit_below_its_cell_ends_at_the_right_edge() {
        let hash = "a".repeat(64);
        assert_eq!(
            wrapped(&format!("  coreClaimHash    {hash}"), 80),
            format!("  coreClaimHash\n{:16}{hash}", "")
        );
    }

    #[test]
    fn colours_have_no_width() {
        let coloured = "\u{1b}[2mfirst\u{1b}[0m two";
        assert_eq!(wrapped(coloured, 9), coloured);
    }
}
