//! HTTP: routes, limits, and the platform's error bodies. What a call does is in `domain`.

mod answer;
mod api;
mod catalogue;
mod control;
mod faults;
mod guard;
mod input;
mod platform;
mod reader;
mod routes;

use axum::{Router, extract::DefaultBodyLimit, middleware};

use self::api::Api;
use crate::domain::App;

/// The most that a JSON body may have.
const JSON_LIMIT: usize = 256 * 1024;
/// The most that a sealed document may have.
const OBJECT_LIMIT: usize = 32 * 1024 * 1024;

/// All routes, and the document that describes them.
pub(crate) fn router(app: App, admin_token: Option<String>) -> Router {
    let mut api = Api::new(guard::Admin::new(admin_token));
    routes::add_all(&mut api);
    let (router, document) = api.finish();
    router
        .merge(reader::router(&document))
        .layer(DefaultBodyLimit::max(JSON_LIMIT))
        .fallback(answer::no_such_route)
        .method_not_allowed_fallback(answer::no_such_method)
        .layer(middleware::from_fn_with_state(app.clone(), faults::inject))
        .layer(middleware::from_fn(guard::name_request))
        .with_state(app)
}
