//! The credential endpoint (OpenID4VCI 1.0, section 8).

use std::collections::BTreeMap;

use air_jwt::Jwk;
use air_oid4vc::vci::{
    CredentialConfiguration, CredentialRequest, CredentialResponse, ErrorCode, Proof, ProofPolicy,
    RequestedCredential, TokenResponse, VerifiedProof,
};
use axum::{
    Json,
    body::Body,
    extract::{Path, Request, State},
    http::HeaderMap,
    response::IntoResponse,
};

use super::{
    Answer, CredentialOrder, Grant, IssueError, IssuerBackend, IssuerProfile,
    access::{self, Access, with_dpop_nonce},
    check_query, either, metadata,
    notification::notification_id,
};
use crate::{
    NonceKey, SingleUse, SingleUseKind, body,
    rejection::{Rejection, Scheme, no_store},
};

/// The maximum length of a credential request in bytes.
const BODY_LIMIT: usize = 256 * 1024;
/// The maximum age of a key proof in seconds: the lifetime of a nonce.
const PROOF_AGE: u64 = 300;
/// The accepted difference between clocks in seconds.
const SKEW: u64 = 60;
/// The maximum length of a configuration's identifier.
const ID_LIMIT: usize = 256;
/// The proof type.
const JWT: &str = "jwt";

pub(super) async fn credential<B: IssuerBackend>(
    State(backend): State<B>,
    Path(id): Path<String>,
    request: Request,
) -> Answer {
    let profile = metadata::find(&backend, &id).await?;
    let nonces = backend.nonce_key().await?;
    let now = backend.now();
    let endpoint = Endpoint {
        backend,
        id,
        profile,
        nonces,
        now,
    };
    let answer = endpoint.answer(request).await;
    let issuer = endpoint.profile.issuer.as_str();
    Ok(with_dpop_nonce(either(answer), &endpoint.nonces, issuer, now))
}

struct Endpoint<B> {
    backend: B,
    id: String,
    profile: IssuerProfile,
    nonces: NonceKey,
    now: u64,
}

impl<B: IssuerBackend> Endpoint<B> {
    async fn answer(&self, request: Request) -> Answer {
        check_query(&request)?;
        let (head, body) = request.into_parts();
        let (profile, nonces) = (&self.profile, &self.nonces);
        let access = access::identify(
            &self.backend,
            &self.id,
            profile,
            nonces,
            "credential",
            &head.headers,
        )
        .await?;
        let (proof, scheme) = (access.proof, access.scheme);
        let rejection = match self.checked(access, &head.headers, body).await {
            Ok(order) => match self.backend.issue(&self.id, order.clone()).await {
                Ok(issued) => {
                    let response = CredentialResponse::Issued {
                        credentials: issued.credentials,
                        notification_id: Some(notification_id(nonces, &order.grant, issued.number)),
                    };
                    return Ok((no_store(), Json(response.to_value())).into_response());
                }
                Err(error) => unissued(error, scheme),
            },
            Err(rejection) => rejection.challenge_if_unauthorized(scheme),
        };
        // The proof of a refused request is used as well: nobody may send it again with another body.
        if let Some(proof) = proof
            && !self.backend.spend(proof).await?
        {
            return Err(access::proof_used());
        }
        Err(rejection)
    }

