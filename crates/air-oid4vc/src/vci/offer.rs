//! Credential offers (OpenID4VCI 1.0, section 4.1).

use std::{collections::HashSet, fmt};

use serde_json::{Map, Value, json};
use url::Url;

use super::{issuer_id::IssuerId, members::Members, metadata::IssuerMetadata, rule::Rule};
use crate::{Document, Error, form, web};

/// The link of wallets that follow the specification.
pub const OPENID_CREDENTIAL_OFFER: &str = "openid-credential-offer://";
/// The link of wallets that follow HAIP.
pub const HAIP_VCI: &str = "haip-vci://";
/// The grant type of the pre-authorized code.
pub const PRE_AUTHORIZED_CODE: &str = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
/// The grant type of the authorization code.
pub const AUTHORIZATION_CODE: &str = "authorization_code";
/// The maximum length of a link and of an offer in bytes.
const LENGTH_LIMIT: usize = 64 * 1024;
/// The maximum number of characters of a description.
const DESCRIPTION_LIMIT: usize = 300;
/// The maximum number of offered configurations.
const CONFIGURATION_LIMIT: usize = 64;

/// An offer of credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialOffer {
    /// The issuer.
    pub issuer: IssuerId,
    /// The offered configurations, by their name in the issuer's metadata.
    pub configuration_ids: Vec<String>,
    /// The grant of the authorization code.
    pub authorization_code: Option<AuthorizationCodeGrant>,
    /// The grant of a pre-authorized code.
    pub pre_authorized_code: Option<PreAuthorizedCodeGrant>,
}

/// The grant `authorization_code` of an offer.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct AuthorizationCodeGrant {
    /// The value that the wallet returns in its authorization request.
    pub issuer_state: Option<String>,
    /// The authorization server, of several.
    pub authorization_server: Option<String>,
}

/// Shows no `issuer_state`.
impl fmt::Debug for AuthorizationCodeGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AuthorizationCodeGrant")
            .field("authorization_server", &self.authorization_server)
            .finish_non_exhaustive()
    }
}

/// The grant of a pre-authorized code.
#[derive(Clone, PartialEq, Eq)]
pub struct PreAuthorizedCodeGrant {
    /// The code. It is short-lived and can be used once.
    pub code: String,
    /// The transaction code that the user must enter.
    pub transaction_code: Option<TransactionCode>,
    /// The authorization server, of several.
    pub authorization_server: Option<String>,
}

/// Shows no code.
impl fmt::Debug for PreAuthorizedCodeGrant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PreAuthorizedCodeGrant")
            .field("transaction_code", &self.transaction_code)
            .field("authorization_server", &self.authorization_server)
            .finish_non_exhaustive()
    }
}

/// How the user gets and enters a transaction code.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TransactionCode {
    /// The characters of the code.
    pub input_mode: InputMode,
    /// The length of the code.
    pub length: Option<u64>,
    /// Guidance for the user, at most 300 characters.
    pub description: Option<String>,
}

/// The characters of a transaction code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum InputMode {
    /// Digits.
    #[default]
    Numeric,
    /// Any characters.
    Text,
}

/// The content of an offer's link.
#[derive(Clone, PartialEq, Eq)]
pub enum OfferLink {
    /// The offer itself.
    Offer(Box<CredentialOffer>),
    /// The URL of the offer, to GET as `application/json`.
    Uri(String),
}

/// Shows no URL, since it gives access to the offer and its code.
impl fmt::Debug for OfferLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Offer(offer) => f.debug_tuple("Offer").field(offer).finish(),
            Self::Uri(_) => f.write_str("Uri(..)"),
        }
    }
}

