//! Routes with their description: no route without one. What a handler takes and answers, its types tell; what they can't tell, the
//! [`Operation`] says.

mod describe;
mod document;

pub(crate) use describe::{Describe, Description, Input, Output};

use axum::{
    Router,
    extract::DefaultBodyLimit,
    handler::Handler,
    middleware,
    routing::{MethodFilter, on},
};
use serde_json::{Map, Value, json};

use super::guard::{Admin, name_viewer, require_admin};
use crate::domain::App;
use describe::Schemas;

/// What an operation belongs to, in the document's order.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tag {
    Credentials,
    Catalogue,
    Callbacks,
    SetUp,
    Users,
    Verification,
    Documents,
    Ledger,
    Packages,
    Events,
    Faults,
    Operation,
    Probes,
}

/// One method of one path.
#[derive(Debug)]
pub(crate) struct Operation {
    method: MethodFilter,
    name: &'static str,
    path: &'static str,
    id: &'static str,
    tag: Tag,
    summary: &'static str,
    refusals: &'static [u16],
    example: Option<Value>,
    answer: Option<Value>,
    is_set_up: bool,
    is_watched: bool,
    is_verifiers: bool,
    body_limit: Option<usize>,
}

/// Reads. `id` names the call in generated clients, `summary` is one line.
pub(crate) fn get(path: &'static str, id: &'static str, tag: Tag, summary: &'static str) -> Operation {
    Operation::new(MethodFilter::GET, "get", path, id, tag, summary)
}

/// Makes something happen.
pub(crate) fn post(path: &'static str, id: &'static str, tag: Tag, summary: &'static str) -> Operation {
    Operation::new(MethodFilter::POST, "post", path, id, tag, summary)
}

/// Replaces.
pub(crate) fn put(path: &'static str, id: &'static str, tag: Tag, summary: &'static str) -> Operation {
    Operation::new(MethodFilter::PUT, "put", path, id, tag, summary)
}

/// Takes away.
pub(crate) fn delete(path: &'static str, id: &'static str, tag: Tag, summary: &'static str) -> Operation {
    Operation::new(MethodFilter::DELETE, "delete", path, id, tag, summary)
}

impl Operation {
    fn new(
        method: MethodFilter,
        name: &'static str,
        path: &'static str,
        id: &'static str,
        tag: Tag,
        summary: &'static str,
    ) -> Self {
        Self {
            method,
            name,
            path,
            id,
            tag,
            summary,
            refusals: &[],
            example: None,
            answer: None,
            is_set_up: false,
            is_watched: false,
            is_verifiers: false,
            body_limit: None,
        }
    }

    /// Statuses of the handler's own; those of its extractors (400, 401, 413, 415, 422) and 429 and 500 are known.
    pub(crate) fn refuses(mut self, statuses: &'static [u16]) -> Self {
        self.refusals = statuses;
        self
    }

    /// A body that fits.
    pub(crate) fn example(mut self, body: Value) -> Self {
        self.example = Some(body);
        self
    }

    /// An answer to it.
    pub(crate) fn answer(mut self, body: Value) -> Self {
        self.answer = Some(body);
        self
    }

    /// With a Partner JWT of scope `verify`, not `issue`.
    pub(crate) fn by_verifier(mut self) -> Self {
        self.is_verifiers = true;
        self
    }

    /// For the operator.
    pub(crate) fn set_up(mut self) -> Self {
        self.is_set_up = true;
        self
    }

    /// For whoever may set up, who sees all, and for a partner by its Partner JWT, who sees its own: the handler takes the `Viewer`.
    pub(crate) fn watched(mut self) -> Self {
        self.is_watched = true;
        self
    }

    /// The most bytes of a body, where that is not what JSON bodies may have.
    pub(crate) fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = Some(bytes);
        self
    }
}

/// The routes and the document, as they grow.
#[derive(Debug)]
pub(crate) struct Api {
    router: Router<App>,
    app: App,
    admin: Admin,
    paths: Map<String, Value>,
    schemas: Schemas,
}

impl Api {
    pub(crate) fn new(app: App, admin: Admin) -> Self {
        Self {
            router: Router::new(),
            app,
            admin,
            paths: Map::new(),
            schemas: Schemas::new(),
        }
    }

    /// Serves the operation by the handler, and describes it.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that adds routes: with their description"
    )]
    pub(crate) fn add<H, T>(&mut self, operation: Operation, handler: H)
    where
        H: Handler<T, App> + Describe<T>,
        T: 'static,
    {
        let Operation {
            method, name, path, ..
        } = operation;
        let (is_set_up, is_watched) = (operation.is_set_up, operation.is_watched);
        let body_limit = operation.body_limit;
        let mut description = Description::new(path, &mut self.schemas);
        handler.describe(&mut description);
        let described = description.finish(operation);
        let item = self.paths.entry(path).or_insert_with(|| json!({}));
        if let Some(methods) = item.as_object_mut() {
            methods.insert(name.to_owned(), described);
        }

        let mut route = on(method, handler);
        if let Some(limit) = body_limit {
            route = route.layer(DefaultBodyLimit::max(limit));
        }
        if is_set_up {
            route = route.layer(middleware::from_fn_with_state(self.admin.clone(), require_admin));
        }
        if is_watched {
            let state = (self.app.clone(), self.admin.clone());
            route = route.layer(middleware::from_fn_with_state(state, name_viewer));
        }
        let router = std::mem::take(&mut self.router);
        self.router = router.route(path, route);
    }

    /// The routes and the OpenAPI document of them.
    pub(crate) fn finish(self) -> (Router<App>, Value) {
        (self.router, document::document(&self.paths, self.schemas))
    }
}
