//! Presentations, and encrypted messages.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::{Explanation, Kind, requests::describe_request};
use crate::vp::{AuthorizationRequest, AuthorizationResponse, Presentation, ResponseBody, Signature};

/// The protocols of OpenID4VP in the Digital Credentials API (appendix A.1).
const PROTOCOLS: [&str; 3] = [
    "openid4vp-v1-unsigned",
    "openid4vp-v1-signed",
    "openid4vp-v1-multisigned",
];

/// The JSON of a presentation: decrypted, or the `data` of the Digital Credentials API.
pub(super) fn of_json(json: &str) -> Explanation {
    let mut explanation = Explanation::of(Kind::PresentationResponse);
    match AuthorizationResponse::parse_json(json.as_bytes()) {
        Ok(response) => describe(&mut explanation, &response),
        Err(error) => explanation.refused(&error),
    }
    explanation
}

/// The form that a wallet posts.
pub(super) fn of_form(body: &str) -> Explanation {
    let mut explanation = Explanation::of(Kind::PresentationResponse);
    match ResponseBody::parse(body.as_bytes()) {
        Ok(ResponseBody::Plain(response)) => describe(&mut explanation, &response),
        Ok(ResponseBody::Encrypted(jwe)) => encrypted(&mut explanation, &jwe),
        Err(error) => explanation.refused(&error),
    }
    explanation
}

/// The object that a page and a wallet exchange by the Digital Credentials API: a request or a response.
pub(super) fn of_dc_api(members: &Map<String, Value>) -> Option<Explanation> {
    let data = members.get("data")?.as_object()?;
    let has = |name: &str| data.contains_key(name);
    let mut explanation = if has("vp_token") || has("error") {
        of_json(&Value::Object(data.clone()).to_string())
    } else if let Some(jwe) = data.get("response").and_then(Value::as_str) {
        let mut explanation = Explanation::of(Kind::PresentationResponse);
        encrypted(&mut explanation, jwe);
        explanation
    } else if has("request") {
        let mut explanation = Explanation::of(Kind::PresentationRequest);
        explanation.part("request object", "in `data`: explain the value of `request`");
        explanation.unchecked.push("the request object in `data`");
        explanation
    } else {
        let mut explanation = Explanation::of(Kind::PresentationRequest);
        match AuthorizationRequest::from_members(data, Signature::Absent) {
            Ok(request) => describe_request(&mut explanation, &request),
            Err(error) => explanation.refused(&error),
        }
        explanation
    };
    let protocol = members.get("protocol").and_then(Value::as_str);
    explanation.text("protocol", members.get("protocol"));
    if !protocol.is_some_and(|protocol| PROTOCOLS.contains(&protocol)) {
        explanation.breaks(
            "OpenID4VP 1.0",
            "A.1",
            "`protocol` must be `openid4vp-v1-unsigned`, `openid4vp-v1-signed` or `openid4vp-v1-multisigned`",
        );
    }
    Some(explanation)
}

fn describe(explanation: &mut Explanation, response: &AuthorizationResponse) {
    let state = match response {
        AuthorizationResponse::Refused {
            error,
            description,
            state,
        } => {
            explanation.part("refused", error.to_string());
            if let Some(description) = description {
                explanation.part("description", description.as_str());
            }
            state
        }
        AuthorizationResponse::Presented { vp_token, state } => {
            for (query, presentations) in vp_token.presentations() {
                let forms = presentations.iter().map(form).collect::<Vec<_>>().join(", ");
                explanation.part("presented", format!("{query}: {forms}"));
            }
            explanation
                .unchecked
                .push("the presentations: explain each of them alone");
            explanation
                .unchecked
                .push("that they satisfy the query, and are for the nonce and the client of the request");
            state
        }
    };
    let presence = if state.is_some() { "present" } else { "absent" };
    explanation.part("state", presence);
    explanation
        .unchecked
        .push("that `state` is the one of the request");
}

/// The form of a presentation.
fn form(presentation: &Presentation) -> &'static str {
    match presentation {
        Presentation::Text(text) if text.contains('~') => "an SD-JWT VC",
        Presentation::Text(text) if text.split('.').count() == 3 => "a JWT",
        Presentation::Text(_) => "a DeviceResponse",
        Presentation::Object(_) => "a presentation in JSON",
    }
}

/// An encrypted message alone; `None` if the text is not one.
pub(super) fn of_jwe(text: &str) -> Option<Explanation> {
    header(text)?;
    let mut explanation = Explanation::of(Kind::EncryptedMessage);
    encrypted(&mut explanation, text);
    Some(explanation)
}

/// The header of a JWE in compact form.
fn header(jwe: &str) -> Option<Map<String, Value>> {
    if jwe.split('.').count() != 5 {
        return None;
    }
    let header = URL_SAFE_NO_PAD.decode(jwe.split('.').next()?).ok()?;
    air_json::read_object(&header).ok()
}

/// Describes the header of a JWE (RFC 7516, 4.1), which is all that can be read without the recipient's key.
fn encrypted(explanation: &mut Explanation, jwe: &str) {
    let Some(header) = header(jwe) else {
        explanation.breaks(
            "RFC 7516",
            "3.1",
            "the encrypted message must have five parts, of which the first is a JSON object in base64url",
        );
        return;
    };
    explanation.part(
        "encrypted",
        "only the header can be read without the recipient's key",
    );
    explanation.text("algorithm", header.get("alg"));
    explanation.text("content encryption", header.get("enc"));
    explanation.text("recipient's key id", header.get("kid"));
    explanation.text("type", header.get("typ"));
    let is = |name: &str, values: &[&str]| {
        let value = header.get(name).and_then(Value::as_str);
        value.is_some_and(|value| values.contains(&value))
    };
    if !is("alg", &["ECDH-ES"]) {
        explanation.breaks("HAIP 1.0", "5", "`alg` must be ECDH-ES");
    }
    if !is("enc", &["A128GCM", "A256GCM"]) {
        explanation.breaks("HAIP 1.0", "5", "`enc` must be A128GCM or A256GCM");
    }
    let curve = header.get("epk").and_then(|key| key.get("crv"));
    if curve.and_then(Value::as_str) != Some("P-256") {
        explanation.breaks(
            "RFC 7518",
            "4.6.1.1",
            "`epk` must be the sender's ephemeral key, on P-256",
        );
    }
    if header.get("epk").is_some_and(|key| key.get("d").is_some()) {
        explanation.breaks(
            "RFC 7518",
            "4.6.1.1",
            "`epk` has a private key, with which others can decrypt the message; encrypt with another one",
        );
    }
    if header.contains_key("zip") {
        explanation.breaks(
            "RFC 8725",
            "3.6",
            "the message is compressed (`zip`), so that its length depends on its content; omit it",
        );
    }
    if header.contains_key("crit") {
        explanation.breaks(
            "RFC 7516",
            "4.1.13",
            "`crit` names an extension that is not supported; omit it",
        );
    }
    explanation
        .unchecked
        .push("the content, which needs the recipient's private key");
}
