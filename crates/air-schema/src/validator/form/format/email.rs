//! E-mail addresses (RFC 5321, 4.1.2), with the result of `jsonschema`: the crate `email_address`
//! parses them, and the domain follows the rules of host names.

use std::net::{Ipv4Addr, Ipv6Addr};

use email_address::EmailAddress;

use super::hostname;

pub(super) fn is_valid(text: &str) -> bool {
    // RFC 5321 allows an empty quoted local part, which the crate rejects.
    if let Some(domain) = text.strip_prefix("\"\"@") {
        return parses(&format!("\"a\"@{domain}"));
    }
    parses(text)
}

fn parses(text: &str) -> bool {
    let Ok(address) = text.parse::<EmailAddress>() else {
        return false;
    };
    // A local part beyond ASCII belongs to the format `idn-email`, which the form lacks.
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Two addresses that look alike could belong to two people.
    #[test]
    fn refuses_addresses_with_characters_that_nobody_sees() {
        assert!(is_valid("ada@example.com"));
        for unseen in [
            '\u{ad}',    // soft hyphen
            '\u{34f}',   // combining grapheme joiner
            '\u{61c}',   // Arabic letter mark
            '\u{115f}',  // Hangul filler
            '\u{180e}',  // Mongolian vowel separator
            '\u{200b}',  // zero width space
            '\u{200c}',  // zero width non-joiner
            '\u{200d}',  // zero width joiner
            '\u{200e}',  // left-to-right mark
            '\u{202e}',  // right-to-left override
            '\u{2060}',  // word joiner
            '\u{2066}',  // left-to-right isolate
            '\u{3164}',  // Hangul filler
            '\u{fe0f}',  // variation selector
            '\u{feff}',  // byte order mark
            '\u{e0001}', // language tag
            '\u{a0}',    // no-break space
            '\u{0}',
            '\u{7f}',
        ] {
            for address in [
                format!("{unseen}ada@example.com"),
                format!("ada{unseen}@example.com"),
                format!("\"a{unseen}da\"@example.com"),
                format!("ada@{unseen}example.com"),
                format!("ada@exam{unseen}ple.com"),
                format!("ada@example.com{unseen}"),
            ] {
                assert!(!is_valid(&address), "U+{:04X}: {address:?}", u32::from(unseen));
            }
        }
    }
}
