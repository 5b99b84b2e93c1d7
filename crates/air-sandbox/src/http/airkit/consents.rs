//! The wallet page's calls about credentials that were issued on behalf of the user.

use air_ids::SchemaId;
use axum::{Json, extract::State};
use serde_json::{Value, json};

use super::{
    calls::logo_path,
    names::Answer,
    session::Sent,
    shapes::{Acceptance, ConsentRefusal, Context, Field, IssuerOffer, OfferedCredential, OnBehalf},
};
use air_platform::{
    App,
    airkit::{self, AcceptedKey, OFFERED_CURVE, PageOrigin, PageSession},
    logos,
};

pub(super) async fn list(
    State(app): State<App>,
    origin: PageOrigin,
    page_session: PageSession,
) -> Answer<OnBehalf> {
    let (user_uuid, offers) = airkit::undecided(&app, &page_session, origin).await?;
    let mut issuers = Vec::with_capacity(offers.len());
    for offer in offers {
        issuers.push(shown(&app, user_uuid.as_str(), offer).await?);
    }
    Ok(Json(OnBehalf { issuers }))
}

async fn shown(
    app: &App,
    user_uuid: &str,
    offer: airkit::IssuerOffer,
) -> Result<IssuerOffer, air_platform::Refusal> {
    let mark = logos::mark(app, &offer.partner_id).await?;
    let key = |schema: SchemaId| Context {
        user: user_uuid.to_owned(),
        issuer: offer.issuer_did.clone().into(),
        schema: schema.into(),
        curve: OFFERED_CURVE.name(),
    };
    let credentials = offer.credentials.iter().map(|credential| OfferedCredential {
        title: credential.schema.title().to_owned(),
        fields: Field::list(&credential.schema, &credential.claims),
    });
    Ok(IssuerOffer {
        credentials: credentials.collect(),
        keys: offer.schemas.into_iter().map(key).collect(),
        logo: mark.map(|mark| logo_path(offer.partner_id.as_str(), &mark)),
        partner_id: offer.partner_id.into(),
        issuer: offer.issuer,
        issuer_did: offer.issuer_did.clone().into(),
    })
}

pub(super) async fn accept(
    State(app): State<App>,
    origin: PageOrigin,
    page_session: PageSession,
    Sent(Acceptance { issuer_did, keys }): Sent<Acceptance>,
) -> Answer<Value> {
    let keys: Vec<_> = keys
        .into_iter()
        .map(|key| AcceptedKey {
            schema: key.schema,
            curve: key.curve,
            public_key: key.public_key,
            signature: key.signature,
        })
        .collect();
    airkit::accept(&app, &page_session, origin, &issuer_did, &keys).await?;
    Ok(Json(json!({})))
}

pub(super) async fn refuse(
    State(app): State<App>,
    origin: PageOrigin,
    page_session: PageSession,
    Sent(ConsentRefusal { issuer_did }): Sent<ConsentRefusal>,
) -> Answer<Value> {
    airkit::refuse(&app, &page_session, origin, &issuer_did).await?;
    Ok(Json(json!({})))
}
