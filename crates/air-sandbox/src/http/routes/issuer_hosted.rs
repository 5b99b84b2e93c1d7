//! What an issuer's own backend calls (G2), and the holder's side of it.

use serde_json::json;

use super::SCHEMA;
use crate::http::{
    api::{Api, Tag, get, post, put},
    issuer_hosted,
};

/// X25519, SPKI DER in hex (the base point, RFC 7748, 4.1).
const KEY: &str =
    "0x302a300506032b656e0321000900000000000000000000000000000000000000000000000000000000000000";

pub(super) fn add(api: &mut Api) {
    api.add(
        post(
            "/v1/auth/initialize-user",
            "initializeUser",
            Tag::Users,
            "Tell the key that a user's credentials are sealed to; the user is created when new",
        )
        .example(json!({ "email": "ada@example.com" })),
        issuer_hosted::initialize_user,
    );
    api.add(
        post(
            "/v1/dstorage/vcs",
            "storeVc",
            Tag::DocumentLoader,
            "Store a credential that its issuer signed and sealed to the holder",
        )
        .refuses(&[403, 404, 409, 507])
        .example(json!({
            "holderDid": "did:air:id:test:4P48PnhhSrdUNDXzMgnTbmKxBRMabnTW8hoe85CSkt",
            "proofType": "SD_JWT_VC",
            "schemaId": SCHEMA,
            "expiresAt": "2027-01-19T07:18:45Z",
            "data": "c2VhbGVk",
            "iv": "AAAAAAAAAAAAAAAA",
            "authTag": "AAAAAAAAAAAAAAAAAAAAAA==",
            "encryptedKey": "MCowBQYDK2VuAyEACQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
            "externalId": "order-1",
        })),
        issuer_hosted::store_vc,
    );
    api.add(
        get(
            "/v1/dstorage/vcs/{vc}",
            "fetchVc",
            Tag::DocumentLoader,
            "Fetch a sealed credential, as its holder",
        )
        .refuses(&[404]),
        issuer_hosted::fetch_vc,
    );
    api.add(
        get(
            "/sandbox/v1/users/me/vcs",
            "heldVcs",
            Tag::Users,
            "List the user's sealed credentials, newest first",
        ),
        issuer_hosted::held_vcs,
    );
    api.add(
        get(
            "/sandbox/v1/users/me/encryption-key",
            "encryptionKey",
            Tag::Users,
            "Show the key that the user's credentials are sealed to",
        )
        .refuses(&[404]),
        issuer_hosted::encryption_key,
    );
    api.add(
        put(
            "/sandbox/v1/users/me/encryption-key",
            "setEncryptionKey",
            Tag::Users,
            "Set the key that the user's credentials are sealed to, as the wallet",
        )
        .example(json!({ "publicKey": KEY })),
        issuer_hosted::set_encryption_key,
    );
}
