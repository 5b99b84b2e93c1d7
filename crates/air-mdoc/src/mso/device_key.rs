//! The device key as a COSE key (RFC 9053, 7.1.1).

use air_jwt::VerifyingKey;

use crate::{
    Error,
    cbor::{Fields, Raw, Writer},
};

const KTY: i128 = 1;
const EC2: i128 = 2;
const CURVE: i128 = -1;
const P256: i128 = 1;
const X: i128 = -2;
const Y: i128 = -3;
const PRIVATE: i128 = -4;

pub(super) fn parse(raw: Raw<'_>) -> Result<VerifyingKey, Error> {
    let key = Fields::of(raw, "deviceKey")?;
    read(&key).ok_or(Error::DeviceKey)
}

fn read(key: &Fields<'_>) -> Option<VerifyingKey> {
    let has = |label, number| key.labelled(label).and_then(Raw::integer) == Some(number);
    if !has(KTY, EC2) || !has(CURVE, P256) || key.labelled(PRIVATE).is_some() {
        return None;
    }
    let x = key.labelled(X)?.byte_string().filter(|x| x.len() == 32)?;
    let y = key.labelled(Y)?;
    let point = match (y.boolean(), y.byte_string()) {
        (Some(sign), _) => [&[0x02 | u8::from(sign)], x].concat(),
        (None, Some(y)) => [&[0x04], x, y].concat(),
        (None, None) => return None,
    };
    VerifyingKey::from_p256_point(&point).ok()
}

/// Writes both coordinates: peers do not read compressed points.
pub(super) fn encode(key: &VerifyingKey, writer: &mut Writer) -> Result<(), Error> {
    let point = key.to_uncompressed_p256_point().ok_or(Error::DeviceKey)?;
    let (x, y) = point
        .get(1..)
        .and_then(|coordinates| coordinates.split_at_checked(32))
        .ok_or(Error::DeviceKey)?;
    writer
        .map(4)
        .unsigned(1)
        .unsigned(2)
        .negative(0)
        .unsigned(1)
        .negative(1)
        .bytes(x)
        .negative(2)
        .bytes(y);
    Ok(())
}
