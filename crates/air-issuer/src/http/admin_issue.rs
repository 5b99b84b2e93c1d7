//! `POST /admin/issue-vc`: issues a credential to a user whom the operator names by e-mail address.

use std::sync::Arc;

use air_ids::{EmailAddress, UnixTime};
use air_vc::ClaimPath;
use axum::{body::Body, extract::State, http::HeaderMap};
use serde_json::{Map, Value};

use super::{
    api_key::{self, Caller},
    body,
    fields::Fields,
    idempotency::{self, Answer},
    issuance,
    issue::respond,
    refusal::Refusal,
    subjects::invalid_schema,
};
use crate::{clock::parse_date_or_time, issue::NewCredential, platform::Unresolved, state::State as Service};

const PATH: &str = "/admin/issue-vc";
/// Claims that the service sets.
const RESERVED: &[&str] = &[
    "aka_vcts",
    "cnf",
    "exp",
    "iat",
    "id",
    "iss",
    "nonce",
    "status",
    "sub",
    "vct",
    "vct#integrity",
];
/// The place of the holder's key, which is no field of the request.
const PLATFORM_KEY: &str = "the user's encryptionKey on the platform";
const FRAME: &str = "disclosureFrame";

struct Request {
    user_id: String,
    schema_id: String,
    vct: String,
    expires_at: UnixTime,
    subject: Map<String, Value>,
    frame: Frame,
}

/// The claims that the holder can't withhold, and the decoys.
#[derive(Default)]
struct Frame {
    always_visible: Vec<ClaimPath>,
    /// The names of these claims, in order.
    names: String,
    decoys: u8,
}

impl Request {
    fn read(members: Map<String, Value>, now: UnixTime) -> Result<Self, Refusal> {
        let mut fields = Fields::new(members);
        let user_id = fields.text("userId");
        let schema_id = fields.text("schemaId");
        let vct = fields.text("vct");
        let expiration = fields.text("expiration");
        let expires_at = parse_date_or_time(&expiration).unwrap_or_default();
        if !expiration.is_empty() && expires_at == UnixTime::EPOCH {
            fields.refuse("expiration must be a valid ISO 8601 date string");
        } else if !expiration.is_empty() && expires_at <= now {
            fields.refuse("expiration must be in the future");
        }
        let subject = subject(&mut fields);
        let frame = frame(&mut fields, &subject);
        fields.finish()?;
        Ok(Self {
            user_id,
            schema_id,
            vct,
            expires_at,
            subject,
            frame,
        })
    }
}

pub(super) async fn issue_vc(
    State(service): State<Arc<Service>>,
    headers: HeaderMap,
    body: Body,
) -> Result<Answer, Refusal> {
    let actor = api_key::check(&service, &headers, Caller::Admin)?;
    let members = body::read(&headers, body).await?;
    let key = idempotency::read(&service, &headers, &actor, PATH, &members)?;
    let operation = {
        let service = service.clone();
        async move { issue(&service, members, &actor).await }
    };
    idempotency::once(&service, key, operation).await
}

async fn issue(service: &Service, members: Map<String, Value>, actor: &str) -> Result<Answer, Refusal> {
    let now = service.clock.now();
    let request = Request::read(members, now)?;
    let schema = service
        .config
        .schema(&request.schema_id)
        .ok_or_else(|| invalid_schema(&request.schema_id))?;
    schema
        .validator
        .validate(&request.subject)
        .map_err(|violations| {
            let rules = violations
                .iter()
                .map(|violation| format!("credentialSubject{violation}"));
            Refusal::invalid(rules.collect())
        })?;
    let unresolved = || Refusal::unprocessable(format!("Unable to resolve user: {}", request.user_id));
    let email: EmailAddress = request.user_id.parse().map_err(|_| unresolved())?;
    let holder = service
        .platform
        .resolve(&email)
        .await
        .map_err(|reason| match reason {
            Unresolved::Refused => unresolved(),
            Unresolved::Unavailable => Refusal::unavailable(
                "platform_unavailable",
                "the platform can't be reached to find the user; try again",
                10,
            ),
        })?;
    // The document belongs to the schema's own type.
    let vct_integrity = schema
        .vct_integrity
        .as_ref()
        .filter(|_| schema.vct == request.vct);
    let distinction = format!(
        "admin {} {} {}",
        request.expires_at.as_secs(),
        request.frame.decoys,
        request.frame.names
    );
    let new = NewCredential {
        holder_did: &holder.did,
        user_id: &request.user_id,
        schema_id: &schema.id,
        vct: &request.vct,
        vct_integrity,
        subject: &request.subject,
        always_visible: &request.frame.always_visible,
        decoys: request.frame.decoys,
        encryption_key: holder.encryption_key,
        holder_key: None,
        issued_at: now,
        expires_at: request.expires_at,
        distinction: &distinction,
        actor,
    };
    let issued = service.issue(&new).await;
    let location = issued
        .as_ref()
        .ok()
        .map(|issued| issuance::path(&issued.external_id));
    let status = respond(issued.map(|issued| issued.delivery), PLATFORM_KEY)?;
    Ok(location.map_or_else(|| Answer::of(status), Answer::created))
}

fn subject(fields: &mut Fields) -> Map<String, Value> {
    let Some(Value::Object(subject)) = fields.take("credentialSubject") else {
        fields.refuse("credentialSubject must be an object");
        return Map::new();
    };
    for name in RESERVED.iter().filter(|name| subject.contains_key(**name)) {
        fields.refuse(format!(
            "credentialSubject must not have {name}; the service sets it"
        ));
    }
    subject
}

/// Reads `disclosureFrame`: `_sd` names the claims that can be withheld, `_sd_decoy` is a number of decoys. Without a frame all can be
/// withheld.
fn frame(fields: &mut Fields, subject: &Map<String, Value>) -> Frame {
    let Some(value) = fields.take(FRAME) else {
        return Frame::default();
    };
    let Value::Object(mut members) = value else {
        fields.refuse(format!("{FRAME} must be an object"));
        return Frame::default();
    };
    let decoys = match members.remove("_sd_decoy") {
        None => Some(0),
        Some(value) => value.as_u64().and_then(|number| u8::try_from(number).ok()),
    };
    if decoys.is_none() {
        fields.refuse(format!("{FRAME}._sd_decoy must be a number from 0 to 255"));
    }
    let disclosable = match members.remove("_sd") {
        None => Some(Vec::new()),
        Some(value) => serde_json::from_value::<Vec<String>>(value)
            .ok()
            .filter(|names| names.iter().all(|name| subject.contains_key(name))),
    };
    if disclosable.is_none() {
        fields.refuse(format!(
            "{FRAME}._sd must be a list of names of claims in credentialSubject"
        ));
    }
    if !members.is_empty() {
        fields.refuse(format!(
            "{FRAME} must not be nested: the attributes of a schema have no members"
        ));
    }
    let disclosable = disclosable.unwrap_or_default();
    let visible: Vec<&str> = subject
        .keys()
        .map(String::as_str)
        .filter(|name| !disclosable.iter().any(|disclosable| disclosable == name))
        .collect();
    Frame {
        names: visible.join(" "),
        always_visible: visible.into_iter().map(ClaimPath::named).collect(),
        decoys: decoys.unwrap_or(0),
    }
}
