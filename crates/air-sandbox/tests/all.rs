//! The platform, as those see it who call it. One program, since each costs as much to link as most
//! take to run. (`observed` and `otel` are others: each sets up the logs of its whole process.)

#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

mod airkit;
mod authorization;
mod batching;
mod browsers;
mod caks;
mod callbacks;
mod catalogue;
mod chain;
mod clock;
mod dashboard;
mod documented_api;
mod documented_examples;
mod events;
mod faults;
mod fetching;
mod full_disk;
mod hostile_operator;
mod hostile_storage;
mod idempotency;
mod issuer_hosted;
mod large_bodies;
mod ledger;
mod logs;
mod mail;
mod openapi;
mod openid4vc;
mod other_languages;
mod packages;
mod postgres;
mod predicate_proofs;
mod schema_search;
mod seeding;
mod server;
mod sessions;
mod snapshots;
mod stand_in_predicates;
mod stand_in_proofs;
mod status_changes;
mod status_lists;
mod support;
mod test_platform;
mod tls;
mod upgrades;
mod user_data;
mod w3c_proofs;
