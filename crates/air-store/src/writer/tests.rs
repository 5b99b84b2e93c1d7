use std::io;

use super::*;
use crate::{Data, is_full, sql};

async fn writer() -> Writer {
    writer_on(WalSync::of_the_database()).await
}

async fn writer_on(wal_sync: WalSync) -> Writer {
    let source = Source::of(&Data::Memory).unwrap();
    let mut connection = source.connect().await.unwrap();
    connection
        .run("CREATE TABLE numbers (number INTEGER PRIMARY KEY)")
        .await
        .unwrap();
    let readers = source.readers();
    Writer::new(connection, source, wal_sync, readers)
}

async fn insert(acquire: &mut WriterGuard, number: i64) -> sqlx::Result<()> {
    sql::query("INSERT INTO numbers VALUES ($1)")
        .bind(number)
        .execute(acquire)
        .await
        .map(drop)
}

/// Inserts each number in its own change, all concurrently.
fn insert_each(
    writer: &Writer,
    numbers: std::ops::Range<i64>,
) -> Vec<tokio::task::JoinHandle<sqlx::Result<()>>> {
    let insert_one = |number| {
        let writer = writer.clone();
        tokio::spawn(async move {
            let mut acquire = writer.acquire().await?;
            insert(&mut acquire, number).await?;
            acquire.commit().await
        })
    };
    numbers.map(insert_one).collect()
}

async fn numbers(writer: &Writer) -> Vec<i64> {
    let mut acquire = writer.acquire().await.unwrap();
    sql::query_scalar("SELECT number FROM numbers ORDER BY number")
        .fetch_all(&mut acquire)
        .await
        .unwrap()
}

#[tokio::test]
async fn a_change_counts_when_it_is_committed_and_not_when_it_is_dropped() {
    let writer = writer().await;
    let mut kept = writer.acquire().await.unwrap();
    insert(&mut kept, 1).await.unwrap();
    kept.commit().await.unwrap();
    let mut dropped = writer.acquire().await.unwrap();
    insert(&mut dropped, 2).await.unwrap();
    drop(dropped);
    assert_eq!(numbers(&writer).await, [1]);
}

#[tokio::test]
async fn a_change_that_fails_takes_no_other_with_it() {
    let writer = writer().await;
    let changes: Vec<_> = (0..100)
        .map(|number| {
            let writer = writer.clone();
            tokio::spawn(async move {
                let mut acquire = writer.acquire().await?;
                insert(&mut acquire, number).await?;
                // Every tenth change breaks a constraint, and every tenth is dropped.
                match number % 10 {
                    3 => insert(&mut acquire, number).await?,
                    7 => return Ok(false),
                    _ => {}
                }
                acquire.commit().await.map(|()| true)
            })
        })
        .collect();
    let mut committed = Vec::new();
    for (number, tx) in (0..).zip(changes) {
        match tx.await.unwrap() {
            Ok(true) => committed.push(number),
            Ok(false) => assert_eq!(number % 10, 7),
            Err(_) => assert_eq!(number % 10, 3),
        }
    }
    assert_eq!(committed.len(), 80);
    assert_eq!(numbers(&writer).await, committed);
}

/// Changes that wait while others run are committed in groups: far fewer commits than changes.
#[tokio::test]
async fn those_who_wait_share_a_commit() {
    let writer = writer().await;
    let mut connection = writer.acquire().await.unwrap();
    let commits = Arc::new(std::sync::atomic::AtomicUsize::new(0));
    let counted = commits.clone();
    let sql::Driver::Sqlite(sqlite) = connection.driver() else {
        unreachable!("a database in memory is SQLite's");
    };
    let mut handle = sqlite.lock_handle().await.unwrap();
    handle.set_commit_hook(move || {
        counted.fetch_add(1, Ordering::SeqCst);
        true
    });
    drop(handle);
    let changes = insert_each(&writer, 0..200);
    tokio::task::yield_now().await;
    assert!((1..=200).contains(&writer.waiting()));
    drop(connection);
    for tx in changes {
        tx.await.unwrap().unwrap();
    }
    let commits = commits.load(Ordering::SeqCst);
    assert!((1..=20).contains(&commits), "{commits} commits for 200 changes");
}

