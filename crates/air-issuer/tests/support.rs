//! An issuer on a new database, and the platform that it calls.

mod holder;
mod platform;
#[cfg(feature = "openid4vc")]
mod wallet;
mod world;

#[cfg(feature = "openid4vc")]
pub(crate) use self::wallet::{Wallet, keys};
pub(crate) use self::{
    holder::{open, open_preview, verify, verify_with_status},
    platform::Behaviour,
    world::{ADMIN_KEY, API_KEY, Issuer, NOW, Response, World},
};
