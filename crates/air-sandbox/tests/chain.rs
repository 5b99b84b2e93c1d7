//! The ledger's checkpoints on a chain.

mod adding;
mod anvil;
mod cuts;
pub(crate) mod fake;
mod kills;
mod ledger;
mod raw;
mod refusals;
mod routes;
mod starts;
mod status;
mod steps;
mod submitting;
pub(crate) mod world;
