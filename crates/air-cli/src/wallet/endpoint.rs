//! Requests to issuers and verifiers, under the limits of `air-fetch`.

use air_fetch::{FetchError, Fetcher, NetworkPolicy, Request, Response};
use air_oid4vc::vci::ErrorResponse;

use crate::{
    exit::{Exit, Failure},
    terminal::printable,
};

/// The media type of forms.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// The maximum length of an answer in bytes.
const LIMIT: usize = 16 * 1024 * 1024;

/// Connects to public addresses, and to this machine for development.
pub(super) fn fetcher() -> Result<Fetcher, Failure> {
    Ok(Fetcher::new(NetworkPolicy::PublicAndLoopback)?)
}

/// Sends a request. `what` names the endpoint in errors.
pub(super) async fn send(fetcher: &Fetcher, what: &str, request: &Request<'_>) -> Result<Response, Failure> {
    fetcher
        .exchange(request, LIMIT)
        .await
        .map_err(|error| unreachable(what, error))
}

/// Sends a request whose answer must have a status from 200 to 299.
pub(super) async fn fetch(fetcher: &Fetcher, what: &str, request: &Request<'_>) -> Result<Response, Failure> {
    accepted(what, send(fetcher, what, request).await?)
}

/// The answer, if its status is from 200 to 299.
pub(super) fn accepted(what: &str, answer: Response) -> Result<Response, Failure> {
    if answer.is_success() {
        return Ok(answer);
    }
    Err(refusal(what, &answer))
}

/// The error code of an answer that has one.
pub(super) fn error_of(answer: &Response) -> Option<ErrorResponse> {
    ErrorResponse::parse(&answer.bytes).ok()
}

fn refusal(what: &str, answer: &Response) -> Failure {
    let status = answer.status;
    let exit = match status {
        401 | 403 => Exit::NotAuthorised,
        500.. => Exit::Unreachable,
        _ => Exit::InputRejected,
    };
    let Some(error) = error_of(answer) else {
        return Failure::new(exit, format!("{what} answered {status}"));
    };
    let code = printable(error.code().as_str());
    let exit = if code == "invalid_grant" || code == "invalid_client" {
        Exit::NotAuthorised
    } else {
        exit
    };
    let failure = Failure::new(exit, format!("{what} answered {status} with the error `{code}`"))
        .with_details(error.description().map(printable).into_iter().collect());
    match code.as_str() {
        "invalid_grant" => failure.with_hint(
            "the code of the offer is used, expired, or needs another transaction code; get a new offer",
        ),
        _ => failure,
    }
}

fn unreachable(what: &str, error: FetchError) -> Failure {
    let exit = match error {
        FetchError::Url { .. } | FetchError::PrivateAddress | FetchError::TooLong { .. } => {
            Exit::InputRejected
        }
        _ => Exit::Unreachable,
    };
    Failure::new(exit, format!("{what}: {error}"))
}

/// The failure for a message of the other party, or the user's input, that breaks a rule.
pub(super) fn refused(error: &air_oid4vc::Error) -> Failure {
    Failure::rejected(error.to_string())
}
