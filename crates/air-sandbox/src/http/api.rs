//! Routes with their descriptions. Each route has one. The types of a handler describe its input and output,
//! and the [`Operation`] contains the rest.
//!
//! A build serves a stored document. The tests generate it from the descriptions and compare: the code that
//! generates has about 1 MB.

mod describe;
#[cfg_attr(not(test), path = "api/no_description.rs")]
mod description;
#[cfg(test)]
mod document;
#[cfg(feature = "openapi")]
mod stored;
#[cfg(all(test, feature = "chain", feature = "openapi", feature = "openid4vc"))]
mod tests;

pub(crate) use describe::{Describe, Input, Output};
pub(crate) use description::{Description, JsonSchema};

use std::marker::PhantomData;

use axum::{Extension, Router, extract::DefaultBodyLimit, middleware, routing::MethodFilter};
use serde_json::Value;

use super::{
    budget::{BodyBudget, LargeBody},
    guard::{Admin, name_viewer, require_admin},
};
use air_platform::App;
use description::Operations;
#[cfg(feature = "openapi")]
use {super::reader, stored::Served};

/// The group of an operation, in the order of the document.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Tag {
    Credentials,
    Catalogue,
    Callbacks,
    SetUp,
    Users,
    Verification,
    DocumentLoader,
    Ledger,
    Packages,
    Events,
    Faults,
    Operation,
    Probes,
}

/// An operation without a check before its handler. The handler checks the caller.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Unchecked;

/// An operation whose callers are checked before the handler's arguments are extracted.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Checked;

/// Whether a check precedes the handler.
pub(crate) trait CallerCheck {
    const IS_BEFORE_HANDLER: bool;
}

impl CallerCheck for Unchecked {
    const IS_BEFORE_HANDLER: bool = false;
}

impl CallerCheck for Checked {
    const IS_BEFORE_HANDLER: bool = true;
}

/// One method of one path.
#[derive(Debug)]
pub(crate) struct Operation<F = Unchecked> {
    check: PhantomData<F>,
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
    body_limit: Option<usize>,
}

/// Describes an operation that reads. `id` names the call in generated clients, `summary` is one line.
pub(crate) fn get(path: &'static str, id: &'static str, tag: Tag, summary: &'static str) -> Operation {
    Operation::new(MethodFilter::GET, "get", path, id, tag, summary)
}

/// Describes an operation that creates a record or starts an action.
pub(crate) fn post(path: &'static str, id: &'static str, tag: Tag, summary: &'static str) -> Operation {
    Operation::new(MethodFilter::POST, "post", path, id, tag, summary)
}

/// Describes an operation that replaces.
pub(crate) fn put(path: &'static str, id: &'static str, tag: Tag, summary: &'static str) -> Operation {
    Operation::new(MethodFilter::PUT, "put", path, id, tag, summary)
}

/// Describes an operation that deletes.
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
            check: PhantomData,
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
            body_limit: None,
        }
    }

    /// Restricts the operation to the operator: a client on this machine, or a caller with the admin token.
    pub(crate) fn set_up(self) -> Operation<Checked> {
        Operation {
            check: PhantomData,
            method: self.method,
            name: self.name,
            path: self.path,
            id: self.id,
            tag: self.tag,
            summary: self.summary,
            refusals: self.refusals,
            example: self.example,
            answer: self.answer,
            is_set_up: true,
            is_watched: self.is_watched,
            body_limit: self.body_limit,
        }
    }
}

impl<F> Operation<F> {
    /// Adds the handler's own error statuses. The statuses of its extractors (400, 401, 413, 415, 422) and
    /// 429, 500 and 503 are added automatically.
    pub(crate) fn refuses(mut self, statuses: &'static [u16]) -> Self {
        self.refusals = statuses;
        self
    }

    /// Sets an example of a valid body. Only the tests call `body`.
    pub(crate) fn example(mut self, body: impl FnOnce() -> Value) -> Self {
        if cfg!(test) {
            self.example = Some(body());
        }
        self
    }

    /// Sets the response to the example. Only the tests call `body`.
    pub(crate) fn answer(mut self, body: impl FnOnce() -> Value) -> Self {
        if cfg!(test) {
            self.answer = Some(body());
        }
        self
    }

    /// Opens the operation to the operator, who sees everything, and to partners with a Partner JWT, who see
    /// their own records. The handler takes the `Viewer`.
    pub(crate) fn watched(mut self) -> Self {
        self.is_watched = true;
        self
    }

    /// Sets the maximum size of the body in bytes, if it differs from the JSON limit.
    pub(crate) fn body_limit(mut self, bytes: usize) -> Self {
        self.body_limit = Some(bytes);
        self
    }
}

/// A builder of the routes, with the document of these.
#[derive(Debug)]
pub(crate) struct Api {
    router: Router<App>,
    app: App,
    admin: Admin,
    budget: BodyBudget,
    operations: Operations,
    #[cfg(feature = "openapi")]
    served: Served,
}

impl Api {
    pub(crate) fn new(app: App, admin: Admin, budget: BodyBudget) -> Self {
        Self {
            router: Router::new(),
            app,
            admin,
            budget,
            operations: Operations::new(),
            #[cfg(feature = "openapi")]
            served: Served::default(),
        }
    }

    /// Serves the operation with the handler, and describes it. Two kinds of handlers do not compile here:
    ///
    /// * a handler that reads a body before the caller is identified, by an argument of its own or by the
    ///   check of [`Operation::set_up`];
    /// * a handler that takes an `Idempotency-Key` and returns anything but an `IdempotentResponse`, or the
    ///   reverse.
    #[expect(
        clippy::disallowed_methods,
        reason = "the one place that adds routes: with their description"
    )]
    pub(crate) fn add<F, H, T>(&mut self, operation: Operation<F>, handler: H)
    where
        F: CallerCheck,
        H: Describe<T>,
        T: 'static,
    {
        const {
            assert!(
                H::HONORS_REQUEST_KEY,
                "a handler takes an Idempotency-Key if and only if it answers with an IdempotentResponse"
            );
            assert!(
                F::IS_BEFORE_HANDLER || H::IDENTIFIES_FIRST,
                "a handler that reads a body needs an argument that identifies the caller, or `set_up`"
            );
        }
        let (method, path) = (operation.method, operation.path);
        let (is_set_up, is_watched) = (operation.is_set_up, operation.is_watched);
        let body_limit = operation.body_limit;
        #[cfg(feature = "openapi")]
        self.served.insert((path, operation.name));
        self.operations
            .add(operation, |description| handler.describe(description));

        let mut route = handler.route(method);
        if let Some(limit) = body_limit {
            let large = LargeBody::new(self.budget.clone(), limit);
            route = route.layer((DefaultBodyLimit::max(limit), Extension(large)));
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

    /// Returns the routes, with those of their OpenAPI document.
    #[cfg(feature = "openapi")]
    pub(crate) fn finish(self) -> Router<App> {
        self.router.merge(reader::router(&stored::document(&self.served)))
    }

    /// Returns the routes.
    #[cfg(not(feature = "openapi"))]
    pub(crate) fn finish(self) -> Router<App> {
        self.router
    }
}
