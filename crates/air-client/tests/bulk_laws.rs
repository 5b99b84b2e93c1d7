//! The readers of bulk rows, whatever they are given.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_client::bulk::{BulkError, CsvRows, NdjsonRows, NumberedRow};
use proptest::prelude::*;
use serde_json::{Map, Value, json};

/// Pieces of which inputs are made: nearly right ones get further than noise.
const PIECES: [&[u8]; 22] = [
    b"email",
    b"credentialSubject.",
    b"expiration",
    b"isOver18",
    b",",
    b"\"",
    b"\"\"",
    b"\n",
    b"\r\n",
    b"\r",
    b"ada@example.com",
    b"{\"email\":\"ada@example.com\",\"credentialSubject\":{}}",
    b"{",
    b"}",
    b"[[[[",
    b"true",
    b"1e999",
    b"\\u0000",
    b"\xef\xbb\xbf",
    b"\xff",
    b"\0",
    b" ",
];

fn input() -> impl Strategy<Value = Vec<u8>> {
    let piece = prop_oneof![
        8 => (0..PIECES.len()).prop_map(|place| PIECES[place].to_vec()),
        1 => prop::collection::vec(any::<u8>(), 0..8),
    ];
    let begin = prop_oneof![
        Just(String::new()),
        Just("email,credentialSubject.isOver18\n".to_owned())
    ];
    (begin, prop::collection::vec(piece, 0..60))
        .prop_map(|(begin, pieces)| [begin.into_bytes(), pieces.concat()].concat())
}

/// Rows are numbered from 1, stand on lines that there are, in their order, and end.
fn check(
    input: &[u8],
    rows: impl Iterator<Item = Result<NumberedRow, BulkError>>,
) -> Result<(), TestCaseError> {
    let lines = input.split(|byte| *byte == b'\n').count() as u64;
    let (mut number, mut line) = (0, 0);
    for row in rows {
        let Ok(row) = row else { break };
        number += 1;
        prop_assert_eq!(row.number, number);
        prop_assert!(
            row.line >= line && row.line <= lines,
            "line {} of {}",
            row.line,
            lines
        );
        prop_assert!(number <= lines);
        line = row.line;
        if let Err(refusal) = row.content {
            prop_assert!(refusal.pointer.is_empty() || refusal.pointer.starts_with('/'));
            prop_assert!(!refusal.pointer.contains("ada@example.com"));
        }
    }
    Ok(())
}

fn subject() -> impl Strategy<Value = Map<String, Value>> {
    let value = prop_oneof![
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        "\\PC{0,20}".prop_map(Value::from),
        Just(json!({ "nested": ["\"", ",", "\n"] })),
    ];
    prop::collection::btree_map("[a-z][a-zA-Z0-9]{0,8}", value, 1..4)
        .prop_map(|subject| subject.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    #[test]
    fn whatever_comes_rows_are_numbered_and_end(input in input()) {
        check(&input, NdjsonRows::new(&input[..]))?;
        if let Ok(rows) = CsvRows::new(&input[..]) {
            check(&input, rows)?;
        }
    }

    #[test]
    fn a_table_says_the_same_as_json_lines(subjects in prop::collection::vec(subject(), 1..5)) {
        for subject in subjects {
            let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
            let names: Vec<String> = subject.keys().map(|name| format!("credentialSubject.{name}")).collect();
            let cells: Vec<String> = subject.values().map(|value| quoted(&value.to_string())).collect();
            let table = format!("email,{}\r\nada@example.com,{}\r\n", names.join(","), cells.join(","));
            let line = json!({ "email": "ada@example.com", "credentialSubject": subject }).to_string();
            let from_table: Vec<_> = CsvRows::new(table.as_bytes()).unwrap().map(Result::unwrap).collect();
            let from_line: Vec<_> = NdjsonRows::new(line.as_bytes()).map(Result::unwrap).collect();
            prop_assert_eq!((from_table.len(), from_line.len()), (1, 1));
            let row = from_table[0].content.as_ref().unwrap();
            prop_assert_eq!(row, from_line[0].content.as_ref().unwrap());
            prop_assert_eq!(&row.credential_subject, &subject);
        }
    }
}
