//! The documented calls around a verification: the issuer's callback, and its records.

use air_api::{CallbackRecord, InitializeVerification, IssuerDid, IssuerRecord, ModifyIssuer, WebUrl};

use crate::{AirClient, Error, idempotency};

impl AirClient {
    /// Sets the callback URL of the partner's issuer, for all its programs. `auth_token` is a Partner JWT of
    /// scope `issue`. For the first URL, the response of the local platform contains the secret that signs
    /// events (Standard Webhooks). The secret is returned only once.
    ///
    /// # Errors
    /// [`Error::Rejected`] for a URL that the platform cannot call, [`Error::NotAuthorised`] for the token.
    pub async fn modify_issuer(
        &self,
        auth_token: &str,
        callback_url: &WebUrl,
    ) -> Result<IssuerRecord, Error> {
        let request = ModifyIssuer {
            callback_url: callback_url.clone(),
        };
        let key = idempotency::random(&mut rand::rng());
        self.transport
            .post("v1/issuer/modify")
            .partner_token(auth_token)
            .idempotency_key(&key)
            // Setting the same URL again changes nothing.
            .repeating_safely_if(true)
            .json(&request)
            .receive()
            .await
    }

    /// Replaces the secret that signs the issuer's callbacks. Only this response contains the new secret.
    /// `auth_token` is a Partner JWT of scope `issue`. Only the local platform has this call.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an issuer without a callback URL, [`Error::NotAuthorised`] for the token.
    pub async fn rotate_callback_secret(&self, auth_token: &str) -> Result<IssuerRecord, Error> {
        self.transport
            .post("sandbox/v1/callbacks/secret")
            .partner_token(auth_token)
            .receive()
            .await
    }

    /// Opens a callback record at an issuer, which is notified when a CAK is released to this verifier. `auth_token` is a Partner JWT of
    /// scope `verify`.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown issuer, [`Error::NotAuthorised`] for the token.
    pub async fn initialize_verification(
        &self,
        auth_token: &str,
        issuer_did: &IssuerDid,
    ) -> Result<CallbackRecord, Error> {
        let request = InitializeVerification {
            issuer_did: issuer_did.clone(),
        };
        let key = idempotency::random(&mut rand::rng());
        let opened = self
            .transport
            .post("v1/verifier/verify/initialize")
            .partner_token(auth_token)
            .idempotency_key(&key)
            .json(&request)
            .receive()
            .await;
        opened.map_err(Error::without_its_key)
    }
}
