//! Links that start a wallet (OpenID4VP 1.0, sections 5.10 and 9; RFC 9101, section 5).

use std::fmt;

use serde_json::{Map, Value};
use url::Url;

use super::{
    client_id::ClientId,
    nonce::Nonce,
    request::{AuthorizationRequest, Signature},
    rule::Rule,
};
use crate::{Document, Error, form, web};

/// The link of wallets that follow the specification's static configuration (section 13.1.2).
pub const OPENID4VP: &str = "openid4vp://";
/// The link of wallets that follow HAIP.
pub const HAIP_VP: &str = "haip-vp://";
/// The maximum length of a link in bytes.
const LENGTH_LIMIT: usize = 64 * 1024;
/// The parameters that are JSON in a request object and JSON text in a URL.
const JSON_PARAMETERS: [&str; 4] = [
    "dcql_query",
    "client_metadata",
    "transaction_data",
    "verifier_info",
];

/// The HTTP method by which the wallet fetches a request object.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum RequestUriMethod {
    /// GET, also when the link names no method.
    #[default]
    Get,
    /// POST, with the wallet's metadata and nonce. A wallet that does not support it uses GET.
    Post,
}

/// An authorization request as a link carries it.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Invocation {
    /// A request object to fetch.
    ByReference {
        /// The verifier, which the request object must name too.
        client_id: ClientId,
        /// The URL of the request object.
        request_uri: String,
        /// The method.
        method: RequestUriMethod,
    },
    /// A request object.
    ByValue {
        /// The verifier, which the request object must name too.
        client_id: ClientId,
        /// The signed request object.
        request: String,
    },
    /// A request that is not signed.
    Unsigned(Box<AuthorizationRequest>),
}

/// Shows no request object, and no URL of one.
impl fmt::Debug for Invocation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ByReference {
                client_id, method, ..
            } => f
                .debug_struct("ByReference")
                .field("client_id", client_id)
                .field("method", method)
                .finish_non_exhaustive(),
            Self::ByValue { client_id, .. } => f
                .debug_struct("ByValue")
                .field("client_id", client_id)
                .finish_non_exhaustive(),
            Self::Unsigned(request) => f.debug_tuple("Unsigned").field(request).finish(),
        }
    }
}

impl Invocation {
    /// Reads a link, such as `openid4vp://?client_id=…&request_uri=…`.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::Presentation`] or [`Error::Query`].
    pub fn parse(link: &str) -> Result<Self, Error> {
        Document::Link.check_length(link.len(), LENGTH_LIMIT)?;
        let url = Url::parse(link).map_err(|_| refused("", Rule::Scheme))?;
        if !matches!(url.scheme(), "openid4vp" | "haip-vp" | "https") {
            return Err(refused("", Rule::Scheme));
        }
        let query = url.query().unwrap_or_default().as_bytes();
        let parameters = Document::Link.read_form(query, || refused("", Rule::Repeated))?;
        let text = |name| parameters.get(name).and_then(Value::as_str);
        let client_id = || -> Result<ClientId, Error> {
            text("client_id")
                .ok_or_else(|| refused("client_id", Rule::Missing))?
                .parse()
        };
        match (text("request_uri"), text("request")) {
            (Some(_), Some(_)) => Err(refused("request", Rule::OneRequest)),
            (Some(request_uri), None) => {
                web::endpoint(request_uri).ok_or_else(|| refused("request_uri", Rule::Url))?;
                Ok(Self::ByReference {
                    client_id: client_id()?,
                    request_uri: request_uri.to_owned(),
                    method: method(text("request_uri_method"))?,
                })
            }
            (None, _) if text("request_uri_method").is_some() => {
                Err(refused("request_uri_method", Rule::RequestUriMethod))
            }
            (None, Some(request)) => Ok(Self::ByValue {
                client_id: client_id()?,
                request: request.to_owned(),
            }),
            (None, None) => {
                let members = json_members(&parameters)?;
                let request = AuthorizationRequest::from_members(&members, Signature::Absent)?;
                Ok(Self::Unsigned(Box::new(request)))
            }
        }
    }

    /// Writes a link to a wallet: [`OPENID4VP`], [`HAIP_VP`], or the wallet's authorization endpoint.
    #[must_use]
    pub fn to_link(&self, wallet: &str) -> String {
        let parameters = match self {
            Self::ByReference {
                client_id,
                request_uri,
                method,
            } => {
                let mut parameters = vec![
                    ("client_id", client_id.to_string().into()),
                    ("request_uri", request_uri.as_str().into()),
                ];
                if *method == RequestUriMethod::Post {
                    parameters.push(("request_uri_method", "post".into()));
                }
                form::write(parameters)
            }
            Self::ByValue { client_id, request } => form::write([
                ("client_id", client_id.to_string().into()),
                ("request", request.as_str().into()),
            ]),
            Self::Unsigned(request) => {
                let members = request.to_members();
                let members = members.iter().map(|(name, value)| (name.as_str(), value.clone()));
                form::write(members)
            }
        };
        let separator = if wallet.contains('?') { '&' } else { '?' };
        format!("{wallet}{separator}{parameters}")
    }
}

fn method(text: Option<&str>) -> Result<RequestUriMethod, Error> {
    match text {
        None | Some("get") => Ok(RequestUriMethod::Get),
        Some("post") => Ok(RequestUriMethod::Post),
        Some(_) => Err(refused("request_uri_method", Rule::RequestUriMethod)),
    }
}

/// The parameters with JSON read.
fn json_members(parameters: &Map<String, Value>) -> Result<Map<String, Value>, Error> {
    let members = parameters.iter().map(|(name, value)| {
        let value = match value.as_str() {
            Some(json) if JSON_PARAMETERS.contains(&name.as_str()) => {
                Document::Link.read(json.as_bytes(), LENGTH_LIMIT)?
            }
            _ => value.clone(),
        };
        Ok((name.clone(), value))
    });
    members.collect()
}

/// The body of a wallet's POST to a request URI (section 5.10).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RequestUriPost {
    /// The wallet's metadata.
    pub wallet_metadata: Option<Map<String, Value>>,
    /// The nonce that the request object must return.
    pub wallet_nonce: Option<Nonce>,
}

impl RequestUriPost {
    /// Reads the body.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::Json`] or [`Error::Presentation`].
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        Document::RequestUriPost.check_length(body.len(), LENGTH_LIMIT)?;
        let parameters = Document::RequestUriPost.read_form(body, || refused("", Rule::Repeated))?;
        let text = |name| parameters.get(name).and_then(Value::as_str);
        let metadata = text("wallet_metadata").map(|json| {
            let metadata = Document::RequestUriPost.read(json.as_bytes(), LENGTH_LIMIT)?;
            match metadata {
                Value::Object(members) => Ok(members),
                _ => Err(refused("wallet_metadata", Rule::Type)),
            }
        });
        Ok(Self {
            wallet_metadata: metadata.transpose()?,
            wallet_nonce: text("wallet_nonce")
                .map(|text| Nonce::parse("wallet_nonce", text))
                .transpose()?,
        })
    }

    /// Writes the body.
    #[must_use]
    pub fn to_form(&self) -> String {
        let metadata = self
            .wallet_metadata
            .clone()
            .map(|members| ("wallet_metadata", Value::Object(members)));
        let nonce = self
            .wallet_nonce
            .as_ref()
            .map(|nonce| ("wallet_nonce", nonce.as_str().into()));
        form::write(metadata.into_iter().chain(nonce))
    }
}

fn refused(name: &str, rule: Rule) -> Error {
    Error::Presentation {
        place: format!("/{name}"),
        rule,
    }
}
