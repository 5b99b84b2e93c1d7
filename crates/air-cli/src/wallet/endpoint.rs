//! Requests to issuers and verifiers, under the limits of `air-fetch`.

use air_fetch::{FetchError, Fetcher, NetworkPolicy, Request, Response, is_loopback_url};
use air_oid4vc::vci::ErrorResponse;
use air_vc::did::Resolver;

use crate::{
    exit::{Exit, Failure},
    partner::is_own_platform_local,
    terminal::printable,
};

/// The media type of forms.
pub(super) const FORM: &str = "application/x-www-form-urlencoded";

/// The maximum length of an answer in bytes.
const LIMIT: usize = 16 * 1024 * 1024;

/// Fetches the URL of a link from any source.
pub(super) fn fetcher() -> Result<Fetcher, Failure> {
    fetcher_for(&[])
}

/// Fetches the URLs that a party names. `sources` are the URLs that led from the link to the party.
pub(super) fn fetcher_for(sources: &[&str]) -> Result<Fetcher, Failure> {
    Ok(Fetcher::new(policy(is_own_platform_local(), sources))?)
}

/// Resolves the DIDs that a party names. `sources` are the URLs that led from the link to the party.
pub(super) fn resolver_for(sources: &[&str]) -> Result<Resolver<Fetcher>, Failure> {
    let policy = policy(is_own_platform_local(), sources);
    let resolver = Resolver::new(Fetcher::new(policy)?);
    Ok(if policy == NetworkPolicy::PublicAndLoopback {
        resolver.in_development()
    } else {
        resolver
    })
}

/// Permits addresses of this machine for development only: if the user's own platform is on this
/// machine (`is_local`), and no URL on the way is elsewhere. A party elsewhere, or a link for a
/// user of a hosted platform, must not name other services of this machine.
fn policy(is_local: bool, sources: &[&str]) -> NetworkPolicy {
    if is_local && sources.iter().all(|source| is_loopback_url(source)) {
        NetworkPolicy::PublicAndLoopback
    } else {
        NetworkPolicy::Public
    }
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
            "if the transaction code was wrong, try again with the right one; a code that is used or expired needs a new offer",
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
    let is_refused = matches!(error, FetchError::Url { .. } | FetchError::PrivateAddress);
    let failure = Failure::new(exit, format!("{what}: {error}"));
    if is_refused && !is_own_platform_local() {
        return failure.with_hint(
            "for an issuer or a verifier on this machine, set AIR_URL to a platform on this machine",
        );
    }
    failure
}

/// The failure for a message of the other party, or the user's input, that breaks a rule.
pub(super) fn refused(error: &air_oid4vc::Error) -> Failure {
    Failure::rejected(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_parties_of_this_machine_name_its_addresses_and_only_to_users_of_a_local_platform() {
        let (local, remote) = ("http://127.0.0.1:8300/oid4vc/1", "https://issuer.example");
        let cases: [(bool, &[&str], bool); 9] = [
            (true, &[], true),
            (true, &[local], true),
            (true, &["http://localhost:8300", local], true),
            (true, &[remote], false),
            (true, &["https://issuer.example/127.0.0.1"], false),
            // An offer from elsewhere names an issuer on this machine.
            (true, &[remote, local], false),
            (true, &[local, remote], false),
            (false, &[], false),
            (false, &[local], false),
        ];
        for (is_local, sources, is_permitted) in cases {
            let expected = if is_permitted {
                NetworkPolicy::PublicAndLoopback
            } else {
                NetworkPolicy::Public
            };
            assert_eq!(policy(is_local, sources), expected, "{is_local} {sources:?}");
        }
    }
}
