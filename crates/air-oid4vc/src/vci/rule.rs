//! The rules of OpenID4VCI 1.0.

use std::fmt;

use super::code::ErrorCode;

/// A rule of OpenID4VCI 1.0 for one of its messages. `Display` states it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Rule {
    /// A member occurs once.
    Repeated,
    /// A required member is present.
    Missing,
    /// A member is absent beside another.
    Excluded,
    /// A member has its JSON type, and is not empty.
    Type,
    /// A Credential Issuer Identifier is an https URL without query and fragment.
    IssuerId,
    /// The identifier is the expected one, compared byte by byte.
    SameIssuer,
    /// An endpoint is an https URL.
    Endpoint,
    /// `authorization_servers` is a non-empty array of issuer identifiers.
    AuthorizationServers,
    /// `batch_size` is 2 or greater.
    BatchSize,
    /// A credential configuration has the type that its format requires.
    FormatType,
    /// Binding methods and proof types are both present or both absent.
    BindingMethods,
    /// Signed metadata has the type `openidvci-issuer-metadata+jwt`.
    MetadataType,
    /// A token is valid now.
    Validity,
    /// A link is a credential offer.
    OfferLink,
    /// `credential_configuration_ids` is a non-empty array of unique strings.
    ConfigurationIds,
    /// An offer names configurations that the issuer has.
    UnknownConfiguration,
    /// A grant names an authorization server of the issuer, of several.
    AuthorizationServer,
    /// `input_mode` is `numeric` or `text`.
    InputMode,
    /// The description of a transaction code has at most 300 characters.
    Description,
    /// `grant_type` is the pre-authorized code's.
    GrantType,
    /// The transaction code is present exactly if the offer requires one.
    TransactionCode,
    /// A request names either a configuration or an identifier.
    EitherIdentifier,
    /// An identifier of a credential is used exactly if the token response has some.
    IdentifierOfToken,
    /// An identifier of a credential is one of the token response.
    UnknownIdentifier,
    /// The access token authorises the configuration.
    Authorized,
    /// `proofs` is an object with one proof type, a non-empty array.
    Proofs,
    /// The issuer supports the proof type.
    ProofType,
    /// There are no more proofs than the issuer's batch size.
    Batch,
    /// Proofs are present, since the configuration requires them.
    ProofRequired,
    /// Each proof has a key attestation, since the configuration requires one.
    KeyAttestation,
    /// `credential_response_encryption` has `jwk` and `enc`.
    Encryption,
    /// A credential response has either credentials or a transaction.
    EitherCredentials,
    /// `interval` is a positive number beside `transaction_id`.
    Interval,
    /// A repeated deferral has the same `transaction_id`.
    SameTransaction,
    /// `event` is one that the specification defines.
    Event,
    /// A description has the characters that are allowed.
    Characters,
    /// A proof has the type `openid4vci-proof+jwt`.
    ProofJwtType,
    /// A proof has exactly one of `jwk`, `kid` and `x5c`.
    ProofKey,
    /// The certificate chain of a proof is one that the issuer trusts.
    ProofCertificate,
    /// A proof has a public key that this crate supports.
    ProofPublicKey,
    /// The algorithm of a proof is one that the configuration accepts.
    ProofAlgorithm,
    /// A proof is for this issuer.
    ProofAudience,
    /// A proof has a nonce of this issuer.
    ProofNonce,
    /// A proof has a nonce, since the issuer has a nonce endpoint.
    ProofNonceMissing,
    /// A proof is recent.
    ProofTime,
    /// A proof names the client, or nobody for an anonymous one.
    ProofIssuer,
    /// No two proofs have the same key.
    ProofKeyRepeated,
    /// A key attestation has the type `key-attestation+jwt`.
    AttestationType,
    /// A key attestation has public keys, among them the one of the proof.
    AttestedKeys,
    /// A key attestation has a level that the issuer accepts.
    AttestationLevel,
    /// A code can be exchanged: it is not used, and its offer has not ended.
    OfferEnded,
    /// An access token is valid.
    TokenEnded,
    /// This crate's limit.
    Limit {
        /// The maximum number of items or bytes.
        most: usize,
    },
}

