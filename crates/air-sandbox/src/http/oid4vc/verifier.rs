//! The platform as the backend of OpenID4VP verifiers. The `{id}` of a path is the partner's ID.

use air_oid4vc::vp::AuthorizationRequest;
use air_oid4vc_http::{
    Failure,
    verifier::{
        FinishError, OpenRequest, Outcome, Presented, VerifiedPresentation, VerifierBackend, VerifyError,
    },
};
use air_vc::Challenge;

use super::{Backend, failure};
use air_platform::openid4vc::presentations::{self, NotVerified, Verified};

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
        }))
    }

    async fn sign(&self, partner_id: &str, request: &AuthorizationRequest) -> Result<String, Failure> {
        let partner = self.partner(partner_id).await?.ok_or(Failure::Internal)?;
        let signed = presentations::sign(&self.0, &partner, request).await;
        signed.map_err(|refusal| failure(&refusal))
    }

    async fn verify(&self, _: &str, presented: Presented<'_>) -> Result<VerifiedPresentation, VerifyError> {
        let challenge = Challenge {
            nonce: presented.nonce.to_owned(),
            audience: presented.audience.to_owned(),
        };
        let verified = presentations::verify(&self.0, presented.presentation, challenge).await;
        let verified = verified.map_err(|error| match error {
            NotVerified::Invalid(reason) => VerifyError::Invalid { reason },
            NotVerified::Refused(refusal) => failure(&refusal).into(),
        })?;
        Ok(VerifiedPresentation {
            vct: verified.vct,
            other_types: Vec::new(),
            claims: verified.claims,
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
                let verified: Vec<Verified> = answers
                    .into_iter()
                    .flat_map(|(_, presentations)| presentations)
                    .map(|presentation| {
                        Ok(Verified {
                            vct: presentation.vct,
                            claims: presentation.claims,
                            is_holder_bound: presentation.is_holder_bound,
                            core_claim_hash: presentation
                                .credential
                                .parse()
                                .map_err(|_| Failure::Internal)?,
                        })
                    })
                    .collect::<Result<_, Failure>>()?;
                presentations::finish(&self.0, &partner, request, &verified).await
            }
            _ => presentations::refuse(&self.0, &partner, request).await,
        };
        match stored {
            Ok(true) => Ok(None),
            Ok(false) => Err(FinishError::Ended),
            Err(refusal) => Err(failure(&refusal).into()),
        }
    }
}
