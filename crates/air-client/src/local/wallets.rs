//! Offers to OpenID4VCI wallets, and presentation requests to OpenID4VP wallets.

use air_api::sandbox::{
    CreateOffer, CreatePresentationRequest, CreatedOffer, CreatedPresentationRequest, OfferStatus,
    PresentationRequestStatus,
};

use super::SandboxClient;
use crate::{Auth, Error, tokens::TokenPurpose};

impl SandboxClient<'_> {
    /// Offers a credential to a wallet (OpenID4VCI). A given token has the scope `issue`. If it has
    /// an e-mail address, the credential is this user's; otherwise, it is a new user's.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown program, [`Error::Rejected`] for an invalid subject.
    pub async fn create_offer(
        &self,
        auth: impl Into<Auth<'_>>,
        offer: &CreateOffer,
    ) -> Result<CreatedOffer, Error> {
        self.transport
            .post("sandbox/v1/offers")
            .partner(auth.into().proof(TokenPurpose::Issue))
            .json(offer)
            .receive()
            .await
    }

    /// Returns the state of an offer.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn offer(&self, auth: impl Into<Auth<'_>>, offer_id: &str) -> Result<OfferStatus, Error> {
        self.transport
            .get(format!("sandbox/v1/offers/{offer_id}"))
            .partner(auth.into().proof(TokenPurpose::Issue))
            .receive()
            .await
    }

    /// Asks a wallet for a presentation (OpenID4VP). A given token has the scope `verify`.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown verification program.
    pub async fn create_presentation_request(
        &self,
        auth: impl Into<Auth<'_>>,
        request: &CreatePresentationRequest,
    ) -> Result<CreatedPresentationRequest, Error> {
        self.transport
            .post("sandbox/v1/presentation-requests")
            .partner(auth.into().proof(TokenPurpose::Verify))
            .json(request)
            .receive()
            .await
    }

    /// Returns the state and the result of a presentation request.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn presentation_request(
        &self,
        auth: impl Into<Auth<'_>>,
        request_id: &str,
    ) -> Result<PresentationRequestStatus, Error> {
        self.transport
            .get(format!("sandbox/v1/presentation-requests/{request_id}"))
            .partner(auth.into().proof(TokenPurpose::Verify))
            .receive()
            .await
    }

    /// Returns the state of a presentation request with a `redirectUri`, and its result for the
    /// browser that brought this response code.
    ///
    /// # Errors
    /// [`Error::NotFound`], or a refusal with status 403 for another code.
    pub async fn presentation_request_with_code(
        &self,
        auth: impl Into<Auth<'_>>,
        request_id: &str,
        response_code: &str,
    ) -> Result<PresentationRequestStatus, Error> {
        self.transport
            .get(format!("sandbox/v1/presentation-requests/{request_id}"))
            .query("responseCode", response_code)
            .partner(auth.into().proof(TokenPurpose::Verify))
            .receive()
            .await
    }
}
