//! What attributes with personal data are called, in thirteen languages, and which claims serve in their place.
//!
//! A phrase is written as one small word, since names are compared without their joints: `dateofbirth` stands for `dateOfBirth`,
//! `DateOfBirth` and `dateofbirth`. It counts where whole words of a name make it up. One that begins with `=` counts only as a
//! whole name: `name`, but not `courseName`. Umlauts are written in both ways, other accents are left out; Chinese, Japanese,
//! Korean and Vietnamese are romanised as field names are.

mod circumstances;
mod contact;
mod identity;

pub(super) use self::contact::{DEVICE, EMAIL};

/// What can hold a datum.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Holder {
    /// Free text.
    Text,
    /// Free text, or a number.
    TextOrNumber,
    /// Anything but a boolean.
    AnyValue,
    /// Text and numbers, also those of an enum.
    Category,
}

/// A kind of personal data.
#[derive(Debug)]
pub(super) struct Kind {
    /// With its article: `a date of birth`.
    pub(super) what: &'static str,
    /// Claims that serve in its place, best first.
    pub(super) claims: &'static [&'static str],
    pub(super) holder: Holder,
    /// By language (ISO 639-1).
    pub(super) phrases: &'static [(&'static str, &'static str)],
}

/// All kinds.
pub(super) const KINDS: &[&Kind] = &[
    &identity::NAME,
    &identity::BIRTH_DATE,
    &identity::AGE,
    &identity::BIRTHPLACE,
    &identity::NATIONALITY,
    &identity::GENDER,
    &identity::DOCUMENT_NUMBER,
    &identity::NATIONAL_ID,
    &identity::BIOMETRICS,
    &contact::ADDRESS,
    &EMAIL,
    &contact::PHONE,
    &DEVICE,
    &contact::LOCATION,
    &circumstances::BANK_ACCOUNT,
    &circumstances::INCOME,
    &circumstances::HEALTH,
    &circumstances::CONVICTION,
];

/// What has a phrase within and is no personal datum.
pub(super) const INNOCENT: &str = "walletaddress contractaddress tokenaddress ethaddress evmaddress btcaddress cryptoaddress \
    blockchainaddress accountaddress webaddress siteaddress internetaddress companyaddress businessaddress officeaddress \
    registeredaddress issueraddress contractaccount keyfingerprint certificatefingerprint publickeyfingerprint \
    certfingerprint sha256fingerprint companyphone companyemail supportemail supportphone contactlesscard documentphotocopy \
    teamage accountage walletage credentialage domainage averageage";

/// Words that begin the name of a derived claim.
pub(super) const DERIVED_FIRST: &[&str] = &[
    "is", "has", "was", "had", "can", "may", "did", "does", "are", "over", "under", "above", "below", "min",
    "max",
];

/// Words that make a derived claim of what stands before or after them.
pub(super) const DERIVED: &[&str] = &[
    "verified",
    "verification",
    "verifier",
    "checked",
    "check",
    "validated",
    "validation",
    "matched",
    "match",
    "matches",
    "confirmed",
    "confirmation",
    "attested",
    "attestation",
    "screened",
    "screening",
    "proven",
    // German, French, Spanish and Portuguese, Italian, Dutch, Polish
    "verifiziert",
    "geprueft",
    "bestaetigt",
    "verifie",
    "verifiee",
    "verificado",
    "verificada",
    "comprobado",
    "confirmado",
    "verificato",
    "verificata",
    "geverifieerd",
    "gecontroleerd",
    "zweryfikowany",
    "potwierdzony",
];

/// What a name that ends so is about: `addressType` is a type.
pub(super) const DERIVED_LAST: &[&str] = &[
    "at",
    "authority",
    "band",
    "bracket",
    "by",
    "category",
    "class",
    "confidence",
    "count",
    "country",
    "domain",
    "expires",
    "expiry",
    "format",
    "group",
    "issuer",
    "jurisdiction",
    "kind",
    "language",
    "length",
    "level",
    "method",
    "on",
    "provider",
    "quality",
    "range",
    "region",
    "score",
    "since",
    "source",
    "status",
    "tier",
    "type",
    "validity",
    "version",
];
