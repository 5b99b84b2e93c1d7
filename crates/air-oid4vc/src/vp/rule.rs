//! The rules of requests and responses.

use std::fmt;

use super::code::ErrorCode;

/// A rule of OpenID4VP 1.0 for a request or a response. `Display` states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// A parameter occurs once (RFC 6749, section 3.1).
    Repeated,
    /// A required parameter is present.
    Missing,
    /// A parameter is absent beside another.
    Excluded,
    /// A parameter has its JSON type.
    Type,
    /// `response_type` is `vp_token`.
    ResponseType,
    /// `response_mode` is one that this crate implements.
    ResponseMode,
    /// `nonce` and `state` have only URL-safe characters.
    UrlSafe,
    /// A new `nonce` has at least 128 bits.
    Entropy,
    /// `state` is present when a presentation without holder binding is accepted.
    StateRequired,
    /// `scope` is not used in place of a query.
    Scope,
    /// A URL is an https URL without credentials and fragment.
    Url,
    /// `redirect_uri` is absent beside the response mode `direct_post`.
    RedirectUri,
    /// The client identifier is not empty.
    ClientId,
    /// The prefix `origin` does not occur in requests.
    OriginPrefix,
    /// The identifier has the form that its prefix requires.
    PrefixedId,
    /// The response URI is the one that the prefix `redirect_uri` names.
    ResponseUriOfClient,
    /// The host of the response URI is the one that the prefix `x509_san_dns` names.
    ResponseHostOfClient,
    /// The certificate is the one that the prefix `x509_hash` or `x509_san_dns` names.
    Certificate,
    /// Requests of this prefix are signed.
    SignatureRequired,
    /// Requests of the prefix `redirect_uri` are not signed.
    SignatureForbidden,
    /// `request_uri_method` is `get` or `post`.
    RequestUriMethod,
    /// The request is at one of the three places that JAR allows.
    OneRequest,
    /// The scheme of the link is one that wallets answer to.
    Scheme,
    /// The request object has the type `oauth-authz-req+jwt`.
    ObjectType,
    /// The request object's client identifier is the link's.
    SameClientId,
    /// The request object is for this wallet.
    Audience,
    /// The request object is valid now.
    Validity,
    /// The request object has the wallet's nonce.
    WalletNonce,
    /// Each key of `jwks` has a `kid` of its own.
    KeyMembers,
    /// `jwks` has a key for encryption when the response is encrypted.
    EncryptionKey,
    /// `encrypted_response_enc_values_supported` is a non-empty array of strings.
    EncValues,
    /// `vp_formats_supported` is an object of objects.
    Formats,
    /// `expected_origins` names the page's origin.
    Origin,
    /// `transaction_data` is a non-empty array of base64url-encoded JSON objects.
    TransactionData,
    /// `credential_ids` of transaction data names Credential Queries.
    TransactionCredential,
    /// The wallet knows the type of transaction data.
    TransactionType,
    /// Transaction data needs a proof of holder binding.
    TransactionBinding,
    /// SHA-256 is one of the hash algorithms of transaction data.
    TransactionHash,
    /// The response has the hashes of the transaction data.
    TransactionHashes,
    /// `vp_token` is an object of non-empty arrays of strings and objects.
    VpToken,
    /// The response has the `state` of the request.
    State,
    /// Presentations are encrypted, since the response mode requires it.
    Encrypted,
    /// The response is not encrypted, since the response mode does not say so.
    NotEncrypted,
    /// A request has no response, and has not expired.
    Ended,
    /// This crate's limit.
    Limit {
        /// The maximum number of items or bytes.
        most: usize,
    },
}

