//! The ledger's checkpoints on a chain.

mod adding;
mod anvil;
mod cuts;
mod fake;
mod kills;
mod ledger;
mod postgres;
mod raw;
mod refusals;
mod routes;
mod starts;
mod status;
mod steps;
mod submitting;
mod world;
