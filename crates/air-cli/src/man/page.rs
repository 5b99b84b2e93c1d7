//! One manual page, in roff: the sections that `clap_mangen` renders, and the text after the help
//! as examples and notes.

use std::io;

use clap::{Command, builder::Resettable};
use clap_mangen::roff::{Roff, roman};

/// The source that the foot of each page names.
const SOURCE: &str = concat!("air ", env!("CARGO_PKG_VERSION"));

/// A manual page.
pub(super) struct Page {
    /// Its file's name: the command's words with hyphens, and the section.
    pub(super) file: String,
    pub(super) roff: Vec<u8>,
}

impl Page {
    /// Renders the page of a command that was built.
    ///
    /// # Errors
    /// When `clap_mangen` fails to write, which it never does to memory.
    pub(super) fn new(command: &Command, date: &str) -> io::Result<Self> {
        let after = command
            .get_after_long_help()
            .or_else(|| command.get_after_help())
            .map(ToString::to_string)
            .unwrap_or_default();
        let plain = command
            .clone()
            .after_help(Resettable::Reset)
            .after_long_help(Resettable::Reset);
        let man = clap_mangen::Man::new(plain)
            .date(date)
            .source(SOURCE)
            .manual("User Commands");
        let mut roff = Vec::new();
        man.render(&mut roff)?;
        after_help(&after).to_writer(&mut roff)?;
        Ok(Self {
            file: man.get_filename(),
            roff,
        })
    }
}

/// The text after the help: a block that starts with "Example" gets the section of that name, the
/// others get one for notes.
fn after_help(text: &str) -> Roff {
    let mut roff = Roff::new();
    let mut has_notes = false;
    for block in text.split("\n\n").filter(|block| !block.is_empty()) {
        if block.starts_with("Example") {
            roff.control("SH", ["EXAMPLES"]);
        } else if has_notes {
            roff.control("PP", []);
        } else {
            roff.control("SH", ["NOTES"]);
            has_notes = true;
        }
        lines(&mut roff, block);
    }
    roff
}

/// The lines of a block. Indented lines are literal; the bare title of examples is left out, since
/// the section has it.
fn lines(roff: &mut Roff, block: &str) {
    let mut is_literal = false;
    for line in block
        .lines()
        .filter(|line| !matches!(*line, "Example:" | "Examples:"))
    {
        let indented = line.strip_prefix("  ");
        if indented.is_some() != is_literal {
            roff.control(if is_literal { "EE" } else { "EX" }, []);
            is_literal = !is_literal;
        }
        roff.text([roman(indented.unwrap_or(line))]);
    }
    if is_literal {
        roff.control("EE", []);
    }
}
