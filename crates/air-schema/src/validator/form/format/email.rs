//! Mailboxes (RFC 5321, 4.1.2), as `jsonschema` reads them: the parts by the `email_address` crate, the domain by the rules of hosts.

use std::net::{Ipv4Addr, Ipv6Addr};

use email_address::EmailAddress;

use super::hostname;

pub(super) fn is_valid(text: &str) -> bool {
    // RFC 5321 allows an empty quoted local part, and the crate does not.
    if let Some(domain) = text.strip_prefix("\"\"@") {
        return parses(&format!("\"a\"@{domain}"));
    }
    parses(text)
}

fn parses(text: &str) -> bool {
    let Ok(address) = text.parse::<EmailAddress>() else {
        return false;
    };
    // Others are for the format `idn-email`, which the form lacks.
    address.local_part().is_ascii() && is_domain(address.domain())
}

fn is_domain(domain: &str) -> bool {
    let literal = domain.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let Some(literal) = literal else {
        return hostname::is_valid(domain);
    };
    match literal.split_at_checked(5) {
        Some((tag, address)) if tag.eq_ignore_ascii_case("IPv6:") => address.parse::<Ipv6Addr>().is_ok(),
        _ => literal.parse::<Ipv4Addr>().is_ok(),
    }
}
