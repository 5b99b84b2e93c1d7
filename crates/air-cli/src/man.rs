//! `air man`: a manual page for each command.

mod page;

use std::{fs, path::PathBuf};

use clap::{Args, Command};
use serde_json::json;

use self::page::Page;
use crate::{
    exit::Failure,
    files::{Audience, ForceArgs, unwritable},
    output::Output,
};

#[derive(Args)]
#[command(
    after_help = "Example:\n  air man --out ~/.local/share/man/man1    # then: man air-quickstart\n\n\
                  The Debian package installs the pages."
)]
pub(crate) struct Man {
    /// The folder for the pages: `air.1`, and `air-COMMAND.1` for each command. It is created if it
    /// does not exist.
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// The date that the pages show, as YYYY-MM-DD [default: none].
    #[arg(long, value_name = "DATE", value_parser = date)]
    date: Option<String>,
    #[command(flatten)]
    force: ForceArgs,
}

impl Man {
    /// Writes the pages of `air`, the root command, and of all commands below it.
    pub(crate) fn run(&self, air: Command, output: Output) -> Result<(), Failure> {
        let pages = pages(air, self.date.as_deref().unwrap_or_default())?;
        let paths: Vec<PathBuf> = pages.iter().map(|page| self.out.join(&page.file)).collect();
        for path in &paths {
            self.force.check(path)?;
        }
        fs::create_dir_all(&self.out).map_err(|error| unwritable(&self.out, &error))?;
        for (page, path) in pages.iter().zip(&paths) {
            self.force.write(path, &page.roff, Audience::Everyone)?;
        }
        let names: Vec<&str> = pages.iter().map(|page| page.file.as_str()).collect();
        output.result(&json!({ "pages": names }), |_| {
            format!("wrote {} pages to {}", names.len(), self.out.display())
        })
    }
}

/// The pages of a root command and of the commands below it.
fn pages(root: Command, date: &str) -> Result<Vec<Page>, Failure> {
    let mut root = root.disable_help_subcommand(true);
    root.build();
    let mut pages = Vec::new();
    add(&root, date, &mut pages)?;
    Ok(pages)
}

fn add(command: &Command, date: &str, pages: &mut Vec<Page>) -> Result<(), Failure> {
    let page = Page::new(command, date)
        .map_err(|error| Failure::failed(format!("failed to render the page of {command}: {error}")))?;
    pages.push(page);
    command
        .get_subcommands()
        .filter(|below| !below.is_hide_set())
        .try_for_each(|below| add(below, date, pages))
}

/// Checks the form of a date, since it becomes an argument of a macro.
fn date(text: &str) -> Result<String, String> {
    let is_date = text.len() == 10
        && text.bytes().enumerate().all(|(place, byte)| match place {
            4 | 7 => byte == b'-',
            _ => byte.is_ascii_digit(),
        });
    if is_date {
        Ok(text.to_owned())
    } else {
        Err("invalid date: must be like 2027-01-31".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use clap::Arg;

    use super::*;

    fn tool() -> Command {
        let below = Command::new("list")
            .about("List the things")
            .arg(Arg::new("all").long("all").help("Also those that aren't shown"))
            .after_help("Examples:\n  tool list --all\n  'tool' list \\\n      | wc\n\nIt sorts.\n.by name");
        Command::new("tool")
            .about("Keep things")
            .subcommand(below)
            .subcommand(Command::new("secret").hide(true))
    }

    fn text(file: &str) -> String {
        let pages = pages(tool(), "2027-01-31").unwrap_or_else(|failure| panic!("{}", failure.message()));
        let page = pages.into_iter().find(|page| page.file == file);
        String::from_utf8(page.expect("the page exists").roff).expect("pages are UTF-8")
    }

    #[test]
    fn every_command_has_a_page_except_hidden_ones_and_help() {
        let pages = pages(tool(), "").unwrap_or_else(|failure| panic!("{}", failure.message()));
        let files: BTreeSet<&str> = pages.iter().map(|page| page.file.as_str()).collect();
        assert_eq!(files, BTreeSet::from(["tool.1", "tool-list.1"]));
    }

    #[test]
    fn a_page_names_its_command_its_date_and_its_options() {
        let text = text("tool-list.1");
        assert!(text.contains(".TH tool-list 1 2027-01-31 \"air "), "{text}");
        assert!(text.contains(r"tool\-list \- List the things"), "{text}");
        assert!(text.contains(r"\-\-all"), "{text}");
    }

    #[test]
    fn examples_keep_their_lines_and_notes_do_not_become_macros() {
        let text = text("tool-list.1");
        let examples = r".SH EXAMPLES
.EX
tool list \-\-all
\*(Aqtool\*(Aq list \\
    | wc
.EE
.SH NOTES
It sorts.
\&.by name
";
        assert!(
            text.ends_with(&examples.replace(r"\\", r"\e")) || text.ends_with(examples),
            "{text}"
        );
    }

    #[test]
    fn only_dates_are_dates() {
        assert!(date("2027-01-31").is_ok());
        for bad in ["", "2027", "31.01.2027", "2027-01-311", "2027-01-3\n"] {
            assert!(date(bad).is_err(), "{bad:?}");
        }
    }
}
