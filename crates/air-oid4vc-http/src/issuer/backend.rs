//! The issuer's storage and signer, which the caller of this crate implements.

use std::{fmt, sync::Arc};

use air_jwt::{Jwk, JwkSet, jwe::DecryptionKey};
use air_oid4vc::{
    UnixTime,
    oauth::{CodeRequest, PushedRequest, RefreshRequest, Rule},
    vci::{AuthorizedCredential, CredentialConfiguration, CredentialOffer, NotificationEvent},
};
use axum::body::Bytes;
use serde_json::Value;

use super::profile::IssuerProfile;
use crate::{Failure, NonceKey, SingleUse, SingleUseKind};

/// Issuers with their storage and their signer. `issuer` is the `{id}` of the path.
///
/// A value that is accepted once ([`SingleUse`]) is stored in the transaction of the change that it permits.
pub trait IssuerBackend: Clone + Send + Sync + 'static {
    /// Returns the current time.
    fn now(&self) -> UnixTime;

    /// Returns the key of nonces.
    fn nonce_key(&self) -> impl Future<Output = Result<NonceKey, Failure>> + Send;

    /// Finds an issuer.
    fn issuer(&self, issuer: &str) -> impl Future<Output = Result<Option<IssuerProfile>, Failure>> + Send;

    /// Returns the issuer's metadata as JSON: [`IssuerProfile::metadata`] with all configurations. Anyone may
    /// request the document, so a backend keeps it as long as it is current.
    fn metadata(&self, issuer: &str) -> impl Future<Output = Result<Option<Bytes>, Failure>> + Send;

    /// Returns the same metadata as a JWT that the issuer signed ([`air_oid4vc::vci::IssuerMetadata::sign`]). Anyone may request it, so a
    /// backend does not sign it for each request.
    fn signed_metadata(&self, issuer: &str) -> impl Future<Output = Result<Option<Bytes>, Failure>> + Send;

    /// Returns the keys that decrypt credential requests: the one of the issuer's metadata, and earlier ones that wallets may
    /// still have. Not called for an issuer without [`IssuerProfile::encryption`].
    fn request_keys(
        &self,
        issuer: &str,
    ) -> impl Future<Output = Result<Arc<Vec<DecryptionKey>>, Failure>> + Send;

    /// Returns one configuration of an issuer.
    fn configuration(
        &self,
        issuer: &str,
        configuration_id: &str,
    ) -> impl Future<Output = Result<Option<CredentialConfiguration>, Failure>> + Send;

    /// Returns the public keys that verify the issuer's credentials.
    fn issuer_keys(&self, issuer: &str) -> impl Future<Output = Result<Option<JwkSet>, Failure>> + Send;

    /// Returns the metadata document of a credential type, whose bytes `vct#integrity` hashes.
    fn credential_type(
        &self,
        credential_type: &str,
    ) -> impl Future<Output = Result<Option<String>, Failure>> + Send;

    /// Returns a status list token of the issuer, whose `sub` is the URL of the request.
    fn status_list(
        &self,
        issuer: &str,
        number: u64,
    ) -> impl Future<Output = Result<Option<String>, Failure>> + Send;

    /// Returns the same list as CWT (Token Status List, 5.2).
    fn status_list_cwt(
        &self,
        issuer: &str,
        number: u64,
    ) -> impl Future<Output = Result<Option<Bytes>, Failure>> + Send;

    /// Returns an offer that can still be redeemed, by its secret reference.
    fn offer(
        &self,
        issuer: &str,
        reference: &str,
    ) -> impl Future<Output = Result<Option<CredentialOffer>, Failure>> + Send;

    /// Returns the key of a wallet provider by the certificate chain (`x5c`) in the header of its attestation of a client or of keys, if
    /// the issuer trusts this provider now. `x5c` is null if the header has none.
    fn attester_key(
        &self,
        issuer: &str,
        x5c: Value,
    ) -> impl Future<Output = Result<Option<Jwk>, Failure>> + Send;

    /// Returns the lifetime of a request URI in seconds.
    fn request_uri_lifetime(&self) -> u64;

    /// Stores a pushed authorization request for [`Self::request_uri_lifetime`] seconds. Returns its request URI, which has at least
    /// 128 random bits.
    fn push(
        &self,
        issuer: &str,
        pushed: PushedAuthorization,
    ) -> impl Future<Output = Result<String, PushError>> + Send;

    /// Begins an authorization when the user's browser arrives, until the user has decided. Returns the path or URL of the page where the
    /// user signs in and decides. That page sends the browser back to the wallet.
    fn begin(
        &self,
        issuer: &str,
        client_id: &str,
        request_uri: &str,
    ) -> impl Future<Output = Result<String, BeginError>> + Send;

    /// Exchanges an authorization code for an access token, once. A second use ends the token of the first one.
    fn redeem_code(
        &self,
        issuer: &str,
        redemption: CodeRedemption,
    ) -> impl Future<Output = Result<IssuedToken, RedeemError>> + Send;

    /// Exchanges a pre-authorized code for an access token, once. A wrong transaction code is counted.
    fn redeem(
        &self,
        issuer: &str,
        redemption: Redemption,
    ) -> impl Future<Output = Result<IssuedToken, RedeemError>> + Send;

    /// Exchanges a refresh token for another access token and another refresh token, once. A second use ends all tokens of the grant.
    /// Not called for an issuer without [`IssuerProfile::refresh`].
    fn refresh(
        &self,
        issuer: &str,
        refresh: Refresh,
    ) -> impl Future<Output = Result<IssuedToken, RedeemError>> + Send;

    /// Returns the grant of an access token that is valid now.
    fn grant(
        &self,
        issuer: &str,
        access_token: &str,
    ) -> impl Future<Output = Result<Option<Grant>, Failure>> + Send;

    /// Returns the grant of the access token of a credential request. A backend may return a grant from memory that has ended
    /// since it was read, because [`Self::issue`] compares [`Grant::token_digest`] with the stored digest. The default reads the
    /// grant.
    fn grant_to_issue(
        &self,
        issuer: &str,
        access_token: &str,
    ) -> impl Future<Output = Result<Option<Grant>, Failure>> + Send {
        self.grant(issuer, access_token)
    }

    /// Returns the key of the first certificate of the chain (`x5c`) in the header of a key proof, if the issuer trusts the chain now.
    ///
    /// # Security
    /// The anchors must not be those of [`Self::attester_key`]: otherwise the key of any wallet could attest clients and keys.
    fn certified_key(
        &self,
        issuer: &str,
        x5c: Value,
    ) -> impl Future<Output = Result<Option<Jwk>, Failure>> + Send;

    /// Returns the key of a DID URL that a proof names, without network. `None` for an unknown one.
    fn holder_key(&self, did_url: &str) -> impl Future<Output = Option<Jwk>> + Send;

    /// Issues one credential for each key, or defers them, and stores the values that are accepted once. An issuer without
    /// [`IssuerProfile::deferred`] does not defer.
    ///
    /// # Security
    /// The transaction must check that the stored access token of the grant has not ended and, if tokens are replaced, that it
    /// has [`Grant::token_digest`].
    fn issue(
        &self,
        issuer: &str,
        order: CredentialOrder,
    ) -> impl Future<Output = Result<Issuance, IssueError>> + Send;

    /// Issues deferred credentials once, or defers them again with the same transaction ID.
    fn issue_deferred(
        &self,
        issuer: &str,
        order: DeferredOrder,
    ) -> impl Future<Output = Result<Issuance, IssueError>> + Send;

    /// Stores a value that is accepted once. Returns `false` if it was stored before.
    fn spend(&self, value: SingleUse) -> impl Future<Output = Result<bool, Failure>> + Send;

    /// Stores the DPoP proof of a request with an access token that receives no credential: a refused request, or a
    /// notification. Returns `false` if the proof was stored before. A backend should count these requests, and end the
    /// token after a number of them. The default stores the proof alone.
    fn spend_unissued(
        &self,
        issuer: &str,
        grant: &Grant,
        proof: Option<SingleUse>,
    ) -> impl Future<Output = Result<bool, Failure>> + Send {
        let _ = (issuer, grant);
        async move {
            match proof {
                Some(proof) => self.spend(proof).await,
                None => Ok(true),
            }
        }
    }

    /// Records a notification. A repeated one has the same result.
    fn notify(
        &self,
        issuer: &str,
        grant: &Grant,
        notification: Notification,
    ) -> impl Future<Output = Result<(), Failure>> + Send;
}

