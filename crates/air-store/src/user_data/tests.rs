use std::{collections::BTreeSet, fs, path::Path};

use air_ids::UnixTime;
use sqlx::{ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions};

use super::{tables::RULES, *};
use crate::{Store, sql, status_lists};

/// The tables without rows of persons.
const WITHOUT_PERSONS: [&str; 24] = [
    "chain",
    "chain_reports",
    "chain_transactions",
    "erased_credentials",
    "issuer_backends",
    "issuer_callbacks",
    "ledger_blocks",
    "ledger_nodes",
    "notice_position",
    "partner_logos",
    "partners",
    "platform_clock",
    "platform_secrets",
    "predicate_keys",
    "predicate_schemes",
    "programs",
    "proof_keys",
    "schema_numbers",
    "schemas",
    "seeded",
    "single_use",
    "status_lists",
    "stored_bytes",
    "verification_programs",
];

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

/// A partner with everything that rows of a person refer to.
const PARTNER: &str = "
    INSERT INTO partners (partner_id, name, jwks_url, allowed_origins, issue_on_behalf, issuer_did, verifier_did, issuer_key,
        created_at) VALUES ('p', 'n', 'u', '[]', true, 'i', 'v', 'k', 0);
    INSERT INTO schemas (schema_id, partner_id, form, created_at) VALUES ('s', 'p', '{\"title\":\"T\"}', 0);
    INSERT INTO programs (program_id, partner_id, schema_id, cak, expiration, published, created_at)
        VALUES ('g', 'p', 's', true, '90d', true, 0);
    INSERT INTO verification_programs (program_id, partner_id, schema_id, conditions, require_cak, created_at)
        VALUES ('w', 'p', 's', '[]', true, 0);
    INSERT INTO status_lists (list_id, partner_id, number, uri, size, taken) VALUES (1, 'p', 1, 'uri', 64, 2);
    INSERT INTO stored_bytes (partner_id, total) VALUES ('p', 1000);
";

