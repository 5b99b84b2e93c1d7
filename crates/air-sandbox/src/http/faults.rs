//! Injects faults before and after each call.

use std::{io, time::Duration};

use air_api::sandbox::{FAULT_HEADER, Fault};
use axum::{
    body::Body,
    extract::{Request, State},
    http::{HeaderValue, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use futures_util::{StreamExt, stream};

use super::{
    error::{self, ErrorResponse},
    guard::Admin,
};
use air_platform::{App, Refusal, faults::TokenFault};

/// The path of the fault settings. No faults are injected there, so that they can always be cleared.
const OWN_PATH: &str = "/sandbox/v1/faults";

/// Injects the fault of the request's own header, which only the operator may send, or else the first
/// matching rule.
pub(crate) async fn inject(
    State((app, admin)): State<(App, Admin)>,
    mut request: Request,
    next: Next,
) -> Response {
    let path = request.uri().path();
    if path.starts_with(OWN_PATH) {
        return next.run(request).await;
    }
    let asked = request.headers().get(FAULT_HEADER).map(HeaderValue::to_str);
    let fault = match asked {
        None => app.faults.take(path),
        Some(_) if !admin.allows(&request) => {
            return refused(Refusal::forbidden(format!(
                "only the operator may send {FAULT_HEADER}; remove it, or send the operator token as bearer token"
            )));
        }
        Some(asked) => match asked.unwrap_or_default().parse() {
            Ok(fault) => Some(fault),
            Err(error) => return refused(Refusal::bad_request(format!("{FAULT_HEADER}: {error}"))),
        },
    };
    match fault {
        None => next.run(request).await,
        Some(Fault::Delay { milliseconds }) => {
            wait(milliseconds).await;
            next.run(request).await
        }
        Some(Fault::Status { status, retry_after }) => with_status(status, retry_after),
        Some(Fault::Drop) => broken(StatusCode::OK.into_response()),
        Some(Fault::LoseAnswer) => broken(next.run(request).await),
        Some(Fault::SlowBody { milliseconds }) => slow(next.run(request).await, milliseconds),
        Some(fault @ (Fault::JwksOutage | Fault::ClockSkew { .. })) => {
            request.extensions_mut().insert(TokenFault::new(fault));
            next.run(request).await
        }
        Some(_) => refused(Refusal::internal("a fault of a later version")),
    }
}

async fn wait(milliseconds: u32) {
    tokio::time::sleep(Duration::from_millis(milliseconds.into())).await;
}

fn refused(refusal: Refusal) -> Response {
    ErrorResponse(refusal).into_response()
}

fn with_status(status: u16, retry_after: Option<u32>) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = error::error(status, "a fault that was asked for");
    if let Some(seconds) = retry_after {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}

/// Returns the head of a response, and then breaks the connection.
fn broken(response: Response) -> Response {
    let (mut head, _) = response.into_parts();
    head.headers
        .insert(header::CONTENT_LENGTH, HeaderValue::from(1_000_000));
    let broken = Err::<&[u8], _>(io::Error::other("a fault that was asked for"));
    Response::from_parts(head, Body::from_stream(stream::iter([broken])))
}

/// Delays the body of a response.
fn slow(response: Response, milliseconds: u32) -> Response {
    let (head, body) = response.into_parts();
    let late = stream::once(wait(milliseconds)).flat_map(|()| stream::empty());
    let body = Body::from_stream(late.chain(body.into_data_stream()));
    Response::from_parts(head, body)
}
