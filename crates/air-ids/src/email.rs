//! E-mail addresses of the recipients of credentials.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::Error;

/// The maximum number of characters: a path of RFC 5321, 4.5.3.1.3, has 256 octets including its
/// brackets. All limits here count characters, because JSON Schema can count nothing else; in ASCII
/// a character is an octet.
const LIMIT: usize = 254;

/// The local parts of shared mailboxes, without punctuation.
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

/// A person's e-mail address. The platform routes on-behalf credentials by it. It is personal data,
/// so `Debug` hides it.
///
/// Parsing finds mistakes (a name, a list, a missing domain). It does not prove that the mailbox
/// exists.
#[derive(Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(transparent)]
pub struct EmailAddress(String);

impl EmailAddress {
    /// The address exactly as it was parsed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the address looks like a shared mailbox (RFC 2142 and others), whose single account
    /// would collect the credentials of several people. It is a heuristic: use it only for a
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
        let plausible = text.chars().count() <= LIMIT
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

impl<'de> Deserialize<'de> for EmailAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

impl fmt::Debug for EmailAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmailAddress").finish_non_exhaustive()
    }
}

fn is_local(local: &str) -> bool {
    const PUNCTUATION: &str = "!#$%&'*+-/=?^_`{|}~";
    let is_atom = |atom: &str| {
        !atom.is_empty()
            && atom
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || PUNCTUATION.contains(c) || is_letter(c))
    };
    local.chars().count() <= 64 && local.split('.').all(is_atom)
}

fn is_domain(domain: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.chars().count())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .chars()
                .all(|c| c == '-' || c.is_ascii_alphanumeric() || is_letter(c))
    };
    domain.contains('.') && domain.split('.').all(is_label)
}

/// Whether a character outside ASCII may occur in an address. The set is that of names in XML 1.0
/// (fifth edition, production 4a) within the Basic Multilingual Plane, without spaces, punctuation
/// and invisible characters. Invisible characters could make the addresses of two people look
/// alike. The JSON Schema in `air-api` has the same ranges.
fn is_letter(c: char) -> bool {
    const FROM_THROUGH: &[(u32, u32)] = &[
        (0x00C0, 0x00D6),
        (0x00D8, 0x00F6),
        (0x00F8, 0x034E),
        (0x0350, 0x037D),
        (0x037F, 0x05FF),
        (0x0606, 0x061B),
        (0x061D, 0x06DC),
        (0x06DE, 0x070E),
        (0x0710, 0x088F),
        (0x0892, 0x08E1),
        (0x08E3, 0x115E),
        (0x1161, 0x167F),
        (0x1681, 0x17B3),
        (0x17B6, 0x180A),
        (0x1810, 0x1FFF),
        (0x2070, 0x218F),
        (0x2C00, 0x2DFF),
        (0x3005, 0x3007),
        (0x3021, 0x302F),
        (0x3031, 0x3035),
        (0x3038, 0x303C),
        (0x3041, 0x3163),
        (0x3165, 0xD7FF),
        (0xF900, 0xFDCF),
        (0xFDF0, 0xFDFF),
        (0xFE20, 0xFE2F),
        (0xFE70, 0xFEFC),
        (0xFF10, 0xFF19),
        (0xFF21, 0xFF3A),
        (0xFF41, 0xFF5A),
        (0xFF66, 0xFF9F),
        (0xFFA1, 0xFFDC),
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
    fn is_a_string_in_json() {
        let ada: EmailAddress = serde_json::from_str(r#""ada@example.com""#).unwrap();
        assert_eq!(serde_json::to_string(&ada).unwrap(), r#""ada@example.com""#);
        let error = serde_json::from_str::<EmailAddress>(r#""ada""#).unwrap_err();
        assert!(error.to_string().starts_with("invalid e-mail address"), "{error}");
    }

    #[test]
    fn refuses_every_character_that_nobody_sees() {
        use unicode_general_category::{GeneralCategory, get_general_category};

        let unseen = |c: &char| {
            matches!(
                get_general_category(*c),
                GeneralCategory::Format
                    | GeneralCategory::Control
                    | GeneralCategory::SpaceSeparator
                    | GeneralCategory::LineSeparator
                    | GeneralCategory::ParagraphSeparator
            )
        };
        let unseen = ('\0'..=char::MAX).filter(unseen);
        for c in unseen.chain([
            '\u{34f}',
            '\u{115f}',
            '\u{1160}',
            '\u{17b4}',
            '\u{180b}',
            '\u{3164}',
            '\u{fe0f}',
            '\u{ffa0}',
            '\u{e0100}',
        ]) {
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
    fn takes_the_letters_of_all_scripts_and_none_that_stand_for_punctuation() {
        for good in [
            "јован@пошта.срб",
            "उपयोगकर्ता@उदाहरण.भारत",
            "用户@例子.中国",
            "ผู้ใช้@ตัวอย่าง.ไทย",
            "re\u{301}my@example.com",
            &format!("{}@example.com", "ü".repeat(64)),
            &format!("ada@{}.example", "ü".repeat(63)),
        ] {
            assert!(good.parse::<EmailAddress>().is_ok(), "{good}");
        }
        for bad in [
            "ada\u{ff20}example.com",
            "ada@example\u{3002}com.org",
            "ada@example\u{ff0e}com.org",
            "ada@example\u{2044}a.org",
            "ada@\u{1f600}.example",
            &format!("{}@example.com", "ü".repeat(65)),
            &format!("ada@{}.example", "ü".repeat(64)),
        ] {
            assert_eq!(
                bad.parse::<EmailAddress>(),
                Err(Error::InvalidEmailAddress),
                "{bad}"
            );
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
