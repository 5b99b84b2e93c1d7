//! Access tokens for a pre-authorized code, and nonces (OpenID4VCI 1.0, sections 6 and 7).

use std::fmt;

use serde_json::{Map, Value, json};

use super::{
    members::Members,
    offer::{PRE_AUTHORIZED_CODE, PreAuthorizedCodeGrant},
    rule::Rule,
};
use crate::{Document, Error, form};

/// The maximum length of a message in bytes.
const LENGTH_LIMIT: usize = 64 * 1024;

/// A request for an access token with a pre-authorized code.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenRequest {
    /// The pre-authorized code of the offer.
    pub code: String,
    /// The transaction code that the user entered.
    pub transaction_code: Option<String>,
    /// The client, unless it is anonymous or named by its authentication.
    pub client_id: Option<String>,
}

/// Shows no codes.
impl fmt::Debug for TokenRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRequest")
            .field("has_transaction_code", &self.transaction_code.is_some())
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

impl TokenRequest {
    /// The request of a wallet for this grant of an offer.
    ///
    /// # Errors
    /// [`Error::Issuance`] with [`Rule::TransactionCode`] when a code is missing or not expected.
    pub fn for_grant(grant: &PreAuthorizedCodeGrant, transaction_code: Option<&str>) -> Result<Self, Error> {
        let request = Self {
            code: grant.code.clone(),
            transaction_code: transaction_code.map(str::to_owned),
            client_id: None,
        };
        request.check_transaction_code(grant.transaction_code.is_some())?;
        Ok(request)
    }

    /// Checks that there is a transaction code exactly if one is required. The error's code is
    /// `invalid_request`; a wrong code is `invalid_grant` (section 6.3).
    ///
    /// # Errors
    /// [`Error::Issuance`] with [`Rule::TransactionCode`].
    pub fn check_transaction_code(&self, is_required: bool) -> Result<(), Error> {
        if self.transaction_code.is_some() == is_required {
            return Ok(());
        }
        Err(refused("tx_code", Rule::TransactionCode))
    }

    /// Reads the form of a token request.
    ///
    /// # Errors
    /// [`Error::TooLong`], or [`Error::Issuance`] with [`Rule::GrantType`] for other grants.
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        Document::TokenRequest.check_length(body.len(), LENGTH_LIMIT)?;
        let parameters = Document::TokenRequest.read_form(body, || refused("", Rule::Repeated))?;
        let members = Members::of_map(&parameters, "");
        if members.required_text("grant_type")? != PRE_AUTHORIZED_CODE {
            return Err(refused("grant_type", Rule::GrantType));
        }
        Ok(Self {
            code: members.required_text("pre-authorized_code")?.to_owned(),
            transaction_code: members.text("tx_code")?.map(str::to_owned),
            client_id: members.text("client_id")?.map(str::to_owned),
        })
    }

    /// The form.
    #[must_use]
    pub fn to_form(&self) -> String {
        let optional = |name, text: &Option<String>| text.as_deref().map(|text| (name, Value::from(text)));
        let parameters = [
            Some(("grant_type", PRE_AUTHORIZED_CODE.into())),
            Some(("pre-authorized_code", self.code.as_str().into())),
            optional("tx_code", &self.transaction_code),
            optional("client_id", &self.client_id),
        ];
        form::write(parameters.into_iter().flatten())
    }
}

/// The answer to a token request.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenResponse {
    /// The access token.
    pub access_token: String,
    /// `Bearer` or `DPoP`.
    pub token_type: String,
    /// The lifetime in seconds.
    pub expires_in: Option<u64>,
    /// The refresh token, if there is one (RFC 6749, 6).
    pub refresh_token: Option<String>,
    /// The authorized credentials, if the token response names them.
    pub authorization_details: Vec<AuthorizedCredential>,
}

/// Shows no tokens.
impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("token_type", &self.token_type)
            .field("expires_in", &self.expires_in)
            .field("authorization_details", &self.authorization_details)
            .finish_non_exhaustive()
    }
}

/// An authorized credential configuration, and the datasets that can be issued for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizedCredential {
    /// `credential_configuration_id`.
    pub configuration_id: String,
    /// `credential_identifiers`.
    pub credential_identifiers: Vec<String>,
}

impl TokenResponse {
    /// Reads a token response.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::Json`] or [`Error::Issuance`].
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        let value = Document::TokenResponse.read(json, LENGTH_LIMIT)?;
        let members = Members::of(&value, "")?;
        let details = members.array("authorization_details")?.unwrap_or_default().iter();
        let is_credential =
            |detail: &&Value| detail.get("type").is_some_and(|name| name == "openid_credential");
        let details = details.filter(is_credential).map(AuthorizedCredential::parse);
        Ok(Self {
            access_token: members.required_text("access_token")?.to_owned(),
            token_type: members.required_text("token_type")?.to_owned(),
            expires_in: members.number("expires_in")?,
            refresh_token: members.text("refresh_token")?.map(str::to_owned),
            authorization_details: details.collect::<Result<_, _>>()?,
        })
    }

    /// The response as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut members = Map::new();
        members.insert("access_token".into(), self.access_token.as_str().into());
        members.insert("token_type".into(), self.token_type.as_str().into());
        if let Some(seconds) = self.expires_in {
            members.insert("expires_in".into(), seconds.into());
        }
        if let Some(token) = &self.refresh_token {
            members.insert("refresh_token".into(), token.as_str().into());
        }
        if !self.authorization_details.is_empty() {
            let details = self.authorization_details.iter().map(|detail| {
                json!({
                    "type": "openid_credential",
                    "credential_configuration_id": detail.configuration_id,
                    "credential_identifiers": detail.credential_identifiers,
                })
            });
            members.insert("authorization_details".into(), details.collect());
        }
        Value::Object(members)
    }

    /// Whether credential requests use `credential_identifier` (section 8.2).
    #[must_use]
    pub fn has_identifiers(&self) -> bool {
        !self.authorization_details.is_empty()
    }
}

impl AuthorizedCredential {
    fn parse(value: &Value) -> Result<Self, Error> {
        let members = Members::of(value, "/authorization_details")?;
        let credential_identifiers = members.texts("credential_identifiers")?;
        if credential_identifiers.is_empty() {
            return Err(members.refused("credential_identifiers", Rule::Missing));
        }
        Ok(Self {
            configuration_id: members.required_text("credential_configuration_id")?.to_owned(),
            credential_identifiers,
        })
    }
}

/// The answer of the nonce endpoint. It must not be cached (`Cache-Control: no-store`).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NonceResponse {
    /// The value for the next proofs.
    pub c_nonce: String,
}

impl NonceResponse {
    /// Reads a nonce response.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::Json`] or [`Error::Issuance`].
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        let value = Document::NonceResponse.read(json, LENGTH_LIMIT)?;
        let c_nonce = Members::of(&value, "")?.required_text("c_nonce")?.to_owned();
        Ok(Self { c_nonce })
    }

    /// The response as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        json!({ "c_nonce": self.c_nonce })
    }
}

fn refused(name: &str, rule: Rule) -> Error {
    Error::Issuance {
        place: format!("/{name}"),
        rule,
    }
}