impl OfferLink {
    /// Reads a link: `openid-credential-offer:`, `haip-vci:`, or the https URL of a wallet.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::Json`] or [`Error::Issuance`].
    pub fn parse(link: &str) -> Result<Self, Error> {
        Document::Offer.check_length(link.len(), LENGTH_LIMIT)?;
        let malformed = || refused("", Rule::OfferLink);
        let url = Url::parse(link).map_err(|_| malformed())?;
        if !matches!(url.scheme(), "openid-credential-offer" | "haip-vci" | "https") {
            return Err(malformed());
        }
        let query = url.query().unwrap_or_default().as_bytes();
        let parameters = Document::Offer.read_form(query, || refused("", Rule::Repeated))?;
        let text = |name| parameters.get(name).and_then(Value::as_str);
        match (text("credential_offer"), text("credential_offer_uri")) {
            (Some(offer), None) => Ok(Self::Offer(Box::new(CredentialOffer::parse(offer.as_bytes())?))),
            (None, Some(uri)) => {
                web::endpoint(uri).ok_or_else(|| refused("credential_offer_uri", Rule::Endpoint))?;
                Ok(Self::Uri(uri.to_owned()))
            }
            _ => Err(malformed()),
        }
    }

    /// Writes a link to a wallet: [`OPENID_CREDENTIAL_OFFER`], [`HAIP_VCI`], or the wallet's URL.
    #[must_use]
    pub fn to_link(&self, wallet: &str) -> String {
        let parameter = match self {
            Self::Offer(offer) => form::write([("credential_offer", offer.to_value())]),
            Self::Uri(uri) => form::write([("credential_offer_uri", uri.as_str().into())]),
        };
        let separator = if wallet.contains('?') { '&' } else { '?' };
        format!("{wallet}{separator}{parameter}")
    }
}

impl CredentialOffer {
    /// Reads an offer. Unknown members are ignored.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::Json`] or [`Error::Issuance`].
    pub fn parse(json: &[u8]) -> Result<Self, Error> {
        let value = Document::Offer.read(json, LENGTH_LIMIT)?;
        let members = Members::of(&value, "")?;
        let grants = members.object("grants")?.cloned().unwrap_or_default();
        let grants = Members::of_map(&grants, "/grants");
        let code = grants.object(AUTHORIZATION_CODE)?;
        let pre_authorized = grants.object(PRE_AUTHORIZED_CODE)?;
        let offer = Self {
            issuer: members.required_text("credential_issuer")?.parse()?,
            configuration_ids: members.texts("credential_configuration_ids")?,
            authorization_code: code.map(AuthorizationCodeGrant::parse).transpose()?,
            pre_authorized_code: pre_authorized.map(PreAuthorizedCodeGrant::parse).transpose()?,
        };
        offer.check()?;
        Ok(offer)
    }

    /// Checks the rules that each offer follows. An issuer calls it before it publishes one.
    ///
    /// # Errors
    /// [`Error::Issuance`].
    pub fn check(&self) -> Result<(), Error> {
        let name = "credential_configuration_ids";
        if self.configuration_ids.len() > CONFIGURATION_LIMIT {
            return Err(refused(
                name,
                Rule::Limit {
                    most: CONFIGURATION_LIMIT,
                },
            ));
        }
        let mut seen = HashSet::new();
        let are_unique = self
            .configuration_ids
            .iter()
            .all(|id| !id.is_empty() && seen.insert(id));
        if self.configuration_ids.is_empty() || !are_unique {
            return Err(refused(name, Rule::ConfigurationIds));
        }
        let transaction_code = self
            .pre_authorized_code
            .as_ref()
            .and_then(|grant| grant.transaction_code.as_ref());
        let description = transaction_code.and_then(|code| code.description.as_deref());
        if description.is_some_and(|text| text.chars().count() > DESCRIPTION_LIMIT) {
            return Err(refused("grants/tx_code/description", Rule::Description));
        }
        Ok(())
    }