impl Rule {
    /// The section of OpenID4VCI 1.0 that states the rule; `None` for general rules and limits of this
    /// crate.
    #[must_use]
    pub fn section(self) -> Option<&'static str> {
        Some(match self {
            Self::OfferLink => "4.1",
            Self::ConfigurationIds
            | Self::UnknownConfiguration
            | Self::AuthorizationServer
            | Self::InputMode
            | Self::Description => "4.1.1",
            Self::GrantType | Self::TransactionCode => "6.1",
            Self::OfferEnded => "6.3",
            Self::EitherIdentifier
            | Self::IdentifierOfToken
            | Self::UnknownIdentifier
            | Self::Proofs
            | Self::ProofRequired
            | Self::Encryption => "8.2",
            Self::TokenEnded | Self::Authorized => "8.3.1.1",
            Self::EitherCredentials | Self::Interval | Self::ProofKeyRepeated => "8.3",
            Self::SameTransaction => "9.2",
            Self::Event => "11.1",
            Self::Characters => "8.3.1.2",
            Self::IssuerId => "12.2.1",
            Self::MetadataType => "12.2.3",
            Self::SameIssuer
            | Self::Endpoint
            | Self::AuthorizationServers
            | Self::BatchSize
            | Self::BindingMethods
            | Self::KeyAttestation
            | Self::Batch => "12.2.4",
            Self::FormatType => "A",
            Self::ProofType => "F",
            Self::AttestationType | Self::AttestedKeys | Self::AttestationLevel => "D.1",
            Self::ProofJwtType
            | Self::ProofKey
            | Self::ProofCertificate
            | Self::ProofPublicKey
            | Self::ProofAlgorithm
            | Self::ProofAudience
            | Self::ProofIssuer => "F.1",
            Self::ProofNonce | Self::ProofNonceMissing | Self::ProofTime => "F.4",
            Self::Repeated
            | Self::Missing
            | Self::Excluded
            | Self::Type
            | Self::Validity
            | Self::Limit { .. } => {
                return None;
            }
        })
    }

    /// The code of the issuer's error response to a credential request (section 8.3.1.2).
    #[must_use]
    pub fn code(self) -> ErrorCode {
        match self {
            Self::UnknownConfiguration => ErrorCode::UnknownCredentialConfiguration,
            Self::UnknownIdentifier => ErrorCode::UnknownCredentialIdentifier,
            Self::Authorized => ErrorCode::InsufficientScope,
            Self::ProofNonce => ErrorCode::InvalidNonce,
            Self::Encryption => ErrorCode::InvalidEncryptionParameters,
            Self::SameTransaction => ErrorCode::InvalidTransactionId,
            Self::Event => ErrorCode::InvalidNotificationRequest,
            Self::GrantType => ErrorCode::UnsupportedGrantType,
            Self::TransactionCode => ErrorCode::InvalidRequest,
            Self::OfferEnded => ErrorCode::InvalidGrant,
            Self::TokenEnded => ErrorCode::InvalidToken,
            Self::Proofs
            | Self::ProofType
            | Self::ProofRequired
            | Self::KeyAttestation
            | Self::ProofJwtType
            | Self::ProofKey
            | Self::ProofCertificate
            | Self::ProofPublicKey
            | Self::ProofAlgorithm
            | Self::ProofAudience
            | Self::ProofIssuer
            | Self::ProofNonceMissing
            | Self::ProofTime
            | Self::ProofKeyRepeated
            | Self::AttestationType
            | Self::AttestedKeys
            | Self::AttestationLevel => ErrorCode::InvalidProof,
            _ => ErrorCode::InvalidCredentialRequest,
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Repeated => "must occur only once",
            Self::Missing => "must be present",
            Self::Excluded => "must be absent, since another member excludes it",
            Self::Type => "must have the JSON type that its definition requires, and must not be empty",
            Self::IssuerId => "must be an https URL without query and fragment",
            Self::SameIssuer => "must be byte by byte the identifier that was expected",
            Self::Endpoint => "must be an https URL",
            Self::AuthorizationServers => "must be a non-empty array of issuer identifiers",
            Self::BatchSize => "must be 2 or greater",
            Self::FormatType => {
                "must have the type that its format requires (`vct`, `doctype`, `credential_definition`)"
            }
            Self::BindingMethods => "must be present exactly if `cryptographic_binding_methods_supported` is",
            Self::MetadataType => "must be `openidvci-issuer-metadata+jwt`",
            Self::Validity => "must include the current time",
            Self::OfferLink => "must have either `credential_offer` or `credential_offer_uri`",
            Self::ConfigurationIds => "must be a non-empty array of unique strings",
            Self::UnknownConfiguration => "must be a credential configuration of the issuer",
            Self::AuthorizationServer => {
                "must be one of several `authorization_servers` of the issuer, and absent otherwise"
            }
            Self::InputMode => "must be `numeric` or `text`",
            Self::Description => "must have at most 300 characters",
            Self::GrantType => "must be `urn:ietf:params:oauth:grant-type:pre-authorized_code`",
            Self::TransactionCode => "must be present exactly if the offer requires a transaction code",
            Self::EitherIdentifier => {
                "must be the only one of `credential_identifier` and `credential_configuration_id`"
            }
            Self::IdentifierOfToken => {
                "must be used exactly if the token response has `credential_identifiers`, and be one of them"
            }
            Self::UnknownIdentifier => "must be one of the `credential_identifiers` of the token response",
            Self::Authorized => "must be a credential configuration that the access token authorises",
            Self::Proofs => "must be an object with one proof type, whose value is a non-empty array",
            Self::ProofType => "must be a proof type that the credential configuration supports",
            Self::Batch => "must have at most as many proofs as the issuer's `batch_size`",
            Self::ProofRequired => {
                "must be present, since the credential configuration has `proof_types_supported`"
            }
            Self::KeyAttestation => {
                "must have a key attestation (`key_attestations_required`), in the header of each proof"
            }
            Self::Encryption => "must have a public `jwk` with `alg`, and `enc`",
            Self::EitherCredentials => "must be the only one of `credentials` and `transaction_id`",
            Self::Interval => "must be a positive number of seconds beside `transaction_id`",
            Self::SameTransaction => "must be the `transaction_id` of the request",
            Self::Event => "must be `credential_accepted`, `credential_failure` or `credential_deleted`",
            Self::Characters => "must have printable ASCII only, without `\"` and `\\`",
            Self::ProofJwtType => "must be `openid4vci-proof+jwt`",
            Self::ProofKey => "must have exactly one of `jwk`, `kid` and `x5c` in the header",
            Self::ProofCertificate => {
                "must be a certificate chain that the issuer trusts, without its anchor"
            }
            Self::ProofPublicKey => "must have a public P-256 or RSA key without private members",
            Self::ProofAlgorithm => "must be one of `proof_signing_alg_values_supported`",
            Self::ProofAudience => "must be the Credential Issuer Identifier",
            Self::ProofNonce => "must be a `c_nonce` of the issuer; fetch a new one",
            Self::ProofNonceMissing => "must be a `c_nonce` of the issuer's nonce endpoint",
            Self::ProofTime => "must be a recent time; check the clocks",
            Self::ProofIssuer => "must be the client's identifier, and absent for an anonymous client",
            Self::ProofKeyRepeated => "must prove another key than every other proof",
            Self::AttestationType => "must be `key-attestation+jwt`",
            Self::AttestedKeys => {
                "must be a non-empty array of public P-256 or RSA keys, among them the key of the proof"
            }
            Self::AttestationLevel => "must have a level that `key_attestations_required` accepts",
            Self::OfferEnded => "must be a code that was not used, of an offer that has not ended",
            Self::TokenEnded => "must be an access token that has not ended",
            Self::Limit { most } => return write!(f, "must have at most {most} items or bytes"),
        })
    }
}
