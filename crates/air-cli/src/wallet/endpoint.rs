//! Requests to issuers and verifiers, under the limits of `air-fetch`.

use air_fetch::{FetchError, Fetcher, NetworkPolicy, Request, Response, is_loopback_url};
use air_oid4vc::vci::ErrorResponse;

use crate::{
    exit::{Exit, Failure},
    terminal::printable,
};

/// The media type of forms.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// The maximum length of an answer in bytes.
const LIMIT: usize = 16 * 1024 * 1024;

/// Connects to public addresses, and to this machine for development. It is for a URL of the user's link.
pub(super) fn fetcher() -> Result<Fetcher, Failure> {
    Ok(Fetcher::new(NetworkPolicy::PublicAndLoopback)?)
}

/// For the URLs that a party names whose own URL is this one: a party elsewhere must not name addresses of this machine.
pub(super) fn fetcher_for(party: &str) -> Result<Fetcher, Failure> {
    if is_loopback_url(party) {
        return fetcher();
    }
    Ok(Fetcher::new(NetworkPolicy::Public)?)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_party_elsewhere_names_no_address_of_this_machine() {
        // Nothing listens on the port.
        let request = Request::get("http://127.0.0.1:9/");
        for (party, is_permitted) in [
            ("https://issuer.example", false),
            ("https://issuer.example/127.0.0.1", false),
            ("http://127.0.0.1:8300/oid4vc/1", true),
            ("http://localhost:8300", true),
        ] {
            let Ok(fetcher) = fetcher_for(party) else {
                panic!("no fetcher");
            };
            let error = fetcher.exchange(&request, 10).await.err();
            let is_refused = matches!(error, Some(FetchError::Url { .. } | FetchError::PrivateAddress));
            assert_eq!(is_refused, !is_permitted, "{party}: {error:?}");
        }
    }
}
