//! JSON Schemas that are not derived: for types that are parsed from text, and for rules that no
//! attribute can state. Each accepts exactly the values that the type's parser accepts;
//! `tests/schemas.rs` compares the two.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};

use crate::{CallbackStatus, HolderSigningKey, IsoTime, PlatformTime, StoragePath, WebOrigin, WebUrl, web};

mod form;

pub(crate) use form::{credential_schema, with_key};

/// A time to the second on a day of the calendar, including leap years.
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

text! {
    StoragePath: r"^[!-~]{1,256}$", "vcs/c28t30c048pe502a3713w0", "A path in dStorage. Treat it as opaque.";
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
            "description": "-1: opened, without an event to deliver; 0: to be delivered; 1: delivered.",
        })
    }
}

/// A [`HolderSigningKey`], or `null`, which responses include.
pub(crate) fn signing_key_or_null(generator: &mut SchemaGenerator) -> Schema {
    let key = generator.subschema_for::<HolderSigningKey>();
    json_schema!({
        "oneOf": [key, { "type": "null" }],
        "description": "The wallet's key for key binding, `null` if there is none.",
    })
}

/// `air_ids::EmailAddress`.
pub(crate) fn email(_: &mut SchemaGenerator) -> Schema {
    /// The permitted characters outside ASCII.
    const LETTERS: &str = concat!(
        r"\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u034E\u0350-\u037D\u037F-\u05FF\u0606-\u061B\u061D-\u06DC",
        r"\u06DE-\u070E\u0710-\u088F\u0892-\u08E1\u08E3-\u115E\u1161-\u167F\u1681-\u17B3\u17B6-\u180A",
        r"\u1810-\u1FFF\u2070-\u218F\u2C00-\u2DFF\u3005-\u3007\u3021-\u302F\u3031-\u3035\u3038-\u303C",
        r"\u3041-\u3163\u3165-\uD7FF\uF900-\uFDCF\uFDF0-\uFDFF\uFE20-\uFE2F\uFE70-\uFEFC\uFF10-\uFF19",
        r"\uFF21-\uFF3A\uFF41-\uFF5A\uFF66-\uFF9F\uFFA1-\uFFDC",
    );
    let atom = format!(r"[!#-'*+\-/-9=?A-Z^-~{LETTERS}]+");
    let inner = format!("A-Za-z0-9{LETTERS}");
    let label = format!("[{inner}]([{inner}-]{{0,61}}[{inner}])?");
    json_schema!({
        "type": "string",
        "maxLength": 254,
        "pattern": format!(r"^{atom}(\.{atom})*@{label}(\.{label})+$"),
        "allOf": [{ "pattern": "^[^@]{1,64}@" }],
        "description": "The user's address.",
        "examples": ["ada@example.com"],
    })
}

/// A printable name that is not blank.
pub(crate) fn partner_name(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": r"^[^\u0000-\u001F\u007F-\u009F]{1,200}$",
        "allOf": [{ "pattern": r"\S" }],
        "description": "Shown to users who are asked for consent.",
        "examples": ["Zenith"],
    })
}

/// The same for a program, which can do without a name.
pub(crate) fn program_name(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": ["string", "null"],
        "pattern": r"^[^\u0000-\u001F\u007F-\u009F]{1,200}$",
        "allOf": [{ "pattern": r"\S" }],
        "description": "A name for people. Without one, pages show the schema's title.",
        "examples": ["Proof of age"],
    })
}
