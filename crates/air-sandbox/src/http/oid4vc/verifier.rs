//! The platform as the backend of OpenID4VP verifiers. The `{id}` of a path is the partner's ID.

use air_api::sandbox::CredentialFormat;
use air_oid4vc::vp::AuthorizationRequest;
use air_oid4vc_http::{
    Failure,
    verifier::{
        Channel, DcApiRequest, FinishError, OpenRequest, Outcome, Presented, VerifiedContent,
        VerifiedPresentation, VerifierBackend, VerifyError,
    },
};

use super::{Backend, failure};
use air_platform::openid4vc::{
    presentations,
    presented::{self, Content, NotVerified, Session, Verified},
};

impl VerifierBackend for Backend {
    async fn request(&self, partner_id: &str, request: &str) -> Result<Option<OpenRequest>, Failure> {
        let Some(partner) = self.partner(partner_id).await? else {
            return Ok(None);
        };
        let found = presentations::find_open(&self.0, &partner, request).await;
        let found = found.map_err(|refusal| failure(&refusal))?;
        Ok(found.map(|open| OpenRequest {
            request: open.request,
            key: open.key,
            dc_api: Some(DcApiRequest {
                request: open.dc_api,
                origin: open.origin,
            }),
        }))
    }

    async fn sign(&self, partner_id: &str, request: &AuthorizationRequest) -> Result<String, Failure> {
        let partner = self.partner(partner_id).await?.ok_or(Failure::Internal)?;
        let signed = presentations::sign(&self.0, &partner, request).await;
        signed.map_err(|refusal| failure(&refusal))
    }

    async fn verify(&self, _: &str, shown: Presented<'_>) -> Result<VerifiedPresentation, VerifyError> {
        let format: CredentialFormat = shown.format.parse().map_err(|_| Failure::Internal)?;
        let session = Session {
            request_id: shown.request,
            nonce: shown.nonce,
            audience: shown.audience,
            channel: match shown.channel {
                Channel::ResponseUri(uri) => presented::Channel::ResponseUri(uri),
                Channel::DcApi(origin) => presented::Channel::DcApi(origin),
            },
            encryption_key: shown.encryption_key,
        };
        let verified = presented::verify(&self.0, format, shown.presentation, session).await;
        let verified = verified.map_err(|error| match error {
            NotVerified::Invalid(reason) => VerifyError::Invalid { reason },
            NotVerified::Refused(refusal) => failure(&refusal).into(),
        })?;
        Ok(VerifiedPresentation {
            key_binding_claims: verified.key_binding_claims,
            authority_key_ids: verified.authority_key_ids,
            details: serde_json::to_value(verified.outside).map_err(|_| Failure::Internal)?,
            content: match verified.content {
                Content::SdJwtVc {
                    vct,
                    other_types,
                    claims,
                } => VerifiedContent::SdJwtVc {
                    vct,
                    other_types,
                    claims,
                },
                Content::Mdoc { doctype, namespaces } => VerifiedContent::Mdoc { doctype, namespaces },
            },
            is_holder_bound: verified.is_holder_bound,
            credential: verified.core_claim_hash.to_string(),
        })
    }

    async fn finish(
        &self,
        partner_id: &str,
        request: &str,
        outcome: Outcome,
    ) -> Result<Option<String>, FinishError> {
        let partner = self.partner(partner_id).await?.ok_or(FinishError::Ended)?;
        let stored = match outcome {
            Outcome::Presented(answers) => {
                let presentations = answers.into_iter().flat_map(|(_, presentations)| presentations);
                let verified: Vec<Verified> = presentations.map(as_verified).collect::<Result<_, _>>()?;
                presentations::finish(&self.0, &partner, request, &verified).await
            }
            _ => presentations::refuse(&self.0, &partner, request).await,
        };
        match stored {
            Ok(Some(finished)) => Ok(finished.redirect_uri),
            Ok(None) => Err(FinishError::Ended),
            Err(refusal) => Err(failure(&refusal).into()),
        }
    }
}

/// Returns the platform's form of a presentation that it has verified.
fn as_verified(presentation: VerifiedPresentation) -> Result<Verified, Failure> {
    Ok(Verified {
        content: match presentation.content {
            VerifiedContent::SdJwtVc {
                vct,
                other_types,
                claims,
            } => Content::SdJwtVc {
                vct,
                other_types,
                claims,
            },
            VerifiedContent::Mdoc { doctype, namespaces } => Content::Mdoc { doctype, namespaces },
            _ => return Err(Failure::Internal),
        },
        is_holder_bound: presentation.is_holder_bound,
        core_claim_hash: presentation.credential.parse().map_err(|_| Failure::Internal)?,
        key_binding_claims: presentation.key_binding_claims,
        authority_key_ids: presentation.authority_key_ids,
        outside: serde_json::from_value(presentation.details).map_err(|_| Failure::Internal)?,
    })
}
