//! Questions and answers. Repeats a question with the reason if the answer is invalid.

/// The source of answers: a terminal, or a test.
pub(super) trait Prompter {
    /// Asks a question and reads the answer's line.
    fn answer(&mut self, question: &str) -> Result<String, Stopped>;

    /// Prints a line that needs no answer.
    fn say(&mut self, text: &str);
}

/// The input ended.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Stopped;

/// Asks until `read` accepts the trimmed answer.
pub(super) fn ask<T>(
    prompter: &mut impl Prompter,
    question: &str,
    mut read: impl FnMut(&str) -> Result<T, String>,
) -> Result<T, Stopped> {
    loop {
        let answer = prompter.answer(&format!("{question}: "))?;
        let outcome = if answer.contains(char::is_control) {
            Err("the line contains a control character; write it again".to_owned())
        } else {
            read(answer.trim())
        };
        match outcome {
            Ok(value) => return Ok(value),
            Err(reason) => prompter.say(&format!("  ✗ {reason}")),
        }
    }
}

/// Asks for an item of a list by its number or name. Defaults to the first.
pub(super) fn choose<'n>(
    prompter: &mut impl Prompter,
    question: &str,
    names: &[&'n str],
) -> Result<&'n str, Stopped> {
    let list = names
        .iter()
        .zip(1..)
        .map(|(name, number)| format!("{number} {name}"));
    prompter.say(&format!("  {}", list.collect::<Vec<_>>().join("   ")));
    let first = names.first().copied().unwrap_or_default();
    ask(prompter, &format!("{question} [{first}]"), |answer| {
        let by_number = |number: usize| names.get(number.checked_sub(1)?).copied();
        let by_name = || {
            names
                .iter()
                .copied()
                .find(|name| name.eq_ignore_ascii_case(answer))
        };
        match answer {
            "" => Some(first),
            _ => answer.parse().ok().and_then(by_number).or_else(by_name),
        }
        .ok_or_else(|| format!("write a number from 1 to {}, or a name of the list", names.len()))
    })
}

/// Asks for yes or no.
pub(super) fn agrees(prompter: &mut impl Prompter, question: &str, default: bool) -> Result<bool, Stopped> {
    let choices = if default { "Y/n" } else { "y/N" };
    ask(
        prompter,
        &format!("{question} [{choices}]"),
        |answer| match answer.to_ascii_lowercase().as_str() {
            "" => Ok(default),
            "y" | "yes" => Ok(true),
            "n" | "no" => Ok(false),
            _ => Err("write y or n".to_owned()),
        },
    )
}

#[cfg(test)]
pub(super) mod script {
    use std::collections::VecDeque;

    use super::{Prompter, Stopped};

    /// A scripted person, who gives the prepared answers and then ends the input.
    pub(in super::super) struct Script {
        answers: VecDeque<&'static str>,
        /// All questions and output, one a line.
        pub(in super::super) heard: Vec<String>,
    }

    impl Script {
        pub(in super::super) fn new(answers: &[&'static str]) -> Self {
            Self {
                answers: answers.iter().copied().collect(),
                heard: Vec::new(),
            }
        }

        /// The number of answers that were not used.
        pub(in super::super) fn left(&self) -> usize {
            self.answers.len()
        }

        /// Checks that the output contains a text.
        #[track_caller]
        pub(in super::super) fn heard(&self, text: &str) {
            let found = self.heard.iter().any(|line| line.contains(text));
            assert!(found, "nobody said `{text}`: {:#?}", self.heard);
        }
    }

    impl Prompter for Script {
        fn answer(&mut self, question: &str) -> Result<String, Stopped> {
            self.heard.push(question.to_owned());
            self.answers.pop_front().map(ToOwned::to_owned).ok_or(Stopped)
        }

        fn say(&mut self, text: &str) {
            self.heard.push(text.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{script::Script, *};

    #[test]
    fn a_choice_is_made_by_number_or_name_and_else_asked_again() {
        for (answers, chosen) in [
            (&["2"][..], Ok("date")),
            (&["DATE"], Ok("date")),
            (&[""], Ok("string")),
            (&["0", "3", "-1", "dates", " 1 "], Ok("string")),
            (&["x"], Err(Stopped)),
        ] {
            let mut prompter = Script::new(answers);
            assert_eq!(
                choose(&mut prompter, "Type", &["string", "date"]),
                chosen,
                "{answers:?}"
            );
            assert_eq!(prompter.left(), 0);
            if answers.len() > 1 {
                prompter.heard("from 1 to 2");
            }
        }
    }

    #[test]
    fn yes_and_no_are_yes_and_no() {
        for (answers, default, agreed) in [
            (&["y"][..], false, true),
            (&["No"], true, false),
            (&[""], true, true),
            (&[""], false, false),
            (&["perhaps", "yes"], false, true),
        ] {
            let mut prompter = Script::new(answers);
            assert_eq!(agrees(&mut prompter, "Well?", default), Ok(agreed), "{answers:?}");
        }
    }

    #[test]
    fn an_arrow_key_is_no_text() {
        let mut prompter = Script::new(&["na\u{1b}[Dme", "name"]);
        let name = ask(&mut prompter, "Name", |answer| Ok(answer.to_owned()));
        assert_eq!(name, Ok("name".to_owned()));
        prompter.heard("write it again");
    }
}
