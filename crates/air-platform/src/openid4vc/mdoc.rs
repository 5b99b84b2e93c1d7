//! The mdocs of programs (ISO/IEC 18013-5): their type and their elements.

use air_jwt::jws::X5c;
use air_mdoc::{DocType, Elements, Value as Cbor, X5Chain, date_time, full_date};
use air_schema::{AttributeType, CredentialSchema};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::{Map, Value};

use crate::{Refusal, issuance::credential_type};

/// Returns the document type of a schema's credentials. It is also the namespace of their elements,
/// and the `vct` of the platform's own credentials: `urn:air:schema:SCHEMA_ID`.
pub(super) fn doc_type(schema_id: &str) -> Result<DocType, Refusal> {
    credential_type(schema_id).parse().map_err(Refusal::internal)
}

/// Returns the certificates of the signer for `x5chain`.
pub(super) fn x5chain(x5c: &X5c) -> Result<X5Chain, Refusal> {
    let ders = x5c
        .as_slice()
        .iter()
        .map(|certificate| STANDARD.decode(certificate));
    let ders = ders.collect::<Result<_, _>>().map_err(Refusal::internal)?;
    X5Chain::new(ders).map_err(Refusal::internal)
}

/// Returns the claims of a subject, which matches the schema, as elements.
pub(super) fn elements(
    schema_id: &str,
    schema: &CredentialSchema,
    subject: &Map<String, Value>,
) -> Result<Elements, Refusal> {
    let namespace = credential_type(schema_id);
    let mut elements = Elements::new();
    for attribute in schema.attributes() {
        let name = attribute.name().as_str();
        let Some(claim) = subject.get(name) else {
            continue;
        };
        let value = element(attribute.kind(), claim).ok_or_else(|| {
            Refusal::bad_request(format!(
                "credentialSubject: the value of `{name}` can't be an element of an mdoc; offer the format dc+sd-jwt"
            ))
        })?;
        elements = elements
            .with(&namespace, name, value)
            .map_err(Refusal::internal)?;
    }
    Ok(elements)
}

/// Converts a claim: a date to `full-date`, a time to `tdate`, a number without a fraction to an integer.
fn element(kind: AttributeType, claim: &Value) -> Option<Cbor> {
    match (kind, claim) {
        (AttributeType::Date, Value::String(text)) => full_date(text).ok(),
        (AttributeType::DateTime, Value::String(text)) => date_time(text).ok(),
        (_, Value::String(text)) => Some(text.as_str().into()),
        (_, Value::Bool(boolean)) => Some((*boolean).into()),
        (_, Value::Number(number)) => number
            .as_i64()
            .map(Cbor::from)
            .or_else(|| number.as_u64().map(Cbor::from))
            .or_else(|| number.as_f64().map(Cbor::from)),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use air_mdoc::IssuerSigned;
    use serde_json::json;

    use super::*;
    use crate::credential_text;

    fn subject() -> Map<String, Value> {
        let subject = json!({
            "name": "Ada", "age": 21, "height": 1.7, "round": 2.0, "adult": true, "born": "1815-12-10",
            "since": "2026-11-29T23:00:00+01:00",
        });
        subject.as_object().cloned().unwrap()
    }

    fn schema() -> CredentialSchema {
        let form = json!({ "title": "Person", "attributes": [
            { "name": "name", "type": "string", "required": true },
            { "name": "age", "type": "integer", "required": true },
            { "name": "height", "type": "number", "required": true },
            { "name": "round", "type": "number", "required": true },
            { "name": "adult", "type": "boolean", "required": true },
            { "name": "born", "type": "date", "required": true },
            { "name": "since", "type": "date-time", "required": true },
            { "name": "absent", "type": "string", "required": false },
        ]});
        CredentialSchema::from_slice(form.to_string().as_bytes()).unwrap()
    }

    #[test]
    fn claims_become_elements_of_the_types_of_iso_18013_5() {
        let elements = elements("s1", &schema(), &subject()).unwrap();
        let (namespace, items) = elements.iter().next().unwrap();
        assert_eq!(namespace.as_str(), doc_type("s1").unwrap().as_str());
        let value = |name: &str| {
            let mut items = items.iter();
            let (_, value) = items.find(|(identifier, _)| identifier.as_str() == name).unwrap();
            value.clone()
        };
        assert_eq!(items.len(), 7);
        assert_eq!(value("name"), Cbor::from("Ada"));
        assert_eq!(value("age"), Cbor::from(21));
        assert_eq!(value("height"), Cbor::from(1.7));
        assert_eq!(value("adult"), Cbor::from(true));
        assert_eq!(value("born"), Cbor::Tag(1004, Box::new("1815-12-10".into())));
        let time = Cbor::Tag(0, Box::new("2026-11-29T23:00:00+01:00".into()));
        assert_eq!(value("since"), time);
    }

    #[test]
    fn elements_become_the_claims_again() {
        use air_ids::UnixTime;
        use air_jwt::SigningKey;
        use air_mdoc::{IssueOptions, Issuer, KeyAuthorizations, ValidityInfo};

        let key = SigningKey::generate(&mut rand::rng());
        let options = IssueOptions {
            doc_type: doc_type("s1").unwrap(),
            validity: ValidityInfo {
                signed: UnixTime::from_secs(1),
                valid_from: UnixTime::from_secs(1),
                valid_until: UnixTime::from_secs(2),
                expected_update: None,
            },
            device_key: key.verifying_key().clone(),
            key_authorizations: KeyAuthorizations::default(),
            status: None,
        };
        let elements = elements("s1", &schema(), &subject()).unwrap();
        let issuer = Issuer::new(&key, X5Chain::new(vec![vec![0]]).unwrap());
        let issued: IssuerSigned = issuer.issue(&options, &elements, &mut rand::rng()).unwrap();
        let claims = credential_text::claims_of(&issued.to_base64url()).unwrap();
        assert_eq!(claims, subject());
    }
}
