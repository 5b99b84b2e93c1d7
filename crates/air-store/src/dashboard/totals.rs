//! The totals of lists, under the same conditions as their rows.

use super::{ACCOUNT_MATCHES, PROGRAM_MATCHES, RUN_MATCHES, USER_MATCHES, VERIFICATION_PROGRAM_MATCHES};
use crate::{ReadTx, sql};

pub async fn count_accounts(tx: &mut ReadTx, text: &str) -> sqlx::Result<u64> {
    count(tx, "partners", ACCOUNT_MATCHES, text).await
}

pub async fn count_programs(tx: &mut ReadTx, text: &str) -> sqlx::Result<u64> {
    let tables =
        "programs JOIN schemas USING (schema_id) JOIN partners ON partners.partner_id = programs.partner_id";
    count(tx, tables, PROGRAM_MATCHES, text).await
}

pub async fn count_verification_programs(tx: &mut ReadTx, text: &str) -> sqlx::Result<u64> {
    let tables = "verification_programs JOIN schemas USING (schema_id) \
        JOIN partners ON partners.partner_id = verification_programs.partner_id";
    count(tx, tables, VERIFICATION_PROGRAM_MATCHES, text).await
}

pub async fn count_users(tx: &mut ReadTx, text: &str) -> sqlx::Result<u64> {
    count(tx, "users", USER_MATCHES, text).await
}

/// Counts runs by program and by user if these are not empty.
pub async fn count_runs(tx: &mut ReadTx, program_id: &str, user_uuid: &str) -> sqlx::Result<u64> {
    sql::query_number(format!("SELECT count(*) FROM verifications WHERE {RUN_MATCHES}"))
        .bind(program_id)
        .bind(user_uuid)
        .fetch_one(tx)
        .await
}

pub async fn count_callbacks(tx: &mut ReadTx) -> sqlx::Result<u64> {
    sql::query_number("SELECT count(*) FROM callbacks")
        .fetch_one(tx)
        .await
}

async fn count(tx: &mut ReadTx, tables: &str, condition: &str, text: &str) -> sqlx::Result<u64> {
    sql::query_number(format!("SELECT count(*) FROM {tables} WHERE {condition}"))
        .bind(sql::containing(text))
        .fetch_one(tx)
        .await
}
