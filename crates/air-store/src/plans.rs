//! Tests of SQLite's plans: large tables are read by an index, and counts are computed for the rows
//! of one page.

use air_api::catalogue::{SortBy, SortOrder};
use sqlx::FromRow;

use crate::{
    Data, ReadTx, Store, catalogue,
    dashboard::{
        self,
        blocks::{BLOCK_BY_NUMBER, BLOCK_BY_ROOT},
    },
    sql,
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
    let mut query = sql::query_as::<Step>(format!("EXPLAIN QUERY PLAN {statement}"));
    for _ in 0..values {
        query = query.bind(1_u64);
    }
    let steps = query.fetch_all(tx).await.unwrap();
    let own = steps.into_iter().filter(|step| step.parent == 0);
    own.map(|step| step.detail).collect()
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
