//! Usage lines that fit 80 columns. clap does not break them.

const WIDTH: usize = 80;
const LABEL: &str = "Usage: ";
/// The indent of continuation lines.
const INDENT: &str = "           ";

/// Breaks the usage line of each command that is too long. Building all commands takes time, so
/// this is done only before a help text or an error is printed.
pub(crate) fn narrowed(mut command: clap::Command) -> clap::Command {
    command.build();
    narrow(&mut command);
    command
}

fn narrow(command: &mut clap::Command) {
    let usage = command.render_usage().to_string();
    if usage.lines().any(|line| line.chars().count() > WIDTH) {
        let usage = usage.strip_prefix(LABEL).unwrap_or(&usage).trim_end();
        *command = command.clone().override_usage(broken(usage));
    }
    command.get_subcommands_mut().for_each(narrow);
}

fn broken(usage: &str) -> String {
    let mut lines = vec![String::new()];
    let mut width = LABEL.len();
    for part in parts(usage) {
        let length = part.chars().count();
        if width + 1 + length > WIDTH {
            lines.push(INDENT.to_owned());
            width = INDENT.len();
        } else if let Some(line) = lines.last_mut().filter(|line| !line.is_empty()) {
            line.push(' ');
            width += 1;
        }
        if let Some(line) = lines.last_mut() {
            line.push_str(part);
            width += length;
        }
    }
    lines.join("\n")
}

/// The parts that stay on one line: a word, something in brackets, or an option with its value.
fn parts(usage: &str) -> Vec<&str> {
    let (mut parts, mut begin, mut depth) = (Vec::new(), 0, 0_u32);
    for (place, letter) in usage.char_indices() {
        match letter {
            '<' | '[' => depth += 1,
            '>' | ']' => depth = depth.saturating_sub(1),
            ' ' if depth == 0 => {
                let is_option = usage.get(begin..place).is_some_and(|part| part.starts_with("--"));
                let has_value = usage.get(place..).is_some_and(|rest| rest.starts_with(" <"));
                if is_option && has_value && usage.get(begin..place).is_some_and(|part| !part.contains(' ')) {
                    continue;
                }
                parts.extend(usage.get(begin..place));
                begin = place + 1;
            }
            _ => {}
        }
    }
    parts.extend(usage.get(begin..));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_option_stays_with_its_value() {
        assert_eq!(
            parts("air cak derive --user <USER> <--a <A>|--b <B>> [IN]"),
            [
                "air",
                "cak",
                "derive",
                "--user <USER>",
                "<--a <A>|--b <B>>",
                "[IN]"
            ]
        );
    }

    #[test]
    fn a_long_usage_is_broken_and_a_short_one_is_not() {
        let short = "air status [OPTIONS] <HASH>";
        assert_eq!(broken(short), short);
        let long = format!("air x --first <{}> --second <{}>", "A".repeat(40), "B".repeat(20));
        let lines: Vec<String> = broken(&long).lines().map(str::to_owned).collect();
        assert_eq!(lines.len(), 2, "{lines:?}");
        assert!(lines[1].trim_start().starts_with("--second <B"), "{lines:?}");
    }
}
