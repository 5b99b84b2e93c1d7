//! All calls: the documented ones below `/v1`, our own below `/sandbox/v1`.

mod callbacks;
mod catalogue;
mod clock;
mod credentials;
mod events;
mod faults;
mod holder_keys;
mod logs;
mod packages;
mod partners;
mod probes;
mod programs;
mod schemas;
mod sealed_credentials;
mod seed;
mod snapshots;

use serde_json::json;

use super::{
    OBJECT_LIMIT,
    api::{Api, Tag, get, post},
    control,
};

const ISSUER: &str = "did:air:id:test:4P48PnhhSrdUNDXzMgnTbmKxBRMabnTW8hoe85CSkt";
const PARTNER: &str = "7f01c42c-02cf-4325-96ed-ba034700f724";
const SCHEMA: &str = "01KKX3Q7DEK0GM2TCKMMHA";

pub(super) fn add_all(api: &mut Api) {
    credentials::routes(api);
    catalogue::routes(api);
    schemas::catalogue_routes(api);
    programs::catalogue_routes(api);
    callbacks::routes(api);
    seed::routes(api);
    partners::routes(api);
    schemas::set_up_routes(api);
    programs::set_up_routes(api);
    add_users_and_verification(api);
    add_documents_and_keys(api);
    add_ledger(api);
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

fn add_users_and_verification(api: &mut Api) {
    api.add(
        post(
            "/sandbox/v1/sessions",
            "login",
            Tag::Users,
            "Log a user in, who is created when new",
        )
        .example(json!({ "email": "ada@example.com" })),
        control::login,
    );
    api.add(
        post(
            "/sandbox/v1/verifications",
            "startVerification",
            Tag::Verification,
            "Start a verification: answers what the user is asked",
        )
        .refuses(&[403, 404])
        .example(json!({ "programId": "c21s70g0i54sn0023172Cw" })),
        control::start_verification,
    );
    api.add(
        post(
            "/sandbox/v1/verifications/{verification}/consent",
            "decide",
            Tag::Verification,
            "Decide, once, as the user who was asked",
        )
        .refuses(&[404, 409])
        .example(json!({ "decision": "agree" })),
        control::decide,
    );
}

fn add_documents_and_keys(api: &mut Api) {
    api.add(
        post(
            "/sandbox/v1/dstorage/objects",
            "storeObject",
            Tag::DocumentLoader,
            "Store a sealed document beside a credential, 32 MiB at most",
        )
        .refuses(&[404, 507])
        .body_limit(OBJECT_LIMIT),
        control::store_object,
    );
    api.add(
        get(
            "/sandbox/v1/dstorage/objects/{object}",
            "fetchObject",
            Tag::DocumentLoader,
            "Fetch a sealed document",
        )
        .refuses(&[404]),
        control::fetch_object,
    );
    api.add(
        get(
            "/sandbox/v1/issuers/{issuer}/jwks.json",
            "issuerKeys",
            Tag::Credentials,
            "Show an issuer's public keys",
        )
        .refuses(&[404]),
        control::issuer_keys,
    );
    api.add(
        get(
            "/sandbox/v1/issuers/{issuer}/statuslist/{number}",
            "statusList",
            Tag::Credentials,
            "Show a status list, signed by its issuer",
        )
        .refuses(&[404]),
        control::status_list,
    );
}

fn add_ledger(api: &mut Api) {
    let tag = Tag::Ledger;
    api.add(
        get(
            "/sandbox/v1/ledger/transactions/{transaction}",
            "transaction",
            tag,
            "Prove that a transaction is in the ledger",
        )
        .refuses(&[404]),
        control::transaction,
    );
    api.add(
        get(
            "/sandbox/v1/ledger/head",
            "ledgerHead",
            tag,
            "Show the newest block",
        )
        .refuses(&[404]),
        control::ledger_head,
    );
    api.add(
        get(
            "/sandbox/v1/ledger/blocks/{number}",
            "ledgerBlock",
            tag,
            "Show a block",
        )
        .refuses(&[404]),
        control::ledger_block,
    );
    api.add(
        get(
            "/sandbox/v1/ledger/consistency",
            "ledgerConsistency",
            tag,
            "Prove that the tree of one block is the beginning of another's",
        )
        .refuses(&[404]),
        control::consistency,
    );
}
