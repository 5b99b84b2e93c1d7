//! Parameters in URLs and bodies (`application/x-www-form-urlencoded`).

use serde_json::{Map, Value};
use url::form_urlencoded;

/// The maximum number of parameters that are read.
const LIMIT: usize = 64;

/// Reads parameters. `None` if one occurs twice (RFC 6749, 3.1), or there are more than 64.
pub(crate) fn parse(form: &[u8]) -> Option<Map<String, Value>> {
    let mut parameters = Map::new();
    for (name, value) in form_urlencoded::parse(form) {
        let is_repeated = parameters.insert(name.into_owned(), value.into()).is_some();
        if is_repeated || parameters.len() > LIMIT {
            return None;
        }
    }
    Some(parameters)
}

/// Writes parameters. Strings are written as they are, other values as JSON.
pub(crate) fn write<'a>(parameters: impl IntoIterator<Item = (&'a str, Value)>) -> String {
    let mut form = form_urlencoded::Serializer::new(String::new());
    for (name, value) in parameters {
        match value {
            Value::String(text) => form.append_pair(name, &text),
            other => form.append_pair(name, &other.to_string()),
        };
    }
    form.finish()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn reads_what_it_writes_and_refuses_repetition() {
        let form = write([("a", json!("x y&=ä")), ("b", json!({ "c": 1 }))]);
        assert_eq!(form, "a=x+y%26%3D%C3%A4&b=%7B%22c%22%3A1%7D");
        let read = parse(form.as_bytes()).unwrap();
        assert_eq!(read["a"], "x y&=ä");
        assert_eq!(read["b"], r#"{"c":1}"#);
        assert_eq!(parse(b"a=1&b=2&a=1"), None);
        let many: Vec<String> = (0..65).map(|index| format!("p{index}=1")).collect();
        assert_eq!(parse(many.join("&").as_bytes()), None);
    }
}
