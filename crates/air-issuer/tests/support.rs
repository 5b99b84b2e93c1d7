//! An issuer on a new database, and the platform that it calls.

mod browser;
mod holder;
mod platform;
mod process;
#[cfg(feature = "signers")]
mod signer;
mod test_env;
mod vendor;
#[cfg(feature = "openid4vc")]
mod wallet;
mod whole;

#[cfg(feature = "signers")]
pub(crate) use self::signer::{Signing, SigningService};
#[cfg(feature = "openid4vc")]
pub(crate) use self::wallet::{Wallet, keys};
pub(crate) use self::{
    browser::{Browser, HOST},
    holder::{open, open_preview, verify, verify_with_status},
    platform::Behaviour,
    process::{CONFIG, Process, STOP_AT, Service, Statement},
    test_env::{ADMIN_KEY, API_KEY, Issuer, NOW, Response, TestEnv, database},
    vendor::VendorTables,
    whole::{check_whole, nonce},
};
