//! URIs with a scheme (RFC 3986, appendix A).

use std::net::Ipv6Addr;

pub(super) fn is_valid(text: &str) -> bool {
    let Some((scheme, rest)) = text.split_once(':') else {
        return false;
    };
    let (rest, fragment) = cut(rest, '#');
    let (rest, query) = cut(rest, '?');
    let path = match rest.strip_prefix("//") {
        None => rest,
        Some(rest) => {
            let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
            if !is_authority(authority) {
                return false;
            }
            path
        }
    };
    is_scheme(scheme)
        && consists_of(path, b":@/")
        && consists_of(query, b":@/?")
        && consists_of(fragment, b":@/?")
}

/// Splits a text at a character. The second part is empty if the character does not occur.
fn cut(text: &str, at: char) -> (&str, &str) {
    text.split_once(at).unwrap_or((text, ""))
}

fn is_scheme(text: &str) -> bool {
    let rest = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.');
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.bytes().all(rest)
}

/// Whether the text is an authority, `user@host:port`. User and port are optional, and the host may
/// be empty.
fn is_authority(text: &str) -> bool {
    let (user, host) = text.split_once('@').unwrap_or(("", text));
    let (host, port) = match host.strip_prefix('[') {
        None => {
            let (name, port) = cut(host, ':');
            (consists_of(name, b""), Some(port))
        }
        Some(literal) => {
            let (address, after) = cut(literal, ']');
            let port = if after.is_empty() {
                Some("")
            } else {
                after.strip_prefix(':')
            };
            (literal.contains(']') && is_address(address), port)
        }
    };
    host && consists_of(user, b":") && port.is_some_and(|port| port.bytes().all(|byte| byte.is_ascii_digit()))
}

fn is_address(text: &str) -> bool {
    let Some(future) = text.strip_prefix(['v', 'V']) else {
        return text.parse::<Ipv6Addr>().is_ok();
    };
    let (version, address) = cut(future, '.');
    let is_hex = !version.is_empty() && version.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex && !address.is_empty() && !address.contains('%') && consists_of(address, b":")
}

/// Whether the text has only unreserved characters, sub-delimiters, percent-encoded bytes and the
/// characters in `more`.
fn consists_of(text: &str, more: &[u8]) -> bool {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let fits = match byte {
            b'%' => {
                let mut digit = || bytes.next().is_some_and(|digit| digit.is_ascii_hexdigit());
                digit() && digit()
            }
            byte => {
                byte.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=".contains(&byte) || more.contains(&byte)
            }
        };
        if !fits {
            return false;
        }
    }
    true
}
