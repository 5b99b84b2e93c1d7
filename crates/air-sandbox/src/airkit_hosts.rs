//! Host names of the hosted platform that the AIR Kit SDK contacts.

/// The hosts on which the SDK (1.10 and earlier) looks for its pages, in addition to `localhost`.
pub(crate) const HOSTS: [&str; 6] = [
    "account.sandbox-testnet.air3.com",
    "account.sandbox.air3.com",
    "account.uat.air3.com",
    "account.staging.air3.com",
    "account.air3.com",
    "account-mainnet.air3.com",
];
/// The hosts from which apps fetch only the keys of access tokens.
pub(crate) const KEY_HOSTS: [&str; 6] = [
    "static.air3.com",
    "static.sandbox.air3.com",
    "static.sandbox-testnet.air3.com",
    "static.staging.air3.com",
    "static.uat.air3.com",
    "static.development.air3.com",
];
/// The production hosts among `HOSTS`. Every action on them requires the user.
pub(crate) const PRODUCTION: [&str; 2] = ["account.air3.com", "account-mainnet.air3.com"];
