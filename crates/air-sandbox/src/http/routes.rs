//! All routes: the documented ones below `/v1`, and the platform's own below `/sandbox/v1`. Each file
//! describes the calls of one noun, directly above their handlers.

#[cfg(feature = "chain")]
pub(super) mod anchor_proofs;
mod caks;
mod callbacks;
mod catalogue;
#[cfg(feature = "chain")]
pub(super) mod chain;
mod clock;
mod credentials;
mod documents;
mod events;
mod faults;
mod holder_keys;
mod issuers;
mod ledger;
mod logs;
#[cfg(feature = "openid4vc")]
mod offers;
mod packages;
mod partners;
mod position;
mod predicate_proofs;
#[cfg(feature = "openid4vc")]
mod presentations;
mod probes;
mod programs;
mod records;
mod schemas;
mod sealed_credentials;
mod seed;
mod snapshots;
#[cfg(feature = "openid4vc")]
mod trust_lists;
mod users;
mod verifications;
mod w3c_proofs;
#[cfg(feature = "openid4vc")]
mod wallet_authority;

use super::api::Api;

// Identifiers in examples.
const ISSUER: &str = "did:air:id:test:4P48PnhhSrdUNDXzMgnTbmKxBRMabnTW8hoe85CSkt";
const PARTNER: &str = "7f01c42c-02cf-4325-96ed-ba034700f724";
const SCHEMA: &str = "01KKX3Q7DEK0GM2TCKMMHA";
const USER: &str = "3b241101-e2bb-4255-8caf-4136c566a962";

/// Adds all routes. Their order is the order of the OpenAPI document.
pub(super) fn add_all(api: &mut Api) {
    credentials::routes(api);
    #[cfg(feature = "openid4vc")]
    offers::routes(api);
    caks::routes(api);
    catalogue::routes(api);
    schemas::catalogue_routes(api);
    w3c_proofs::catalogue_routes(api);
    predicate_proofs::catalogue_routes(api);
    programs::catalogue_routes(api);
    callbacks::routes(api);
    seed::routes(api);
    partners::routes(api);
    schemas::set_up_routes(api);
    programs::set_up_routes(api);
    #[cfg(feature = "openid4vc")]
    trust_lists::routes(api);
    records::routes(api);
    users::routes(api);
    verifications::routes(api);
    #[cfg(feature = "openid4vc")]
    presentations::routes(api);
    w3c_proofs::routes(api);
    predicate_proofs::routes(api);
    documents::routes(api);
    issuers::routes(api);
    w3c_proofs::issuer_routes(api);
    #[cfg(feature = "openid4vc")]
    wallet_authority::routes(api);
    ledger::routes(api);
    holder_keys::issuer_routes(api);
    sealed_credentials::routes(api);
    holder_keys::wallet_routes(api);
    packages::routes(api);
    events::routes(api);
    logs::routes(api);
    faults::routes(api);
    clock::routes(api);
    snapshots::routes(api);
    probes::routes(api);
}