/// A caller may disconnect at any moment.
#[tokio::test]
async fn a_change_whose_caller_goes_away_is_whole_or_not_at_all() {
    let writer = writer().await;
    for number in 0..300_u64 {
        let tx = async {
            let mut acquire = writer.acquire().await?;
            insert(&mut acquire, i64::try_from(2 * number).unwrap_or_default()).await?;
            insert(&mut acquire, i64::try_from(2 * number + 1).unwrap_or_default()).await?;
            acquire.commit().await
        };
        // The future is polled a number of times and then dropped.
        let mut tx = std::pin::pin!(tx);
        let mut polls = 0;
        std::future::poll_fn(|context| {
            polls += 1;
            match tx.as_mut().poll(context) {
                std::task::Poll::Pending if polls <= number % 12 => std::task::Poll::Pending,
                _ => std::task::Poll::Ready(()),
            }
        })
        .await;
    }
    let numbers = numbers(&writer).await;
    for pair in numbers.chunks(2) {
        assert_eq!(pair, [pair[0], pair[0] + 1]);
        assert_eq!(pair[0] % 2, 0);
    }
    assert!(!numbers.is_empty(), "some are waited for");
    assert!(numbers.len() < 600, "some are not");
}

#[tokio::test]
async fn closing_keeps_what_was_finished_and_refuses_what_comes_after() {
    let writer = writer().await;
    let mut acquire = writer.acquire().await.unwrap();
    insert(&mut acquire, 1).await.unwrap();
    let commit = tokio::spawn(acquire.commit());
    let closing = writer.close();
    tokio::join!(closing, async { commit.await.unwrap().unwrap() });
    assert!(writer.acquire().await.is_err());
}

/// For example, a full disk makes SQLite roll back the whole transaction.
#[tokio::test]
async fn when_sqlite_rolls_back_all_waiting_changes_fail_and_the_next_begins_a_transaction() {
    let writer = writer().await;
    let mut first = writer.acquire().await.unwrap();
    insert(&mut first, 1).await.unwrap();
    let second = tokio::spawn({
        let writer = writer.clone();
        async move {
            let mut acquire = writer.acquire().await?;
            acquire.run("ROLLBACK").await?;
            acquire.commit().await
        }
    });
    let third = tokio::spawn({
        let writer = writer.clone();
        async move {
            let mut acquire = writer.acquire().await?;
            insert(&mut acquire, 3).await?;
            acquire.commit().await
        }
    });
    tokio::task::yield_now().await;
    assert!(first.commit().await.is_err());
    assert!(second.await.unwrap().is_err());
    third.await.unwrap().unwrap();
    assert_eq!(numbers(&writer).await, [3]);
}

/// Returns a disk that syncs on demand.
fn slow_disk() -> (WalSync, std::sync::mpsc::Sender<()>) {
    let (allow, allowed) = std::sync::mpsc::channel();
    let allowed = std::sync::Mutex::new(allowed);
    let sync = move || allowed.lock().unwrap().recv().map_err(io::Error::other);
    (WalSync::of_log(sync), allow)
}

#[tokio::test]
async fn nobody_hears_of_a_commit_before_it_is_on_disk_and_others_change_meanwhile() {
    let (wal_sync, allow) = slow_disk();
    let writer = writer_on(wal_sync.clone()).await;
    wal_sync.settled().await.unwrap();
    let commits = insert_each(&writer, 0..20);
    while numbers(&writer).await.len() < 20 {
        tokio::task::yield_now().await;
    }
    assert!(commits.iter().all(|commit| !commit.is_finished()));
    let mut reader = std::pin::pin!(wal_sync.settled());
    let polled = std::future::poll_fn(|context| std::task::Poll::Ready(reader.as_mut().poll(context)));
    assert!(polled.await.is_pending(), "a reader may have seen it");
    for _ in 0..1000 {
        allow.send(()).unwrap();
    }
    for commit in commits {
        commit.await.unwrap().unwrap();
    }
    reader.await.unwrap();
}

/// The first change of a transaction has no savepoint, and later ones have one.
#[tokio::test]
async fn a_dropped_change_takes_no_other_with_it_as_the_first_and_as_a_later_one() {
    let (wal_sync, allow) = slow_disk();
    let writer = writer_on(wal_sync.clone()).await;
    wal_sync.settled().await.unwrap();
    let mut first = writer.acquire().await.unwrap();
    insert(&mut first, 1).await.unwrap();
    drop(first);
    // A change that sent no statement.
    drop(writer.acquire().await.unwrap());
    assert!(numbers(&writer).await.is_empty());

    // While the disk syncs the first commit, other changes share a transaction.
    let mut commits = insert_each(&writer, 2..4);
    while numbers(&writer).await.len() < 2 {
        tokio::task::yield_now().await;
    }
    let mut later = writer.acquire().await.unwrap();
    insert(&mut later, 4).await.unwrap();
    drop(later);
    commits.extend(insert_each(&writer, 5..6));
    while numbers(&writer).await.len() < 3 {
        tokio::task::yield_now().await;
    }
    for _ in 0..1000 {
        allow.send(()).unwrap();
    }
    for commit in commits {
        commit.await.unwrap().unwrap();
    }
    assert_eq!(numbers(&writer).await, [2, 3, 5]);
}

