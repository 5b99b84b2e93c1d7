//! Expected responses.

use std::fmt;

use serde_json::{Value, json};

use super::client::Seen;

const JSON: &str = "application/json";

/// An expected response.
pub(super) struct Expected {
    status: u16,
    body: Body,
}

enum Body {
    Empty,
    Is(Value),
    /// An error in the form of NestJS, with the list of broken rules.
    Rules,
    /// An error in the form of NestJS with one text that begins like this.
    Text(String, Option<&'static str>),
    /// A body of this media type with a property.
    Has(&'static str, &'static str, Box<dyn Fn(&Seen) -> bool>),
}

impl Expected {
    pub(super) fn empty(status: u16) -> Self {
        let body = Body::Empty;
        Self { status, body }
    }

    pub(super) fn json(status: u16, body: Value) -> Self {
        let body = Body::Is(body);
        Self { status, body }
    }

    /// JSON with a property.
    pub(super) fn json_with(
        status: u16,
        property: &'static str,
        is_met: impl Fn(&Value) -> bool + 'static,
    ) -> Self {
        Self::with(status, JSON, property, move |seen| is_met(&seen.json()))
    }

    /// A body of a media type with a property.
    pub(super) fn with(
        status: u16,
        media_type: &'static str,
        property: &'static str,
        is_met: impl Fn(&Seen) -> bool + 'static,
    ) -> Self {
        let body = Body::Has(media_type, property, Box::new(is_met));
        Self { status, body }
    }

    /// 400 with a list of broken rules.
    pub(super) fn rules() -> Self {
        Self {
            status: 400,
            body: Body::Rules,
        }
    }

    /// 403.
    pub(super) fn forbidden() -> Self {
        Self::json(403, json!({ "message": "Forbidden", "statusCode": 403 }))
    }

    /// An error with a text that begins like this, and with the name of its status.
    pub(super) fn error(status: u16, name: &'static str, text: impl Into<String>) -> Self {
        let body = Body::Text(text.into(), Some(name));
        Self { status, body }
    }

    /// An error with a text that begins like this.
    pub(super) fn error_without_name(status: u16, text: impl Into<String>) -> Self {
        let body = Body::Text(text.into(), None);
        Self { status, body }
    }

    pub(super) fn is_met(&self, seen: &Seen) -> bool {
        if seen.status != self.status {
            return false;
        }
        let body = seen.json();
        match &self.body {
            Body::Empty => seen.body.is_empty(),
            Body::Is(expected) => seen.media_type == JSON && body == *expected,
            Body::Rules => {
                let rules = body["message"].as_array();
                let are_texts =
                    rules.is_some_and(|rules| !rules.is_empty() && rules.iter().all(Value::is_string));
                seen.media_type == JSON
                    && are_texts
                    && body["error"] == "Bad Request"
                    && body["statusCode"] == self.status
            }
            Body::Text(start, name) => {
                let text = body["message"].as_str();
                seen.media_type == JSON
                    && text.is_some_and(|text| text.starts_with(start.as_str()))
                    && name.is_none_or(|name| body["error"] == name)
                    && body["statusCode"] == self.status
            }
            Body::Has(media_type, _, is_met) => seen.media_type == *media_type && is_met(seen),
        }
    }
}

impl fmt::Display for Expected {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.status;
        match &self.body {
            Body::Empty => write!(f, "{status} without a body"),
            Body::Is(body) => write!(f, "{status} {JSON} {body}"),
            Body::Rules => write!(
                f,
                "{status} {JSON} {{\"statusCode\":{status},\"message\":[texts],\"error\":\"Bad Request\"}}"
            ),
            Body::Text(start, name) => {
                write!(
                    f,
                    "{status} {JSON} {{\"statusCode\":{status},\"message\":\"{start}…\""
                )?;
                if let Some(name) = name {
                    write!(f, ",\"error\":\"{name}\"")?;
                }
                f.write_str("}")
            }
            Body::Has(media_type, property, _) => write!(f, "{status} {media_type} {property}"),
        }
    }
}
