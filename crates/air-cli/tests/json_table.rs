//! The table of the book's page on `--json`, against the output of every command.

mod custody;
mod files;
mod platform;
#[cfg(unix)]
mod proofs;
mod table;
mod walk;

use std::collections::BTreeSet;

use self::{table::Table, walk::Walk};
use crate::support::{HELP, stems};

/// The commands that run something, by their snapshots of `--help`. `air status` and `air events`
/// also have commands below them.
fn commands() -> BTreeSet<String> {
    let helps = stems(HELP)
        .into_iter()
        .map(|name| std::fs::read_to_string(format!("{HELP}/{name}.txt")).unwrap());
    helps
        .filter_map(|help| {
            let usage = help.lines().find_map(|line| line.strip_prefix("Usage: "))?;
            if usage.contains("<COMMAND>") {
                return None;
            }
            let words = usage
                .split(' ')
                .take_while(|word| word.starts_with(|first: char| first.is_ascii_lowercase()));
            Some(words.collect::<Vec<_>>().join(" "))
        })
        .collect()
}

#[test]
fn the_table_has_every_command() {
    assert_eq!(Table::of_the_book().commands(), commands());
}

#[test]
fn each_command_prints_the_members_of_the_table() {
    let mut walk = Walk::new(Table::of_the_book());
    files::keys_and_tokens(&mut walk);
    files::schemas(&mut walk);
    files::credentials(&mut walk);
    files::sealed_documents(&mut walk);
    files::envelopes(&mut walk);
    files::chains(&mut walk);
    files::issuer_services(&mut walk);
    files::sandbox_backups(&mut walk);
    platform::stopped_users(&mut walk);
    files::whole_programs(&mut walk);
    custody::walk(&mut walk);
    platform::walk(&mut walk);
    walk.assert_complete();
}
