//! Records that are found by their whole ID: requests, events, blocks, offers and presentation requests.

use air_api::sandbox::EventId;
use air_platform::{
    App, Refusal, RefusalKind,
    dashboard::{self, PAGE, wallets},
    events::{self, Viewer},
};

use super::{Find, Kind};
use crate::{offers, verification};

pub(super) async fn find(app: &App, text: &str) -> Result<Vec<Kind>, Refusal> {
    Ok(vec![
        Kind::of_one("Requests", request(app, text)),
        Kind::of_one("Events", event(app, text).await?),
        Kind::of_one("Blocks", block(app, text).await?),
        Kind::of_one("Offers", offer(app, text).await?),
        Kind::of_one("Presentation requests", presentation(app, text).await?),
    ])
}

/// Returns a request of the log.
fn request(app: &App, text: &str) -> Option<Find> {
    let found = app
        .requests
        .after(0, |request| request.request_id == text)
        .pop()?;
    Some(Find {
        path: format!("/dashboard/logs/{}", found.number),
        name: format!("{} {}", found.method, found.path.as_deref().unwrap_or("?")),
        detail: found.request_id,
    })
}

async fn event(app: &App, text: &str) -> Result<Option<Find>, Refusal> {
    let Ok(id) = text.parse::<EventId>() else {
        return Ok(None);
    };
    let found = known(events::find(app, &Viewer::Everything, &id).await)?;
    Ok(found.map(|event| Find {
        path: crate::events::path(&event.id),
        name: event.kind,
        detail: event.id.to_string(),
    }))
}

/// Returns a block by its number, or by its root in hex.
async fn block(app: &App, text: &str) -> Result<Option<Find>, Refusal> {
    let Some((block, head)) = dashboard::block(app, text).await? else {
        return Ok(None);
    };
    // The list has the newest block first.
    let page = head.saturating_sub(block.number) / u64::from(PAGE) + 1;
    Ok(Some(Find {
        path: format!("/dashboard/ledger?page={page}"),
        name: format!("Block {}", block.number),
        detail: hex::encode(&block.root),
    }))
}

async fn offer(app: &App, text: &str) -> Result<Option<Find>, Refusal> {
    let found = known(wallets::offer_status(app, text).await)?;
    Ok(found.map(|offer| Find {
        path: offers::offer_path(text),
        name: format!("Offer of {}", offer.program),
        detail: text.to_owned(),
    }))
}

async fn presentation(app: &App, text: &str) -> Result<Option<Find>, Refusal> {
    let found = known(wallets::request_status(app, text).await)?;
    Ok(found.map(|_| Find {
        path: verification::request_path(text),
        name: "Presentation request".to_owned(),
        detail: text.to_owned(),
    }))
}

/// Returns `None` for a record that does not exist.
fn known<T>(found: Result<T, Refusal>) -> Result<Option<T>, Refusal> {
    match found {
        Ok(record) => Ok(Some(record)),
        Err(refusal) if refusal.kind() == RefusalKind::NotFound => Ok(None),
        Err(refusal) => Err(refusal),
    }
}
