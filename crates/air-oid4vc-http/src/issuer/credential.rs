//! The credential endpoint (OpenID4VCI 1.0, section 8).

use std::collections::BTreeMap;

use air_oid4vc::{
    UnixTime,
    vci::{
        CredentialConfiguration, CredentialRequest, CredentialResponse, ErrorCode, RequestedCredential,
        TokenResponse,
    },
};
use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::HeaderMap,
    response::Response,
};

use super::{
    Answer, CredentialOrder, Grant, Issuance, IssueError, IssuerBackend, IssuerProfile,
    access::{self, Access, CREDENTIAL, with_dpop_nonce},
    check_query, either,
    encryption::{self, ResponseKey},
    key_proofs::{KeyProofs, ProvedKeys, invalid_nonce},
    metadata,
    notification::notification_id,
};
use crate::{
    NonceKey, SingleUse, SingleUseKind,
    rejection::{Rejection, Scheme},
};

/// The maximum length of a credential request in bytes.
pub(super) const BODY_LIMIT: usize = 256 * 1024;
/// The maximum length of a configuration's identifier.
const ID_LIMIT: usize = 256;

pub(super) async fn credential<B: IssuerBackend>(
    State(backend): State<B>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let endpoint = Endpoint::find(backend, id).await?;
    let answer = endpoint.answer(request).await;
    Ok(endpoint.finish(answer))
}

/// The credential endpoint or the deferred credential endpoint of an issuer.
pub(super) struct Endpoint<B> {
    pub(super) backend: B,
    pub(super) id: String,
    pub(super) profile: IssuerProfile,
    pub(super) nonces: NonceKey,
    pub(super) now: UnixTime,
}

impl<B: IssuerBackend> Endpoint<B> {
    pub(super) async fn find(backend: B, id: String) -> Result<Self, Rejection> {
        let profile = metadata::find(&backend, &id).await?;
        let nonces = backend.nonce_key().await?;
        let now = backend.now();
        Ok(Self {
            backend,
            id,
            profile,
            nonces,
            now,
        })
    }

    /// Adds the nonce for the next DPoP proof.
    pub(super) fn finish(&self, answer: Answer) -> Response {
        let issuer = self.profile.issuer.as_str();
        with_dpop_nonce(either(answer), &self.nonces, issuer, self.now)
    }

    /// Identifies the caller of the endpoint with this name.
    pub(super) async fn identify(&self, name: &str, headers: &HeaderMap) -> Result<Access, Rejection> {
        let (backend, id) = (&self.backend, self.id.as_str());
        access::identify(backend, id, &self.profile, &self.nonces, name, headers).await
    }

    async fn answer(&self, request: Request) -> Answer {
        check_query(&request)?;
        let (head, body) = request.into_parts();
        let access = self.identify(CREDENTIAL, &head.headers).await?;
        let (grant, proof, scheme) = (access.grant.clone(), access.proof, access.scheme);
        let rejection = match self.checked(access, &head.headers, body).await {
            Ok((order, key)) => match self.backend.issue(&self.id, order).await {
                Ok(issuance) => {
                    let response = self.response(issuance, &grant);
                    return Ok(encryption::answer(&response, key.as_ref()));
                }
                Err(error) => unissued(error, scheme),
            },
            Err(rejection) => rejection.challenge_if_unauthorized(scheme),
        };
        self.refuse(rejection, &grant, proof).await
    }

    pub(super) fn response(&self, issuance: Issuance, grant: &Grant) -> CredentialResponse {
        match issuance {
            Issuance::Issued(issued) => CredentialResponse::Issued {
                credentials: issued.credentials,
                notification_id: Some(notification_id(&self.nonces, grant, issued.number)),
            },
            Issuance::Deferred(deferral) => CredentialResponse::Deferred {
                transaction_id: deferral.transaction_id,
                interval: deferral.interval.max(1),
            },
        }
    }

