//! Host names of the hosted platform that the AIR Kit SDK contacts.

/// The hosts that the SDK looks for its pages at (1.10 and before), beside `localhost`.
pub(crate) const HOSTS: [&str; 6] = [
    "account.sandbox-testnet.air3.com",
    "account.sandbox.air3.com",
    "account.uat.air3.com",
    "account.staging.air3.com",
    "account.air3.com",
    "account-mainnet.air3.com",
];
/// The hosts that apps fetch the keys of access tokens from, and nothing else.
pub(crate) const KEY_HOSTS: [&str; 6] = [
    "static.air3.com",
    "static.sandbox.air3.com",
    "static.sandbox-testnet.air3.com",
    "static.staging.air3.com",
    "static.uat.air3.com",
    "static.development.air3.com",
];
/// Those of `HOSTS` that stand for production: nothing is done there without the user.
pub(crate) const PRODUCTION: [&str; 2] = ["account.air3.com", "account-mainnet.air3.com"];
