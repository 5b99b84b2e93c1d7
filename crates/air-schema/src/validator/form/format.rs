//! Formats of strings: the form's formats, and dates.

mod date_time;
mod email;
mod hostname;
mod uri;

use std::net::{Ipv4Addr, Ipv6Addr};

use crate::{Attribute, AttributeType, Format};

/// The format of a string. In a form, dates are types and not formats.
#[derive(Clone, Copy)]
pub(super) enum Text {
    Date,
    DateTime,
    Of(Format),
}

impl Text {
    pub(super) fn of(attribute: &Attribute) -> Option<Self> {
        match attribute.kind() {
            AttributeType::Date => Some(Self::Date),
            AttributeType::DateTime => Some(Self::DateTime),
            _ => attribute.constraints().format.map(Self::Of),
        }
    }

    /// The name in JSON Schema.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::DateTime => "date-time",
            Self::Of(format) => format.name(),
        }
    }

    pub(super) fn is_valid(self, text: &str) -> bool {
        match self {
            Self::Date => date_time::is_date(text),
            Self::DateTime => date_time::is_date_time(text),
            Self::Of(Format::Email) => email::is_valid(text),
            Self::Of(Format::Hostname) => hostname::is_valid(text),
            Self::Of(Format::Ipv4) => text.parse::<Ipv4Addr>().is_ok(),
            Self::Of(Format::Ipv6) => text.parse::<Ipv6Addr>().is_ok(),
            Self::Of(Format::Uri) => uri::is_valid(text),
            Self::Of(Format::Uuid) => is_uuid(text),
        }
    }
}

fn is_uuid(text: &str) -> bool {
    text.len() == 36
        && text.bytes().enumerate().all(|(place, byte)| match place {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        })
}