    /// Refuses a request. Its DPoP proof is used as well: nobody may send it again with another body.
    pub(super) async fn refuse(
        &self,
        rejection: Rejection,
        grant: &Grant,
        proof: Option<SingleUse>,
    ) -> Answer {
        if !self.backend.spend_unissued(&self.id, grant, proof).await? {
            return Err(access::proof_used());
        }
        Err(rejection)
    }

    /// Checks a request of an identified caller. Returns the order, and the key to encrypt the response to.
    async fn checked(
        &self,
        access: Access,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<(CredentialOrder, Option<ResponseKey>), Rejection> {
        let (backend, id, profile) = (&self.backend, self.id.as_str(), &self.profile);
        let message = encryption::read(backend, id, profile, headers, body, BODY_LIMIT).await?;
        let request =
            CredentialRequest::parse(&message.json).map_err(|error| Rejection::message(&error, "8.2"))?;
        let (configuration_id, configuration) = self.configuration(&access, &request).await?;
        let requested = request.response_encryption.as_ref();
        let response_key = ResponseKey::of(requested, message.is_encrypted, profile)?;
        let proved = match &request.proofs {
            Some(proofs) => {
                let proofs_of = KeyProofs {
                    backend: &self.backend,
                    id: &self.id,
                    profile: &self.profile,
                    nonces: &self.nonces,
                    now: self.now,
                    grant: &access.grant,
                    configuration: &configuration,
                };
                proofs_of.verify(proofs).await?
            }
            None => ProvedKeys::default(),
        };
        let mut single_use = proved.nonces;
        single_use.extend(access.proof);
        let order = CredentialOrder {
            grant: access.grant,
            configuration_id,
            keys: proved.keys,
            single_use,
        };
        Ok((order, response_key))
    }

    /// Returns the requested configuration, which is known and authorised, and its identifier.
    async fn configuration(
        &self,
        access: &Access,
        request: &CredentialRequest,
    ) -> Result<(String, CredentialConfiguration), Rejection> {
        let token = TokenResponse {
            access_token: String::new(),
            token_type: String::new(),
            expires_in: None,
            refresh_token: None,
            authorization_details: access.grant.authorization_details.clone(),
        };
        let id = match &request.credential {
            RequestedCredential::Configuration(id) => id.as_str(),
            // The identifier of a configuration that the token authorises, or else an unknown one.
            RequestedCredential::Identifier(_) => request
                .check_token(&token, &access.grant.configuration_ids)
                .map_err(|error| Rejection::message(&error, "8.2"))?,
        };
        let configuration = if id.len() > ID_LIMIT {
            None
        } else {
            self.backend.configuration(&self.id, id).await?
        };
        let configuration = configuration.ok_or_else(|| {
            Rejection::bad_request(&ErrorCode::UnknownCredentialConfiguration)
                .describe("credential_configuration_id must be one of the issuer's metadata")
                .cite("OpenID4VCI 1.0", "8.2")
        })?;
        request
            .check_token(&token, &access.grant.configuration_ids)
            .map_err(|error| Rejection::message(&error, "8.2"))?;
        let known = BTreeMap::from([(id.to_owned(), configuration.clone())]);
        request
            .check_attested_metadata(id, &self.profile.metadata(known))
            .map_err(|error| Rejection::message(&error, "8.2"))?;
        Ok((id.to_owned(), configuration))
    }
}

pub(super) fn unissued(error: IssueError, scheme: Scheme) -> Rejection {
    match error {
        IssueError::UnknownTransaction => Rejection::bad_request(&ErrorCode::InvalidTransactionId)
            .describe(
                "transaction_id must be one of this access token whose credentials were not received yet",
            )
            .cite("OpenID4VCI 1.0", "9.3"),
        IssueError::Used(SingleUseKind::CredentialNonce) => invalid_nonce(),
        IssueError::Used(SingleUseKind::DpopProof | SingleUseKind::ClientProof) => access::proof_used(),
        IssueError::TokenEnded => access::token_ended(scheme),
        IssueError::Denied { reason } => {
            Rejection::bad_request(&ErrorCode::CredentialRequestDenied).describe(&reason)
        }
        IssueError::Failure(failure) => failure.into(),
    }
}
