//! The bytes of disclosed values.

use crate::{
    Error,
    encoding::{Kind, TEXT_LIMIT, Value},
    wire::{Reader, Writer},
};

const ABSENT: u8 = 0;
const PRESENT: u8 = 1;

pub(super) fn write(value: &Value, writer: &mut Writer) {
    match value {
        Value::Absent => writer.bytes(&[ABSENT]),
        Value::Text(text) => {
            writer.bytes(&[PRESENT]);
            // A text has at most 4,096 bytes.
            writer.bytes(&u16::try_from(text.len()).unwrap_or(u16::MAX).to_be_bytes());
            writer.bytes(text.as_bytes());
        }
        Value::Boolean(value) => writer.bytes(&[PRESENT, u8::from(*value)]),
        Value::Ordered(number) => {
            writer.bytes(&[PRESENT]);
            writer.bytes(&number.to_be_bytes());
        }
    }
}

pub(super) fn read(kind: Kind, reader: &mut Reader<'_>) -> Result<Value, Error> {
    match reader.byte()? {
        ABSENT => return Ok(Value::Absent),
        PRESENT => {}
        _ => return Err(Error::Malformed),
    }
    let value = match kind {
        Kind::Text => {
            let length = usize::from(u16::from_be_bytes(reader.array()?));
            if length > TEXT_LIMIT {
                return Err(Error::Malformed);
            }
            let text = str::from_utf8(reader.bytes(length)?).map_err(|_| Error::Malformed)?;
            Value::Text(text.into())
        }
        Kind::Boolean => match reader.byte()? {
            0 => Value::Boolean(false),
            1 => Value::Boolean(true),
            _ => return Err(Error::Malformed),
        },
        Kind::Number { .. } | Kind::Date | Kind::DateTime => {
            Value::Ordered(i64::from_be_bytes(reader.array()?))
        }
    };
    Ok(value)
}
