//! The host and port of a URL (RFC 3986, sections 3.2.2 and 3.2.3).

use std::net::{Ipv4Addr, Ipv6Addr};

use air_ids::is_loopback_host;

/// A checked host, with its port if it has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Authority<'a> {
    pub(super) host: Host<'a>,
    pub(super) port: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Host<'a> {
    Name(&'a str),
    V4(Ipv4Addr),
    V6(Ipv6Addr),
}

impl<'a> Authority<'a> {
    /// Parses `host` or `host:port`. Returns `None` for user information, an empty host or port,
    /// and any other character.
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let (host, rest) = if let Some(rest) = text.strip_prefix('[') {
            let (address, rest) = rest.split_once(']')?;
            (Host::V6(address.parse().ok()?), rest)
        } else {
            let (host, rest) = text.split_at_checked(text.find(':').unwrap_or(text.len()))?;
            (parse_host(host)?, rest)
        };
        let port = match rest.strip_prefix(':') {
            Some(digits) => Some(parse_port(digits)?),
            None if rest.is_empty() => None,
            None => return None,
        };
        Some(Self { host, port })
    }

    /// Whether the host is the local machine: `localhost`, a name below it (RFC 6761, section 6.3),
    /// `127.0.0.0/8` or `[::1]`.
    pub(super) fn is_loopback(&self) -> bool {
        match self.host {
            Host::Name(name) => is_loopback_host(&name.to_ascii_lowercase()),
            Host::V4(address) => address.is_loopback(),
            Host::V6(address) => address.is_loopback(),
        }
    }
}

fn parse_host(text: &str) -> Option<Host<'_>> {
    if let Ok(address) = text.parse() {
        return Some(Host::V4(address));
    }
    is_name(text).then_some(Host::Name(text))
}

/// Whether the text consists of labels of letters, digits, `-` and `_`. No label begins or ends
/// with `-`. The last label does not begin with a digit, because the URL Standard parses such a
/// host as an IPv4 address.
fn is_name(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_'))
    };
    let last = text.rsplit('.').next().unwrap_or_default();
    !last.starts_with(|first: char| first.is_ascii_digit()) && text.split('.').all(is_label)
}

/// Parses a port, 1 to 65535, without leading zeros.
fn parse_port(digits: &str) -> Option<u16> {
    let is_plain = digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0');
    is_plain.then(|| digits.parse().ok()).flatten()
}

/// The same rules as regular expressions, in the common syntax of ECMA-262, Python and Rust.
#[cfg(feature = "openapi")]
pub(super) mod patterns {
    /// An optional port, 1 to 65535.
    pub(in super::super) const PORT: &str =
        "(:([1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]))?";
    const BYTE: &str = "(25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])";

    /// Any host.
    pub(in super::super) fn host() -> String {
        format!("({}|{}|{})", name(), ipv4(), ipv6())
    }

    /// The hosts of the local machine.
    pub(in super::super) fn loopback() -> String {
        let localhost = "[Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt]";
        let long = r"(0{1,4}:){7}0{0,3}1";
        let short = ipv6_loopback();
        format!(r"(({LABEL}\.)*{localhost}|127(\.{BYTE}){{3}}|\[({long}|{short})\])")
    }

    const LABEL: &str = "[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?";

    fn name() -> String {
        format!(r"({LABEL}\.)*[A-Za-z_]([A-Za-z0-9_-]*[A-Za-z0-9_])?")
    }

    fn ipv4() -> String {
        format!(r"{BYTE}(\.{BYTE}){{3}}")
    }

    /// `IPv6address` of RFC 3986, section 3.2.2.
    fn ipv6() -> String {
        let ipv4 = ipv4();
        let group = "[0-9A-Fa-f]{1,4}";
        let last32 = format!("({group}:{group}|{ipv4})");
        let before = |most: u8| match most {
            0 => format!("({group})?"),
            most => format!("(({group}:){{0,{most}}}{group})?"),
        };
        let forms = [
            format!("({group}:){{6}}{last32}"),
            format!("::({group}:){{5}}{last32}"),
            format!("{}::({group}:){{4}}{last32}", before(0)),
            format!("{}::({group}:){{3}}{last32}", before(1)),
            format!("{}::({group}:){{2}}{last32}", before(2)),
            format!("{}::{group}:{last32}", before(3)),
            format!("{}::{last32}", before(4)),
            format!("{}::{group}", before(5)),
            format!("{}::", before(6)),
        ];
        format!(r"\[({})\]", forms.join("|"))
    }

    /// `::1`, with any number of its zero groups written out except at least one.
    fn ipv6_loopback() -> String {
        let zero = "0{1,4}";
        let one = "0{0,3}1";
        let forms: Vec<String> = (0..=6_u8)
            .map(|before| {
                let head = match before {
                    0 => String::new(),
                    1 => zero.to_owned(),
                    more => format!("({zero}:){{{}}}{zero}", more - 1),
                };
                let after = 6 - before;
                format!("{head}::({zero}:){{0,{after}}}{one}")
            })
            .collect();
        let dotted = ipv6_loopback_dotted();
        format!("{}|{dotted}", forms.join("|"))
    }

    /// As [`ipv6_loopback`], with the last 32 bits as an IPv4 address: `::0.0.0.1`.
    fn ipv6_loopback_dotted() -> String {
        let zero = "0{1,4}";
        let forms: Vec<String> = (0..=5_u8)
            .map(|before| {
                let head = match before {
                    0 => String::new(),
                    1 => zero.to_owned(),
                    more => format!("({zero}:){{{}}}{zero}", more - 1),
                };
                let after = 5 - before;
                format!(r"{head}::({zero}:){{0,{after}}}0\.0\.0\.1")
            })
            .collect();
        format!(r"({zero}:){{6}}0\.0\.0\.1|{}", forms.join("|"))
    }
}
