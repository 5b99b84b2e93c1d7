//! Imports from the tables of both versions of the vendor's service.

use air_issuer::{
    Clock, Config, ImportError, ImportOptions, ImportReport, RefusalReason, VendorDatabase, import,
};
use air_jwt::jws::Unverified;
use air_vc::status::StatusList;
use serde_json::{Value, json};

use crate::support::{Issuer, NOW, TestEnv, VendorTables, open};

const TOML: &str = "iss = \"origin\"\nschemas = [{ id = \"member\", valid-for = \"1d\", document = \"member.json\", \
                    claims = { table = \"members.csv\" } }]";

fn config(env: &TestEnv) -> Config {
    env.config(&[], TOML)
}

/// The same service, which publishes the vendor's key.
async fn start(env: &TestEnv, vendor: &VendorTables) -> Issuer {
    let config = env.config(&[("PARTNER_JWKS", &vendor.jwks())], TOML);
    env.try_start(config).await.unwrap()
}

async fn run(config: &Config, vendor: &VendorTables, is_dry_run: bool) -> Result<ImportReport, ImportError> {
    let options = ImportOptions {
        is_dry_run,
        clock: Clock::from_fn(|| NOW),
    };
    import(config, &VendorDatabase::from_url(&vendor.url).unwrap(), &options).await
}

async fn is_revoked(issuer: &Issuer, nonce: u64) -> bool {
    let response = issuer.get(&format!("/revocation-status/{nonce}")).await;
    response.json()["isRevoked"].as_bool().unwrap()
}

/// Whether the first two credentials of a published list are revoked.
async fn statuses(issuer: &Issuer, list: u64) -> [bool; 2] {
    let response = issuer.get(&format!("/statuslist/{list}")).await;
    let token = Unverified::parse(&response.body, 1 << 20).unwrap();
    let claims = token.dangerous_payload().unwrap();
    let list = StatusList::from_claim(claims["status_list"].as_object().unwrap()).unwrap();
    [0, 1].map(|index| !list.status(index).unwrap().is_valid())
}

/// The list and the index of each credential that the service stored.
fn entries(env: &TestEnv) -> Vec<(String, u64)> {
    let stored = env.platform.stored();
    let entries = stored.iter().map(|upload| {
        let credential = open(env, upload);
        let signed = credential.split('~').next().unwrap();
        let payload = Unverified::parse(signed, 1 << 16)
            .unwrap()
            .dangerous_payload()
            .unwrap();
        let entry = &payload["status"]["status_list"];
        (
            entry["uri"].as_str().unwrap().to_owned(),
            entry["idx"].as_u64().unwrap(),
        )
    });
    entries.collect()
}

