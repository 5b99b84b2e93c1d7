//! Deadlines for receiving a request and starting its response. A started response has no deadline, since it
//! may be a stream or be delayed by a fault.

use axum::{
    body::{Body, HttpBody},
    extract::{Request, State},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, stream};
use tokio::time::{Instant, timeout_at};

use super::error::ErrorResponse;
use crate::Limits;
use air_platform::Refusal;

/// The body did not arrive in time.
#[derive(Debug, thiserror::Error)]
#[error("the request's body did not arrive in time")]
pub(crate) struct TooSlow;

impl TooSlow {
    /// Checks whether an error was caused by this error.
    pub(crate) fn is_in(error: &(dyn std::error::Error + 'static)) -> bool {
        std::iter::successors(Some(error), |error| error.source()).any(<dyn std::error::Error>::is::<Self>)
    }
}

/// Enforces the deadlines of [`Limits`].
pub(crate) async fn keep(State(limits): State<Limits>, request: Request, next: Next) -> Response {
    let end = Instant::now() + limits.body_time;
    let request = request.map(|body| coming_by(body, end));
    timeout_at(end + limits.answer_time, next.run(request))
        .await
        .unwrap_or_else(|_| {
            let refusal = Refusal::unavailable("the platform did not respond in time; try again later");
            ErrorResponse(refusal).into_response()
        })
}

fn coming_by(body: Body, end: Instant) -> Body {
    if body.is_end_stream() {
        return body;
    }
    Body::from_stream(stream::unfold(
        body.into_data_stream(),
        move |mut rest| async move {
            let chunk = match timeout_at(end, rest.next()).await {
                Ok(chunk) => chunk?,
                Err(_) => Err(axum::Error::new(TooSlow)),
            };
            Some((chunk, rest))
        },
    ))
}
