//! Checks of the platform: its clock, whether it accepts the partner's token, whether a program is published.

use air_api::{CoreClaimHash, ProgramId};
use air_client::{AirClient, Error};
use air_ids::UnixTime;
use air_jwt::{PartnerId, PartnerToken, Signer};

use crate::finding::Finding;
use crate::time;

/// The clock difference in seconds from which a platform refuses tokens.
pub(super) const SKEW: u64 = 30;
/// The clock difference in seconds from which the check warns.
pub(super) const DRIFT: u64 = 5;

/// Checks that the platform answers, and compares its clock with this one.
pub(super) async fn clock(client: &AirClient, now: UnixTime) -> Finding {
    let theirs = match client.clock().await {
        Err(error) => {
            return Finding::failed(
                "platform",
                "platform-unreachable",
                error.to_string(),
                "start the local platform with `air sandbox up`, or name another with --url",
            );
        }
        Ok(None) => return Finding::good("platform", "it answers, but without a Date header"),
        Ok(Some(theirs)) => theirs,
    };
    let apart = theirs.abs_diff(now).as_secs();
    let message = format!(
        "this machine's clock is {} {} the platform's",
        time::span(apart),
        if now > theirs { "ahead of" } else { "behind" }
    );
    match apart {
        0..=DRIFT => Finding::good("platform", "it answers, and the clocks agree"),
        _ if apart <= SKEW => Finding::warning(
            "platform",
            "clock-drift",
            message,
            "synchronise it (NTP) before it grows: tokens are refused from 30 s on",
        ),
        _ => Finding::failed(
            "platform",
            "clock-skew",
            message,
            "synchronise it (NTP): tokens are refused",
        ),
    }
}

/// Checks whether a local platform requires the operator token: calls it without one.
pub(super) async fn operator(client: &AirClient) -> Finding {
    match client.local().platform_clock().await {
        Ok(_) => Finding::good(
            "operator",
            "the platform treats every client of this machine as its operator, without a token: its other users too, and every client that a \
             proxy on it lets in without saying so; `air sandbox up --require-token` requires the operator token",
        ),
        Err(Error::NotAuthorised { .. }) => Finding::good("operator", "set-up requires the operator token"),
        Err(error) => Finding::skipped("operator", format!("the check failed: {error}")),
    }
}

/// Asks for a credential that can't exist: "not found" means that the token was accepted.
pub(super) async fn token(
    client: &AirClient,
    signer: &impl Signer,
    partner: &PartnerId,
    now: UnixTime,
) -> Finding {
    let signed = match PartnerToken::issue(partner.clone()).sign_with(signer, now).await {
        Ok(signed) => signed,
        Err(error) => {
            return Finding::failed(
                "token",
                "token-unsigned",
                error.to_string(),
                "run `air token sign` to see the error",
            );
        }
    };
    let nothing = CoreClaimHash::from_bytes([0; 32]);
    match client.status(signed.expose_secret(), nothing).await {
        Ok(_) | Err(Error::NotFound { .. }) => {
            Finding::good("token", "the platform accepts this partner's token")
        }
        Err(Error::NotAuthorised { message, .. }) => Finding::failed(
            "token",
            "token-refused",
            format!("the platform refuses the token: {message}"),
            "fix the problems above; if there are none, compare the partner id and the registered JWKS URL with the dashboard",
        ),
        Err(error) => Finding::failed(
            "token",
            "token-unknown",
            format!("the check failed: {error}"),
            "try again; if the error persists, see the platform's status page or log",
        ),
    }
}

/// Checks that a program is published.
pub(super) async fn program(client: &AirClient, program: &ProgramId, is_hosted: bool) -> Finding {
    let published = if is_hosted {
        client.is_in_catalogue(program).await
    } else {
        client
            .local()
            .program(program)
            .await
            .map(|program| program.published)
    };
    match published {
        Ok(true) => Finding::good("program", format!("{program} is published")),
        Ok(false) => Finding::failed(
            "program",
            "program-unpublished",
            format!("{program} is a draft, or not an issuance program"),
            "publish it in the dashboard; `credentialId` is a program's id, not a schema's",
        ),
        Err(Error::NotFound { .. }) => Finding::failed(
            "program",
            "program-unknown",
            format!("the platform has no program {program}"),
            "compare it with the dashboard; `credentialId` is a program's id, not a schema's",
        ),
        Err(error) => Finding::failed(
            "program",
            "program-unasked",
            format!("the check failed: {error}"),
            "try again",
        ),
    }
}