/// A row in each table for a person, whose values have the name. `entry` differs for each person.
fn person(name: &str, entry: u8) -> String {
    let hash = hash(entry);
    format!(
        "INSERT INTO users VALUES ('{name}-uuid', '{name}@example.com', 'did:{name}', 1);
        INSERT INTO sessions (token_hash, user_uuid, expires_at, partner_id, partner_user_id)
            VALUES (x'0{entry}', '{name}-uuid', 9, 'p', '{name}-of-partner');
        INSERT INTO wallets VALUES ('{name}-uuid', '0x{name}-wallet', x'01', 1, x'02', x'03', false, 1);
        INSERT INTO credentials (core_claim_hash, vc_id, program_id, schema_id, partner_id, user_uuid, credential, issued_at,
            status_list, status_entry)
            VALUES ('{hash}', '{name}-vc', 'g', 's', 'p', '{name}-uuid', '{name}-claim', 1, 1, {entry});
        INSERT INTO caks VALUES ('{name}-uuid', 'p', 's', 'secp256r1', '{name}-cak', NULL, 1);
        INSERT INTO holder_keys VALUES ('{name}-uuid', 'p', '{name}-key', x'04', 1);
        INSERT INTO holder_signing_keys VALUES ('{name}-uuid', 'p', x'05', 1);
        INSERT INTO on_behalf_refusals VALUES ('{name}-uuid', 'p', 1);
        INSERT INTO sealed_credentials VALUES ('{name}-sealed', 'p', '{name}-external', x'06', '{name}-uuid', 's', 't', 'e',
            zeroblob(20), x'07', x'08', x'09', 1, NULL);
        INSERT INTO objects VALUES ('{name}-object', '{hash}', 'p', '{name}-passport.pdf', 100, 'sha', zeroblob(100), 1);
        INSERT INTO wallet_deletions VALUES ('{hash}', 1);
        INSERT INTO notice_outbox VALUES ('{hash}', 'issued', 1, 0);
        INSERT INTO ledger_entries (leaf_hash, core_claim_hash) VALUES (x'0{entry}', '{hash}');
        INSERT INTO verifications (verification_id, program_id, partner_id, user_uuid, consent, core_claim_hash, started_at)
            VALUES ('{name}-run', 'w', 'p', '{name}-uuid', 'agreed', '{hash}', 1);
        INSERT INTO predicate_requests VALUES ('{name}-run', '{{}}', 9);
        INSERT INTO predicate_challenges VALUES ('{hash}', x'0c', 9);
        INSERT INTO predicate_credentials VALUES ('{hash}', x'0d', x'0e', x'0f', 1);
        INSERT INTO packages VALUES ('{name}-package', '{name}-run', 'p', 'p', '{name}-scan.pdf', 30, 'sha', zeroblob(30), 1, 9);
        INSERT INTO package_accesses (package_id, at, outcome) VALUES ('{name}-package', 1, 'served');
        INSERT INTO callbacks (record_id, issuer_id, verifier_id, user_uuid, status, created_at, attempts, verification_id)
            VALUES ('{name}-record', 'p', 'p', NULL, 0, {entry}, 0, '{name}-run');
        INSERT INTO callback_attempts VALUES ('{name}-record', 1, 1, 500, NULL);
        INSERT INTO presentation_requests (request_id, partner_id, program_id, random, created_at, expires_at, outcome, result)
            VALUES ('{name}-request', 'p', 'w', x'0a', 1, 9, 'presented', '{{\"name\":\"{name}-shown\"}}');
        INSERT INTO presentations VALUES ('{name}-shown', '{name}-request', 'p', 'w', '{name}-uuid', '{hash}', '[]', 'ok', 1);
        INSERT INTO credential_offers (offer_id, partner_id, program_id, email, subject, replaces, reference_digest, code_digest,
            attempts_left, created_at, expires_at)
            VALUES ('{name}-offer', 'p', 'g', '{name}@example.com', '{name}-subject', false, x'0{entry}', x'0{entry}', 1, 1, 9);
        INSERT INTO authorization_requests (request_id, partner_id, program_id, client_id, form, request_digest, created_at,
            expires_at) VALUES ('{name}-authorization', 'p', 'g', 'c', 'login_hint={name}%40example.com', x'0{entry}', 1, 9);
        INSERT INTO deferred_issuances VALUES (x'0{entry}', '{name}-offer', '{name}-jwk', 1, 1, 9);
        INSERT INTO refresh_tokens (token_digest, offer_id, expires_at) VALUES (x'0{entry}', '{name}-offer', 9);
        INSERT INTO offer_credentials VALUES ('{hash}', '{name}-offer');
        INSERT INTO wallet_exports (offer_id, number, core_claim_hash, offered_at) VALUES ('{name}-offer', 0, '{hash}', 1);
        INSERT INTO idempotency_keys (caller, key, fingerprint, answer, created_at)
            VALUES ('p', '{name}-key', x'0b', '{{\"coreClaimHash\":\"{hash}\",\"age\":\"{name}-answer\"}}', 1);
        INSERT INTO events (nonce, type, partner_id, created_at, data)
            VALUES ('{name}-nonce', 'session.opened', 'p', 1, '{{\"userUuid\":\"{name}-uuid\"}}');"
    )
}

fn hash(entry: u8) -> String {
    format!("{entry}").repeat(64)
}

/// A folder with the rows of ada and bob, and a snapshot that has both.
async fn folder() -> tempfile::TempDir {
    folder_of(["ada", "bob"]).await
}

