//! The platform itself.

use serde_json::json;

use crate::http::{
    api::{Api, Tag, get, put},
    control, observe, platform,
};

pub(super) fn add_clock(api: &mut Api) {
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

pub(super) fn add_probes(api: &mut Api) {
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
