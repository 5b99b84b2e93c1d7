//! Authorization responses (OpenID4VP 1.0, section 8).

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::{code::ErrorCode, nonce::Nonce, request::AuthorizationRequest, rule::Rule};
use crate::{
    Document, Error,
    dcql::{AnswerRule, Query},
    form,
};

/// The maximum length of a response in bytes.
const LENGTH_LIMIT: usize = 4 * 1024 * 1024;
/// The maximum number of queries, and of presentations for one.
const ITEM_LIMIT: usize = 64;

/// One presentation: a string, or an object for `ldp_vc`.
#[derive(Clone, PartialEq, Eq)]
pub enum Presentation {
    /// An SD-JWT with its key binding, a JWT, or a DeviceResponse in base64url.
    Text(String),
    /// A presentation in JSON.
    Object(Map<String, Value>),
}

/// Shows the form only: a presentation is personal.
impl std::fmt::Debug for Presentation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text(..)",
            Self::Object(_) => "Object(..)",
        })
    }
}

/// `vp_token`: for each answered Credential Query its presentations (section 8.1).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VpToken(BTreeMap<String, Vec<Presentation>>);

impl VpToken {
    /// A token without presentations.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a presentation for the Credential Query with this id.
    #[must_use]
    pub fn with(mut self, query: &str, presentation: Presentation) -> Self {
        self.0.entry(query.to_owned()).or_default().push(presentation);
        self
    }

    /// The presentations for each Credential Query.
    pub fn presentations(&self) -> impl Iterator<Item = (&str, &[Presentation])> {
        self.0
            .iter()
            .map(|(id, presentations)| (id.as_str(), presentations.as_slice()))
    }

    /// Checks the token against the query before any presentation is verified: known identifiers,
    /// and one presentation unless multiple are allowed. [`Query::check`] repeats it with the
    /// verified credentials.
    ///
    /// # Errors
    /// [`Error::Answer`].
    pub fn check_shape(&self, query: &Query) -> Result<(), Error> {
        for (id, presentations) in &self.0 {
            let refused = |rule| Error::answer(id, rule);
            let query = query.credential(id).ok_or_else(|| refused(AnswerRule::Unknown))?;
            if presentations.len() > 1 && !query.allows_multiple() {
                return Err(refused(AnswerRule::Multiple));
            }
        }
        Ok(())
    }

    /// Reads the token.
    ///
    /// # Errors
    /// [`Error::Presentation`] with [`Rule::VpToken`].
    pub fn from_value(value: &Value) -> Result<Self, Error> {
        let malformed = || refused("vp_token", Rule::VpToken);
        let members = value.as_object().ok_or_else(malformed)?;
        if members.len() > ITEM_LIMIT {
            return Err(refused("vp_token", Rule::Limit { most: ITEM_LIMIT }));
        }
        let entries = members.iter().map(|(id, presentations)| {
            let items = presentations
                .as_array()
                .filter(|items| !items.is_empty())
                .ok_or_else(malformed)?;
            if items.len() > ITEM_LIMIT {
                return Err(refused("vp_token", Rule::Limit { most: ITEM_LIMIT }));
            }
            let presentations = items.iter().map(|item| match item {
                Value::String(text) => Ok(Presentation::Text(text.clone())),
                Value::Object(members) => Ok(Presentation::Object(members.clone())),
                _ => Err(malformed()),
            });
            Ok((id.clone(), presentations.collect::<Result<_, _>>()?))
        });
        entries.collect::<Result<_, _>>().map(Self)
    }

    /// The token as JSON.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let presentation = |presentation: &Presentation| match presentation {
            Presentation::Text(text) => Value::from(text.as_str()),
            Presentation::Object(members) => Value::Object(members.clone()),
        };
        let entries = self.0.iter().map(|(id, presentations)| {
            let items: Value = presentations.iter().map(presentation).collect();
            (id.clone(), items)
        });
        Value::Object(entries.collect())
    }
}

/// The response of a wallet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AuthorizationResponse {
    /// Presentations.
    Presented {
        /// The presentations.
        vp_token: VpToken,
        /// The `state` of the request.
        state: Option<String>,
    },
    /// A refusal.
    Refused {
        /// The code.
        error: ErrorCode,
        /// A description for the verifier's developers.
        description: Option<String>,
        /// The `state` of the request.
        state: Option<String>,
    },
}

/// The body that a wallet posts to the response URI.
#[derive(Clone, PartialEq, Eq)]
pub enum ResponseBody {
    /// A response that is not encrypted (`direct_post`), or an error.
    Plain(AuthorizationResponse),
    /// An encrypted response (`direct_post.jwt`): a JWE whose plaintext is for
    /// [`AuthorizationResponse::parse_json`].
    Encrypted(String),
}

/// Shows no encrypted response.
impl std::fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Plain(response) => f.debug_tuple("Plain").field(response).finish(),
            Self::Encrypted(_) => f.write_str("Encrypted(..)"),
        }
    }
}

