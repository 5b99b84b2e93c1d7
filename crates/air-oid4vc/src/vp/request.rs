//! An authorization request (OpenID4VP 1.0, section 5, and appendix A.2 for the Digital Credentials
//! API).

use serde_json::{Map, Value};

use super::{
    client_id::ClientId, metadata::ClientMetadata, nonce::Nonce, rule::Rule,
    transaction_data::TransactionData,
};
use crate::{Error, dcql::Query, web};

/// The maximum number of origins and of attestations about the verifier.
const ITEM_LIMIT: usize = 32;

/// The response mode of the wallet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ResponseMode {
    /// `direct_post`: a form to the response URI (section 8.2).
    DirectPost,
    /// `direct_post.jwt`: encrypted, to the response URI (section 8.3.1).
    DirectPostJwt,
    /// `dc_api`: through the Digital Credentials API (appendix A).
    DcApi,
    /// `dc_api.jwt`: encrypted, through the Digital Credentials API.
    DcApiJwt,
}

impl ResponseMode {
    /// The mode on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DirectPost => "direct_post",
            Self::DirectPostJwt => "direct_post.jwt",
            Self::DcApi => "dc_api",
            Self::DcApiJwt => "dc_api.jwt",
        }
    }

    /// Whether the response is encrypted.
    #[must_use]
    pub fn is_encrypted(self) -> bool {
        matches!(self, Self::DirectPostJwt | Self::DcApiJwt)
    }

    /// Whether the response goes through the Digital Credentials API.
    #[must_use]
    pub fn is_dc_api(self) -> bool {
        matches!(self, Self::DcApi | Self::DcApiJwt)
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::DirectPost, Self::DirectPostJwt, Self::DcApi, Self::DcApiJwt]
            .into_iter()
            .find(|mode| mode.as_str() == text)
    }
}

/// An authorization request that follows every rule of the specification which it can follow alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AuthorizationRequest {
    client_id: Option<ClientId>,
    mode: ResponseMode,
    response_uri: Option<String>,
    nonce: Nonce,
    query: Query,
    expected_origins: Vec<String>,
    options: RequestOptions,
}

/// The optional parameters of a request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestOptions {
    /// Whether the wallet encrypts the response to a key of the metadata.
    pub encrypted: bool,
    /// `state`, which a response repeats. Required if the query accepts a presentation without
    /// holder binding, and not used by the Digital Credentials API.
    pub state: Option<Nonce>,
    /// The verifier's metadata.
    pub client_metadata: Option<ClientMetadata>,
    /// The transactions to authorise.
    pub transaction_data: Vec<TransactionData>,
    /// `wallet_nonce`, which the wallet sent with its request for the request object.
    pub wallet_nonce: Option<Nonce>,
    /// Attestations about the verifier (section 5.11), as JSON.
    pub verifier_info: Vec<Value>,
}

impl AuthorizationRequest {
    /// A request whose response the wallet posts to `response_uri`.
    ///
    /// # Errors
    /// [`Error::Presentation`] or [`Error::Query`] with the rule that the request would break.
    pub fn direct_post(
        client_id: ClientId,
        response_uri: &str,
        nonce: Nonce,
        query: Query,
        options: RequestOptions,
    ) -> Result<Self, Error> {
        let plain = ResponseMode::DirectPost;
        let request = Self {
            client_id: Some(client_id),
            mode: if options.encrypted {
                ResponseMode::DirectPostJwt
            } else {
                plain
            },
            response_uri: Some(response_uri.to_owned()),
            nonce,
            query,
            expected_origins: Vec::new(),
            options,
        };
        request.check_as_verifier()
    }

    /// A request through the Digital Credentials API. A signed one has the verifier's client
    /// identifier and the origins of its pages, an unsigned one neither.
    ///
    /// # Errors
    /// As [`Self::direct_post`].
    pub fn dc_api(
        signed_by: Option<(ClientId, Vec<String>)>,
        nonce: Nonce,
        query: Query,
        options: RequestOptions,
    ) -> Result<Self, Error> {
        let plain = ResponseMode::DcApi;
        let (client_id, expected_origins) = signed_by.unzip();
        let request = Self {
            client_id,
            mode: if options.encrypted {
                ResponseMode::DcApiJwt
            } else {
                plain
            },
            response_uri: None,
            nonce,
            query,
            expected_origins: expected_origins.unwrap_or_default(),
            options,
        };
        request.check_as_verifier()
    }

    fn check_as_verifier(self) -> Result<Self, Error> {
        self.query.check_repeated_claims()?;
        if let Some(metadata) = &self.options.client_metadata {
            metadata.check()?;
        }
        self.check()?;
        Ok(self)
    }

