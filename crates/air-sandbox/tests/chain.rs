//! The ledger's checkpoints on a chain.

mod adding;
mod anvil;
mod cuts;
pub(crate) mod fake;
mod finality;
mod kills;
mod ledger;
mod postgres;
mod raw;
mod refusals;
mod routes;
mod signing;
mod starts;
mod status;
mod steps;
mod submitting;
pub(crate) mod test_env;
