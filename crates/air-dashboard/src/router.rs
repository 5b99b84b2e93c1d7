//! The routes of the pages.

use axum::{
    Router, middleware,
    response::Redirect,
    routing::{get, post},
};

use super::{
    Access, accounts, assets, builder, checkpoints, credentials, events,
    gate::{self, Gate},
    issue,
    layout::Failed,
    login, logo, offers, operation, overview, programs, records, schemas, search, verification, wallet,
};
use air_platform::{App, Refusal};

/// Returns the pages below `/dashboard`, and the user's pages below `/wallet`.
pub fn router(access: Access) -> Router<App> {
    let wallet = wallet::router(&access);
    let gate = Gate::new(access);
    let login = get(login::show).post(login::log_in).with_state(gate.clone());
    let logout = post(login::log_out).with_state(gate.clone());
    Router::new()
        .route("/dashboard", get(overview::show))
        .route("/dashboard/", get(async || Redirect::permanent("/dashboard")))
        .route("/dashboard/search", get(search::show))
        .route("/dashboard/accounts", get(accounts::list))
        .route(
            "/dashboard/accounts/new",
            get(accounts::new).post(accounts::create),
        )
        .route("/dashboard/accounts/{partner}", get(accounts::show))
        .route(
            "/dashboard/accounts/{partner}/logo",
            get(logo::show).post(logo::set),
        )
        .route("/dashboard/accounts/{partner}/logo/remove", post(logo::remove))
        .route(
            "/dashboard/accounts/{partner}/issuer-backend",
            post(accounts::set_backend),
        )
        .route(
            "/dashboard/accounts/{partner}/issuer-backend/remove",
            post(accounts::remove_backend),
        )
        .route("/dashboard/schemas", get(schemas::list))
        .route("/dashboard/schemas/new", get(builder::new).post(builder::create))
        .route("/dashboard/schemas/preview", post(builder::preview))
        .route("/dashboard/schemas/{schema}", get(schemas::show))
        .route("/dashboard/programs", get(programs::list))
        .route(
            "/dashboard/programs/new",
            get(programs::new).post(programs::create),
        )
        .route("/dashboard/programs/{program}", get(programs::show))
        .route("/dashboard/programs/{program}/publish", post(programs::publish))
        .route(
            "/dashboard/programs/{program}/offer",
            get(offers::new).post(offers::create),
        )
        .route("/dashboard/offers/{offer}", get(offers::show))
        .route("/dashboard/credentials", get(credentials::list))
        .route("/dashboard/credentials/{hash}", get(credentials::show))
        .route("/dashboard/credentials/{hash}/revoke", post(credentials::revoke))
        .route("/dashboard/issue", get(issue::new).post(issue::create))
        .route("/dashboard/issue/preview", post(issue::preview))
        .merge(verification_routes())
        .route("/dashboard/users", get(records::users))
        .route("/dashboard/users/{user}", get(records::user))
        .route("/dashboard/events/{event}", get(events::show))
        .route("/dashboard/ledger", get(records::ledger).post(records::anchor))
        .route("/dashboard/checkpoints", get(checkpoints::show))
        .route("/dashboard/callbacks", get(records::callbacks))
        .route("/dashboard/callbacks/{record}/replay", post(records::replay))
        .route("/dashboard/logs", get(records::logs))
        .route("/dashboard/logs/{number}", get(records::request))
        .route(
            "/dashboard/faults",
            get(operation::faults).post(operation::set_faults),
        )
        .route(
            "/dashboard/clock",
            get(operation::clock).post(operation::set_clock),
        )
        .route("/dashboard/login", login)
        .route("/dashboard/logout", logout)
        .merge(assets::router())
        .route("/dashboard/{*other}", get(no_such_page))
        .layer(middleware::from_fn_with_state(gate, gate::guard))
        .merge(wallet)
}

/// The pages of verification programs, presentation requests and verifications.
fn verification_routes() -> Router<App> {
    Router::new()
        .route("/dashboard/verification", get(verification::list))
        .route(
            "/dashboard/verification/new",
            get(verification::new).post(verification::create),
        )
        .route(
            "/dashboard/verification/programs/{program}",
            get(verification::show),
        )
        .route(
            "/dashboard/verification/programs/{program}/ask",
            post(verification::ask),
        )
        .route(
            "/dashboard/verification/programs/{program}/request",
            post(verification::request),
        )
        .route(
            "/dashboard/verification/programs/{program}/trust-list",
            post(verification::set_trust_list),
        )
        .route(
            "/dashboard/verification/programs/{program}/trust-list/remove",
            post(verification::remove_trust_list),
        )
        .route(
            "/dashboard/verification/requests/{request}",
            get(verification::requested),
        )
        .route("/dashboard/verification/records", get(verification::records))
        .route(
            "/dashboard/verification/records/{run}",
            get(verification::record).post(verification::decide),
        )
}

async fn no_such_page() -> Failed {
    Refusal::not_found("page not found; use the navigation to find other pages").into()
}