    /// Reads a request from the members of a request object, or of the Digital Credentials API's
    /// `data`. Unknown parameters are ignored.
    ///
    /// # Errors
    /// [`Error::Presentation`] or [`Error::Query`]; [`Error::code`] is what the wallet returns.
    pub fn from_members(members: &Map<String, Value>, signature: Signature) -> Result<Self, Error> {
        let text = |name| text(members, name);
        let require = |name| text(name)?.ok_or_else(|| refused(name, Rule::Missing));
        if require("response_type")? != "vp_token" {
            return Err(refused("response_type", Rule::ResponseType));
        }
        let mode = ResponseMode::parse(require("response_mode")?);
        let mode = mode.ok_or_else(|| refused("response_mode", Rule::ResponseMode))?;
        let client_id = match signature {
            // The wallet ignores the identifier and the origins of an unsigned request (A.2).
            Signature::Absent if mode.is_dc_api() => None,
            _ => Some(require("client_id")?.parse::<ClientId>()?),
        };
        check_signature(client_id.as_ref(), signature)?;
        let nonce = Nonce::parse("nonce", require("nonce")?)?;
        let query = query(members)?;
        let is_signed = signature == Signature::Present;
        let expected_origins = if mode.is_dc_api() && is_signed {
            origins(members)?
        } else {
            Vec::new()
        };
        let response_uri = if mode.is_dc_api() {
            None
        } else {
            response_uri(members, client_id.as_ref())?
        };
        let request = Self {
            client_id,
            mode,
            response_uri,
            nonce,
            query,
            expected_origins,
            options: options(members, mode)?,
        };
        request.check()?;
        Ok(request)
    }

    /// The rules that hold for each side.
    fn check(&self) -> Result<(), Error> {
        let client = self.client_id.as_ref();
        if let Some(uri) = &self.response_uri {
            web::endpoint(uri).ok_or_else(|| refused("response_uri", Rule::Url))?;
            client
                .map_or(Ok(()), |client| client.check_response_uri(uri))
                .map_err(|rule| refused("response_uri", rule))?;
        }
        let has_state = self.options.state.is_some();
        if self.query.accepts_unbound() && !has_state && !self.mode.is_dc_api() {
            return Err(refused("state", Rule::StateRequired));
        }
        if self.mode.is_dc_api() && client.is_some() && self.expected_origins.is_empty() {
            return Err(refused("expected_origins", Rule::Missing));
        }
        // The wallet knows the keys of these verifiers by other means.
        let brings_keys = !matches!(
            client,
            Some(ClientId::PreRegistered(_) | ClientId::OpenidFederation(_))
        );
        let metadata = self.options.client_metadata.as_ref();
        let has_key = metadata.is_some_and(|metadata| metadata.encryption_keys().next().is_some());
        if self.mode.is_encrypted() && brings_keys && !has_key {
            return Err(refused("client_metadata/jwks", Rule::EncryptionKey));
        }
        let transactions = &self.options.transaction_data;
        transactions
            .iter()
            .try_for_each(|data| data.check_query(&self.query))
    }

    /// The request as the members of a request object or of the Digital Credentials API's `data`.
    #[must_use]
    pub fn to_members(&self) -> Map<String, Value> {
        let options = &self.options;
        let mut members = Map::new();
        let mut insert = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                members.insert(name.into(), value);
            }
        };
        let list = |items: &[String]| (!items.is_empty()).then(|| items.iter().cloned().collect::<Value>());
        insert("response_type", Some("vp_token".into()));
        insert("response_mode", Some(self.mode.as_str().into()));
        insert(
            "client_id",
            self.client_id.as_ref().map(|id| id.to_string().into()),
        );
        insert("response_uri", self.response_uri.clone().map(Value::from));
        insert("nonce", Some(self.nonce.as_str().into()));
        insert("dcql_query", Some(self.query.to_value()));
        insert("expected_origins", list(&self.expected_origins));
        insert("state", options.state.as_ref().map(|state| state.as_str().into()));
        insert(
            "client_metadata",
            options.client_metadata.as_ref().map(ClientMetadata::to_value),
        );
        let transactions: Vec<String> = options
            .transaction_data
            .iter()
            .map(|data| data.as_str().into())
            .collect();
        insert("transaction_data", list(&transactions));
        insert(
            "wallet_nonce",
            options.wallet_nonce.as_ref().map(|nonce| nonce.as_str().into()),
        );
        let info = &options.verifier_info;
        insert(
            "verifier_info",
            (!info.is_empty()).then(|| Value::Array(info.clone())),
        );
        members
    }

    /// The verifier; absent in an unsigned request through the Digital Credentials API.
    #[must_use]
    pub fn client_id(&self) -> Option<&ClientId> {
        self.client_id.as_ref()
    }

    /// The response mode of the wallet.
    #[must_use]
    pub fn response_mode(&self) -> ResponseMode {
        self.mode
    }

    /// The URL that the wallet posts the response to.
    #[must_use]
    pub fn response_uri(&self) -> Option<&str> {
        self.response_uri.as_deref()
    }

    /// The value that presentations are bound to.
    #[must_use]
    pub fn nonce(&self) -> &Nonce {
        &self.nonce
    }

    /// The query.
    #[must_use]
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// The optional parameters.
    #[must_use]
    pub fn options(&self) -> &RequestOptions {
        &self.options
    }

    /// The audience of presentations: the full client identifier, or `origin:` and the page's origin
    /// for the Digital Credentials API (section 14.8, appendix A.4). `None` if the origin is needed
    /// and absent.
    #[must_use]
    pub fn audience(&self, origin: Option<&str>) -> Option<String> {
        if self.mode.is_dc_api() {
            return origin.map(|origin| format!("origin:{origin}"));
        }
        self.client_id.as_ref().map(ToString::to_string)
    }

    /// Checks that a signed request through the Digital Credentials API was made for the page that
    /// calls it. Nothing is checked for other requests.
    ///
    /// # Errors
    /// [`Error::Presentation`] with [`Rule::Origin`].
    pub fn check_origin(&self, origin: &str) -> Result<(), Error> {
        let is_checked = self.mode.is_dc_api() && self.client_id.is_some();
        if is_checked && !self.expected_origins.iter().any(|expected| expected == origin) {
            return Err(refused("expected_origins", Rule::Origin));
        }
        Ok(())
    }

    /// Checks that the wallet knows the types of all transaction data. A wallet must refuse others,
    /// and any transaction data if it knows no type (section 8.4).
    ///
    /// # Errors
    /// [`Error::Presentation`] with [`Rule::TransactionType`].
    pub fn check_transaction_types(&self, known: &[&str]) -> Result<(), Error> {
        let mut transactions = self.options.transaction_data.iter();
        if transactions.all(|data| known.contains(&data.kind())) {
            return Ok(());
        }
        Err(refused("transaction_data", Rule::TransactionType))
    }
}

