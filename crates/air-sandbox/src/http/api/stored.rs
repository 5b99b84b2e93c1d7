//! The stored document of all operations, and the part of it that describes a platform's own.

use std::{collections::BTreeSet, io::Read};

use flate2::read::GzDecoder;
use serde_json::Value;

/// `SNAPSHOTS=overwrite` of `tests.rs` writes it.
const DOCUMENT: &[u8] = include_bytes!("../../../assets/docs/openapi.json.gz");
const SCHEMAS: &str = "#/components/schemas/";

/// The path and the method of each operation that a platform serves. The method is in lower case.
pub(super) type Served = BTreeSet<(&'static str, &'static str)>;

/// Returns the document of these operations, with the schemas that they use.
pub(super) fn document(served: &Served) -> Value {
    let mut document = everything();
    if let Some(Value::Object(paths)) = document.get_mut("paths") {
        paths.retain(|path, item| {
            if let Value::Object(methods) = item {
                methods.retain(|method, _| served.contains(&(path.as_str(), method.as_str())));
                !methods.is_empty()
            } else {
                false
            }
        });
    }
    let used = used_schemas(&document);
    if let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") {
        schemas.retain(|name, _| used.contains(name));
    }
    document
}

/// Returns the document of all operations.
pub(super) fn everything() -> Value {
    let mut text = String::new();
    GzDecoder::new(DOCUMENT)
        .read_to_string(&mut text)
        .and_then(|_| serde_json::from_str(&text).map_err(Into::into))
        .expect("the document is compressed JSON: a test compares it")
}

/// Returns the names of the schemas that operations and errors reach by references.
fn used_schemas(document: &Value) -> BTreeSet<String> {
    let mut used = BTreeSet::new();
    let mut unread: Vec<&Value> = ["/paths", "/components/responses"]
        .iter()
        .filter_map(|pointer| document.pointer(pointer))
        .collect();
    while let Some(value) = unread.pop() {
        match value {
            Value::Array(elements) => unread.extend(elements),
            Value::Object(members) => {
                let reference = members.get("$ref").and_then(Value::as_str);
                if let Some(name) = reference.and_then(|reference| reference.strip_prefix(SCHEMAS))
                    && used.insert(name.to_owned())
                {
                    unread.extend(document.pointer(&format!("/components/schemas/{name}")));
                }
                unread.extend(members.values());
            }
            _ => {}
        }
    }
    used
}
