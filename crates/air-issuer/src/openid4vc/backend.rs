//! The service as the backend of the routes. It has one issuer, and no sign-in of users: offers have pre-authorized codes.

use std::sync::Arc;

use air_ids::UnixTime;
use air_jwt::{Jwk, JwkSet, jwe::DecryptionKey};
use air_oid4vc::vci::{CredentialConfiguration, CredentialOffer};
use air_oid4vc_http::{
    Failure, NonceKey, SingleUse,
    issuer::{
        BeginError, CodeRedemption, CredentialOrder, DeferredOrder, Grant, Issuance, IssueError, IssuedToken,
        IssuerBackend, IssuerProfile, Notification, PushError, PushedAuthorization, RedeemError, Redemption,
        Refresh,
    },
};
use air_vc::did::DidUrl;
use axum::body::Bytes;
use serde_json::Value;

use super::{
    credentials,
    documents::{self, Documents},
    failure, offers, tokens,
};
use crate::{config::Openid4vcConfig, state::State};

/// The service with its configuration for wallets.
#[derive(Clone)]
pub(super) struct Backend {
    pub(super) state: Arc<State>,
    pub(super) config: Openid4vcConfig,
    pub(super) documents: Arc<Documents>,
}

/// Whether a path names the issuer of this service.
fn is_ours(issuer: &str) -> bool {
    issuer == Openid4vcConfig::ISSUER
}

impl IssuerBackend for Backend {
    fn now(&self) -> UnixTime {
        self.state.clock.now()
    }

    async fn nonce_key(&self) -> Result<NonceKey, Failure> {
        let key = self.state.reference_key.derive("nonces for wallets", &[]);
        Ok(NonceKey::new(*key))
    }

    async fn issuer(&self, issuer: &str) -> Result<Option<IssuerProfile>, Failure> {
        if !is_ours(issuer) {
            return Ok(None);
        }
        let keys = self.documents.request_keys(&self.state, &self.config);
        Ok(Some(documents::profile(&self.config, &keys)))
    }

    async fn metadata(&self, issuer: &str) -> Result<Option<Bytes>, Failure> {
        if !is_ours(issuer) {
            return Ok(None);
        }
        Ok(Some(self.documents.metadata(&self.state, &self.config)))
    }

    async fn signed_metadata(&self, issuer: &str) -> Result<Option<Bytes>, Failure> {
        if !is_ours(issuer) {
            return Ok(None);
        }
        let signed = self.documents.signed_metadata(&self.state, &self.config).await;
        signed.map(Some)
    }

    async fn request_keys(&self, _: &str) -> Result<Arc<Vec<DecryptionKey>>, Failure> {
        Ok(self.documents.request_keys(&self.state, &self.config))
    }

    async fn configuration(
        &self,
        issuer: &str,
        configuration_id: &str,
    ) -> Result<Option<CredentialConfiguration>, Failure> {
        let schema = self.state.config.schema(configuration_id);
        let schema = schema.filter(|schema| is_ours(issuer) && offers::is_offered(schema));
        Ok(schema.map(|schema| documents::configuration(&self.state, schema)))
    }

    async fn issuer_keys(&self, issuer: &str) -> Result<Option<JwkSet>, Failure> {
        Ok(is_ours(issuer).then(|| self.state.keys.published.clone()))
    }

    /// `vct` is the operator's own URL or name, so the document is the operator's to publish.
    async fn credential_type(&self, _: &str) -> Result<Option<String>, Failure> {
        Ok(None)
    }

    /// Credentials for wallets are in the lists of all credentials, at `/statuslist/{number}`.
    async fn status_list(&self, _: &str, _: u64) -> Result<Option<String>, Failure> {
        Ok(None)
    }

    async fn status_list_cwt(&self, _: &str, _: u64) -> Result<Option<Bytes>, Failure> {
        Ok(None)
    }

    async fn offer(&self, issuer: &str, reference: &str) -> Result<Option<CredentialOffer>, Failure> {
        if !is_ours(issuer) {
            return Ok(None);
        }
        let found = offers::find(&self.state, &self.config, reference).await;
        found.map_err(failure)
    }

    /// No wallet provider is trusted: wallets and keys need no attestation.
    async fn attester_key(&self, _: &str, _: Value) -> Result<Option<Jwk>, Failure> {
        Ok(None)
    }

    fn request_uri_lifetime(&self) -> u64 {
        0
    }

    /// Not called: the issuer has no authorization endpoint. The same holds for [`Self::begin`] and [`Self::redeem_code`].
    async fn push(&self, _: &str, _: PushedAuthorization) -> Result<String, PushError> {
        Err(PushError::UnknownOffer)
    }

    async fn begin(&self, _: &str, _: &str, _: &str) -> Result<String, BeginError> {
        Err(Failure::Internal.into())
    }

    async fn redeem_code(&self, _: &str, _: CodeRedemption) -> Result<IssuedToken, RedeemError> {
        Err(RedeemError::UnknownCode)
    }

    async fn redeem(&self, issuer: &str, redemption: Redemption) -> Result<IssuedToken, RedeemError> {
        if !is_ours(issuer) {
            return Err(RedeemError::UnknownCode);
        }
        tokens::redeem(&self.state, &redemption).await
    }

    /// Not called: the issuer has no refresh tokens.
    async fn refresh(&self, _: &str, _: Refresh) -> Result<IssuedToken, RedeemError> {
        Err(RedeemError::UnknownCode)
    }

    async fn grant(&self, issuer: &str, access_token: &str) -> Result<Option<Grant>, Failure> {
        if !is_ours(issuer) {
            return Ok(None);
        }
        tokens::grant(&self.state, &self.config, access_token).await
    }

    /// No authority certifies keys of wallets.
    async fn certified_key(&self, _: &str, _: Value) -> Result<Option<Jwk>, Failure> {
        Ok(None)
    }

    async fn holder_key(&self, did_url: &str) -> Option<Jwk> {
        did_url.parse::<DidUrl>().ok()?.embedded_key()
    }

    async fn issue(&self, _: &str, order: CredentialOrder) -> Result<Issuance, IssueError> {
        credentials::issue(&self.state, &order).await
    }

    /// Not called: the issuer does not defer.
    async fn issue_deferred(&self, _: &str, _: DeferredOrder) -> Result<Issuance, IssueError> {
        Err(IssueError::UnknownTransaction)
    }

    async fn spend(&self, value: SingleUse) -> Result<bool, Failure> {
        let mut tx = self.state.store.write().await.map_err(failure)?;
        let is_new = tokens::spend(&mut tx, &value).await?;
        tx.commit().await.map_err(failure)?;
        Ok(is_new)
    }

    async fn spend_unissued(
        &self,
        _: &str,
        grant: &Grant,
        proof: Option<SingleUse>,
    ) -> Result<bool, Failure> {
        tokens::spend_unissued(&self.state, grant, proof).await
    }

    async fn notify(&self, _: &str, grant: &Grant, notification: Notification) -> Result<(), Failure> {
        tokens::notify(&self.state, grant, notification).await
    }
}
