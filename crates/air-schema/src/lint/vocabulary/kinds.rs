//! The kinds of personal data. Their phrases are in `phrases.txt`.

/// The attributes that can hold a datum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Holder {
    /// Free text.
    Text,
    /// Free text or a number.
    TextOrNumber,
    /// Any type but a boolean, without an enum.
    AnyValue,
    /// Text or a number, with or without an enum.
    Category,
}

/// A kind of personal data.
#[derive(Debug, PartialEq, Eq)]
pub(in super::super) struct Kind {
    /// The name in `phrases.txt`.
    pub(in super::super) id: &'static str,
    /// The term in messages, with its article: `a date of birth`.
    pub(in super::super) what: &'static str,
    /// Derived claims that can replace the datum, best first.
    pub(in super::super) claims: &'static [&'static str],
    /// The attributes that can hold it.
    pub(in super::super) holder: Holder,
}

impl Kind {
    /// The kind of an ID.
    pub(in super::super) fn from_id(id: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.id == id)
    }
}

/// All kinds, sorted by ID.
pub(in super::super) const KINDS: &[Kind] = &[
    Kind {
        id: "address",
        what: "a postal address",
        claims: &["residenceCountry", "addressVerified"],
        holder: Holder::TextOrNumber,
    },
    Kind {
        id: "age",
        what: "an exact age",
        claims: &["isOver18", "ageBand"],
        holder: Holder::TextOrNumber,
    },
    Kind {
        id: "bank-account",
        what: "a bank account or card",
        claims: &["bankAccountVerified"],
        holder: Holder::TextOrNumber,
    },
    Kind {
        id: "biometrics",
        what: "biometric data",
        claims: &["livenessChecked", "faceMatched"],
        holder: Holder::TextOrNumber,
    },
    Kind {
        id: "birth-date",
        what: "a date of birth",
        claims: &["isOver18", "isOver21"],
        holder: Holder::AnyValue,
    },
    Kind {
        id: "birthplace",
        what: "a place of birth",
        claims: &["birthCountry"],
        holder: Holder::Text,
    },
    // GDPR, article 9.
    Kind {
        id: "conviction",
        what: "an origin, a belief or an orientation",
        claims: &[],
        holder: Holder::Category,
    },
    Kind {
        id: "device",
        what: "an address or id of somebody's device",
        claims: &[],
        holder: Holder::Text,
    },
    Kind {
        id: "document-number",
        what: "a document's number",
        claims: &["documentVerified"],
        holder: Holder::TextOrNumber,
    },
    Kind {
        id: "email",
        what: "an e-mail address",
        claims: &["emailVerified"],
        holder: Holder::Text,
    },
    Kind {
        id: "gender",
        what: "a gender",
        claims: &[],
        holder: Holder::Category,
    },
    Kind {
        id: "health",
        what: "data on somebody's health",
        claims: &["isFitForWork", "isVaccinated"],
        holder: Holder::Category,
    },
    Kind {
        id: "income",
        what: "somebody's income or wealth",
        claims: &["incomeBand", "isAccreditedInvestor"],
        holder: Holder::TextOrNumber,
    },
    Kind {
        id: "location",
        what: "an exact location",
        claims: &["region"],
        holder: Holder::TextOrNumber,
    },
    Kind {
        id: "name",
        what: "a person's name",
        claims: &["nameVerified"],
        holder: Holder::Text,
    },
    Kind {
        id: "national-id",
        what: "a national or tax number",
        claims: &["nationalIdVerified", "taxCountry"],
        holder: Holder::TextOrNumber,
    },
    Kind {
        id: "nationality",
        what: "a nationality",
        claims: &["isEuCitizen", "isResident"],
        holder: Holder::Category,
    },
    Kind {
        id: "phone",
        what: "a telephone number",
        claims: &["phoneVerified", "phoneCountry"],
        holder: Holder::TextOrNumber,
    },
];