impl Rule {
    /// The section of OpenID4VP 1.0 that states the rule; `None` for rules of other specifications
    /// and limits of this crate.
    #[must_use]
    pub fn section(self) -> Option<&'static str> {
        Some(match self {
            Self::Missing | Self::Excluded | Self::Type | Self::OneRequest | Self::ObjectType => "5",
            Self::EncValues | Self::KeyMembers | Self::TransactionData | Self::TransactionCredential => "5.1",
            Self::UrlSafe | Self::Entropy => "5.2",
            Self::StateRequired => "5.3",
            Self::Scope => "5.5",
            Self::ResponseType => "5.6",
            Self::Audience => "5.8",
            Self::ClientId => "5.9.1",
            Self::OriginPrefix
            | Self::PrefixedId
            | Self::ResponseUriOfClient
            | Self::ResponseHostOfClient
            | Self::Certificate
            | Self::SignatureRequired
            | Self::SignatureForbidden => "5.9.3",
            Self::RequestUriMethod => "5.10",
            Self::SameClientId | Self::WalletNonce => "5.10.1",
            Self::VpToken | Self::State => "8.1",
            Self::Url | Self::RedirectUri | Self::ResponseMode | Self::Ended => "8.2",
            Self::EncryptionKey | Self::Encrypted | Self::NotEncrypted => "8.3",
            Self::TransactionType => "8.4",
            Self::Scheme => "9",
            Self::Formats => "11.1",
            Self::Origin => "A.2",
            Self::TransactionBinding => "B.3.3",
            Self::TransactionHash | Self::TransactionHashes => "B.3.3.1",
            Self::Repeated | Self::Validity | Self::Limit { .. } => return None,
        })
    }

    /// The code of the error response that a wallet returns (section 8.5).
    #[must_use]
    pub fn code(self) -> ErrorCode {
        match self {
            Self::RequestUriMethod => ErrorCode::InvalidRequestUriMethod,
            Self::TransactionData
            | Self::TransactionCredential
            | Self::TransactionType
            | Self::TransactionBinding
            | Self::TransactionHash => ErrorCode::InvalidTransactionData,
            Self::ResponseType => ErrorCode::UnsupportedResponseType,
            _ => ErrorCode::InvalidRequest,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Repeated => "must occur only once",
            Self::Missing => "must be present",
            Self::Excluded => "must be absent, since another parameter excludes it",
            Self::Type => "must have the JSON type that its definition requires",
            Self::ResponseType => "must be `vp_token`",
            Self::ResponseMode => "must be `direct_post`, `direct_post.jwt`, `dc_api` or `dc_api.jwt`",
            Self::UrlSafe => "must have only letters, digits, `-`, `.`, `_` and `~`",
            Self::Entropy => "must be made of at least 16 random bytes",
            Self::StateRequired => "must be present, since a presentation without holder binding is accepted",
            Self::Scope => "must be absent: only `dcql_query` is supported",
            Self::Url => "must be an https URL without credentials and fragment",
            Self::RedirectUri => "must be absent beside the response mode `direct_post`; use `response_uri`",
            Self::ClientId => "must be a non-empty string",
            Self::OriginPrefix => "must not have the reserved prefix `origin`",
            Self::PrefixedId => "must have the form that its prefix requires",
            Self::ResponseUriOfClient => "must be the URI that the client identifier names",
            Self::ResponseHostOfClient => "must have the host that the client identifier names",
            Self::Certificate => "must name the certificate that signed the request",
            Self::SignatureRequired => "must be in a signed request, since its prefix requires one",
            Self::SignatureForbidden => "must not be in a signed request: nobody can know its key",
            Self::RequestUriMethod => "must be `get` or `post`, beside `request_uri`",
            Self::OneRequest => "must be the only one of `request`, `request_uri` and plain parameters",
            Self::Scheme => "must be `openid4vp`, `haip-vp` or `https`",
            Self::ObjectType => "must be `oauth-authz-req+jwt`",
            Self::SameClientId => "must be the client identifier of the link",
            Self::Audience => "must be `https://self-issued.me/v2`, or the wallet's issuer identifier",
            Self::Validity => "must include the current time",
            Self::WalletNonce => "must be the nonce that the wallet sent",
            Self::KeyMembers => "must have a different `kid` in each key",
            Self::EncryptionKey => {
                "must have a key for encryption with `alg`, since the response is encrypted"
            }
            Self::EncValues => "must be a non-empty array of strings",
            Self::Formats => "must be an object with an object for each format",
            Self::Origin => "must contain the origin of the calling page",
            Self::TransactionData => {
                "must be a non-empty array of base64url-encoded JSON objects with `type` and `credential_ids`"
            }
            Self::TransactionCredential => "must be the `id` of a Credential Query",
            Self::TransactionType => "must be a type of transaction data that the wallet knows",
            Self::TransactionBinding => "must refer to queries that require holder binding",
            Self::TransactionHash => "must contain `sha-256`",
            Self::TransactionHashes => "must have the hash of each transaction data of the request",
            Self::VpToken => "must be an object of non-empty arrays of strings or objects",
            Self::State => "must be the `state` of the request",
            Self::Encrypted => "must be in an encrypted `response`, since the response mode is encrypted",
            Self::NotEncrypted => "must be absent, since the response mode is not encrypted",
            Self::Ended => "must be of a request that has no response yet and has not expired",
            Self::Limit { most } => return write!(f, "must have at most {most} items or bytes"),
        })
    }
}
