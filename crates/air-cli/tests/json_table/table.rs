//! The table of `reference/json.md`.

use std::collections::{BTreeMap, BTreeSet};

/// The members of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Members {
    required: BTreeSet<String>,
    optional: BTreeSet<String>,
    /// Whether the document has further members.
    is_open: bool,
}

/// A command, perhaps with an option.
#[derive(Debug)]
pub(super) struct Row {
    /// As in the table: `air bulk --dry-run`.
    pub(super) command: String,
    /// The members of the document by exit code.
    pub(super) documents: BTreeMap<i32, Members>,
    /// Whether the table says why the command is not run.
    pub(super) is_run: bool,
}

pub(super) struct Table {
    pub(super) rows: Vec<Row>,
}

impl Table {
    pub(super) fn of_the_book() -> Self {
        let page = concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../docs/book/src/reference/json.md"
        );
        let page = std::fs::read_to_string(page).unwrap();
        let rows = page.lines().filter(|line| line.starts_with("| `air "));
        Self {
            rows: rows.map(Row::parse).collect(),
        }
    }

    /// The commands without options.
    pub(super) fn commands(&self) -> BTreeSet<String> {
        let commands = self.rows.iter().map(|row| {
            let words: Vec<&str> = row.words().collect();
            format!("air {}", words.join(" "))
        });
        commands.collect()
    }

    /// The row of a command line: the one with the most words and options.
    pub(super) fn row(&self, arguments: &[&str]) -> &Row {
        let rows = self.rows.iter().filter(|row| row.covers(arguments));
        rows.max_by_key(|row| row.command.split(' ').count())
            .unwrap_or_else(|| panic!("no row: {arguments:?}"))
    }
}

impl Row {
    fn parse(line: &str) -> Self {
        let cells: Vec<&str> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [command, success, more] = cells.as_slice() else {
            panic!("three columns: {line}");
        };
        let command = command.trim_matches('`').to_owned();
        let success = Members::parse(success);
        let mut documents = BTreeMap::from([(0, success.clone())]);
        let (negatives, reason) = match more.split_once("not run: ") {
            Some((negatives, reason)) => (negatives, Some(reason)),
            None => (*more, None),
        };
        for negative in negatives
            .split(';')
            .map(str::trim)
            .filter(|text| !text.is_empty())
        {
            let (code, members) = negative
                .split_once(": ")
                .unwrap_or_else(|| panic!("an exit code and members: {line}"));
            let members = if members.starts_with("the same") {
                success.clone()
            } else {
                Members::parse(members)
            };
            let earlier = documents.insert(code.parse().unwrap(), members);
            assert!(earlier.is_none(), "an exit code twice: {line}");
        }
        Self {
            command,
            documents,
            is_run: reason.is_none(),
        }
    }

    /// The command's words without `air` and without options.
    pub(super) fn words(&self) -> impl Iterator<Item = &str> {
        self.command
            .split(' ')
            .skip(1)
            .take_while(|word| !word.starts_with('-'))
    }

    fn covers(&self, arguments: &[&str]) -> bool {
        let count = self.words().count();
        let mut options = self.command.split(' ').skip(1 + count);
        self.words().eq(arguments.iter().copied().take(count))
            && options.all(|option| arguments.contains(&option))
    }
}

impl Members {
    /// The code spans of a cell: `name`, or `name?` if the member can be absent.
    fn parse(cell: &str) -> Self {
        let mut members = Self {
            is_open: cell.contains('…'),
            ..Self::default()
        };
        // Options in the remark behind the members are code, too.
        for name in cell.split('`').skip(1).step_by(2) {
            match name.strip_suffix('?') {
                _ if name.starts_with('-') => {}
                Some(name) => _ = members.optional.insert(name.to_owned()),
                None => _ = members.required.insert(name.to_owned()),
            }
        }
        members
    }

    #[track_caller]
    pub(super) fn assert_match(&self, found: &serde_json::Value, case: &str) {
        let found: BTreeSet<String> = found
            .as_object()
            .unwrap_or_else(|| panic!("{case}: not an object: {found}"))
            .keys()
            .cloned()
            .collect();
        let missing: Vec<&String> = self.required.difference(&found).collect();
        assert!(missing.is_empty(), "{case}: the document lacks {missing:?}");
        let unknown: Vec<&String> = found
            .iter()
            .filter(|name| !self.required.contains(*name) && !self.optional.contains(*name))
            .collect();
        assert!(
            self.is_open || unknown.is_empty(),
            "{case}: the table lacks {unknown:?}"
        );
    }
}

#[test]
fn a_row_has_members_and_negative_answers() {
    let row = Row::parse("| `air x y --z` | `a`, `b?` | 3: the same, with `--w`; 4: `c`, … |");
    assert_eq!(row.words().collect::<Vec<_>>(), ["x", "y"]);
    assert!(row.covers(&["x", "y", "1", "--z"]) && !row.covers(&["x", "y"]) && !row.covers(&["x", "--z"]));
    assert_eq!(row.documents[&3], row.documents[&0]);
    assert!(row.documents[&4].is_open && row.documents[&4].required.contains("c"));
    assert!(row.documents[&0].optional.contains("b") && row.is_run);
    assert!(!Row::parse("| `air x` | `a` | not run: a server |").is_run);
    let row = Row::parse("| `air x` | `a` | 4: `c`; not run: a program |");
    assert!(!row.is_run && row.documents[&4].required.contains("c"));
}