async fn issue(env: &TestEnv, issuer: &Issuer, holder: u32) {
    let mut request = env.request();
    request["holderDID"] = json!(format!("did:air:id:test:{holder}"));
    assert_eq!(issuer.issue(&request).await, 201);
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn credentials_keep_their_nonces_and_entries_and_new_ones_follow() {
    let (env, mut vendor) = (TestEnv::new().await, VendorTables::create(Some(16)).await);
    for _ in 0..20 {
        vendor.issue().await;
    }
    vendor
        .run("UPDATE sd_jwt_vc SET revoked = true, updated_at = now() WHERE id IN (3, 18)")
        .await;
    vendor.publish(0, &[2]).await;
    vendor.publish(1, &[]).await;

    let dry = run(&config(&env), &vendor, true).await.unwrap();
    assert_eq!((dry.imported, dry.revoked, dry.is_dry_run), (20, 2, true));
    let report = run(&config(&env), &vendor, false).await.unwrap();
    assert_eq!(
        (report.rows, report.imported, report.known),
        (20, 20, 0),
        "the dry run wrote nothing"
    );
    assert_eq!(
        (report.revoked, report.without_status, report.refused_count),
        (2, 0, 0)
    );
    assert_eq!((report.lists, report.unpublished_revocations), (2, 1));
    assert_eq!((report.iss, report.next), (Some("origin"), Some((1, 4))));
    assert_eq!(report.unpublished_keys, ["vendor-1"]);

    let issuer = start(&env, &vendor).await;
    let history: Vec<Value> = issuer.history().await;
    assert_eq!(history.len(), 20);
    assert_eq!(history[0]["revocationNonce"].as_str(), Some("1001"));
    assert_eq!(history[0]["schemaId"], "member");
    for (nonce, expected) in [(1_003, true), (1_004, false), (1_018, true)] {
        assert_eq!(is_revoked(&issuer, nonce).await, expected, "{nonce}");
    }
    issuer.revoke(&json!("1004")).await;
    assert!(is_revoked(&issuer, 1_004).await);

    for holder in 0..14 {
        issue(&env, &issuer, holder).await;
    }
    let entries = entries(&env);
    let sequential: Vec<_> = (4..16)
        .map(|index| ("https://issuer.example/statuslist/1".to_owned(), index))
        .collect();
    assert_eq!(entries[..12], sequential);
    assert!(
        entries[12..]
            .iter()
            .all(|(uri, _)| uri.ends_with("/statuslist/2")),
        "{entries:?}"
    );
    assert_eq!(
        issuer.service.verify_audit_log().await.unwrap(),
        Some(20 + 1 + 28)
    );
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_later_run_adds_what_is_new_and_changes_nothing_else() {
    let (env, mut vendor) = (TestEnv::new().await, VendorTables::create(Some(16)).await);
    for _ in 0..5 {
        vendor.issue().await;
    }
    assert_eq!(run(&config(&env), &vendor, false).await.unwrap().imported, 5);
    let again = run(&config(&env), &vendor, false).await.unwrap();
    assert_eq!((again.imported, again.known, again.revoked), (0, 5, 0));

    let issuer = start(&env, &vendor).await;
    issuer.revoke(&json!("1002")).await;
    vendor.issue().await;
    vendor
        .run("UPDATE credential_issuance SET revoked_at = now() WHERE revocation_nonce = 1004")
        .await;
    let later = run(&config(&env), &vendor, false).await.unwrap();
    assert_eq!((later.imported, later.known, later.revoked), (1, 5, 1));
    for (nonce, expected) in [(1_001, false), (1_002, true), (1_004, true), (1_006, false)] {
        assert_eq!(is_revoked(&issuer, nonce).await, expected, "{nonce}");
    }

    // This service takes an index that the vendor's service takes, too.
    issue(&env, &issuer, 1).await;
    assert_eq!(entries(&env)[0].1, 6);
    vendor.issue().await;
    let both = run(&config(&env), &vendor, false).await.unwrap();
    assert_eq!((both.imported, both.refused_count), (0, 1));
    assert_eq!(
        (both.refused[0].id, both.refused[0].reason),
        (7, RefusalReason::EntryTaken)
    );
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn without_lists_revocations_come_from_their_own_table() {
    let (env, mut vendor) = (TestEnv::new().await, VendorTables::create(None).await);
    for _ in 0..3 {
        vendor.issue().await;
    }
    vendor
        .run(
            "INSERT INTO revocation VALUES (1002), (77), (78); \
             INSERT INTO credential_issuance (holder_did, schema_id, revocation_nonce, created_at, expires_at) VALUES \
             ('did:air:id:test:holder', 'iden3', 77, now(), now()), ('did:air:id:test:holder', 'iden3', 79, now(), now())",
        )
        .await;
    let dry = run(&config(&env), &vendor, true).await.unwrap();
    let report = run(&config(&env), &vendor, false).await.unwrap();
    assert_eq!(
        (dry.revoked, dry.revoked_nonces),
        (report.revoked, report.revoked_nonces)
    );
    assert_eq!((report.imported, report.without_status), (5, 5));
    assert_eq!(
        (report.revoked, report.revoked_nonces, report.refused_count),
        (2, 1, 0)
    );
    let issuer = start(&env, &vendor).await;
    for (nonce, expected) in [(1_001, false), (1_002, true), (77, true), (78, true), (79, false)] {
        assert_eq!(is_revoked(&issuer, nonce).await, expected, "{nonce}");
    }
    assert_eq!(
        run(&config(&env), &vendor, false).await.unwrap().revoked_nonces,
        0
    );
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn an_id_that_a_rollback_lost_is_not_used_again() {
    let (env, mut vendor) = (TestEnv::new().await, VendorTables::create(Some(16)).await);
    vendor.issue().await;
    vendor.run("SELECT nextval('sd_jwt_vc_id_seq')").await;
    let report = run(&config(&env), &vendor, false).await.unwrap();
    assert_eq!(report.next, Some((0, 2)));
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_sequence_that_the_role_can_not_read_is_reported() {
    let (env, mut vendor) = (TestEnv::new().await, VendorTables::create(Some(16)).await);
    vendor.issue().await;
    vendor.run("SELECT nextval('sd_jwt_vc_id_seq')").await;
    let role = format!("air_reader_{:032x}", rand::random::<u128>());
    vendor
        .run(&format!(
            "CREATE ROLE {role}; GRANT SELECT ON ALL TABLES IN SCHEMA public TO {role}"
        ))
        .await;
    let mut url = url::Url::parse(&vendor.url).unwrap();
    url.query_pairs_mut().append_pair("options[role]", &role);
    let reader = VendorDatabase::from_url(url.as_str()).unwrap();
    let options = ImportOptions {
        is_dry_run: true,
        clock: Clock::from_fn(|| NOW),
    };
    let report = import(&config(&env), &reader, &options).await.unwrap();
    let grant = format!("GRANT SELECT ON SEQUENCE public.sd_jwt_vc_id_seq TO {role}");
    assert_eq!(report.missing_grant.as_ref(), Some(&grant));
    assert_eq!(report.next, Some((0, 1)), "the last id is unknown");
    vendor.run(&grant).await;
    let report = import(&config(&env), &reader, &options).await.unwrap();
    assert_eq!((report.missing_grant, report.next), (None, Some((0, 2))));
    vendor
        .run(&format!("DROP OWNED BY {role}; DROP ROLE {role}"))
        .await;
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_published_revocation_that_no_table_has_stops_the_import() {
    let (env, mut vendor) = (TestEnv::new().await, VendorTables::create(Some(16)).await);
    for _ in 0..4 {
        vendor.issue().await;
    }
    vendor.publish(0, &[1, 9]).await;
    vendor
        .run("UPDATE sd_jwt_vc SET revoked = true WHERE id = 2")
        .await;
    let stopped = run(&config(&env), &vendor, false).await.unwrap_err();
    assert!(
        matches!(
            stopped,
            ImportError::ListDiffers {
                list: 0,
                count: 1,
                first: 9
            }
        ),
        "{stopped}"
    );
    let issuer = start(&env, &vendor).await;
    assert_eq!(issuer.history().await.len(), 0);
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn rows_that_contradict_their_credential_are_refused_and_the_others_imported() {
    let (env, mut vendor) = (TestEnv::new().await, VendorTables::create(Some(16)).await);
    let other = vendor.issue_with(|payload| payload["nonce"] = json!("5")).await;
    vendor.issue().await;
    vendor
        .run(&format!("UPDATE sd_jwt_vc SET revoked = true WHERE id = {other}"))
        .await;
    let report = run(&config(&env), &vendor, false).await.unwrap();
    assert_eq!((report.imported, report.refused_count), (1, 1));
    let refused = &report.refused[0];
    assert_eq!(
        (refused.table, refused.id, refused.reason),
        ("sd_jwt_vc", other, RefusalReason::OtherNonce)
    );
    let issuer = start(&env, &vendor).await;
    assert!(is_revoked(&issuer, 1_000 + other).await, "it remains revoked");
    assert_eq!(statuses(&issuer, 0).await, [true, false]);
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_configuration_that_does_not_fit_is_refused_before_anything_is_written() {
    let (env, mut vendor) = (TestEnv::new().await, VendorTables::create(Some(16)).await);
    vendor.issue().await;
    vendor.publish(0, &[]).await;
    let with = |more: &[(&str, &str)], toml: &str| env.config(more, toml);
    let size = run(
        &with(&[("SD_JWT_TSL_PARTITION_SIZE", "24")], TOML),
        &vendor,
        false,
    )
    .await;
    assert!(matches!(size, Err(ImportError::ListSize { entries: 16, .. })));
    let off = run(&with(&[("SD_JWT_TSL_PARTITION_SIZE", "")], TOML), &vendor, false).await;
    assert!(matches!(off, Err(ImportError::ListsOff { entries: 16 })));
    let iss = run(&with(&[], ""), &vendor, false).await;
    assert!(matches!(iss, Err(ImportError::IssForm { stored: "origin", .. })));
    let origin = with(&[("ISSUER_ORIGIN", "https://other.example")], TOML);
    let origin = run(&origin, &vendor, false).await;
    assert!(matches!(origin, Err(ImportError::ForeignIssuer { .. })));
    let same = run(
        &with(&[("DATABASE_URL", vendor.url.as_str())], TOML),
        &vendor,
        false,
    )
    .await;
    assert!(matches!(same, Err(ImportError::SameDatabase)));
    let dry = run(
        &with(&[("DATABASE_URL", vendor.url.as_str())], TOML),
        &vendor,
        true,
    )
    .await;
    assert!(matches!(dry, Err(ImportError::SameDatabase)));
}

#[tokio::test]
#[ignore = "needs PostgreSQL"]
async fn a_database_without_the_tables_is_named() {
    let (env, mut vendor) = (TestEnv::new().await, VendorTables::create(None).await);
    vendor
        .run("DROP TABLE sd_jwt_vc; DROP TABLE credential_issuance")
        .await;
    let none = run(&config(&env), &vendor, false).await;
    assert!(matches!(none, Err(ImportError::NoVendorTables)));
}
