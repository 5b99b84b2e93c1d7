//! The wallet envelope, which a platform stores.

use air_crypto::{WalletAddress, WalletEnvelope};
use wasm_bindgen::{JsValue, prelude::wasm_bindgen};

use crate::{
    AirError,
    argument::{self, Members},
};

#[wasm_bindgen(typescript_custom_section)]
const TYPES: &str = r#"
/** A wallet as a platform keeps it: its private key, encrypted. */
export interface WalletEnvelope {
  /** The user's AIR id. */
  user: string;
  /** 16 bytes. */
  salt: Uint8Array;
  iterations: number;
  /** 12 bytes. */
  iv: Uint8Array;
  ciphertext: Uint8Array;
  isAutomated: boolean;
  /** The salt of the envelope that this one replaces, 16 bytes; left out for a wallet's first. */
  replaces?: Uint8Array;
}
"#;

const LIMIT: u32 = 4_096;

/// An envelope without its address, which the wallet provides.
pub(crate) struct Envelope {
    user: String,
    salt: [u8; 16],
    iterations: u32,
    iv: [u8; 12],
    ciphertext: Vec<u8>,
    is_automated: bool,
    replaces: Option<[u8; 16]>,
}

impl Envelope {
    pub(crate) fn borrow(&self, address: WalletAddress) -> WalletEnvelope<'_> {
        WalletEnvelope {
            user: &self.user,
            address,
            salt: &self.salt,
            iterations: self.iterations,
            iv: &self.iv,
            ciphertext: &self.ciphertext,
            is_automated: self.is_automated,
            replaces: self.replaces.as_ref(),
        }
    }
}

pub(crate) fn read(value: &JsValue) -> Result<Envelope, AirError> {
    const MEMBERS: [&str; 7] = [
        "user",
        "salt",
        "iterations",
        "iv",
        "ciphertext",
        "isAutomated",
        "replaces",
    ];
    let members = Members::of("envelope", value, &MEMBERS)?;
    let iterations = members.get("iterations")?.unwrap_or_default();
    let iterations = argument::whole_number("envelope.iterations", &iterations)?;
    let is_automated = members.get("isAutomated")?.and_then(|value| value.as_bool());
    Ok(Envelope {
        user: members.required_text("user")?,
        salt: required(&members, "salt")?,
        iterations: u32::try_from(iterations)
            .map_err(|_| AirError::argument("envelope.iterations", "below 2^32"))?,
        iv: required(&members, "iv")?,
        ciphertext: bytes(&members, "ciphertext")?
            .ok_or_else(|| AirError::argument("envelope.ciphertext", "a Uint8Array"))?,
        is_automated: is_automated.ok_or_else(|| AirError::argument("envelope.isAutomated", "a boolean"))?,
        replaces: exact(&members, "replaces")?,
    })
}

fn required<const N: usize>(members: &Members<'_>, name: &str) -> Result<[u8; N], AirError> {
    exact(members, name)?.ok_or_else(|| length_of::<N>(members, name))
}

fn exact<const N: usize>(members: &Members<'_>, name: &str) -> Result<Option<[u8; N]>, AirError> {
    let Some(bytes) = bytes(members, name)? else {
        return Ok(None);
    };
    let bytes = bytes.try_into().map_err(|_| length_of::<N>(members, name))?;
    Ok(Some(bytes))
}

fn length_of<const N: usize>(members: &Members<'_>, name: &str) -> AirError {
    AirError::argument(&members.path(name), &format!("a Uint8Array of {N} bytes"))
}

fn bytes(members: &Members<'_>, name: &str) -> Result<Option<Vec<u8>>, AirError> {
    let Some(value) = members.get(name)? else {
        return Ok(None);
    };
    let bytes = argument::bytes(&members.path(name), &value, LIMIT)?;
    Ok(Some(bytes.to_vec()))
}
