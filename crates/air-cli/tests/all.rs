//! Tests of the binary. One test program, since linking each one takes longer than most tests run.

#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

#[cfg(unix)]
mod air_proof;
mod anchors;
#[cfg(unix)]
mod behind_nginx;
#[cfg(unix)]
mod book;
mod bulk;
mod bulk_people;
mod cak;
mod cak_keys;
mod cak_on_behalf;
mod cak_recipients;
mod chain;
mod credential;
#[cfg(unix)]
mod credential_rdf;
mod credential_trust;
mod custody;
mod did;
mod doctor;
#[cfg(unix)]
mod eighty_columns;
mod errors;
mod events;
mod explain;
mod holder;
mod hsm;
mod installed;
mod interrupted;
mod issue;
mod issuer_backup;
mod issuer_bulk;
mod issuer_service;
mod json_errors;
#[cfg(unix)]
mod json_log;
mod json_table;
mod key_drills;
mod keys;
mod later_versions;
mod licenses;
mod logs;
mod operations;
mod operator;
mod outputs;
mod partner;
#[cfg(unix)]
mod paths;
#[cfg(unix)]
mod predicate_programs;
mod profiles;
mod programs;
mod quickstart;
mod sandbox;
mod sandbox_backup;
mod sandbox_crash;
mod sandbox_users;
mod schema;
mod schema_new;
#[cfg(unix)]
mod snippets;
mod support;
mod token;
mod type_metadata;
#[cfg(unix)]
mod w3c_programs;
mod wallet;
mod wallets;