/// The content of the disk after a failed `fsync` is unknown.
#[tokio::test]
async fn after_a_failed_sync_nothing_counts_and_nothing_is_read() {
    let (wal_sync, allow) = slow_disk();
    let writer = writer_on(wal_sync.clone()).await;
    let mut acquire = writer.acquire().await.unwrap();
    insert(&mut acquire, 1).await.unwrap();
    drop(allow);
    assert!(acquire.commit().await.is_err());
    assert!(wal_sync.settled().await.is_err());
    assert!(writer.acquire().await.is_err());
    assert!(
        writer.exclusive().await.is_ok(),
        "what was durable before can be saved"
    );
}

/// A successful sync syncs only the data since the last one.
#[tokio::test]
async fn a_sync_after_one_that_failed_acknowledges_nothing() {
    let results = std::sync::Mutex::new(vec![Ok(()), Err(io::ErrorKind::Other)]);
    let sync = move || {
        results
            .lock()
            .unwrap()
            .pop()
            .unwrap_or(Ok(()))
            .map_err(Into::into)
    };
    let wal_sync = WalSync::of_log(sync);
    let ends: Vec<_> = (0..3)
        .map(|_| {
            let (sender, ended) = oneshot::channel();
            wal_sync.end(wal_sync.begin(), move |end| sender.send(end).unwrap());
            ended
        })
        .collect();
    for ended in ends {
        assert!(ended.await.unwrap().is_err());
    }
    assert!(wal_sync.settled().await.is_err());
}

/// `max_page_count` has the same effect in SQLite as a full disk.
#[tokio::test]
async fn a_full_disk_fails_what_does_not_fit_and_nothing_else() {
    let folder = tempfile::tempdir().unwrap();
    let data = Data::Folder(folder.path().to_owned());
    let source = Source::of(&data).unwrap();
    let mut connection = source.connect().await.unwrap();
    for statement in [
        "CREATE TABLE numbers (number INTEGER PRIMARY KEY)",
        "CREATE TABLE documents (bytes BLOB NOT NULL)",
        "PRAGMA max_page_count = 20",
    ] {
        connection.run(statement).await.unwrap();
    }
    let (wal_sync, readers) = (source.wal_sync().unwrap(), source.readers());
    let writer = Writer::new(connection, source, wal_sync, readers);
    let store = async |length: usize| {
        let mut acquire = writer.acquire().await?;
        sql::query("INSERT INTO documents VALUES ($1)")
            .bind(vec![7; length])
            .execute(&mut acquire)
            .await?;
        acquire.commit().await
    };
    let count = async |number: i64| {
        let mut acquire = writer.acquire().await?;
        insert(&mut acquire, number).await?;
        acquire.commit().await
    };
    count(1).await.unwrap();
    for _ in 0..3 {
        let refused = store(1 << 20).await.unwrap_err();
        assert!(is_full(&refused), "{refused:?}");
    }
    count(2).await.unwrap();
    let mut exclusive = writer.exclusive().await.unwrap();
    exclusive.run("PRAGMA max_page_count = 100000").await.unwrap();
    drop(exclusive);
    store(1 << 20).await.unwrap();
    count(3).await.unwrap();
    assert_eq!(numbers(&writer).await, [1, 2, 3]);
}

#[derive(Debug, PartialEq, sqlx::FromRow)]
struct Number {
    number: i64,
}

impl sql::Named for Number {}

#[tokio::test]
async fn a_row_that_nobody_takes_is_dropped_with_its_change() {
    let writer = writer().await;
    let first = || sql::query_as::<Number>("SELECT number FROM numbers ORDER BY number");
    for number in 1..=3 {
        let mut change = writer.acquire().await.unwrap();
        insert(&mut change, number).await.unwrap();
        let _ = first().query_later(&mut change).await.unwrap();
        change.commit().await.unwrap();
    }
    let mut change = writer.acquire().await.unwrap();
    assert_eq!(change.kept_rows(), 0);
    let pending = first().query_later(&mut change).await.unwrap();
    assert_eq!(
        pending.take_row(&mut change).await.unwrap(),
        Some(Number { number: 1 })
    );
}
