//! Requests and responses through the Digital Credentials API of browsers (OpenID4VP 1.0, appendix A).

use air_oid4vc::vp::{AuthorizationResponse, ResponseBody};
use axum::{
    Json,
    extract::{Path, Request, State},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::{
    Answer, Channel, VerifierBackend, find, refused,
    response::{BODY_LIMIT, Received, finish, invalid},
};
use crate::{
    body,
    rejection::{Rejection, no_store},
};

/// The protocol of signed requests (OpenID4VP 1.0, A.1).
const SIGNED: &str = "openid4vp-v1-signed";

/// Answers with the argument `digital` of `navigator.credentials.get`.
pub(super) async fn request<B: VerifierBackend>(
    State(backend): State<B>,
    Path((id, request)): Path<(String, String)>,
) -> Answer {
    let open = find(&backend, &id, &request).await?;
    let dc_api = open.dc_api.ok_or_else(Rejection::not_found)?;
    let object = backend.sign(&id, &dc_api.request).await?;
    let digital = json!({ "requests": [{ "protocol": SIGNED, "data": { "request": object } }] });
    Ok((no_store(), Json(digital)).into_response())
}

/// Takes `protocol` and `data` of the browser's `DigitalCredential`.
pub(super) async fn response<B: VerifierBackend>(
    State(backend): State<B>,
    Path((id, request_id)): Path<(String, String)>,
    http: Request,
) -> Result<Response, Rejection> {
    let open = find(&backend, &id, &request_id).await?;
    let dc_api = open.dc_api.as_ref().ok_or_else(Rejection::not_found)?;
    let (head, body) = http.into_parts();
    if !body::is_typed(&head.headers, "application/json") {
        return Err(invalid("the body must be application/json", "A.4"));
    }
    let body = body::read(&head.headers, body, BODY_LIMIT).await?;
    let received = Received {
        request: &dc_api.request,
        key: open.key.as_ref(),
        channel: Channel::DcApi(&dc_api.origin),
    };
    finish(&backend, &id, &request_id, &received, of_credential(&body)?).await
}

/// Reads the response from a credential: encrypted if `data` has the member `response`.
fn of_credential(body: &[u8]) -> Result<ResponseBody, Rejection> {
    let malformed = || invalid("the body must be a JSON object with `protocol` and `data`", "A.4");
    let credential = air_json::read_object(body).map_err(|_| malformed())?;
    let (protocol, data) = (credential.get("protocol"), credential.get("data"));
    let (Some(Value::String(protocol)), Some(Value::Object(data))) = (protocol, data) else {
        return Err(malformed());
    };
    if protocol != SIGNED {
        return Err(invalid(
            "the protocol of the response must be that of the request, openid4vp-v1-signed",
            "A.1",
        ));
    }
    if let Some(Value::String(jwe)) = data.get("response") {
        return Ok(ResponseBody::Encrypted(jwe.clone()));
    }
    let data = Value::Object(data.clone()).to_string();
    let response =
        AuthorizationResponse::parse_json(data.as_bytes()).map_err(|error| refused(&error, "A.4"))?;
    Ok(ResponseBody::Plain(response))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The members are read once more, so both readers must see the same.
    #[test]
    fn a_body_that_readers_take_differently_is_refused() {
        let body = |data: &str| format!(r#"{{"protocol":"{SIGNED}","data":{data}}}"#);
        assert!(of_credential(body(r#"{"response":"a"}"#).as_bytes()).is_ok());
        for data in [
            r#"{"response":"a","response":"b"}"#,
            r#"{"$serde_json::private::RawValue":"{\"response\":\"a\"}"}"#,
        ] {
            assert!(of_credential(body(data).as_bytes()).is_err(), "{data}");
        }
    }
}
