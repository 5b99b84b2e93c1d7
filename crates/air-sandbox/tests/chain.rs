//! The ledger's checkpoints on a chain.

mod adding;
mod anvil;
pub(crate) mod fake;
mod finality;
mod kills;
mod ledger;
mod raw;
mod refusals;
mod routes;
mod signing;
mod starts;
mod status;
mod submitting;
pub(crate) mod world;