    /// Checks that the offer fits the issuer's metadata: the same issuer, known configurations, and
    /// authorization servers that the metadata names.
    ///
    /// # Errors
    /// [`Error::Issuance`] with [`Rule::SameIssuer`], [`Rule::UnknownConfiguration`] or
    /// [`Rule::AuthorizationServer`].
    pub fn check_metadata(&self, metadata: &IssuerMetadata) -> Result<(), Error> {
        if self.issuer != metadata.issuer {
            return Err(refused("credential_issuer", Rule::SameIssuer));
        }
        let is_known = |id: &String| metadata.configurations.contains_key(id);
        if !self.configuration_ids.iter().all(is_known) {
            return Err(refused(
                "credential_configuration_ids",
                Rule::UnknownConfiguration,
            ));
        }
        let code = self
            .authorization_code
            .as_ref()
            .and_then(|grant| grant.authorization_server.as_ref());
        let pre_authorized = self
            .pre_authorized_code
            .as_ref()
            .and_then(|grant| grant.authorization_server.as_ref());
        let servers = &metadata.authorization_servers;
        for named in code.into_iter().chain(pre_authorized) {
            if servers.len() < 2 || !servers.iter().any(|server| server.as_str() == named) {
                return Err(refused("grants/authorization_server", Rule::AuthorizationServer));
            }
        }
        Ok(())
    }

    /// The offer as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut grants = Map::new();
        if let Some(grant) = &self.authorization_code {
            grants.insert(AUTHORIZATION_CODE.into(), grant.to_value());
        }
        if let Some(grant) = &self.pre_authorized_code {
            grants.insert(PRE_AUTHORIZED_CODE.into(), grant.to_value());
        }
        let mut members = Map::new();
        members.insert("credential_issuer".into(), self.issuer.as_str().into());
        members.insert(
            "credential_configuration_ids".into(),
            json!(self.configuration_ids),
        );
        if !grants.is_empty() {
            members.insert("grants".into(), grants.into());
        }
        Value::Object(members)
    }
}

impl AuthorizationCodeGrant {
    fn parse(members: &Map<String, Value>) -> Result<Self, Error> {
        let members = Members::of_map(members, "/grants/authorization_code");
        Ok(Self {
            issuer_state: members.text("issuer_state")?.map(str::to_owned),
            authorization_server: members.text("authorization_server")?.map(str::to_owned),
        })
    }

    fn to_value(&self) -> Value {
        let members = [
            ("issuer_state", &self.issuer_state),
            ("authorization_server", &self.authorization_server),
        ];
        let present = members
            .into_iter()
            .filter_map(|(name, text)| Some((name.to_owned(), text.clone()?.into())));
        Value::Object(present.collect())
    }
}

impl PreAuthorizedCodeGrant {
    fn parse(members: &Map<String, Value>) -> Result<Self, Error> {
        let members = Members::of_map(members, "/grants/pre-authorized_code");
        Ok(Self {
            code: members.required_text("pre-authorized_code")?.to_owned(),
            transaction_code: members
                .object("tx_code")?
                .map(TransactionCode::parse)
                .transpose()?,
            authorization_server: members.text("authorization_server")?.map(str::to_owned),
        })
    }

    fn to_value(&self) -> Value {
        let mut members = Map::new();
        members.insert("pre-authorized_code".into(), self.code.as_str().into());
        if let Some(code) = &self.transaction_code {
            members.insert("tx_code".into(), code.to_value());
        }
        if let Some(server) = &self.authorization_server {
            members.insert("authorization_server".into(), server.as_str().into());
        }
        Value::Object(members)
    }
}

impl TransactionCode {
    fn parse(members: &Map<String, Value>) -> Result<Self, Error> {
        let members = Members::of_map(members, "/grants/tx_code");
        Ok(Self {
            input_mode: match members.text("input_mode")? {
                None | Some("numeric") => InputMode::Numeric,
                Some("text") => InputMode::Text,
                Some(_) => return Err(members.refused("input_mode", Rule::InputMode)),
            },
            length: members.number("length")?,
            description: members.text("description")?.map(str::to_owned),
        })
    }

    fn to_value(&self) -> Value {
        let mut members = Map::new();
        if self.input_mode == InputMode::Text {
            members.insert("input_mode".into(), "text".into());
        }
        if let Some(length) = self.length {
            members.insert("length".into(), length.into());
        }
        if let Some(description) = &self.description {
            members.insert("description".into(), description.as_str().into());
        }
        Value::Object(members)
    }
}

fn refused(name: &str, rule: Rule) -> Error {
    Error::Issuance {
        place: format!("/{name}"),
        rule,
    }
}
