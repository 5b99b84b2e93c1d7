//! Partners' logos: small pictures that users see beside a partner's name.

mod picture;

use air_ids::PartnerId;
use sha2::{Digest, Sha256};

use super::{
    App, Refusal,
    events::{self, EventKind},
};
pub use air_store::logos::{Logo, Mark};
use air_store::{
    ReadTx, logos,
    partners::{self, Partner},
};

/// The maximum size of a logo in bytes.
const LIMIT: usize = 256 * 1024;

/// Sets or replaces a partner's logo. Setting the same logo again changes nothing and stores no event.
pub async fn set(app: &App, partner_id: &str, bytes: Vec<u8>) -> Result<(), Refusal> {
    if bytes.len() > LIMIT {
        return Err(Refusal::too_large(format!(
            "the file has {} KiB; the limit is 256 KiB, so save a smaller image",
            bytes.len().div_ceil(1024)
        )));
    }
    let picture = picture::read(&bytes).map_err(|error| Refusal::bad_request(error.to_string()))?;
    let logo = Logo {
        mark: Mark {
            media_type: picture.kind.media_type().to_owned(),
            width: picture.width.into(),
            height: picture.height.into(),
            sha256: hex::encode(Sha256::digest(&bytes)),
        },
        bytes,
    };
    let mut tx = app.store.write().await?;
    let partner = existing(&mut tx, partner_id).await?;
    let partner_id = &partner.partner_id;
    let before = logos::mark(&mut tx, partner_id).await?;
    if before.is_some_and(|mark| mark.sha256 == logo.mark.sha256) {
        // The earlier logo may not be on disk yet.
        return tx.commit().await.map_err(Refusal::from);
    }
    let now = app.platform_clock.now();
    logos::set(&mut tx, partner_id, &logo, now).await?;
    let event = EventKind::PartnerModified {
        partner_id,
        logo: Some(&logo.mark.sha256),
    };
    events::record(&mut tx, &event, now).await?;
    app.commit(tx).await.map_err(Refusal::from)
}

/// Removes a partner's logo, if there is one.
pub async fn remove(app: &App, partner_id: &str) -> Result<(), Refusal> {
    let mut tx = app.store.write().await?;
    let partner = existing(&mut tx, partner_id).await?;
    let partner_id = &partner.partner_id;
    if !logos::remove(&mut tx, partner_id).await? {
        // The earlier removal may not be on disk yet.
        return tx.commit().await.map_err(Refusal::from);
    }
    let event = EventKind::PartnerModified {
        partner_id,
        logo: None,
    };
    events::record(&mut tx, &event, app.platform_clock.now()).await?;
    app.commit(tx).await.map_err(Refusal::from)
}

async fn existing(tx: &mut ReadTx, partner_id: &str) -> Result<Partner, Refusal> {
    let partner = partners::find(tx, partner_id).await?;
    partner.ok_or_else(|| Refusal::not_found("no such partner"))
}

/// Returns a partner's logo.
pub async fn find(app: &App, partner_id: &str) -> Result<Logo, Refusal> {
    let found = logos::find(&mut *app.store.read().await?, partner_id).await?;
    found.ok_or_else(|| Refusal::not_found("this partner has no logo"))
}

/// Returns the hash and the media type of a partner's logo, if it has one.
pub async fn mark(app: &App, partner_id: &PartnerId) -> Result<Option<Mark>, Refusal> {
    Ok(logos::mark(&mut *app.store.read().await?, partner_id).await?)
}
