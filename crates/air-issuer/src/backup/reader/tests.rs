use super::*;
use crate::{UnixTime, backup::writer::LineWriter};

/// A backup with these rows of two tables.
fn written(settings: usize, nonces: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut lines = LineWriter::new(&mut bytes);
    let now = UnixTime::from_secs(1_800_000_000);
    lines
        .write(&Header::new("sqlite", now, 3, "https://issuer.example"))
        .unwrap();
    let mut sums: BTreeMap<String, TableSum> = tables::of_version(3)
        .map(|table| (table.to_owned(), TableSum::default()))
        .collect();
    for (table, columns, rows) in [
        ("settings", vec!["name", "value"], settings),
        ("revoked_nonces", vec!["nonce"], nonces),
    ] {
        if rows > 0 {
            let columns = columns.iter().map(|&name| name.to_owned()).collect();
            let table = table.to_owned();
            lines.write(&Section { table, columns }).unwrap();
        }
        for row in 0..rows {
            let cells = match table {
                "settings" => vec![Cell::Text(format!("name {row}")), Cell::Text("x".repeat(100))],
                _ => vec![Cell::Integer(i64::try_from(row).unwrap())],
            };
            let line = lines.write(&cells).unwrap();
            sums.get_mut(table).unwrap().add(line);
        }
    }
    let sha256 = lines.digest();
    lines.write(&Manifest { tables: sums, sha256 }).unwrap();
    lines.flush().unwrap();
    drop(lines);
    bytes
}

fn read(bytes: &[u8]) -> Result<Vec<(&'static str, usize)>, BackupError> {
    let mut reader = BackupReader::open(bytes)?;
    let mut batches = Vec::new();
    while let Some(batch) = reader.next_batch()? {
        batches.push((batch.table, batch.rows.len()));
    }
    assert!(reader.next_batch()?.is_none());
    Ok(batches)
}

#[test]
fn batches_have_rows_of_one_table() {
    assert!(read(&written(0, 0)).unwrap().is_empty());
    assert_eq!(read(&written(1, 0)).unwrap(), [("settings", 1)]);
    assert_eq!(
        read(&written(BATCH_ROWS + 1, 2)).unwrap(),
        [("settings", BATCH_ROWS), ("settings", 1), ("revoked_nonces", 2)]
    );
    assert_eq!(
        read(&written(BATCH_ROWS, 1)).unwrap(),
        [("settings", BATCH_ROWS), ("revoked_nonces", 1)]
    );
}

#[test]
fn a_backup_that_was_cut_or_changed_anywhere_is_refused() {
    let whole = written(3, 3);
    for length in 0..whole.len() {
        assert!(read(&whole[..length]).is_err(), "the first {length} bytes");
    }
    // The header's text is not checked by itself: the manifest has the digest of the whole.
    for place in 0..whole.len() {
        let mut changed = whole.clone();
        changed[place] ^= 1;
        assert!(read(&changed).is_err(), "byte {place}");
    }
    let mut longer = whole.clone();
    longer.extend_from_slice(b"\n");
    assert!(matches!(read(&longer), Err(BackupError::Damaged { .. })));
}

#[test]
fn names_that_are_no_columns_or_tables_are_refused() {
    let text = String::from_utf8(written(1, 0)).unwrap();
    for (from, to) in [
        (
            r#""columns":["name","value"]"#,
            r#""columns":["name","value\" --"]"#,
        ),
        (r#""columns":["name","value"]"#, r#""columns":["name"]"#),
        (r#""columns":["name","value"]"#, r#""columns":[]"#),
        (r#""table":"settings""#, r#""table":"sqlite_master""#),
        (r#""table":"settings""#, r#""table":"idempotency_keys""#),
    ] {
        let changed = text.replacen(from, to, 1);
        assert_ne!(changed, text);
        let refused = read(changed.as_bytes());
        assert!(matches!(refused, Err(BackupError::Damaged { .. })), "{to}");
    }
}
