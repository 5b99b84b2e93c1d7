//! Requests to the target, and its responses.

use std::{fmt, time::Duration};

use air_fetch::{Fetcher, NetworkPolicy, Request, SetupError};
use serde_json::{Map, Value, json};

use super::Target;

const TIMEOUT: Duration = Duration::from_mins(1);
/// The maximum size of a response.
const LIMIT: usize = 4 * 1024 * 1024;
/// The maximum length of a shown body.
const SHOWN: usize = 300;

/// A client of the target, with its keys.
pub(super) struct Client {
    url: String,
    api_key: String,
    admin_api_key: Option<String>,
    fetcher: Fetcher,
}

/// A response. Status 0 stands for no response.
#[derive(Clone, Debug)]
pub(super) struct Seen {
    pub(super) status: u16,
    pub(super) media_type: String,
    pub(super) body: String,
}

impl Client {
    pub(super) fn new(target: &Target) -> Result<Self, SetupError> {
        Ok(Self {
            url: target.url.clone(),
            api_key: target.api_key.clone(),
            admin_api_key: target.admin_api_key.clone(),
            fetcher: Fetcher::new(NetworkPolicy::Any)?,
        })
    }

    /// Calls with the keys.
    pub(super) async fn get(&self, path: &str) -> Seen {
        let url = format!("{}{path}", self.url);
        self.send(self.with_keys(Request::get(&url))).await
    }

    /// Posts JSON with the keys.
    pub(super) async fn post(&self, path: &str, body: &Value) -> Seen {
        self.post_text(path, body.to_string()).await
    }

    /// Posts a text as JSON with the keys.
    pub(super) async fn post_text(&self, path: &str, body: String) -> Seen {
        let url = format!("{}{path}", self.url);
        self.send(self.with_keys(Request::post(&url, "application/json", body)))
            .await
    }

    /// Calls with one header only, or with none.
    pub(super) async fn call_with(
        &self,
        method: &str,
        path: &str,
        header: Option<(&'static str, &str)>,
    ) -> Seen {
        let url = format!("{}{path}", self.url);
        let mut request = match method {
            "POST" => Request::post(&url, "application/json", "{}"),
            _ => Request::get(&url),
        };
        if let Some((name, value)) = header {
            request = request.with_header(name, value);
        }
        self.send(request).await
    }

    fn with_keys<'a>(&self, request: Request<'a>) -> Request<'a> {
        let request = request.with_header("x-api-key", self.api_key.as_str());
        match &self.admin_api_key {
            Some(key) => request.with_header("x-admin-api-key", key.as_str()),
            None => request,
        }
    }

    async fn send(&self, request: Request<'_>) -> Seen {
        match self.fetcher.exchange_within(&request, LIMIT, TIMEOUT).await {
            Ok(response) => Seen {
                status: response.status,
                media_type: response.media_type().unwrap_or_default(),
                body: String::from_utf8_lossy(&response.bytes).into_owned(),
            },
            Err(error) => Seen {
                status: 0,
                media_type: String::new(),
                body: error.to_string(),
            },
        }
    }
}

impl Seen {
    /// The body as JSON; `null` if it is not JSON.
    pub(super) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_default()
    }
}

/// Shows an error as it is, and any other body without its values, which may be personal.
impl fmt::Display for Seen {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.status == 0 {
            return write!(f, "no response: {}", self.body);
        }
        let body = if self.status < 400 {
            match serde_json::from_str(&self.body) {
                Ok(body) => shape(&body).to_string(),
                Err(_) => format!("{} bytes", self.body.len()),
            }
        } else {
            self.body.clone()
        };
        let body: String = body.chars().take(SHOWN).collect();
        write!(f, "{} {} {body}", self.status, self.media_type)
    }
}

/// The members and types of a value.
fn shape(value: &Value) -> Value {
    match value {
        Value::Object(members) => {
            let members = members.iter().map(|(name, value)| (name.clone(), shape(value)));
            Value::Object(members.collect::<Map<_, _>>())
        }
        Value::Array(items) => items.iter().take(1).map(shape).collect(),
        Value::String(_) => json!("text"),
        Value::Number(_) => json!(0),
        other => other.clone(),
    }
}
