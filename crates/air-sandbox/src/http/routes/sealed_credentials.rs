//! Credentials that an issuer's own backend signed and sealed to their holder.

use air_api::{FetchedVc, StoreVc, StoredVc, sandbox::HeldVcs};
use axum::{Json, extract::State};
use serde_json::json;

use super::SCHEMA;
use crate::http::{
    answer::{Answer, Created},
    api::{Api, Tag, get, post},
    caller::{self, Partner, UserSession},
    input::{Keyed, Path},
};
use air_platform::{App, Refusal, sealed_credentials};

pub(super) fn routes(api: &mut Api) {
    api.add(
        post(
            "/v1/dstorage/vcs",
            "storeVc",
            Tag::DocumentLoader,
            "Store a credential that its issuer signed and sealed to the holder",
        )
        .refuses(&[403, 404, 409, 507])
        .example(|| {
            json!({
                "holderDid": "did:air:id:test:4P48PnhhSrdUNDXzMgnTbmKxBRMabnTW8hoe85CSkt",
                "proofType": "SD_JWT_VC",
                "schemaId": SCHEMA,
                "expiresAt": "2027-01-19T07:18:45Z",
                "data": "c2VhbGVk",
                "iv": "AAAAAAAAAAAAAAAA",
                "authTag": "AAAAAAAAAAAAAAAAAAAAAA==",
                "encryptedKey": "MCowBQYDK2VuAyEACQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=",
                "externalId": "order-1",
            })
        }),
        store,
    );
    api.add(
        get(
            "/v1/dstorage/vcs/{vc}",
            "fetchVc",
            Tag::DocumentLoader,
            "Fetch a sealed credential, as its holder",
        )
        .refuses(&[404]),
        fetch,
    );
    api.add(
        get(
            "/sandbox/v1/users/me/vcs",
            "heldVcs",
            Tag::Users,
            "List the user's sealed credentials, newest first",
        ),
        list,
    );
}

async fn store(
    State(app): State<App>,
    partner: Partner<caller::AnyScope>,
    Keyed { body, request_key }: Keyed<StoreVc>,
) -> Result<Created<StoredVc>, Refusal> {
    let done = sealed_credentials::store(&app, &partner.caller, body, request_key).await?;
    Ok(Created(done))
}

async fn fetch(State(app): State<App>, Path(vc): Path<String>, user: UserSession) -> Answer<FetchedVc> {
    sealed_credentials::fetch(&app, &user.0, &vc).await.map(Json)
}

async fn list(State(app): State<App>, user: UserSession) -> Answer<HeldVcs> {
    sealed_credentials::of_holder(&app, &user.0).await.map(Json)
}
