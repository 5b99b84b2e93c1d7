//! Credential offers to wallets.

use air_api::sandbox::{CreateOffer, CreatedOffer, OfferStatus};
use axum::{Json, extract::State};
use serde_json::json;

use super::ISSUER;
use crate::http::{
    answer::Answer,
    api::{Api, Tag, get, post},
    caller::{self, Partner},
    input::{Body, Path},
};
use air_platform::{App, openid4vc::offers};

pub(super) fn routes(api: &mut Api) {
    api.add(
        post(
            "/sandbox/v1/offers",
            "createOffer",
            Tag::Credentials,
            "Offer a credential to a wallet: that of the user with the token's e-mail address, if it has one (OpenID4VCI)",
        )
        .refuses(&[403, 404, 507])
        .example(|| json!({
            "issuerDid": ISSUER,
            "credentialId": "c21s70g0i54sn0023172Cv",
            "credentialSubject": { "isOver18": true, "country": "UTO" },
            "txCode": true,
        })),
        create,
    );
    api.add(
        get(
            "/sandbox/v1/offers/{offer}",
            "offerStatus",
            Tag::Credentials,
            "Get the state of an offer",
        )
        .refuses(&[404]),
        status,
    );
}

async fn create(
    State(app): State<App>,
    partner: Partner<caller::Issue>,
    Body(request): Body<CreateOffer>,
) -> Answer<CreatedOffer> {
    offers::create(&app, &partner.caller, request).await.map(Json)
}

async fn status(
    State(app): State<App>,
    partner: Partner<caller::Issue>,
    Path(offer): Path<String>,
) -> Answer<OfferStatus> {
    offers::status(&app, &partner.caller.partner, &offer)
        .await
        .map(Json)
}
