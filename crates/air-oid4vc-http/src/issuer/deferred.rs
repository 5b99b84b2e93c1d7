//! The deferred credential endpoint (OpenID4VCI 1.0, section 9).

use air_oid4vc::vci::DeferredCredentialRequest;
use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::HeaderMap,
};

use super::{
    Answer, DeferredOrder, IssuerBackend,
    access::Access,
    check_query,
    credential::{BODY_LIMIT, Endpoint, unissued},
    encryption::{self, ResponseKey},
};
use crate::rejection::Rejection;

pub(super) async fn deferred<B: IssuerBackend>(
    State(backend): State<B>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let endpoint = Endpoint::find(backend, id).await?;
    if !endpoint.profile.deferred {
        return Err(Rejection::not_found());
    }
    let answer = issue(&endpoint, request).await;
    Ok(endpoint.finish(answer))
}

async fn issue<B: IssuerBackend>(endpoint: &Endpoint<B>, request: Request) -> Answer {
    check_query(&request)?;
    let (head, body) = request.into_parts();
    let access = endpoint.identify("deferred", &head.headers).await?;
    let (grant, proof, scheme) = (access.grant.clone(), access.proof, access.scheme);
    let rejection = match checked(endpoint, access, &head.headers, body).await {
        Ok((order, key)) => match endpoint.backend.issue_deferred(&endpoint.id, order).await {
            Ok(issuance) => {
                let response = endpoint.response(issuance, &grant);
                return Ok(encryption::answer(&response, key.as_ref()));
            }
            Err(error) => unissued(error, scheme),
        },
        Err(rejection) => rejection.challenge_if_unauthorized(scheme),
    };
    endpoint.refuse(rejection, &grant, proof).await
}

/// Checks a request of an identified caller. The response is encrypted to the key of this request,
/// not to that of the first one.
async fn checked<B: IssuerBackend>(
    endpoint: &Endpoint<B>,
    access: Access,
    headers: &HeaderMap,
    body: Body,
) -> Result<(DeferredOrder, Option<ResponseKey>), Rejection> {
    let (backend, id, profile) = (&endpoint.backend, endpoint.id.as_str(), &endpoint.profile);
    let message = encryption::read(backend, id, profile, headers, body, BODY_LIMIT).await?;
    let request =
        DeferredCredentialRequest::parse(&message.json).map_err(|error| Rejection::message(&error, "9.1"))?;
    let requested = request.response_encryption.as_ref();
    let response_key = ResponseKey::of(requested, message.is_encrypted, profile)?;
    let order = DeferredOrder {
        grant: access.grant,
        transaction_id: request.transaction_id,
        proof: access.proof,
    };
    Ok((order, response_key))
}
