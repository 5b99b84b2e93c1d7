//! General categories of Unicode, and the characters of words.

use unicode_general_category::{GeneralCategory as Category, get_general_category};

/// A category, or a group of them, by its short name.
#[derive(Clone, Copy)]
pub(super) struct Categories(&'static str);

/// The short and long names of categories in ECMA-262. The short names of a group begin with its
/// letter.
const NAMES: [(&str, &str); 29] = [
    ("Lu", "Uppercase_Letter"),
    ("Ll", "Lowercase_Letter"),
    ("Lt", "Titlecase_Letter"),
    ("Lm", "Modifier_Letter"),
    ("Lo", "Other_Letter"),
    ("Mn", "Nonspacing_Mark"),
    ("Mc", "Spacing_Mark"),
    ("Me", "Enclosing_Mark"),
    ("Nd", "Decimal_Number"),
    ("Nl", "Letter_Number"),
    ("No", "Other_Number"),
    ("Pc", "Connector_Punctuation"),
    ("Pd", "Dash_Punctuation"),
    ("Ps", "Open_Punctuation"),
    ("Pe", "Close_Punctuation"),
    ("Pi", "Initial_Punctuation"),
    ("Pf", "Final_Punctuation"),
    ("Po", "Other_Punctuation"),
    ("Sm", "Math_Symbol"),
    ("Sc", "Currency_Symbol"),
    ("Sk", "Modifier_Symbol"),
    ("So", "Other_Symbol"),
    ("Zs", "Space_Separator"),
    ("Zl", "Line_Separator"),
    ("Zp", "Paragraph_Separator"),
    ("Cc", "Control"),
    ("Cf", "Format"),
    ("Co", "Private_Use"),
    ("Cn", "Unassigned"),
];
const GROUPS: [(&str, &str); 8] = [
    (CASED, "Cased_Letter"),
    ("L", "Letter"),
    ("M", "Mark"),
    ("N", "Number"),
    ("P", "Punctuation"),
    ("S", "Symbol"),
    ("Z", "Separator"),
    ("C", "Other"),
];
/// The only group that has some of the categories of a letter.
const CASED: &str = "LC";
/// Letters in circles and squares (`Alphabetic` in Unicode), which are characters of words despite
/// their category.
const ROUND_LETTERS: [(u32, u32); 4] = [
    (0x24B6, 0x24E9),
    (0x1F130, 0x1F149),
    (0x1F150, 0x1F169),
    (0x1F170, 0x1F189),
];

impl Categories {
    /// The category or group of a short or long name.
    pub(super) fn named(name: &str) -> Option<Self> {
        // Unicode also has the aliases `punct` and `digit`. They are not supported; use P and Nd.
        let group = GROUPS
            .iter()
            .find(|(short, long)| name == *short || name == *long);
        let one = NAMES.iter().find(|(short, long)| name == *short || name == *long);
        let (short, _) = group.or(one)?;
        Some(Self(short))
    }

    pub(super) fn contains(self, c: char) -> bool {
        match self.0 {
            CASED => matches!(short(c), "Lu" | "Ll" | "Lt"),
            name => short(c).starts_with(name),
        }
    }
}

/// Whether `\b` counts the character as part of a word (UTS 18, annex C).
pub(super) fn is_word(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_alphanumeric() || c == '_';
    }
    let code = u32::from(c);
    matches!(c, '\u{200c}' | '\u{200d}')
        || short(c).starts_with(['L', 'M'])
        || matches!(short(c), "Nd" | "Nl" | "Pc")
        || ROUND_LETTERS
            .iter()
            .any(|(first, last)| (*first..=*last).contains(&code))
}

fn short(c: char) -> &'static str {
    match get_general_category(c) {
        Category::UppercaseLetter => "Lu",
        Category::LowercaseLetter => "Ll",
        Category::TitlecaseLetter => "Lt",
        Category::ModifierLetter => "Lm",
        Category::OtherLetter => "Lo",
        Category::NonspacingMark => "Mn",
        Category::SpacingMark => "Mc",
        Category::EnclosingMark => "Me",
        Category::DecimalNumber => "Nd",
        Category::LetterNumber => "Nl",
        Category::OtherNumber => "No",
        Category::ConnectorPunctuation => "Pc",
        Category::DashPunctuation => "Pd",
        Category::OpenPunctuation => "Ps",
        Category::ClosePunctuation => "Pe",
        Category::InitialPunctuation => "Pi",
        Category::FinalPunctuation => "Pf",
        Category::OtherPunctuation => "Po",
        Category::MathSymbol => "Sm",
        Category::CurrencySymbol => "Sc",
        Category::ModifierSymbol => "Sk",
        Category::OtherSymbol => "So",
        Category::SpaceSeparator => "Zs",
        Category::LineSeparator => "Zl",
        Category::ParagraphSeparator => "Zp",
        Category::Control => "Cc",
        Category::Format => "Cf",
        Category::PrivateUse => "Co",
        _ => "Cn",
    }
}
