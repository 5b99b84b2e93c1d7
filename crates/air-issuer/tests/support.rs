//! An issuer on a new database, and the platform that it calls.

mod holder;
mod platform;
mod vendor;
mod world;

pub(crate) use self::{
    holder::{open, open_preview, verify, verify_with_status},
    platform::Behaviour,
    vendor::VendorTables,
    world::{ADMIN_KEY, API_KEY, Issuer, NOW, Response, World, database},
};