/// A request for an access token whose form and proof were checked.
#[derive(Clone)]
pub struct Redemption {
    /// The pre-authorized code.
    pub code: String,
    /// The transaction code.
    pub transaction_code: Option<String>,
    /// The client; absent for an anonymous one. The grant of the token must have it too.
    pub client_id: Option<String>,
    /// The thumbprint of the key that the token is bound to.
    pub jkt: Option<String>,
    /// The DPoP proof, to accept once if the code is known.
    pub proof: Option<SingleUse>,
}

/// Shows no codes.
impl fmt::Debug for Redemption {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redemption")
            .field("has_transaction_code", &self.transaction_code.is_some())
            .field("client_id", &self.client_id)
            .field("jkt", &self.jkt)
            .finish_non_exhaustive()
    }
}

/// A pushed authorization request that was checked.
#[derive(Clone, Debug)]
pub struct PushedAuthorization {
    /// The request. Its form is what the backend stores.
    pub request: PushedRequest,
    /// The DPoP proof, to accept once.
    pub proof: Option<SingleUse>,
}

/// The reason why a pushed request was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum PushError {
    /// The request names no credential of the issuer, or one that it can't be for.
    UnknownCredential {
        /// The rule that applies.
        rule: Rule,
        /// The reason, for the wallet's developers.
        reason: &'static str,
    },
    /// `issuer_state` belongs to no open offer.
    UnknownOffer,
    /// The DPoP proof was used before.
    ProofUsed,
    /// The backend failed.
    Failure(Failure),
}