impl ResponseBody {
    /// Reads a form.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::Json`] or [`Error::Presentation`].
    pub fn parse(body: &[u8]) -> Result<Self, Error> {
        Document::Response.check_length(body.len(), LENGTH_LIMIT)?;
        let mut members = Document::Response.read_form(body, || refused("", Rule::Repeated))?;
        if let Some(Value::String(response)) = members.get("response") {
            if members.contains_key("vp_token") {
                return Err(refused("vp_token", Rule::Excluded));
            }
            return Ok(Self::Encrypted(response.clone()));
        }
        if let Some(Value::String(json)) = members.get("vp_token") {
            let token = Document::Response.read(json.as_bytes(), LENGTH_LIMIT)?;
            members.insert("vp_token".into(), token);
        }
        AuthorizationResponse::from_members(&members).map(Self::Plain)
    }

    /// Checks that the body has the form that the request's response mode requires: an encrypted
    /// response exactly if the mode is encrypted. An error may be plain in every mode (section 8.3).
    ///
    /// # Errors
    /// [`Error::Presentation`] with [`Rule::Encrypted`] or [`Rule::NotEncrypted`].
    pub fn check_mode(&self, request: &AuthorizationRequest) -> Result<(), Error> {
        match (self, request.response_mode().is_encrypted()) {
            (Self::Plain(AuthorizationResponse::Presented { .. }), true) => {
                Err(refused("vp_token", Rule::Encrypted))
            }
            (Self::Encrypted(_), false) => Err(refused("response", Rule::NotEncrypted)),
            _ => Ok(()),
        }
    }

    /// Writes the form.
    #[must_use]
    pub fn to_form(&self) -> String {
        match self {
            Self::Plain(response) => {
                let members = response.to_members();
                let members = members.iter().map(|(name, value)| (name.as_str(), value.clone()));
                form::write(members)
            }
            Self::Encrypted(jwe) => form::write([("response", jwe.as_str().into())]),
        }
    }
}

impl AuthorizationResponse {
    /// A refusal of this request, with its `state`.
    #[must_use]
    pub fn refusal(error: ErrorCode, request: Option<&AuthorizationRequest>) -> Self {
        Self::Refused {
            error,
            description: None,
            state: request.and_then(state_of),
        }
    }

    /// The presentations for this request, with its `state`.
    #[must_use]
    pub fn presented(vp_token: VpToken, request: &AuthorizationRequest) -> Self {
        Self::Presented {
            vp_token,
            state: state_of(request),
        }
    }

    /// Reads the plaintext of an encrypted response, or the `data` of the Digital Credentials API.
    ///
    /// # Errors
    /// [`Error::TooLong`], [`Error::Json`] or [`Error::Presentation`].
    pub fn parse_json(json: &[u8]) -> Result<Self, Error> {
        match Document::Response.read(json, LENGTH_LIMIT)? {
            Value::Object(members) => Self::from_members(&members),
            _ => Err(refused("", Rule::Type)),
        }
    }

    fn from_members(members: &Map<String, Value>) -> Result<Self, Error> {
        let text = |name| match members.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.clone())),
            Some(_) => Err(refused(name, Rule::Type)),
        };
        let state = text("state")?;
        match (text("error")?, members.get("vp_token")) {
            (Some(_), Some(_)) => Err(refused("vp_token", Rule::Excluded)),
            (Some(error), None) => Ok(Self::Refused {
                error: ErrorCode::parse(&error).ok_or_else(|| refused("error", Rule::Type))?,
                description: text("error_description")?,
                state,
            }),
            (None, Some(token)) => Ok(Self::Presented {
                vp_token: VpToken::from_value(token)?,
                state,
            }),
            (None, None) => Err(refused("vp_token", Rule::Missing)),
        }
    }

    /// The response as members: the plaintext of an encrypted response, or the `data` of the Digital
    /// Credentials API.
    #[must_use]
    pub fn to_members(&self) -> Map<String, Value> {
        let mut members = Map::new();
        let state = match self {
            Self::Presented { vp_token, state } => {
                members.insert("vp_token".into(), vp_token.to_value());
                state
            }
            Self::Refused {
                error,
                description,
                state,
            } => {
                members.insert("error".into(), error.as_str().into());
                if let Some(description) = description {
                    members.insert("error_description".into(), description.as_str().into());
                }
                state
            }
        };
        if let Some(state) = state {
            members.insert("state".into(), state.as_str().into());
        }
        members
    }

    /// Checks that the response is for this request: its `state` is the request's.
    ///
    /// # Errors
    /// [`Error::Presentation`] with [`Rule::State`].
    pub fn check_state(&self, request: &AuthorizationRequest) -> Result<(), Error> {
        let (Self::Presented { state, .. } | Self::Refused { state, .. }) = self;
        if *state == state_of(request) {
            return Ok(());
        }
        Err(refused("state", Rule::State))
    }
}

fn state_of(request: &AuthorizationRequest) -> Option<String> {
    let state = request.options().state.as_ref();
    state.map(Nonce::as_str).map(str::to_owned)
}

fn refused(name: &str, rule: Rule) -> Error {
    Error::Presentation {
        place: format!("/{name}"),
        rule,
    }
}
