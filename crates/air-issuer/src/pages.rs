//! The admin pages on a listener of their own: HTML from the server, without scripts. The operator signs in with an
//! admin API key. The pages show no claim, since the database has none.

mod attempts;
mod audit;
mod chain_check;
mod cookie;
mod form;
mod gate;
mod issuances;
mod keys;
mod layout;
#[cfg(feature = "openid4vc")]
mod offers;
mod outbox;
mod sessions;
mod sign_in;
mod status_lists;
mod style;

use std::sync::Arc;

use axum::{
    Router,
    extract::FromRef,
    handler::Handler,
    middleware::from_fn_with_state,
    response::Redirect,
    routing::{get, post},
};

use self::{chain_check::ChainCheck, gate::Gate, layout::Failed};
use crate::state::State;

/// The state that the pages share.
#[derive(Clone)]
struct Pages {
    service: Arc<State>,
    gate: Gate,
    chain_check: Arc<ChainCheck>,
}

impl FromRef<Pages> for Arc<State> {
    fn from_ref(pages: &Pages) -> Self {
        pages.service.clone()
    }
}

impl FromRef<Pages> for Gate {
    fn from_ref(pages: &Pages) -> Self {
        pages.gate.clone()
    }
}

impl FromRef<Pages> for Arc<ChainCheck> {
    fn from_ref(pages: &Pages) -> Self {
        pages.chain_check.clone()
    }
}

/// A router, and the method and path of each route.
struct Routes {
    router: Router<Pages>,
    listed: Vec<(&'static str, &'static str)>,
}

impl Routes {
    fn get<T: 'static>(mut self, path: &'static str, handler: impl Handler<T, Pages>) -> Self {
        self.router = self.router.route(path, get(handler));
        self.listed.push(("GET", path));
        self
    }

    fn post<T: 'static>(mut self, path: &'static str, handler: impl Handler<T, Pages>) -> Self {
        self.router = self.router.route(path, post(handler));
        self.listed.push(("POST", path));
        self
    }
}

/// The pages behind the gate. Each router has sessions of its own.
pub(crate) fn router(service: &Arc<State>) -> Router {
    let gate = Gate::new(&service.config, service.clock.clone());
    let pages = Pages {
        service: service.clone(),
        gate: gate.clone(),
        chain_check: Arc::default(),
    };
    routes(service)
        .router
        .fallback(no_such_page)
        .method_not_allowed_fallback(no_such_page)
        .layer(from_fn_with_state(gate, gate::guard))
        .with_state(pages)
}

/// The method and path of each page.
pub(crate) fn list(service: &State) -> Vec<(&'static str, &'static str)> {
    routes(service).listed
}

#[cfg_attr(
    not(feature = "openid4vc"),
    expect(unused_variables, reason = "this build makes no offers")
)]
fn routes(service: &State) -> Routes {
    let routes = Routes {
        router: Router::new(),
        listed: Vec::new(),
    };
    let routes = routes
        .get("/", async || Redirect::to(issuances::PATH))
        .get(style::PATH, style::show)
        .get(gate::SIGN_IN, sign_in::show)
        .post(gate::SIGN_IN, sign_in::sign_in)
        .post("/sign-out", sign_in::sign_out)
        .get(issuances::PATH, issuances::list)
        .get("/issuances/{id}", issuances::show)
        .get("/issuances/{id}/revoke", issuances::confirm)
        .post("/issuances/{id}/revoke", issuances::revoke)
        .get(outbox::PATH, outbox::list)
        .post("/outbox/{id}/try", outbox::try_now)
        .get("/keys", keys::show)
        .get(status_lists::PATH, status_lists::list)
        .get(audit::PATH, audit::list);
    #[cfg(feature = "openid4vc")]
    let routes = if service.config.openid4vc.is_some() {
        routes.get(offers::PATH, offers::list)
    } else {
        routes
    };
    routes
}

async fn no_such_page() -> Failed {
    Failed::not_found("there is no such page; use the navigation to find other pages")
}