impl From<Failure> for PushError {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// The reason why an authorization did not begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BeginError {
    /// The request URI breaks this rule.
    Broken(Rule),
    /// The backend failed.
    Failure(Failure),
}

impl From<Failure> for BeginError {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// A request for an access token with an authorization code, whose client and proof were checked.
#[derive(Clone, Debug)]
pub struct CodeRedemption {
    /// The request.
    pub request: CodeRequest,
    /// The client.
    pub client_id: String,
    /// The thumbprint of the key that the token is bound to.
    pub jkt: Option<String>,
    /// The DPoP proof, to accept once if the code is known.
    pub proof: Option<SingleUse>,
}

/// A request for an access token with a refresh token, whose client and proof were checked.
#[derive(Clone, Debug)]
pub struct Refresh {
    /// The request.
    pub request: RefreshRequest,
    /// The client; absent for an anonymous one.
    pub client_id: Option<String>,
    /// The thumbprint of the key of the DPoP proof.
    pub jkt: Option<String>,
    /// The DPoP proof, to accept once if the token is known.
    pub proof: Option<SingleUse>,
}

/// A new access token.
#[derive(Clone)]
pub struct IssuedToken {
    /// The token: at least 128 random bits.
    pub access_token: String,
    /// Its lifetime in seconds.
    pub expires_in: u64,
    /// The refresh token. Only an access token that is bound to a key has one.
    pub refresh_token: Option<String>,
    /// The credentials that the request's `authorization_details` named.
    pub authorization_details: Vec<AuthorizedCredential>,
}

/// Shows no tokens.
impl fmt::Debug for IssuedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedToken")
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

/// The reason why a code was not exchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RedeemError {
    /// The code is unknown, used, expired or dead.
    UnknownCode,
    /// The transaction code is wrong.
    WrongTransactionCode,
    /// The transaction code is missing or not expected.
    TransactionCodePresence {
        /// Whether the offer requires one.
        is_required: bool,
    },
    /// The DPoP proof was used before.
    ProofUsed,
    /// The request with an authorization code breaks this rule.
    Broken(Rule),
    /// The backend failed.
    Failure(Failure),
}

