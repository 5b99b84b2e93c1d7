//! The recipient of a credential that is issued on behalf.

use std::{fmt, str::FromStr};

use crate::Error;

/// RFC 5321, 4.5.3.1.3: a path of 256 octets less its brackets.
const LIMIT: usize = 254;

/// Local parts of shared mailboxes, without punctuation.
const ROLES: &[&str] = &[
    "abuse",
    "accounting",
    "accounts",
    "admin",
    "administrator",
    "all",
    "billing",
    "bounce",
    "compliance",
    "contact",
    "customerservice",
    "dev",
    "donotreply",
    "enquiries",
    "everyone",
    "finance",
    "hello",
    "help",
    "helpdesk",
    "hostmaster",
    "hr",
    "info",
    "inquiries",
    "jobs",
    "kyc",
    "legal",
    "mail",
    "mailerdaemon",
    "marketing",
    "newsletter",
    "noreply",
    "office",
    "operations",
    "ops",
    "orders",
    "postmaster",
    "press",
    "privacy",
    "root",
    "sales",
    "security",
    "service",
    "staff",
    "support",
    "sysadmin",
    "team",
    "test",
    "users",
    "webmaster",
];

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

    /// Whether it looks like a shared mailbox (RFC 2142 and custom): one account would collect everyone's credentials. A guess, for a
    /// warning.
    #[must_use]
    pub fn is_role(&self) -> bool {
        let local = self.0.split('@').next().unwrap_or_default();
        let name = local.split('+').next().unwrap_or_default();
        let plain: String = name
            .chars()
            .filter(|c| !matches!(c, '.' | '-' | '_'))
            .map(|c| c.to_ascii_lowercase())
            .collect();
        ROLES.contains(&plain.as_str())
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
            Err(Error::InvalidEmailAddress)
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
            .any(|c| c.is_whitespace() || c.is_control() || is_invisible(c) || REFUSED.contains(&c))
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .chars()
                .all(|c| (c == '-' || c.is_alphanumeric()) && !is_invisible(c))
    };
    domain.contains('.') && domain.split('.').all(is_label)
}

/// Characters that nobody sees: two addresses that look alike would be two people. These are the format characters (category Cf), fillers
/// and selectors (Unicode, property Default_Ignorable_Code_Point).
fn is_invisible(c: char) -> bool {
    const FROM_THROUGH: &[(u32, u32)] = &[
        (0x00AD, 0x00AD),
        (0x034F, 0x034F),
        (0x0600, 0x0605),
        (0x061C, 0x061C),
        (0x06DD, 0x06DD),
        (0x070F, 0x070F),
        (0x0890, 0x0891),
        (0x08E2, 0x08E2),
        (0x115F, 0x1160),
        (0x17B4, 0x17B5),
        (0x180B, 0x180F),
        (0x200B, 0x200F),
        (0x202A, 0x202E),
        (0x2060, 0x206F),
        (0x3164, 0x3164),
        (0xFE00, 0xFE0F),
        (0xFEFF, 0xFEFF),
        (0xFFA0, 0xFFA0),
        (0xFFF0, 0xFFFB),
        (0x1_10BD, 0x1_10BD),
        (0x1_10CD, 0x1_10CD),
        (0x1_3430, 0x1_343F),
        (0x1_BCA0, 0x1_BCA3),
        (0x1_D173, 0x1_D17A),
        (0xE_0000, 0xE_0FFF),
    ];
    let code = u32::from(c);
    FROM_THROUGH
        .iter()
        .any(|(from, through)| (*from..=*through).contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_shared_mailbox_from_a_person() {
        for shared in [
            "admin@a.bc",
            "No-Reply@a.bc",
            "no_reply+x@a.bc",
            "do.not.reply@a.bc",
            "info@a.bc",
        ] {
            assert!(shared.parse::<EmailAddress>().unwrap().is_role(), "{shared}");
        }
        for person in ["ada@a.bc", "admiral@a.bc", "adminson@a.bc", "john.info@a.bc"] {
            assert!(!person.parse::<EmailAddress>().unwrap().is_role(), "{person}");
        }
    }

    #[test]
    fn refuses_every_format_character_and_filler() {
        use unicode_general_category::{GeneralCategory, get_general_category};

        let formats = ('\0'..=char::MAX).filter(|c| get_general_category(*c) == GeneralCategory::Format);
        for c in formats.chain(['\u{3164}', '\u{115f}', '\u{fe0f}', '\u{e0100}']) {
            for address in [
                format!("ada{c}@example.com"),
                format!("{c}ada@example.com"),
                format!("ada@exam{c}ple.com"),
            ] {
                assert!(address.parse::<EmailAddress>().is_err(), "U+{:04X}", u32::from(c));
            }
        }
    }

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
            assert_eq!(
                bad.parse::<EmailAddress>(),
                Err(Error::InvalidEmailAddress),
                "{bad}"
            );
        }
        assert!(
            format!("{}@example.com", "x".repeat(65))
                .parse::<EmailAddress>()
                .is_err()
        );
    }
}
