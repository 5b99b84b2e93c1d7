//! What happened, what goes wrong on demand, and the platform itself.

use serde_json::json;

use crate::http::{
    api::{Api, Tag, delete, get, post, put},
    control, events, faults, logs, observe, platform, snapshots,
};

pub(super) fn add(api: &mut Api) {
    add_events(api);
    add_faults_and_time(api);
    add_snapshots(api);
    add_probes(api);
}

fn add_events(api: &mut Api) {
    let tag = Tag::Events;
    api.add(
        get(
            "/sandbox/v1/events",
            "events",
            tag,
            "Stream what happens, as server-sent events",
        )
        .watched(),
        events::stream,
    );
    api.add(
        get(
            "/sandbox/v1/events/log",
            "eventLog",
            tag,
            "List what happened, oldest first",
        )
        .watched(),
        events::log,
    );
    api.add(
        get("/sandbox/v1/events/{event}", "event", tag, "Show one event")
            .watched()
            .refuses(&[404]),
        events::event,
    );
    api.add(
        get(
            "/sandbox/v1/logs",
            "requests",
            tag,
            "List the requests that were answered last",
        )
        .watched(),
        logs::list,
    );
    api.add(
        get(
            "/sandbox/v1/logs/follow",
            "followRequests",
            tag,
            "Stream the requests that are answered, as server-sent events",
        )
        .watched(),
        logs::follow,
    );
}

fn add_faults_and_time(api: &mut Api) {
    api.add(
        get(
            "/sandbox/v1/faults",
            "faults",
            Tag::Faults,
            "Show what goes wrong now",
        )
        .set_up(),
        faults::show,
    );
    api.add(
        put(
            "/sandbox/v1/faults",
            "setFaults",
            Tag::Faults,
            "Set all that goes wrong from now on; {} is nothing",
        )
        .set_up()
        .refuses(&[409])
        .example(
            json!({ "rules": [{ "path": "/v1/credentials", "times": 2, "kind": "status", "status": 503 }] }),
        ),
        faults::set,
    );
    api.add(
        get(
            "/sandbox/v1/clock",
            "clock",
            Tag::Operation,
            "Tell the platform's time",
        )
        .set_up(),
        control::clock,
    );
    api.add(
        put(
            "/sandbox/v1/clock",
            "moveClock",
            Tag::Operation,
            "Move the platform's time forward",
        )
        .set_up()
        .example(json!({ "advanceSeconds": 60 })),
        control::move_clock,
    );
}

fn add_snapshots(api: &mut Api) {
    let tag = Tag::Operation;
    api.add(
        get("/sandbox/v1/snapshots", "snapshots", tag, "List the snapshots")
            .set_up()
            .refuses(&[409]),
        snapshots::list,
    );
    api.add(
        post(
            "/sandbox/v1/snapshots",
            "saveSnapshot",
            tag,
            "Save all that the platform has",
        )
        .set_up()
        .refuses(&[409])
        .example(json!({ "name": "seeded" })),
        snapshots::save,
    );
    api.add(
        post(
            "/sandbox/v1/snapshots/{snapshot}/restore",
            "restoreSnapshot",
            tag,
            "Restore a snapshot",
        )
        .set_up()
        .refuses(&[404, 409]),
        snapshots::restore,
    );
    api.add(
        delete(
            "/sandbox/v1/snapshots/{snapshot}",
            "deleteSnapshot",
            tag,
            "Delete a snapshot",
        )
        .set_up()
        .refuses(&[404, 409]),
        snapshots::delete,
    );
    api.add(
        post("/sandbox/v1/reset", "reset", tag, "Reset the platform")
            .set_up()
            .refuses(&[409]),
        snapshots::reset,
    );
}

fn add_probes(api: &mut Api) {
    api.add(
        get("/healthz", "health", Tag::Probes, "Tell that the process answers"),
        platform::health,
    );
    api.add(
        get("/readyz", "ready", Tag::Probes, "Tell that the store answers"),
        platform::ready,
    );
    api.add(
        get("/metrics", "metrics", Tag::Probes, "Figures for Prometheus").set_up(),
        observe::metrics,
    );
}
