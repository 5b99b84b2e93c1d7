//! Runs commands, and remembers which rows of the table were seen.

use std::collections::BTreeSet;

use serde_json::Value;

use super::table::Table;
use crate::support::{TestEnv, document};

pub(super) struct Walk {
    table: Table,
    /// Rows with an exit code.
    seen: BTreeSet<(String, i32)>,
}

impl Walk {
    pub(super) fn new(table: Table) -> Self {
        Self {
            table,
            seen: BTreeSet::new(),
        }
    }

    /// Runs a command that succeeds, and returns its document.
    #[track_caller]
    pub(super) fn run(&mut self, env: &TestEnv, arguments: &[&str]) -> Value {
        self.ends_with(0, env, arguments)
    }

    /// Runs a command with `--json`, and compares its exit code, the number of its documents and
    /// their members with the table.
    #[track_caller]
    pub(super) fn ends_with(&mut self, code: i32, env: &TestEnv, arguments: &[&str]) -> Value {
        let case = arguments.join(" ");
        let row = self.table.row(arguments);
        let members = row
            .documents
            .get(&code)
            .unwrap_or_else(|| panic!("{case}: the table lacks exit code {code}"));
        let (words, rest) = arguments.split_at(row.words().count());
        let run = env.air(&[words, &["--json"], rest].concat());
        assert_eq!(run.code, code, "{case}: {run:?}");
        let document = document(&run.stdout, &case);
        members.assert_match(&document, &format!("{case}, exit code {code}"));
        self.seen.insert((row.command.clone(), code));
        document
    }

    /// Checks that each row was seen, with each of its exit codes.
    pub(super) fn assert_complete(&self) {
        let rows = self.table.rows.iter().filter(|row| row.is_run);
        let expected: BTreeSet<(String, i32)> = rows
            .flat_map(|row| row.documents.keys().map(|code| (row.command.clone(), *code)))
            .collect();
        let missing: Vec<_> = expected.difference(&self.seen).collect();
        assert!(missing.is_empty(), "rows that were not run: {missing:?}");
    }
}
