//! Vectors, and credentials as the vectors write them.

pub(crate) mod node;

use std::{
    fs,
    path::{Path, PathBuf},
};

use air_oid4vc::dcql::{Credential, W3cFormat};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

/// The path of a vector file.
pub(crate) fn vector_path(name: &str) -> PathBuf {
    [env!("CARGO_MANIFEST_DIR"), "tests/vectors", name]
        .iter()
        .collect()
}

/// A vector file that has JSON.
pub(crate) fn vector(name: &str) -> Value {
    serde_json::from_slice(&read(&vector_path(name))).unwrap()
}

/// The bytes of a vector file.
#[expect(clippy::disallowed_methods, reason = "the crate reads no files, its tests do")]
pub(crate) fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap()
}

pub(crate) fn object(value: &Value) -> &Map<String, Value> {
    value.as_object().unwrap()
}

/// A credential of the JSON form that the vectors share: `format` or `credential_format`, then `vct`
/// and `claims`, `doctype` and `namespaces`, or `type` and `claims`.
pub(crate) fn credential(value: &Value) -> Credential<'_> {
    let format = value.get("credential_format").unwrap_or(&value["format"]);
    let types = || {
        let types = value["type"].as_array().unwrap();
        types.iter().map(|each| each.as_str().unwrap())
    };
    let bound = value.get("cryptographic_holder_binding");
    let credential = match format.as_str().unwrap() {
        "dc+sd-jwt" => Credential::sd_jwt_vc(value["vct"].as_str().unwrap(), object(&value["claims"])),
        "mso_mdoc" => Credential::mdoc(value["doctype"].as_str().unwrap(), object(&value["namespaces"])),
        "ldp_vc" => Credential::w3c(W3cFormat::LdpVc, types(), object(&value["claims"])),
        "jwt_vc_json" => Credential::w3c(W3cFormat::JwtVcJson, types(), object(&value["claims"])),
        other => panic!("unknown format {other}"),
    };
    credential.bound_to_holder(bound.is_none_or(|bound| bound == true))
}

/// A credential of dcql-ts, with its authority's key identifiers.
pub(crate) fn with_authority<'a>(value: &'a Value, key_ids: &'a [Vec<u8>]) -> Credential<'a> {
    let ids = key_ids.iter();
    ids.fold(credential(value), |credential, id| {
        credential.with_authority_key_id(id)
    })
}

/// The key identifiers of a credential of dcql-ts.
pub(crate) fn authority_key_ids(credential: &Value) -> Vec<Vec<u8>> {
    let authority = &credential["authority"];
    if authority["type"] != "aki" {
        return Vec::new();
    }
    let values = authority["values"].as_array().unwrap();
    values
        .iter()
        .filter_map(|value| URL_SAFE_NO_PAD.decode(value.as_str().unwrap()).ok())
        .collect()
}
