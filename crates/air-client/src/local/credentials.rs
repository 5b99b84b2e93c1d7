//! Users, their credentials and keys, verifications, callbacks, and sealed documents.

use air_api::{
    CoreClaimHash, EmailAddress, IssuerRecord, StorageId, VerificationId,
    sandbox::{
        CakQuery, CallbackSubscription, Login, RecordedCak, Revoke, Revoked, Session, StoredObject,
        VerificationRecord,
    },
};
use serde_json::Value;

use super::SandboxClient;
use crate::{Auth, Error, tokens::TokenPurpose};

impl SandboxClient<'_> {
    /// Logs a user in. A new user is created. A given token has any scope.
    ///
    /// # Errors
    /// [`Error::NotAuthorised`] for an invalid token.
    pub async fn login(&self, auth: impl Into<Auth<'_>>, email: &EmailAddress) -> Result<Session, Error> {
        let login = Login { email: email.clone() };
        self.transport
            .post("sandbox/v1/sessions")
            .partner(auth.into().proof(TokenPurpose::Issue))
            .json(&login)
            .receive()
            .await
    }

    /// Returns a verification as its verifier can read it afterwards, with the present status of
    /// the credential. A given token has the scope `verify`.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a verification that is unknown or another partner's.
    pub async fn verification(
        &self,
        auth: impl Into<Auth<'_>>,
        id: &VerificationId,
    ) -> Result<VerificationRecord, Error> {
        self.transport
            .get(format!("sandbox/v1/verifications/{id}"))
            .partner(auth.into().proof(TokenPurpose::Verify))
            .receive()
            .await
    }

    /// Chooses what the partner's callback URL receives beside the callbacks of its issuer. A given
    /// token has the scope `verify`.
    ///
    /// # Errors
    /// [`Error::NotFound`] if the partner has no callback URL.
    pub async fn subscribe_callbacks(
        &self,
        auth: impl Into<Auth<'_>>,
        subscription: &CallbackSubscription,
    ) -> Result<CallbackSubscription, Error> {
        self.transport
            .put("sandbox/v1/callbacks/subscription")
            .partner(auth.into().proof(TokenPurpose::Verify))
            .json(subscription)
            .receive()
            .await
    }

    /// Revokes a credential of the partner, in its status list and in verifications. The token has
    /// the scope `issue`.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown hash.
    pub async fn revoke(&self, auth: impl Into<Auth<'_>>, hash: CoreClaimHash) -> Result<Revoked, Error> {
        self.transport
            .post("sandbox/v1/credentials/revoke")
            .partner(auth.into().proof(TokenPurpose::Issue))
            .json(&Revoke {
                core_claim_hash: hash,
            })
            .receive()
            .await
    }

    /// Fetches the CAK public key that a user gave to one of the caller's own issuers, without
    /// issuing again. The token has the scope `issue`.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a user who has not accepted, and equally for an unknown user or
    /// another partner's issuer.
    pub async fn cak_public_key(
        &self,
        auth: impl Into<Auth<'_>>,
        query: &CakQuery,
    ) -> Result<RecordedCak, Error> {
        self.transport
            .get("sandbox/v1/cak")
            .partner(auth.into().proof(TokenPurpose::Issue))
            .query("user", query.user.as_str())
            .query("issuer", query.issuer.as_str())
            .query("schema", query.schema.as_str())
            .query("curve", query.curve.name())
            .receive()
            .await
    }

    /// Replaces the secret that signs the issuer's callbacks. Only this response contains the new secret.
    /// The token has the scope `issue`.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an issuer without a callback URL, [`Error::NotAuthorised`] for the token.
    pub async fn rotate_callback_secret(&self, auth: impl Into<Auth<'_>>) -> Result<IssuerRecord, Error> {
        self.transport
            .post("sandbox/v1/callbacks/secret")
            .partner(auth.into().proof(TokenPurpose::Issue))
            .receive()
            .await
    }

    /// Stores a sealed document with a credential. The token has the scope `issue`.
    ///
    /// # Errors
    /// [`Error::Rejected`] for bytes that are not a sealed container.
    pub async fn store_object(
        &self,
        auth: impl Into<Auth<'_>>,
        hash: CoreClaimHash,
        name: &str,
        sealed: Vec<u8>,
    ) -> Result<StoredObject, Error> {
        self.transport
            .post("sandbox/v1/dstorage/objects")
            .partner(auth.into().proof(TokenPurpose::Issue))
            .query("coreClaimHash", hash.to_string())
            .query("name", name)
            .bytes(sealed)
            .receive()
            .await
    }

    /// Fetches a sealed document, as its issuer ([`Auth::as_issuer`]) or as a verifier with the
    /// user's consent ([`Auth::as_verifier`], the default).
    ///
    /// # Errors
    /// [`Error::NotFound`] for all other callers.
    pub async fn fetch_object(&self, auth: impl Into<Auth<'_>>, id: &StorageId) -> Result<Vec<u8>, Error> {
        let path = format!("sandbox/v1/dstorage/objects/{id}");
        self.transport
            .get(path)
            .partner(auth.into().proof(TokenPurpose::Verify))
            .receive_bytes()
            .await
    }

    /// Fetches the issuer's public keys as the JSON of a JWK set.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown issuer.
    pub async fn issuer_keys(&self, issuer_did: &str) -> Result<Value, Error> {
        self.transport
            .get(format!("sandbox/v1/issuers/{issuer_did}/jwks.json"))
            .receive()
            .await
    }
}