    /// Checks a request of an identified caller.
    async fn checked(
        &self,
        access: Access,
        headers: &HeaderMap,
        body: Body,
    ) -> Result<CredentialOrder, Rejection> {
        if !body::is_typed(headers, "application/json") {
            return Err(Rejection::bad_request(&ErrorCode::InvalidCredentialRequest)
                .describe("the body must be application/json; encrypted requests are not supported"));
        }
        let body = body::read(headers, body, BODY_LIMIT).await?;
        let request = CredentialRequest::parse(&body).map_err(|error| Rejection::message(&error))?;
        let (configuration_id, configuration) = self.configuration(&access, &request).await?;
        if request.response_encryption.is_some() {
            return Err(
                Rejection::bad_request(&ErrorCode::InvalidEncryptionParameters).describe(
                    "this issuer does not encrypt responses; the metadata has no encryption parameters",
                ),
            );
        }
        let proofs = self.proofs(&access.grant, &configuration, &request).await?;
        let mut single_use = self.nonces_of(&proofs)?;
        single_use.extend(access.proof);
        Ok(CredentialOrder {
            grant: access.grant,
            configuration_id,
            keys: proofs.into_iter().map(|proof| proof.key).collect(),
            single_use,
        })
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
            authorization_details: access.grant.authorization_details.clone(),
        };
        let id = match &request.credential {
            RequestedCredential::Configuration(id) => id.as_str(),
            // The identifier of a configuration that the token authorises, or else an unknown one.
            RequestedCredential::Identifier(_) => request
                .check_token(&token, &access.grant.configuration_ids)
                .map_err(|error| Rejection::message(&error))?,
        };
        let configuration = if id.len() > ID_LIMIT {
            None
        } else {
            self.backend.configuration(&self.id, id).await?
        };
        let configuration = configuration.ok_or_else(|| {
            Rejection::bad_request(&ErrorCode::UnknownCredentialConfiguration)
                .describe("credential_configuration_id must be one of the issuer's metadata")
        })?;
        request
            .check_token(&token, &access.grant.configuration_ids)
            .map_err(|error| Rejection::message(&error))?;
        let known = BTreeMap::from([(id.to_owned(), configuration.clone())]);
        request
            .check_metadata(id, &self.profile.metadata(known))
            .map_err(|error| Rejection::message(&error))?;
        Ok((id.to_owned(), configuration))
    }

    /// Verifies the proofs of possession.
    async fn proofs(
        &self,
        grant: &Grant,
        configuration: &CredentialConfiguration,
        request: &CredentialRequest,
    ) -> Result<Vec<VerifiedProof>, Rejection> {
        let refused = |error: air_oid4vc::Error| Rejection::message(&error);
        let Some(proofs) = &request.proofs else {
            return Ok(Vec::new());
        };
        let algorithms = configuration
            .proof_types
            .get(JWT)
            .filter(|_| proofs.kind == JWT)
            .ok_or_else(|| {
                Rejection::bad_request(&ErrorCode::InvalidProof)
                    .describe("only proofs of the type jwt are supported")
            })?;
        let policy = ProofPolicy {
            issuer: &self.profile.issuer,
            algorithms: &algorithms.algorithms,
            requires_nonce: true,
            client_id: grant.client_id.as_deref(),
            now: self.now,
            maximum_age: PROOF_AGE,
            skew: SKEW,
        };
        let mut verified = Vec::with_capacity(proofs.proofs.len());
        for jwt in proofs.texts() {
            let proof = Proof::parse(jwt).map_err(refused)?;
            let resolved = self.resolved(&proof).await;
            verified.push(proof.verify(&policy, resolved.as_ref()).map_err(refused)?);
        }
        VerifiedProof::check_keys(&verified).map_err(refused)?;
        Ok(verified)
    }

    async fn resolved(&self, proof: &Proof<'_>) -> Option<Jwk> {
        match proof.did_url() {
            Some(url) => self.backend.holder_key(url).await,
            None => None,
        }
    }

    /// Returns the nonces of the proofs, which the issuer made and which are valid now.
    fn nonces_of(&self, proofs: &[VerifiedProof]) -> Result<Vec<SingleUse>, Rejection> {
        let mut nonces: Vec<SingleUse> = Vec::new();
        for proof in proofs {
            let nonce = proof.nonce.as_deref().unwrap_or_default();
            let issuer = self.profile.issuer.as_str();
            let nonce = self.nonces.single_use(issuer, nonce, self.now);
            let nonce = nonce.ok_or_else(invalid_nonce)?;
            if !nonces.contains(&nonce) {
                nonces.push(nonce);
            }
        }
        Ok(nonces)
    }
}

fn invalid_nonce() -> Rejection {
    Rejection::bad_request(&ErrorCode::InvalidNonce)
        .describe("the nonce of a proof is unknown, used or expired; fetch a new c_nonce")
}

fn unissued(error: IssueError, scheme: Scheme) -> Rejection {
    match error {
        IssueError::Used(SingleUseKind::CredentialNonce) => invalid_nonce(),
        IssueError::Used(SingleUseKind::DpopProof | SingleUseKind::ClientProof) => access::proof_used(),
        IssueError::TokenEnded => access::token_ended(scheme),
        IssueError::Denied { reason } => {
            Rejection::bad_request(&ErrorCode::CredentialRequestDenied).describe(&reason)
        }
        IssueError::Failure(failure) => failure.into(),
    }
}
