//! The platform's background tasks: blocks, deliveries, notices, and the deletion of expired data.

use tokio::sync::watch;

use crate::{
    App, anchoring, callbacks, clock, expiration, idempotency, metrics::Work, notices, packages, users,
};

/// Makes a block at each interval if entries are pending, and deletes expired data, until the platform stops.
pub async fn make_blocks(app: App, mut stopped: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(app.block_time);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stopped.wait_for(|stop| *stop) => return,
        }
        if app.store.is_shared()
            && let Err(error) = clock::follow(&app).await
        {
            tracing::error!(%error, "the clock could not be read; another process may have moved it");
        }
        if !app.faults.is_chain_stuck()
            && let Err(error) = anchoring::anchor_pending(&app).await
        {
            app.metrics.store_failed(Work::Anchoring);
            tracing::error!(%error, "a block could not be anchored; its entries wait for the next");
        }
        if let Err(error) = expiration::record_expired(&app).await {
            app.metrics.store_failed(Work::Anchoring);
            tracing::error!(%error, "failed to store the events of expired credentials; retrying with the next block");
        }
        if let Err(error) = idempotency::forget_old(&app).await {
            app.metrics.store_failed(Work::Anchoring);
            tracing::error!(%error, "old idempotency keys could not be forgotten; the next block tries again");
        }
        if let Err(error) = users::delete_ended_sessions(&app).await {
            app.metrics.store_failed(Work::Anchoring);
            tracing::error!(%error, "ended sessions could not be deleted; the next block tries again");
        }
        #[cfg(feature = "openid4vc")]
        if let Err(error) = crate::openid4vc::forget_old(&app).await {
            app.metrics.store_failed(Work::Anchoring);
            tracing::error!(%error, "old credential offers could not be deleted; the next block tries again");
        }
        if let Err(error) = packages::forget_expired(&app).await {
            tracing::error!(%error, "old packages could not be forgotten; the next block tries again");
        }
    }
}

/// Delivers due callbacks at the interval of blocks, until the platform stops.
pub async fn deliver_callbacks(app: App, mut stopped: watch::Receiver<bool>) {
    let mut ticks = tokio::time::interval(app.block_time);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stopped.wait_for(|stop| *stop) => return,
        }
        if let Err(error) = callbacks::deliver_due(&app).await {
            app.metrics.store_failed(Work::Callbacks);
            tracing::error!(%error, "callbacks could not be delivered; they are due again");
        }
    }
}

/// Sends due notices at the interval of blocks, until the platform stops. Without a channel, it ends at once.
pub async fn send_notices(app: App, mut stopped: watch::Receiver<bool>) {
    let Some(channel) = app.channel.clone() else {
        return;
    };
    let mut ticks = tokio::time::interval(app.block_time);
    ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = ticks.tick() => {}
            _ = stopped.wait_for(|stop| *stop) => return,
        }
        if let Err(error) = notices::run(&app, &channel).await {
            app.metrics.store_failed(Work::Notices);
            tracing::error!(%error, "notices could not be sent; they are due again");
        }
    }
}