async fn folder_of([one, other]: [&str; 2]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&Data::Folder(folder.path().into())).await.unwrap();
    store.close().await;
    let options = SqliteConnectOptions::new().filename(folder.path().join(FILE));
    let mut connection = options.foreign_keys(true).connect().await.unwrap();
    for statements in [PARTNER.to_owned(), person(one, 1), person(other, 2)] {
        let statements = sqlx::AssertSqlSafe(statements);
        sqlx::raw_sql(statements).execute(&mut connection).await.unwrap();
    }
    connection.close().await.unwrap();
    let store = Store::open(&Data::Folder(folder.path().into())).await.unwrap();
    store.save_snapshot("both").await.unwrap();
    store.close().await;
    folder
}

fn key(name: &str) -> UserKey {
    UserKey::Email(format!("{name}@example.com").parse().unwrap())
}

async fn tables_of(folder: &Path, name: &str) -> Vec<(&'static str, usize)> {
    let export = export(&Data::Folder(folder.into()), &key(name)).await.unwrap();
    let tables = export.tables.iter();
    tables.map(|table| (table.name, table.rows.len())).collect()
}

/// The files that have a text.
fn files_with(folder: &Path, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for folder in [folder.to_owned(), folder.join("snapshots")] {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let bytes = if path.is_file() {
                fs::read(&path).unwrap()
            } else {
                Vec::new()
            };
            if bytes.windows(text.len()).any(|window| window == text.as_bytes()) {
                found.push(path.file_name().unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found.sort();
    found
}

#[tokio::test(flavor = "multi_thread")]
async fn each_table_has_a_rule_or_no_person() {
    let store = Store::open(&Data::Memory).await.unwrap();
    let mut read = store.read().await.unwrap();
    let found: Vec<String> = sql::query_scalar(
        r"SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite\_%' ESCAPE '\'
          AND name NOT LIKE '\_sqlx\_%' ESCAPE '\' AND name NOT LIKE 'schema\_texts%' ESCAPE '\'",
    )
    .fetch_all(&mut read)
    .await
    .unwrap();
    let found: BTreeSet<&str> = found.iter().map(String::as_str).collect();
    let known = RULES.iter().map(|rule| rule.table).chain(WITHOUT_PERSONS);
    assert_eq!(found, known.collect::<BTreeSet<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_each_table_and_no_private_key() {
    let folder = folder().await;
    let data = Data::Folder(folder.path().into());
    let export = export(&data, &key("ada")).await.unwrap();
    let names: Vec<_> = export.tables.iter().map(|table| table.name).collect();
    assert_eq!(names, RULES.iter().map(|rule| rule.table).collect::<Vec<_>>());
    let rows: Vec<_> = export.tables.iter().flat_map(|table| &table.rows).collect();
    assert!(
        rows.iter()
            .all(|row| !row.contains("bob") && !row.contains(&hash(2)))
    );
    let user = r#"{"user_uuid":"ada-uuid","email":"ada@example.com","holder_did":"did:ada","created_at":1}"#;
    assert_eq!(rows.last().unwrap().as_str(), user);
    for (table, column) in WITHHELD {
        let table = export.tables.iter().find(|one| one.name == table).unwrap();
        assert!(!table.rows[0].contains(column), "{column}");
    }
    let by_id = UserKey::Id("ada-uuid".parse().unwrap());
    let by_id = super::export(&data, &by_id).await.unwrap();
    assert_eq!(by_id.tables.len(), export.tables.len());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_has_no_row_of_a_longer_address() {
    let folder = folder_of(["ada", "jada"]).await;
    let data = Data::Folder(folder.path().into());
    let export = export(&data, &key("ada")).await.unwrap();
    assert_eq!(export.tables.len(), RULES.len());
    for table in &export.tables {
        assert_eq!(table.rows.len(), 1, "{}", table.name);
        assert!(!table.rows[0].contains("jada"), "{}", table.name);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_leaves_no_value_in_any_file_and_others_unchanged() {
    let folder = folder().await;
    let path = folder.path();
    let data = Data::Folder(path.into());
    let values = ["ada@example.com", "ada%40example.com", "ada-", "did:ada", "0xada"];
    for value in values {
        assert_eq!(files_with(path, value), ["both.sqlite", FILE], "{value}");
    }
    let bob = tables_of(path, "bob").await;
    assert_eq!(bob.len(), RULES.len());

    let erasure = erase(&data, &key("ada"), NOW).await.unwrap();
    let tables: Vec<_> = RULES.iter().map(|rule| (rule.table, 1)).collect();
    assert_eq!(erasure.rows, tables);
    assert_eq!(erasure.revoked, 1);
    assert_eq!(erasure.deleted_files, [path.join("snapshots/both.sqlite")]);
    assert!(erasure.remaining_files.is_empty());
    for value in values {
        assert_eq!(files_with(path, value), [""; 0], "{value}");
    }
    assert_eq!(files_with(path, &hash(1)), [""; 0]);
    assert!(tables_of(path, "ada").await.is_empty());
    assert_eq!(tables_of(path, "bob").await, bob);
    assert_eq!(
        files_with(path, "bob@example.com"),
        [FILE],
        "the search finds values"
    );

    let store = Store::open(&data).await.unwrap();
    let mut read = store.read().await.unwrap();
    let list = status_lists::find(&mut read, &"p".parse().unwrap(), 1)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(status_lists::revoked(&mut read, &list).await.unwrap(), [1]);
    for (entry, is_taken) in [(1, true), (2, true), (3, false)] {
        assert_eq!(
            status_lists::is_taken(&mut read, &list, entry).await.unwrap(),
            is_taken
        );
    }
    let taken = status_lists::taken_of(&mut read, &list, [1, 3].into_iter())
        .await
        .unwrap();
    assert_eq!(taken, BTreeSet::from([1]));
    let total = sql::query_number("SELECT total FROM stored_bytes")
        .fetch_one(&mut read)
        .await;
    assert_eq!(total.unwrap(), 1000 - 100 - 20 - 30);
    drop(read);
    store.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_value_in_a_free_page_is_overwritten() {
    let folder = folder().await;
    let options = SqliteConnectOptions::new().filename(folder.path().join(FILE));
    let mut connection = options.connect().await.unwrap();
    sqlx::query("DELETE FROM objects WHERE storage_id = 'ada-object'")
        .execute(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    let value = "ada-passport.pdf";
    assert_eq!(files_with(folder.path(), value), ["both.sqlite", FILE]);
    erase(&Data::Folder(folder.path().into()), &key("ada"), NOW)
        .await
        .unwrap();
    assert_eq!(files_with(folder.path(), value), [""; 0]);
}

/// The rows are gone after the first part of an erasure, and a snapshot still has the person.
#[tokio::test(flavor = "multi_thread")]
async fn a_repetition_deletes_the_copies_that_are_left() {
    let folder = folder().await;
    let data = Data::Folder(folder.path().into());
    let snapshot = folder.path().join("snapshots/both.sqlite");
    let bytes = fs::read(&snapshot).unwrap();
    erase(&data, &key("ada"), NOW).await.unwrap();
    fs::write(&snapshot, bytes).unwrap();
    let again = erase(&data, &key("ada"), NOW).await.unwrap();
    assert_eq!((again.rows.len(), again.revoked), (0, 0));
    assert_eq!(again.deleted_files, [snapshot]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_running_platform_and_a_folder_without_one_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let data = Data::Folder(folder.path().into());
    let refused = erase(&data, &key("ada"), NOW).await.unwrap_err();
    assert!(matches!(refused, UserDataError::NoDatabase), "{refused:?}");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let store = Store::open(&data).await.unwrap();
    let refused = erase(&data, &key("ada"), NOW).await.unwrap_err();
    assert!(
        matches!(&refused, UserDataError::Store(Error::DataFolderInUse { .. })),
        "{refused:?}"
    );
    store.close().await;
    let refused = erase(&Data::Memory, &key("ada"), NOW).await.unwrap_err();
    assert!(matches!(refused, UserDataError::InMemory), "{refused:?}");
}