impl From<Failure> for RedeemError {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// The rights of an access token.
#[derive(Clone, PartialEq, Eq)]
pub struct Grant {
    /// The backend's identifier of the grant.
    pub id: String,
    /// The digest of the access token, by which the backend finds the grant.
    pub token_digest: Vec<u8>,
    /// The thumbprint of the key that the token is bound to.
    pub jkt: Option<String>,
    /// The client, unless it is anonymous. A key proof with `iss` names it.
    pub client_id: Option<String>,
    /// The configurations that the token authorises.
    pub configuration_ids: Vec<String>,
    /// The credentials that the token response named by identifiers. Requests must use these.
    pub authorization_details: Vec<AuthorizedCredential>,
}

/// Shows no digest of the token.
impl fmt::Debug for Grant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Grant")
            .field("id", &self.id)
            .field("configuration_ids", &self.configuration_ids)
            .finish_non_exhaustive()
    }
}

/// A credential request that was checked.
#[derive(Clone, Debug)]
pub struct CredentialOrder {
    /// The grant of the access token.
    pub grant: Grant,
    /// The configuration.
    pub configuration_id: String,
    /// The keys of the proofs: one credential is bound to each. They differ.
    pub keys: Vec<Jwk>,
    /// The nonces and the DPoP proof, to accept once.
    pub single_use: Vec<SingleUse>,
}

/// A request for deferred credentials that was checked.
#[derive(Clone)]
pub struct DeferredOrder {
    /// The grant of the access token.
    pub grant: Grant,
    /// The secret of the deferral.
    pub transaction_id: String,
    /// The DPoP proof, to accept once.
    pub proof: Option<SingleUse>,
}

/// Shows no secret.
impl fmt::Debug for DeferredOrder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DeferredOrder")
            .field("grant", &self.grant)
            .finish_non_exhaustive()
    }
}

/// The outcome of a credential request.
#[derive(Clone, Debug)]
pub enum Issuance {
    /// The credentials.
    Issued(IssuedCredentials),
    /// The credentials come later.
    Deferred(Deferral),
}

/// A deferral of credentials.
#[derive(Clone)]
pub struct Deferral {
    /// The secret by which the wallet asks again: at least 128 random bits.
    pub transaction_id: String,
    /// The number of seconds until then.
    pub interval: u64,
}

/// Shows no secret.
impl fmt::Debug for Deferral {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deferral")
            .field("interval", &self.interval)
            .finish_non_exhaustive()
    }
}

/// Issued credentials.
#[derive(Clone)]
pub struct IssuedCredentials {
    /// The credentials, in the order of the keys.
    pub credentials: Vec<Value>,
    /// The number of the response for this grant, from which the identifier for notifications is made.
    pub number: u64,
}

/// Shows no credentials.
impl fmt::Debug for IssuedCredentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IssuedCredentials")
            .field("count", &self.credentials.len())
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

/// The reason why no credential was issued.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum IssueError {
    /// The transaction is not one of the grant, or its credentials were issued.
    UnknownTransaction,
    /// A value was used before.
    Used(SingleUseKind),
    /// The access token has ended.
    TokenEnded,
    /// The issuer refuses, and another attempt does not help.
    Denied {
        /// The reason, for the wallet's developers. It has no personal values.
        reason: String,
    },
    /// The backend failed.
    Failure(Failure),
}

impl From<Failure> for IssueError {
    fn from(failure: Failure) -> Self {
        Self::Failure(failure)
    }
}

/// A wallet's report about issued credentials.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The number of the response.
    pub number: u64,
    /// The event.
    pub event: NotificationEvent,
}
