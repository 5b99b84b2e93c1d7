//! JSON Schemas that are not derived: of types that are parsed from text, and of rules that no attribute can state. Each accepts a value
//! exactly when the type's parser does; `tests/schemas.rs` compares the two.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::{
    CallbackStatus, CoreClaimHash, IsoTime, IssuerDid, PackageId, PartnerId, PlatformTime, ProgramId,
    SchemaId, StorageId, StoragePath, UserUuid, VcId, VerificationId, VerificationProgramId, WebOrigin,
    WebUrl, web,
};

mod form;

pub(crate) use form::{credential_schema, with_key};

/// To the second; days that the calendar has, leap years too.
const TIME: &str = r"^([0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29) ([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]$";

macro_rules! text {
    ($($type:ident: $pattern:expr, $example:literal, $description:literal;)*) => {$(
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                json_schema!({
                    "type": "string",
                    "pattern": $pattern,
                    "description": $description,
                    "examples": [$example],
                })
            }
        }
    )*};
}
pub(crate) use text;

const ID: &str = "^[!-~]{1,256}$";

text! {
    PartnerId: ID, "7f01c42c-02cf-4325-96ed-ba034700f724", "A partner's account: a UUID.";
    IssuerDid: ID, "did:air:id:test:4P48PnhhSrdUNDXzMgnTbmKxBRMabnTW8hoe85CSkt", "An issuer's DID.";
    SchemaId: ID, "01KKX3Q7DEK0GM2TCKMMHA", "A schema's id.";
    ProgramId: ID, "c21s70g0i54sn0023172Cv", "An issuance program's id; the wire calls it `credentialId`.";
    VerificationProgramId: ID, "c21s70g0i54sn0023172Cw", "A verification program's id.";
    VerificationId: ID, "c21s70g0i54sn0023172Cx", "One run of a verification program.";
    UserUuid: ID, "3b241101-e2bb-4255-8caf-4136c566a962", "A user's AIR id: a UUID.";
    VcId: ID, "c28t30c048pe502a3713w0", "A credential's id.";
    PackageId: ID, "c28t30c048pe502a3713w2", "A semi-decrypted package.";
    StoragePath: r"^(?!.{257})(?!\.{1,2}(/|$))[A-Za-z0-9._-]+(/(?!\.{1,2}(/|$))[A-Za-z0-9._-]+)*$", "vcs/c28t30c048pe502a3713w0", "A place in dStorage.";
    StorageId: ID, "c28t30c048pe502a3713w1", "An object in dStorage.";
    CoreClaimHash: "^[0-9A-Fa-f]{64}$", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
        "What names a credential on the ledger: 64 hex digits.";
    PlatformTime: TIME, "2026-01-19 07:18:45", "A time to the second, in UTC.";
}

impl JsonSchema for IsoTime {
    fn schema_name() -> Cow<'static, str> {
        "IsoTime".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "format": "date-time",
            "description": "A time (RFC 3339, section 5.6).",
            "examples": ["2027-01-19T07:18:45Z"],
        })
    }
}

impl JsonSchema for WebUrl {
    fn schema_name() -> Cow<'static, str> {
        "WebUrl".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "maxLength": 2048,
            "pattern": web::url_pattern(),
            "description": "An https URL, or an http URL of this machine, in ASCII.",
            "examples": ["https://partner.example/.well-known/jwks.json"],
        })
    }
}

impl JsonSchema for WebOrigin {
    fn schema_name() -> Cow<'static, str> {
        "WebOrigin".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": web::origin_pattern(),
            "description": "An origin of the web: scheme, host and port.",
            "examples": ["https://app.example"],
        })
    }
}

impl JsonSchema for CallbackStatus {
    fn schema_name() -> Cow<'static, str> {
        "CallbackStatus".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "integer",
            "enum": [-1, 0, 1],
            "description": "-1: opened, nothing to tell yet; 0: to be delivered; 1: delivered.",
        })
    }
}

/// `air_jwt::EmailAddress`, in ASCII.
pub(crate) fn email(_: &mut SchemaGenerator) -> Schema {
    const ATOM: &str = r"[!#-'*+\-/-9=?A-Z^-~]+";
    const LABEL: &str = "[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?";
    json_schema!({
        "type": "string",
        "maxLength": 254,
        "pattern": format!(r"^{ATOM}(\.{ATOM})*@{LABEL}(\.{LABEL})+$"),
        "allOf": [{ "pattern": "^[^@]{1,64}@" }],
        "description": "The user's address.",
        "examples": ["ada@example.com"],
    })
}

/// Printable, and not blank.
pub(crate) fn partner_name(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": r"^[^\u0000-\u001F\u007F-\u009F]{1,200}$",
        "allOf": [{ "pattern": r"\S" }],
        "description": "Shown to users who are asked for consent.",
        "examples": ["Zenith"],
    })
}
