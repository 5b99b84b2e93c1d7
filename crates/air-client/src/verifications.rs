//! The documented calls around a verification: the issuer's callback, and its records.

use air_api::{CallbackRecord, InitializeVerification, IssuerDid, IssuerRecord, ModifyIssuer, WebUrl};

use crate::{AirClient, Auth, Error, idempotency, tokens::TokenPurpose};

impl AirClient {
    /// Sets the callback URL of the partner's issuer, for all its programs. The token has the scope
    /// `issue`. For the first URL, the response of the local platform contains the secret that signs
    /// events (Standard Webhooks). The secret is returned only once.
    ///
    /// # Errors
    /// [`Error::Rejected`] for a URL that the platform cannot call, [`Error::NotAuthorised`] for the token.
    pub async fn modify_issuer(
        &self,
        auth: impl Into<Auth<'_>>,
        callback_url: &WebUrl,
    ) -> Result<IssuerRecord, Error> {
        let request = ModifyIssuer {
            callback_url: callback_url.clone(),
        };
        let key = idempotency::random(&mut rand::rng());
        self.transport
            .post("v1/issuer/modify")
            .partner(auth.into().proof(TokenPurpose::Issue))
            .idempotency_key(&key)
            // Setting the same URL again changes nothing.
            .repeating_safely_if(true)
            .json(&request)
            .receive()
            .await
    }

    /// Opens a callback record at an issuer, which is notified when a CAK is released to this
    /// verifier. The token has the scope `verify`.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown issuer, [`Error::NotAuthorised`] for the token.
    pub async fn initialize_verification(
        &self,
        auth: impl Into<Auth<'_>>,
        issuer_did: &IssuerDid,
    ) -> Result<CallbackRecord, Error> {
        let request = InitializeVerification {
            issuer_did: issuer_did.clone(),
        };
        let key = idempotency::random(&mut rand::rng());
        let opened = self
            .transport
            .post("v1/verifier/verify/initialize")
            .partner(auth.into().proof(TokenPurpose::Verify))
            .idempotency_key(&key)
            .json(&request)
            .receive()
            .await;
        opened.map_err(Error::without_its_key)
    }
}