/// Whether a request was in a request object whose signature the wallet verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signature {
    /// The signature was verified.
    Present,
    /// The parameters came without signature.
    Absent,
}

fn check_signature(client: Option<&ClientId>, signature: Signature) -> Result<(), Error> {
    match (client, signature) {
        (Some(ClientId::RedirectUri(_)), Signature::Present) => {
            Err(refused("client_id", Rule::SignatureForbidden))
        }
        (Some(client), Signature::Absent) if client.requires_signature() => {
            Err(refused("client_id", Rule::SignatureRequired))
        }
        _ => Ok(()),
    }
}

fn query(members: &Map<String, Value>) -> Result<Query, Error> {
    if members.contains_key("scope") {
        return Err(refused("scope", Rule::Scope));
    }
    let query = members.get("dcql_query");
    Query::from_value(query.ok_or_else(|| refused("dcql_query", Rule::Missing))?)
}

fn response_uri(members: &Map<String, Value>, client: Option<&ClientId>) -> Result<Option<String>, Error> {
    if members.contains_key("redirect_uri") {
        return Err(refused("redirect_uri", Rule::RedirectUri));
    }
    match (text(members, "response_uri")?, client) {
        (Some(uri), _) => Ok(Some(uri.to_owned())),
        // The identifier is the URI, and the parameter may be left out (section 5.9.3).
        (None, Some(ClientId::RedirectUri(uri))) => Ok(Some(uri.clone())),
        (None, _) => Err(refused("response_uri", Rule::Missing)),
    }
}

fn origins(members: &Map<String, Value>) -> Result<Vec<String>, Error> {
    let origins = members.get("expected_origins");
    let origins = origins.ok_or_else(|| refused("expected_origins", Rule::Missing))?;
    let origins = origins
        .as_array()
        .filter(|origins| (1..=ITEM_LIMIT).contains(&origins.len()));
    origins
        .and_then(|origins| {
            origins
                .iter()
                .map(|origin| origin.as_str().map(str::to_owned))
                .collect()
        })
        .ok_or_else(|| refused("expected_origins", Rule::Type))
}

fn options(members: &Map<String, Value>, mode: ResponseMode) -> Result<RequestOptions, Error> {
    let nonce = |name| {
        text(members, name)?
            .map(|text| Nonce::parse(name, text))
            .transpose()
    };
    Ok(RequestOptions {
        encrypted: mode.is_encrypted(),
        state: if mode.is_dc_api() { None } else { nonce("state")? },
        client_metadata: members
            .get("client_metadata")
            .map(ClientMetadata::parse)
            .transpose()?,
        transaction_data: members
            .get("transaction_data")
            .map_or(Ok(Vec::new()), TransactionData::parse_all)?,
        wallet_nonce: nonce("wallet_nonce")?,
        verifier_info: members
            .get("verifier_info")
            .map_or(Ok(Vec::new()), verifier_info)?,
    })
}

fn verifier_info(value: &Value) -> Result<Vec<Value>, Error> {
    let is_attestation = |item: &Value| {
        let data = item.get("data");
        item.get("format").is_some_and(Value::is_string)
            && data.is_some_and(|data| data.is_string() || data.is_object())
    };
    let items = value
        .as_array()
        .filter(|items| (1..=ITEM_LIMIT).contains(&items.len()));
    let items = items.filter(|items| items.iter().all(is_attestation));
    items.cloned().ok_or_else(|| refused("verifier_info", Rule::Type))
}

fn text<'m>(members: &'m Map<String, Value>, name: &'static str) -> Result<Option<&'m str>, Error> {
    match members.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(refused(name, Rule::Type)),
    }
}

fn refused(name: &str, rule: Rule) -> Error {
    Error::Presentation {
        place: format!("/{name}"),
        rule,
    }
}
