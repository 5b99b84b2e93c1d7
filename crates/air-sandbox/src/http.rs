//! HTTP: routes, limits, and the platform's error bodies. What a call does is in `domain`.

mod answer;
mod catalogue;
mod control;
mod cors;
mod deadline;
mod events;
mod faults;
mod guard;
mod headers;
mod input;
mod issuer_hosted;
mod logs;
mod observe;
mod packages;
mod platform;
mod rate;
mod snapshots;
mod span;

use axum::{
    Router,
    extract::{DefaultBodyLimit, OriginalUri},
    http::{Extensions, Uri},
    middleware,
    routing::{delete, get, post},
};

use crate::{Limits, domain::App};

/// The most that a JSON body may have.
const JSON_LIMIT: usize = 256 * 1024;
/// The most that a sealed document may have.
const OBJECT_LIMIT: usize = 32 * 1024 * 1024;

/// Whether what is there is everyone's to read: no token is asked for, and no answer has anything personal.
fn is_public(path: &str) -> bool {
    ["/v1/catalog/", "/sandbox/v1/issuers/", "/sandbox/v1/ledger/"]
        .iter()
        .any(|public| path.starts_with(public))
}

/// The path as it was called: a nested router takes its prefix off the request's own.
fn called_path<'r>(uri: &'r Uri, extensions: &'r Extensions) -> &'r str {
    let original = extensions.get::<OriginalUri>();
    original.map_or_else(|| uri.path(), |OriginalUri(uri)| uri.path())
}

/// All routes: the documented ones below `/v1`, our own below `/sandbox/v1`.
pub(crate) fn router(app: App, admin_token: Option<String>, limits: Limits) -> Router {
    let cors = cors::layer(app.clone(), admin_token.is_none());
    let admin = guard::Admin::new(admin_token);
    let documented = Router::new()
        .route("/credentials/issue-on-behalf", post(platform::issue_on_behalf))
        .route("/credentials/status", get(platform::status))
        .route("/issuer/modify", post(platform::modify_issuer))
        .route(
            "/verifier/verify/initialize",
            post(platform::initialize_verification),
        )
        .route("/auth/initialize-user", post(issuer_hosted::initialize_user))
        .route("/dstorage/vcs", post(issuer_hosted::store_vc))
        .route("/dstorage/vcs/{vc}", get(issuer_hosted::fetch_vc))
        .route("/catalog/schemas", get(catalogue::schemas))
        .route("/catalog/schemas/{schema}", get(catalogue::schema))
        .route("/catalog/credentials/{credential}", get(catalogue::credential))
        .route("/catalog/programs", get(catalogue::programs))
        .route("/catalog/programs/{program}", get(catalogue::program))
        .route("/catalog/search", get(catalogue::search));
    let set_up = Router::new()
        .route("/seed", post(control::seed))
        .route("/partners", post(control::create_partner))
        .route("/schemas", post(control::create_schema))
        .route("/programs", post(control::create_program))
        .route(
            "/verification-programs",
            post(control::create_verification_program),
        )
        .route("/faults", get(faults::show).put(faults::set))
        .route("/clock", get(control::clock).put(control::move_clock))
        .route("/snapshots", get(snapshots::list).post(snapshots::save))
        .route("/snapshots/{snapshot}", delete(snapshots::delete))
        .route("/snapshots/{snapshot}/restore", post(snapshots::restore))
        .route("/reset", post(snapshots::reset))
        .route_layer(middleware::from_fn_with_state(
            admin.clone(),
            guard::require_admin,
        ));
    let objects = Router::new()
        .route("/dstorage/objects", post(control::store_object))
        .route("/packages", post(packages::deposit))
        .layer(DefaultBodyLimit::max(OBJECT_LIMIT));
    let watched = Router::new()
        .route("/events", get(events::stream))
        .route("/events/log", get(events::log))
        .route("/events/{event}", get(events::event))
        .route("/logs", get(logs::list))
        .route("/logs/follow", get(logs::follow))
        .route_layer(middleware::from_fn_with_state(
            (app.clone(), admin.clone()),
            guard::name_viewer,
        ));
    let metrics = Router::new()
        .route("/metrics", get(observe::metrics))
        .route_layer(middleware::from_fn_with_state(admin, guard::require_admin));
    let own = Router::new()
        .route("/sessions", post(control::login))
        .route(
            "/users/me/encryption-key",
            get(issuer_hosted::encryption_key).put(issuer_hosted::set_encryption_key),
        )
        .route("/users/me/vcs", get(issuer_hosted::held_vcs))
        .route("/schemas", get(control::search_schemas))
        .route("/schemas/{schema}", get(control::schema))
        .route("/programs/{program}", get(control::program))
        .route("/credentials/issue", post(control::issue))
        .route("/credentials/revoke", post(control::revoke))
        .route("/verifications", post(control::start_verification))
        .route("/verifications/{verification}/consent", post(control::decide))
        .route("/dstorage/objects/{object}", get(control::fetch_object))
        .route("/packages/{package}", get(packages::fetch))
        .route("/packages/{package}/accesses", get(packages::log))
        .route("/issuers/{issuer}/jwks.json", get(control::issuer_keys))
        .route("/issuers/{issuer}/statuslist/{number}", get(control::status_list))
        .route("/ledger/transactions/{transaction}", get(control::transaction))
        .route("/callbacks", get(control::callbacks))
        .route("/callbacks/{record}/replay", post(control::replay_callback))
        .route("/ledger/head", get(control::ledger_head))
        .route("/ledger/blocks/{number}", get(control::ledger_block))
        .route("/ledger/consistency", get(control::consistency))
        .merge(set_up)
        .merge(watched);
    Router::new()
        .route("/healthz", get(platform::health))
        .route("/readyz", get(platform::ready))
        .merge(metrics)
        .nest("/v1", documented)
        .nest("/sandbox/v1", own)
        .layer(DefaultBodyLimit::max(JSON_LIMIT))
        .nest("/sandbox/v1", objects)
        .fallback(answer::no_such_route)
        .method_not_allowed_fallback(answer::no_such_method)
        .layer(middleware::from_fn_with_state(limits, deadline::keep))
        .layer(middleware::from_fn_with_state(app.clone(), faults::inject))
        .layer(middleware::from_fn_with_state(
            rate::Rate::new(limits.rate),
            rate::limit,
        ))
        .layer(cors)
        .layer(middleware::from_fn(headers::secure))
        .layer(middleware::from_fn_with_state(app.clone(), logs::record))
        .layer(middleware::from_fn_with_state(app.clone(), observe::observe))
        .with_state(app)
}
