//! The rows of predicate proofs, which need the program `air-zk`.

use serde_json::Value;

use super::table::Table;
use crate::{
    air_proof::{COMMIT, ISSUE, KEYS, PRESENT, REQUEST, TOKEN, VERIFY, air, test_env},
    support::{TestEnv, document},
};

/// Runs a command with `--json`, and compares its exit code and its document with the table.
#[track_caller]
fn check(env: &TestEnv, code: i32, arguments: &[&str]) -> Value {
    let table = Table::of_the_book();
    let row = table.row(arguments);
    let run = air(env, &[arguments, &["--json"]].concat());
    assert_eq!(run.code, code, "{arguments:?}: {run:?}");
    let document = document(&run.stdout, &row.command);
    row.documents[&code].assert_match(&document, &row.command);
    document
}

/// The command without its option `--out`.
fn printed<'a>(command: &[&'a str]) -> Vec<&'a str> {
    let place = command.iter().position(|word| *word == "--out").unwrap();
    [&command[..place], &command[place + 2..]].concat()
}

#[test]
#[ignore = "needs air-zk: cargo xtask zk builds it and sets AIR_ZK"]
fn each_command_of_proofs_prints_the_members_of_the_table() {
    let env = test_env();
    check(&env, 0, &KEYS);
    check(&env, 0, &COMMIT);
    check(
        &env,
        0,
        &[&printed(&COMMIT)[..6], &["--secret-out", "other.hex"]].concat(),
    );
    check(&env, 0, &ISSUE);
    check(&env, 0, &TOKEN);
    check(&env, 0, &printed(&TOKEN));
    check(&env, 0, &[&REQUEST[..], &["--out", "request.json"]].concat());
    let other = check(&env, 0, &REQUEST);
    check(&env, 0, &PRESENT);
    check(&env, 0, &printed(&PRESENT));
    check(&env, 0, &VERIFY);
    env.write("other.json", other.to_string());
    let verify = [&VERIFY[..3], &["--request", "other.json", "proof.hex"]].concat();
    check(&env, 4, &verify);
}
