//! Converts a schema to form fields, and form fields to a schema.

use air_schema::CredentialSchema;
use serde_json::{Map, Number, Value, json};

use super::MOST;
use crate::{form::Fields, schemas::plain};
use air_platform::Refusal;

/// Converts the form's fields to a schema in the platform's format.
pub(super) fn schema(fields: &Fields) -> Result<Map<String, Value>, Refusal> {
    let mut form = Map::new();
    form.insert("title".to_owned(), json!(fields.text("title")));
    for name in ["type", "version", "description"] {
        if let Some(text) = fields.filled(name) {
            form.insert(name.to_owned(), json!(text));
        }
    }
    let attributes = (0..fields.rows(1, MOST)).filter(|row| fields.filled(&format!("name-{row}")).is_some());
    let attributes = attributes
        .map(|row| attribute(fields, row))
        .collect::<Result<Vec<_>, _>>()?;
    form.insert("attributes".to_owned(), json!(attributes));
    Ok(form)
}

fn attribute(fields: &Fields, row: usize) -> Result<Value, Refusal> {
    let text = |member: &str| fields.filled(&format!("{member}-{row}"));
    let kind = text("type").unwrap_or("string");
    let mut attribute = json!({
        "name": text("name"),
        "type": kind,
        "required": text("required").is_some(),
    });
    for (field, member) in [
        ("title", "title"),
        ("about", "description"),
        ("pattern", "pattern"),
        ("format", "format"),
    ] {
        if let Some(text) = text(field) {
            attribute[member] = json!(text);
        }
    }
    for (field, member) in [
        ("minimum", "minimum"),
        ("maximum", "maximum"),
        ("least", "minLength"),
        ("most", "maxLength"),
    ] {
        if let Some(digits) = text(field) {
            let number: Number = digits.parse().map_err(|_| {
                Refusal::bad_request(format!("attribute {}: {member} must be a number", row + 1))
            })?;
            attribute[member] = json!(number);
        }
    }
    if let Some(values) = text("values") {
        attribute["enum"] = listed(kind, values);
    }
    Ok(attribute)
}

/// Parses a list of values: comma-separated, or a JSON array if values contain commas.
fn listed(kind: &str, text: &str) -> Value {
    if let Ok(values @ Value::Array(_)) = serde_json::from_str(text) {
        return values;
    }
    let values = text.split(',').map(str::trim).filter(|value| !value.is_empty());
    values.map(|value| typed(kind, value)).collect()
}

/// Formats a list of values so that [`listed`] can parse it.
fn written(kind: &str, values: &[Value]) -> String {
    let text = values.iter().map(plain).collect::<Vec<_>>().join(", ");
    if listed(kind, &text).as_array().is_some_and(|read| read == values) {
        text
    } else {
        json!(values).to_string()
    }
}

/// Converts a text to a value of an attribute's type if possible. The later checks report other texts.
pub(crate) fn typed(kind: &str, text: &str) -> Value {
    let is_json = matches!(kind, "number" | "integer" | "boolean");
    let read = is_json.then(|| serde_json::from_str(text).ok()).flatten();
    read.unwrap_or_else(|| json!(text))
}

/// Fills the form's fields from a schema.
pub(super) fn fill(fields: &mut Fields, schema: &CredentialSchema) {
    fields.set("title", schema.title());
    fields.set("type", schema.type_name());
    fields.set("version", schema.version());
    fields.set("description", schema.description().unwrap_or_default());
    fields.set("rows", schema.attributes().len().to_string());
    for (row, attribute) in schema.attributes().iter().enumerate() {
        let constraints = attribute.constraints();
        let number = |number: &Option<Number>| number.as_ref().map(ToString::to_string);
        let values = constraints.allowed.as_ref();
        let members = [
            ("name", Some(attribute.name().to_string())),
            ("type", Some(attribute.kind().name().to_owned())),
            ("required", attribute.is_required().then(|| "yes".to_owned())),
            ("title", attribute.title().map(ToOwned::to_owned)),
            ("about", attribute.description().map(ToOwned::to_owned)),
            (
                "values",
                values.map(|values| written(attribute.kind().name(), values)),
            ),
            ("minimum", number(&constraints.minimum)),
            ("maximum", number(&constraints.maximum)),
            ("least", constraints.min_length.map(|length| length.to_string())),
            ("most", constraints.max_length.map(|length| length.to_string())),
            ("pattern", constraints.pattern.clone()),
            (
                "format",
                constraints.format.map(|format| format.name().to_owned()),
            ),
        ];
        for (member, value) in members {
            if let Some(value) = value {
                fields.set(format!("{member}-{row}"), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schemas::read;

    #[test]
    fn a_form_becomes_a_schema_and_a_schema_the_form() {
        let typed = b"title=Age&rows=3&name-0=isOver18&type-0=boolean&required-0=yes&name-2=level&type-2=integer&values-2=1,+2\
            &minimum-2=1&about-2=How+much";
        let form = schema(&Fields::parse(typed)).unwrap();
        assert_eq!(
            Value::Object(form.clone()),
            json!({ "title": "Age", "attributes": [
                { "name": "isOver18", "type": "boolean", "required": true },
                { "name": "level", "type": "integer", "required": false, "enum": [1, 2], "minimum": 1, "description": "How much" },
            ]})
        );
        let first = read(&form).unwrap();
        let mut fields = Fields::default();
        fill(&mut fields, &first);
        let again = read(&schema(&fields).unwrap()).unwrap();
        assert_eq!(again, first);
    }

    #[test]
    fn values_with_commas_come_back_whole() {
        for values in [
            json!(["a", "b"]),
            json!(["a, b", "c"]),
            json!(["", " "]),
            json!(["[1]"]),
        ] {
            let text = written("string", values.as_array().unwrap());
            assert_eq!(listed("string", &text), values, "{text}");
        }
        assert_eq!(written("integer", &[json!(1), json!(2)]), "1, 2");
    }

    #[test]
    fn what_is_no_number_is_named_by_its_row() {
        let refusal = schema(&Fields::parse(b"rows=2&name-1=a&minimum-1=x")).unwrap_err();
        assert_eq!(refusal.message(), "attribute 2: minimum must be a number");
    }
}
