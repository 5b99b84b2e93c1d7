//! Tests of SQLite's plans: large tables are read by an index, and counts are computed for the rows
//! of one page.

use air_api::catalogue::{SortBy, SortOrder};
use sqlx::FromRow;

use crate::{
    Data, ReadTx, Store, catalogue, credential_offers,
    dashboard::{
        self,
        blocks::{BLOCK_BY_NUMBER, BLOCK_BY_ROOT},
    },
    ledger, sql, wallet_exports, wallet_prechecks,
};

/// A step of a plan.
#[derive(FromRow)]
struct Step {
    /// 0 for a step of the statement itself.
    parent: i64,
    detail: String,
}

/// Returns the steps of a statement with this number of values, without those of its subqueries.
async fn plan(tx: &mut ReadTx, statement: String, values: usize) -> Vec<String> {
    let own = steps(tx, statement, values).await.into_iter();
    own.filter(|step| step.parent == 0)
        .map(|step| step.detail)
        .collect()
}

/// Returns all steps of a statement with this number of values.
async fn steps(tx: &mut ReadTx, statement: String, values: usize) -> Vec<Step> {
    let mut query = sql::query_as::<Step>(format!("EXPLAIN QUERY PLAN {statement}"));
    for _ in 0..values {
        query = query.bind(1_u64);
    }
    query.fetch_all(tx).await.unwrap()
}

#[tokio::test]
async fn the_counts_of_a_list_are_computed_for_one_page() {
    let store = Store::open(&Data::Memory).await.unwrap();
    let mut read = store.read().await.unwrap();
    let (by, direction) = (SortBy::Name, SortOrder::Asc);
    let lists = [
        (catalogue::programs_of_schema(), 3, "programs", "program_id"),
        (
            catalogue::verifications_listed(by, direction),
            2,
            "verification_programs",
            "program_id",
        ),
        (
            catalogue::verifications_of_schema(),
            3,
            "verification_programs",
            "program_id",
        ),
        (dashboard::programs_listed(None), 5, "programs", "program_id"),
        (
            dashboard::verification_programs_listed(None),
            3,
            "verification_programs",
            "program_id",
        ),
        (dashboard::users_listed(None), 3, "users", "user_uuid"),
    ];
    for (statement, values, table, id) in lists {
        let plan = plan(&mut read, statement, values).await;
        let page = format!("SEARCH {table} USING INDEX sqlite_autoindex_{table}_1 ({id}=?)");
        assert!(plan.contains(&page), "{plan:#?}");
        assert!(plan.iter().all(|step| !step.starts_with("SCAN")), "{plan:#?}");
    }
}

#[tokio::test]
async fn a_block_is_found_by_an_index() {
    let store = Store::open(&Data::Memory).await.unwrap();
    let mut read = store.read().await.unwrap();
    for statement in [BLOCK_BY_NUMBER, BLOCK_BY_ROOT] {
        let plan = plan(&mut read, statement.to_owned(), 1).await;
        assert!(
            matches!(&plan[..], [step] if step.starts_with("SEARCH ledger_blocks USING INDEX")),
            "{plan:?}"
        );
    }
}

#[tokio::test]
async fn open_offers_are_found_by_their_partner_or_credential() {
    let store = Store::open(&Data::Memory).await.unwrap();
    let mut read = store.read().await.unwrap();
    for (statement, values, search) in [
        (
            credential_offers::open_counted(),
            3,
            "SEARCH credential_offers USING INDEX credential_offers_open (partner_id=? AND expires_at>?)",
        ),
        (
            wallet_exports::UNUSED_ENDED.to_owned(),
            1,
            "SEARCH credential_offers USING INDEX credential_offers_copies (copied_from=?)",
        ),
    ] {
        let steps = steps(&mut read, statement, values).await;
        let details: Vec<_> = steps.iter().map(|step| step.detail.as_str()).collect();
        assert!(details.contains(&search), "{details:#?}");
    }
}

#[tokio::test]
async fn prechecks_of_wallets_and_nodes_of_the_ledger_are_read_by_indices() {
    let store = Store::open(&Data::Memory).await.unwrap();
    let mut read = store.read().await.unwrap();
    let prechecks = [
        "credential_offers",
        "offer_credentials",
        "credentials",
        "users",
        "on_behalf_refusals",
        "single_use",
        "status_lists",
        "erased_credentials",
    ];
    for (statement, values, tables) in [
        (
            wallet_prechecks::statement(2),
            2 * wallet_prechecks::VALUES,
            &prechecks[..],
        ),
        (
            ledger::nodes_statement(2),
            6,
            &["ledger_entries", "ledger_nodes"][..],
        ),
    ] {
        let steps = steps(&mut read, statement, values).await;
        let details: Vec<_> = steps.iter().map(|step| step.detail.as_str()).collect();
        for table in tables {
            let is_of = |detail: &&str, step: &str| detail.starts_with(&format!("{step} {table} "));
            assert!(
                details.iter().any(|detail| is_of(detail, "SEARCH")),
                "{table}: {details:#?}"
            );
            assert!(
                details.iter().all(|detail| !is_of(detail, "SCAN")),
                "{table}: {details:#?}"
            );
        }
    }
}
