//! A journal that was cut off anywhere is accepted; any other change is detected.

use std::{fs, path::PathBuf};

use air_api::CoreClaimHash;
use tempfile::TempDir;

use super::{
    super::{BulkOrder, Reason},
    *,
};

struct JournalEnv {
    _folder: TempDir,
    path: PathBuf,
}

impl JournalEnv {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("rows.journal");
        Self {
            _folder: folder,
            path,
        }
    }

    /// Creates a journal of three rows.
    fn with_three_rows() -> Self {
        let env = Self::new();
        let mut journal = Journal::create(&env.path, &order(), INPUT).unwrap();
        journal.record(3, 4, issued()).unwrap();
        journal
            .record(1, 2, Refusal::new(Reason::NotAnEmail, "/email").into())
            .unwrap();
        journal.record(2, 3, issued()).unwrap();
        env
    }

    fn resume(&self) -> Result<Journal, BulkError> {
        Journal::resume(&self.path, &order(), INPUT, false)
    }

    fn text(&self) -> Vec<u8> {
        fs::read(&self.path).unwrap()
    }
}

const INPUT: InputDigest = InputDigest([7; 32]);

fn order() -> BulkOrder {
    BulkOrder::new("did:air:id:test:x".parse().unwrap(), "c21".parse().unwrap())
}

fn issued() -> Outcome {
    Outcome::Issued {
        issued: CoreClaimHash::from_bytes([0xab; 32]),
    }
}

#[test]
fn knows_again_what_was_done() {
    let env = JournalEnv::with_three_rows();
    let journal = env.resume().unwrap();
    assert!((1..=3).all(|row| journal.is_done(row)) && !journal.is_done(4));
    let summary = journal.summary();
    assert_eq!((summary.issued, summary.refused, summary.done()), (2, 1, 3));
    let refused = RefusedRow {
        number: 1,
        line: 2,
        refusal: Refusal::new(Reason::NotAnEmail, "/email"),
    };
    assert_eq!(summary.refused_rows, [refused]);
}

#[test]
fn the_outcomes_of_rows_are_in_their_order() {
    let env = JournalEnv::new();
    let mut journal = Journal::create(&env.path, &order(), INPUT).unwrap();
    let refusal =
        Refusal::new(Reason::DoesNotFit, "/credentialSubject/age").with_rule("range", "is too small");
    journal.record(4, 5, issued()).unwrap();
    journal.record(2, 3, refusal.clone().into()).unwrap();
    let unclear = Outcome::Unclear {
        unclear: String::new(),
    };
    journal.record(1, 2, unclear).unwrap();
    let hash = CoreClaimHash::from_bytes([0xab; 32]);
    let expected = [
        Some(RowOutcome::Unclear { request_id: None }),
        Some(RowOutcome::Refused(refusal.clone())),
        None,
        Some(RowOutcome::Issued(hash)),
    ];
    assert_eq!(journal.outcomes(1..5).unwrap(), expected);
    assert_eq!(journal.outcomes(4..6).unwrap(), [expected[3].clone(), None]);
    // Reading does not move the place of the next line.
    journal.record(3, 4, issued()).unwrap();
    drop(journal);
    let resumed = env.resume().unwrap();
    assert_eq!(resumed.outcomes(3..4).unwrap(), [expected[3].clone()]);
    assert_eq!(resumed.summary().refused_rows[0].refusal, refusal);
}

#[test]
fn a_resumed_one_goes_on_with_the_same_keys() {
    let env = JournalEnv::with_three_rows();
    let key = |journal: &Journal, row| journal.key(row, &[1; 32]);
    let first = env
        .resume()
        .map(|journal| (key(&journal, 4), key(&journal, 5)))
        .unwrap();
    let mut journal = env.resume().unwrap();
    assert_eq!((key(&journal, 4), key(&journal, 5)), first);
    assert_ne!(first.0, first.1);
    assert_ne!(journal.key(4, &[2; 32]), first.0);
    journal.record(4, 5, issued()).unwrap();
    drop(journal);
    assert!(env.resume().unwrap().is_done(4));
    let another = JournalEnv::with_three_rows().resume().unwrap();
    assert_ne!(key(&another, 4), first.0, "runs differ");
}

