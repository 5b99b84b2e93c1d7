//! An issuer on a new database, and the platform that it calls.

mod holder;
mod platform;
mod process;
mod whole;
#[cfg(feature = "signers")]
mod signer;
mod world;

#[cfg(feature = "signers")]
pub(crate) use self::signer::{Signing, SigningService};
pub(crate) use self::{
    holder::{open, open_preview, verify, verify_with_status},
    platform::Behaviour,
    process::{CONFIG, Process, STOP_AT, Service, Statement},
    whole::{check_whole, nonce},
    world::{ADMIN_KEY, API_KEY, Issuer, NOW, Response, World},
};
