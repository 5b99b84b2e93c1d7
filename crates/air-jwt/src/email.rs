//! The recipient of a credential that is issued on behalf.

use std::{fmt, str::FromStr};

use crate::Error;

/// RFC 5321, 4.5.3.1.3: a path of 256 octets less its brackets.
const LIMIT: usize = 254;

/// One person's e-mail address: the key that routes an on-behalf credential. Personal data: `Debug` hides it.
///
/// The check is for mistakes (a name, a list, a missing domain), not a proof that the mailbox exists.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The address as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for EmailAddress {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        let plausible = text.len() <= LIMIT
            && text
                .split_once('@')
                .is_some_and(|(local, domain)| is_local(local) && is_domain(domain));
        if plausible {
            Ok(Self(text.to_owned()))
        } else {
            Err(Error::InvalidEmail)
        }
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmailAddress").finish_non_exhaustive()
    }
}

fn is_local(local: &str) -> bool {
    const REFUSED: &[char] = &['@', '"', '(', ')', ',', ':', ';', '<', '>', '[', ']', '\\'];
    (1..=64).contains(&local.len())
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && !local
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || REFUSED.contains(&c))
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label.chars().all(|c| c == '-' || c.is_alphanumeric())
    };
    domain.contains('.') && domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn takes_one_address_and_refuses_what_is_none_or_many() {
        for good in ["ada@example.com", "a.b+c@sub.example.co", "jürgen@bücher.example"] {
            assert!(good.parse::<EmailAddress>().is_ok(), "{good}");
        }
        for bad in [
            "",
            "ada",
            "ada@",
            "@example.com",
            "ada@example",
            "a@b@c.d",
            "a@b.c,d@e.f",
            "Ada <a@b.c>",
            "a b@c.d",
        ] {
            assert_eq!(bad.parse::<EmailAddress>(), Err(Error::InvalidEmail), "{bad}");
        }
        assert!(
            format!("{}@example.com", "x".repeat(65))
                .parse::<EmailAddress>()
                .is_err()
        );
    }
}
