//! The totals of lists, under the same conditions as their rows.

use super::{
    ACCOUNT_MATCHES, PROGRAM_MATCHES, ProgramFilter, RUN_MATCHES, RunFilter, USER_MATCHES,
    VERIFICATION_PROGRAM_MATCHES,
};
use crate::{
    ReadTx,
    callbacks::{CallbackFilter, MATCHES},
    sql,
};

/// Counts the accounts that [`accounts`](super::accounts) finds.
pub async fn count_accounts(tx: &mut ReadTx, text: &str) -> sqlx::Result<u64> {
    count(tx, "partners", ACCOUNT_MATCHES, text).await
}

/// Counts the programs that match.
pub async fn count_programs(tx: &mut ReadTx, filter: ProgramFilter<'_>) -> sqlx::Result<u64> {
    sql::query_number(format!(
        "SELECT count(*) FROM programs JOIN schemas USING (schema_id)
         JOIN partners ON partners.partner_id = programs.partner_id WHERE {PROGRAM_MATCHES}"
    ))
    .bind(sql::containing(filter.text))
    .bind(filter.state)
    .bind(filter.partner_id)
    .fetch_one(tx)
    .await
}

/// Counts the verification programs that [`verification_programs`](super::verification_programs) finds.
pub async fn count_verification_programs(tx: &mut ReadTx, text: &str) -> sqlx::Result<u64> {
    let tables = "verification_programs JOIN schemas USING (schema_id) \
        JOIN partners ON partners.partner_id = verification_programs.partner_id";
    count(tx, tables, VERIFICATION_PROGRAM_MATCHES, text).await
}

/// Counts the users that [`users`](super::users) finds.
pub async fn count_users(tx: &mut ReadTx, text: &str) -> sqlx::Result<u64> {
    count(tx, "users", USER_MATCHES, text).await
}

/// Counts the runs that match.
pub async fn count_runs(tx: &mut ReadTx, filter: RunFilter<'_>) -> sqlx::Result<u64> {
    sql::query_number(format!("SELECT count(*) FROM verifications WHERE {RUN_MATCHES}"))
        .bind(filter.program_id)
        .bind(filter.user_uuid)
        .bind(filter.result)
        .bind(filter.consent)
        .bind(sql::containing(filter.text))
        .fetch_one(tx)
        .await
}

/// Counts the callbacks that match.
pub async fn count_callbacks(tx: &mut ReadTx, filter: CallbackFilter<'_>) -> sqlx::Result<u64> {
    sql::query_number(format!("SELECT count(*) FROM callbacks WHERE {MATCHES}"))
        .bind(filter.state)
        .bind(filter.event)
        .bind(sql::containing(filter.text))
        .fetch_one(tx)
        .await
}

async fn count(tx: &mut ReadTx, tables: &str, condition: &str, text: &str) -> sqlx::Result<u64> {
    sql::query_number(format!("SELECT count(*) FROM {tables} WHERE {condition}"))
        .bind(sql::containing(text))
        .fetch_one(tx)
        .await
}