#[test]
fn a_torn_end_is_cut_wherever_it_tore() {
    let whole = JournalEnv::with_three_rows().text();
    let first_line = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for length in 0..whole.len() {
        let env = JournalEnv::new();
        fs::write(&env.path, &whole[..length]).unwrap();
        if length < first_line {
            assert!(matches!(env.resume(), Err(BulkError::JournalEmpty)), "{length}");
            continue;
        }
        let mut journal = env.resume().unwrap();
        let lines = whole[..length].split(|byte| *byte == b'\n').count() - 1;
        assert_eq!(journal.summary().done(), lines as u64 - 1, "{length}");
        journal.record(9, 10, issued()).unwrap();
        drop(journal);
        assert!(env.resume().unwrap().is_done(9), "{length}");
    }
}

#[test]
fn any_other_change_is_noticed() {
    let whole = JournalEnv::with_three_rows().text();
    for place in 0..whole.len() - 1 {
        let mut changed = whole.clone();
        changed[place] ^= 1;
        let env = JournalEnv::new();
        fs::write(&env.path, &changed).unwrap();
        assert!(env.resume().is_err(), "byte {place}");
    }
    let lines: Vec<&[u8]> = whole.split_inclusive(|byte| *byte == b'\n').collect();
    for (line, order) in [
        (3, vec![0, 1, 3]),
        (2, vec![0, 2, 1, 3]),
        (5, vec![0, 1, 2, 3, 3]),
    ] {
        let env = JournalEnv::new();
        let text: Vec<&[u8]> = order.iter().map(|index| lines[*index]).collect();
        fs::write(&env.path, text.concat()).unwrap();
        let found = env.resume().unwrap_err();
        assert!(
            matches!(found, BulkError::JournalDamaged { line: at } if at == line),
            "{found:?}"
        );
    }
    let env = JournalEnv::new();
    fs::write(&env.path, [&whole[..], &vec![b'x'; 100_000]].concat()).unwrap();
    assert!(matches!(env.resume(), Err(BulkError::JournalDamaged { line: 5 })));
}

#[test]
fn belongs_to_one_input_issuer_program_and_way_with_duplicates() {
    let env = JournalEnv::with_three_rows();
    let resume = |order: &BulkOrder, input| match Journal::resume(&env.path, order, input, true) {
        Err(BulkError::JournalOfAnother { what }) => what,
        other => panic!("{other:?}"),
    };
    assert_eq!(resume(&order(), InputDigest([8; 32])), "input");
    let other_issuer = BulkOrder::new("did:air:id:test:y".parse().unwrap(), "c21".parse().unwrap());
    assert_eq!(resume(&other_issuer, INPUT), "issuer");
    let other_program = BulkOrder::new("did:air:id:test:x".parse().unwrap(), "c22".parse().unwrap());
    assert_eq!(resume(&other_program, INPUT), "program");
    assert_eq!(
        resume(&order().on_duplicate(OnDuplicate::Revoke), INPUT),
        "onDuplicate"
    );
}

#[test]
fn what_revokes_is_resumed_while_the_keys_last() {
    let env = JournalEnv::new();
    let order = order().on_duplicate(OnDuplicate::Revoke);
    let journal = Journal::create(&env.path, &order, INPUT).unwrap();
    let header = journal.header.clone();
    let at = |seconds: u64| {
        header.check_keys(
            true,
            header.started_at.saturating_add(Duration::from_secs(seconds)),
        )
    };
    assert!(at(23 * 3600).is_ok());
    assert!(matches!(at(23 * 3600 + 1), Err(BulkError::TooOld { hours: 23 })));
    drop(journal);
    let resume = |keeps_keys| Journal::resume(&env.path, &order, INPUT, keeps_keys);
    assert!(resume(true).is_ok());
    assert!(matches!(resume(false), Err(BulkError::WouldRepeat)));
}

#[test]
fn two_runs_do_not_share_one() {
    let env = JournalEnv::new();
    let journal = Journal::create(&env.path, &order(), INPUT).unwrap();
    assert!(matches!(env.resume(), Err(BulkError::JournalInUse)));
    assert!(matches!(
        Journal::create(&env.path, &order(), INPUT),
        Err(BulkError::JournalExists)
    ));
    drop(journal);
    assert!(env.resume().is_ok());
}

#[test]
fn another_version_is_named() {
    let env = JournalEnv::new();
    fs::write(&env.path, "{\"airBulkJournal\":2,\"check\":\"00000000\"}\n").unwrap();
    assert!(matches!(
        env.resume(),
        Err(BulkError::JournalVersion { version: 2 })
    ));
}

#[test]
#[cfg(unix)]
fn it_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let env = JournalEnv::with_three_rows();
    assert_eq!(
        fs::metadata(&env.path).unwrap().permissions().mode() & 0o777,
        0o600
    );
}
