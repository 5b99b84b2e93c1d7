//! The help text of every command, pinned by snapshots and by the reference in the book.

use std::{collections::BTreeSet, fmt::Write, fs, path::Path};

use clap::CommandFactory;
use snapbox::{Assert, Data, assert::DEFAULT_ACTION_ENV};

use super::Air;

const SNAPSHOTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots/help");

const REFERENCE: &str = concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../../docs/book/src/reference/commands.md"
);
const REFERENCE_INTRODUCTION: &str = "# Commands and options\n\
\n\
This page has the help of every command, in the order of `air --help`. A test generates it from the\n\
command line's own definitions. `air man --out DIR` writes the same text as manual pages\n\
(`man air-issue`), and the Debian package installs them.\n\
[The command line](../guide/command-line.md) explains profiles, exit codes and files.\n\
[Documents of `--json`](json.md) lists the members of each document.\n\
";

/// `SNAPSHOTS=overwrite` updates the files.
#[test]
fn the_help_of_every_command_matches_its_snapshot() {
    let mut root = Air::command();
    root.build();
    let mut names = BTreeSet::new();
    compare(&root, &mut names);
    let files: BTreeSet<String> = fs::read_dir(SNAPSHOTS)
        .expect("the folder of the snapshots exists")
        .map(|entry| entry.expect("its entries are readable").file_name())
        .map(|name| name.to_string_lossy().into_owned())
        .collect();
    assert_eq!(files, names, "every snapshot belongs to a command");
}

/// `SNAPSHOTS=overwrite` updates the page.
#[test]
fn the_reference_in_the_book_has_the_help_of_every_command() {
    let mut root = Air::command();
    root.build();
    let mut page = REFERENCE_INTRODUCTION.to_owned();
    describe(&root, &mut page);
    let expected = Data::read_from(Path::new(REFERENCE), None).raw();
    Assert::new().action_env(DEFAULT_ACTION_ENV).eq(page, expected);
}

/// Appends the help of a command and of those below it.
fn describe(command: &clap::Command, page: &mut String) {
    let name = command.get_bin_name().unwrap_or("air");
    let level = match name.split(' ').count() {
        0..=2 => "##",
        _ => "###",
    };
    let _ = write!(
        page,
        "\n{level} `{name}`\n\n```text\n{}\n```\n",
        help(command).trim_end()
    );
    for below in below(command) {
        describe(below, page);
    }
}

/// Compares the help of a command and of those below it.
fn compare(command: &clap::Command, names: &mut BTreeSet<String>) {
    let path = command.get_bin_name().unwrap_or("air").replace(' ', "-");
    let name = format!("{path}.txt");
    let expected = Data::read_from(&Path::new(SNAPSHOTS).join(&name), None).raw();
    Assert::new()
        .action_env(DEFAULT_ACTION_ENV)
        .eq(help(command), expected);
    names.insert(name);
    for below in below(command) {
        compare(below, names);
    }
}

/// Returns the help of a command, as on a terminal of 100 columns.
fn help(command: &clap::Command) -> String {
    command
        .clone()
        .term_width(100)
        .mut_args(|argument| argument.hide_env_values(true))
        .render_long_help()
        .to_string()
}

fn below(command: &clap::Command) -> impl Iterator<Item = &clap::Command> {
    command
        .get_subcommands()
        .filter(|below| below.get_name() != "help")
}
