//! Interprets responses.

use std::time::SystemTime;

use air_api::{ErrorBody, REQUEST_ID_HEADER};
use reqwest::header::{self, HeaderMap};
use serde::Deserialize;

use super::{
    Received,
    retry::retry_after,
    wire::{Answer, NoResponse, Unread},
};
use crate::Error;

/// Returns the body of a success, or the error for the status.
pub(super) fn read(answer: Answer, host: String, repeats_safely: bool) -> Result<Received, Error> {
    let request_id = request_id(&answer.headers);
    let Answer {
        status,
        headers,
        body,
    } = answer;
    let body = match body {
        Ok(body) => body,
        Err(Unread::Lost(loss)) => return Err(lost(loss, host, repeats_safely, request_id)),
        Err(Unread::TooLong) => {
            return Err(Error::UnexpectedAnswer {
                reason: "it is too long",
                request_id,
            });
        }
    };
    if (200..300).contains(&status) {
        return Ok(Received {
            body,
            location: text(&headers, header::LOCATION.as_str()),
            request_id,
        });
    }
    let message = serde_json::from_slice::<ErrorBody>(&body)
        .map(|body| body.message)
        .ok()
        .or_else(|| service_message(&body))
        .unwrap_or_else(|| format!("status {status} without a reason"));
    let retry_after = retry_after(&headers, SystemTime::now());
    Err(match (status, retry_after) {
        (401 | 403, _) => Error::NotAuthorised {
            status,
            message,
            request_id,
        },
        // Usually a proxy's status: the platform behind it may have executed the call.
        (408, _) => lost(NoResponse::TimedOut, host, repeats_safely, request_id),
        (404, _) => Error::NotFound { message, request_id },
        (409, Some(retry_after)) => Error::InProgress {
            retry_after,
            request_id,
        },
        (409, None) => Error::Conflict { message, request_id },
        (429, retry_after) => Error::RateLimited {
            retry_after,
            request_id,
        },
        (500.., retry_after) => Error::PlatformFailed {
            status,
            message,
            // With `Retry-After`, the platform did not start the call.
            safe_to_repeat: repeats_safely || (status == 503 && retry_after.is_some()),
            retry_after,
            request_id,
        },
        (400..500, _) => Error::Rejected { message, request_id },
        _ => Error::UnexpectedAnswer {
            reason: "its status is neither success nor failure",
            request_id,
        },
    })
}

/// Returns the message of an issuer's own service: a text, or the list of broken rules.
fn service_message(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Message {
        Text(String),
        Rules(Vec<String>),
    }
    #[derive(Deserialize)]
    struct Body {
        message: Message,
    }
    Some(match serde_json::from_slice::<Body>(body).ok()?.message {
        Message::Text(text) => text,
        Message::Rules(rules) => rules.join("; "),
    })
}

/// Returns the error for a request without a response.
pub(super) fn lost(
    loss: NoResponse,
    host: String,
    safe_to_repeat: bool,
    request_id: Option<String>,
) -> Error {
    match loss {
        NoResponse::NotConnected => Error::Unreachable { host },
        NoResponse::UntrustedCertificate => Error::UntrustedCertificate { host },
        NoResponse::TimedOut => Error::TimedOut {
            host,
            safe_to_repeat,
            request_id,
        },
        NoResponse::Broken => Error::AnswerLost {
            host,
            safe_to_repeat,
            request_id,
        },
    }
}

/// Returns the platform's id of the request.
pub(super) fn request_id(headers: &HeaderMap) -> Option<String> {
    text(headers, REQUEST_ID_HEADER)
}

/// Returns a header's text, at most 128 characters.
pub(super) fn text(headers: &HeaderMap, name: &str) -> Option<String> {
    let value = headers.get(name)?.to_str().ok()?;
    Some(value.chars().take(128).collect())
}
