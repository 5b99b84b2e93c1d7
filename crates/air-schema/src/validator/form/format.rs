//! What a text must be: the form's formats, decided by their RFCs.

mod email;
mod hostname;
mod moment;
mod uri;

use std::net::{Ipv4Addr, Ipv6Addr};

/// Whether a text is of a format, by its name in JSON Schema.
pub(super) fn is_valid(format: &str, text: &str) -> bool {
    match format {
        "date" => moment::is_date(text),
        "date-time" => moment::is_date_time(text),
        "email" => email::is_valid(text),
        "hostname" => hostname::is_valid(text),
        "ipv4" => text.parse::<Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<Ipv6Addr>().is_ok(),
        "uri" => uri::is_valid(text),
        "uuid" => is_uuid(text),
        _ => true,
    }
}

/// RFC 9562, 4: with hyphens, and any version.
fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
