//! Checks names that users read before they consent: names of partners, schemas and attributes.

use air_schema::{Attribute, CredentialSchema};
use unicode_general_category::{GeneralCategory, get_general_category};

use super::Refusal;

/// Rejects a name with invisible characters, or with characters that reorder or break the surrounding text.
pub(crate) fn check(field: &str, name: &str) -> Result<(), Refusal> {
    if name.chars().any(is_unseen) {
        return Err(Refusal::bad_request(format!(
            "{field} contains an invisible character (a control character, a direction mark or a line break); remove it"
        )));
    }
    Ok(())
}

/// Rejects a schema whose title, or an attribute's title, contains such characters.
pub(crate) fn check_schema(schema: &CredentialSchema) -> Result<(), Refusal> {
    check("schema: title", schema.title())?;
    schema
        .attributes()
        .iter()
        .filter_map(Attribute::title)
        .try_for_each(|title| check("schema: attribute title", title))
}

/// Isolates a name in plain text, so that its direction does not reorder the surrounding text
/// (Unicode Standard Annex #9, 2.6). In markup, `bdi` has the same effect.
pub(crate) fn isolated(name: &str) -> String {
    format!("\u{2068}{name}\u{2069}")
}

fn is_unseen(letter: char) -> bool {
    matches!(
        get_general_category(letter),
        GeneralCategory::Control
            | GeneralCategory::Format
            | GeneralCategory::LineSeparator
            | GeneralCategory::ParagraphSeparator
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refuses_what_nobody_sees_and_takes_every_script() {
        for name in ["Zenith. Ltd", "Zénith", "شركة", "株式会社", "e\u{301}"] {
            assert!(check("name", name).is_ok(), "{name}");
        }
        for letter in [
            '\0',
            '\n',
            '\u{7f}',
            '\u{85}',
            '\u{ad}',
            '\u{61c}',
            '\u{200b}',
            '\u{200e}',
            '\u{202a}',
            '\u{202e}',
            '\u{2028}',
            '\u{2029}',
            '\u{2066}',
            '\u{2068}',
            '\u{2069}',
            '\u{feff}',
            '\u{e0041}',
        ] {
            let name = format!("Zenith{letter}Ltd");
            assert!(check("name", &name).is_err(), "{letter:?}");
        }
    }
}
