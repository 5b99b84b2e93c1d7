//! Derives the description of an operation from the types of its handler.

use std::future::Future;

use air_api::IDEMPOTENT_REPLAYED_HEADER;
use axum::{
    Extension, Json,
    extract::{FromRequest, FromRequestParts, Query, State, rejection::QueryRejection},
    http::HeaderValue,
    response::{IntoResponse, Response},
    routing::{MethodFilter, MethodRouter, on},
};
use serde::Serialize;

use super::{Description, JsonSchema};
use crate::http::{error::ErrorResponse, metrics::HttpMetrics};
use air_platform::{App, Refusal, events::Viewer, idempotency::IdempotentResponse};

/// A part of a request.
pub(crate) trait Input {
    /// Whether the input rejects an unidentified caller by the request's head alone.
    const IDENTIFIES: bool = false;
    /// Whether the input reads the request's body.
    const READS_BODY: bool = false;
    /// Whether the input includes the request's `Idempotency-Key`.
    const TAKES_REQUEST_KEY: bool = false;

    fn describe(description: &mut Description<'_>);
}

/// The result of a handler.
pub(crate) trait Output {
    /// Whether the output is an [`IdempotentResponse`].
    const IS_IDEMPOTENT: bool = false;

    fn describe(description: &mut Description<'_>);

    /// Encodes the result as a response.
    fn respond(self) -> Response;
}

/// A handler with a description. `T` is the tuple of arguments that axum calls it with.
pub(crate) trait Describe<T> {
    /// Whether the caller is identified before a body is read. (The argument that reads the body is the last
    /// of a handler.)
    const IDENTIFIES_FIRST: bool;
    /// Whether the handler takes the request's `Idempotency-Key` and returns an [`IdempotentResponse`], or
    /// does neither.
    const HONORS_REQUEST_KEY: bool;

    fn describe(&self, description: &mut Description<'_>);

    /// Returns the route that calls the handler.
    fn route(self, method: MethodFilter) -> MethodRouter<App>;
}

impl<F, Fut> Describe<((),)> for F
where
    F: Fn() -> Fut + Clone + Send + Sync + 'static,
    Fut: Future<Output: Output> + Send,
{
    const IDENTIFIES_FIRST: bool = true;
    const HONORS_REQUEST_KEY: bool = !<Fut::Output as Output>::IS_IDEMPOTENT;

    fn describe(&self, description: &mut Description<'_>) {
        <Fut::Output as Output>::describe(description);
    }

    fn route(self, method: MethodFilter) -> MethodRouter<App> {
        on(method, async move || self().await.respond())
    }
}

/// Implements [`Describe`] for handlers with these arguments. Only the last one may read the body.
macro_rules! handlers {
    ($([$($head:ident)*] $last:ident;)*) => {$(
        impl<F, Fut, M, $($head,)* $last> Describe<(M, $($head,)* $last,)> for F
        where
            F: Fn($($head,)* $last) -> Fut + Clone + Send + Sync + 'static,
            Fut: Future<Output: Output> + Send,
            M: 'static,
            $($head: Input + FromRequestParts<App> + Send + 'static,)*
            $last: Input + FromRequest<App, M> + Send + 'static,
        {
            const IDENTIFIES_FIRST: bool = !(false $(|| $head::READS_BODY)* || $last::READS_BODY)
                || (false $(|| $head::IDENTIFIES)* || $last::IDENTIFIES);
            const HONORS_REQUEST_KEY: bool = (false $(|| $head::TAKES_REQUEST_KEY)* || $last::TAKES_REQUEST_KEY)
                == <Fut::Output as Output>::IS_IDEMPOTENT;

            fn describe(&self, description: &mut Description<'_>) {
                $($head::describe(description);)*
                $last::describe(description);
                <Fut::Output as Output>::describe(description);
            }

            #[expect(non_snake_case, reason = "an argument has the name of its type")]
            fn route(self, method: MethodFilter) -> MethodRouter<App> {
                let handler = move |$($head: $head,)* $last: $last| {
                    let answering = self($($head,)* $last);
                    async move { answering.await.respond() }
                };
                on::<_, (M, $($head,)* $last,), _>(method, handler)
            }
        }
    )*};
}

handlers! {
    [] A;
    [A] B;
    [A B] C;
    [A B C] D;
    [A B C D] E;
    [A B C D E] G;
}

/// The viewer is determined before the handler is called, and
/// [`Operation::watched`](super::Operation::watched) describes it.
impl Input for Extension<Viewer> {
    fn describe(_: &mut Description<'_>) {}
}

#[cfg(feature = "chain")]
impl Input for Extension<crate::chain::AnchorProofs> {
    fn describe(_: &mut Description<'_>) {}
}

impl Input for Extension<HttpMetrics> {
    fn describe(_: &mut Description<'_>) {}
}

impl Input for State<App> {
    fn describe(_: &mut Description<'_>) {}
}

impl<T: JsonSchema> Input for Result<Query<T>, QueryRejection> {
    fn describe(description: &mut Description<'_>) {
        description.query::<T>();
    }
}

impl<T: Serialize + JsonSchema> Output for Json<T> {
    fn describe(description: &mut Description<'_>) {
        description.answers::<T>();
    }

    fn respond(self) -> Response {
        self.into_response()
    }
}

impl<T: Serialize + JsonSchema> Output for IdempotentResponse<T> {
    const IS_IDEMPOTENT: bool = true;

    fn describe(description: &mut Description<'_>) {
        description.answers::<T>();
        description.is_replayable();
    }

    fn respond(self) -> Response {
        let is_replayed = self.is_replayed();
        let mut response = Json(self.into_body()).into_response();
        if is_replayed {
            let headers = response.headers_mut();
            headers.insert(IDEMPOTENT_REPLAYED_HEADER, HeaderValue::from_static("true"));
        }
        response
    }
}

impl<T: Output> Output for Result<T, Refusal> {
    const IS_IDEMPOTENT: bool = T::IS_IDEMPOTENT;

    fn describe(description: &mut Description<'_>) {
        description.has_error_body();
        T::describe(description);
    }

    fn respond(self) -> Response {
        match self {
            Ok(answer) => answer.respond(),
            Err(refusal) => ErrorResponse(refusal).into_response(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::input::{Body, Keyed};

    fn honors_request_key<T, H: Describe<T>>(_: H) -> bool {
        H::HONORS_REQUEST_KEY
    }

    /// `Api::add` does not compile for a handler for which this is false.
    #[test]
    fn a_handler_that_takes_a_request_key_must_answer_with_an_idempotent_response() {
        async fn answers_again(Keyed { body, .. }: Keyed<u8>) -> Json<u8> {
            Json(body)
        }
        async fn answers_once(_: Keyed<u8>) -> Result<IdempotentResponse<u8>, Refusal> {
            Err(Refusal::not_found("nothing"))
        }
        async fn has_no_key(_: Body<u8>) -> Result<IdempotentResponse<u8>, Refusal> {
            Err(Refusal::not_found("nothing"))
        }
        async fn needs_no_key(Body(body): Body<u8>) -> Json<u8> {
            Json(body)
        }
        assert!(!honors_request_key(answers_again));
        assert!(!honors_request_key(has_no_key));
        assert!(honors_request_key(answers_once));
        assert!(honors_request_key(needs_no_key));
    }
}
