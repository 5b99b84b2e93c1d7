//! The help text of every command, pinned by snapshots.

use std::{collections::BTreeSet, fs, path::Path};

use clap::CommandFactory;
use snapbox::{Assert, Data, assert::DEFAULT_ACTION_ENV};

use super::Air;

const SNAPSHOTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/snapshots/help");

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

/// Compares the help of a command and of those below it, as on a terminal of 100 columns.
fn compare(command: &clap::Command, names: &mut BTreeSet<String>) {
    let path = command.get_bin_name().unwrap_or("air").replace(' ', "-");
    let name = format!("{path}.txt");
    let help = command
        .clone()
        .term_width(100)
        .mut_args(|argument| argument.hide_env_values(true))
        .render_long_help()
        .to_string();
    let expected = Data::read_from(&Path::new(SNAPSHOTS).join(&name), None).raw();
    Assert::new().action_env(DEFAULT_ACTION_ENV).eq(help, expected);
    names.insert(name);
    for below in command
        .get_subcommands()
        .filter(|below| below.get_name() != "help")
    {
        compare(below, names);
    }
}
