//! The context of a key: user, issuer, schema and curve.

use air_crypto::{CakContext, CakUser, Curve, Error, IssuerDid, SchemaId};
use js_sys::{Object, Reflect};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::{AirError, argument::Members};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** The curve of a key. */
export type Curve = "secp256r1" | "secp256k1";

/** Whose key, from whom, for what. Texts are taken as they are, 1 to 65,535 bytes each. */
export interface CakContext {
  /** The user's AIR id or DID. */
  user: string;
  /** The issuer's DID. */
  issuer: string;
  /** The schema's id. */
  schema: string;
  /** Defaults to `secp256r1`. */
  curve?: Curve;
}
"#;

pub(crate) fn read(value: &JsValue) -> Result<CakContext, AirError> {
    let members = Members::of("context", value, &["user", "issuer", "schema", "curve"])?;
    let curve = match members.text("curve")? {
        Some(name) => name.parse::<Curve>().map_err(Error::from)?,
        None => Curve::default(),
    };
    Ok(CakContext::new(
        CakUser::new(members.required_text("user")?)?,
        IssuerDid::new(members.required_text("issuer")?).map_err(Error::from)?,
        SchemaId::new(members.required_text("schema")?).map_err(Error::from)?,
        curve,
    ))
}

pub(crate) fn write(context: &CakContext) -> JsValue {
    let object = Object::new();
    for (name, value) in [
        ("user", context.user().as_str()),
        ("issuer", context.issuer().as_str()),
        ("schema", context.schema().as_str()),
        ("curve", context.curve().name()),
    ] {
        // Setting a member of a new object can't fail.
        let _ = Reflect::set(&object, &JsValue::from_str(name), &JsValue::from_str(value));
    }
    object.into()
}
