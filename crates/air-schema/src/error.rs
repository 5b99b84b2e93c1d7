//! Why a schema or a subject was refused.

/// What is wrong with a schema's form. Schemas are public, so names and limits may show.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// Not the form as JSON.
    #[error("not a schema form: {reason}")]
    Form {
        /// What the parser says.
        reason: String,
    },
    /// More than is read.
    #[error("the schema is {length} bytes long: must be at most {limit}")]
    TooLong {
        /// Its length.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// A text that is empty or too long.
    #[error("`{field}` must be 1 to {limit} characters long")]
    TextLength {
        /// Which field.
        field: &'static str,
        /// The limit, in characters.
        limit: usize,
    },
    /// No attribute, or too many.
    #[error("the schema has {count} attributes: must have 1 to {limit}")]
    AttributeCount {
        /// How many there are.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// A name with other characters, or too long.
    #[error(
        "invalid attribute name `{name}`: must be a letter A to Z or a to z, then at most 63 letters, digits and `_` (camelCase is usual)"
    )]
    AttributeName {
        /// The name.
        name: String,
    },
    /// A type that can't be a term.
    #[error(
        "invalid `type`: must be letters, digits, `_` and `-`, and not a reserved word, such as KycIdentity"
    )]
    TypeName,
    /// A name that a credential gives another meaning.
    #[error("attribute `{name}`: the name is reserved in credentials; choose another")]
    ReservedName {
        /// The name.
        name: String,
    },
    /// Two attributes of one name.
    #[error("attribute `{name}` occurs twice; merge the two")]
    DuplicateAttribute {
        /// The name.
        name: String,
    },
    /// A constraint that does not fit the attribute's type, or contradicts another.
    #[error("attribute `{name}`: {reason}")]
    Constraint {
        /// The attribute.
        name: String,
        /// What is wrong.
        reason: &'static str,
    },
    /// A place on the web that a document would name.
    #[error(
        "invalid `{field}`: must be an absolute URI of at most {limit} characters, such as https://example.org/schemas/kyc"
    )]
    Uri {
        /// Which one.
        field: &'static str,
        /// The limit.
        limit: usize,
    },
    /// Not JSON, or JSON that no schema is.
    #[error("not a JSON Schema: {reason}")]
    NotJsonSchema {
        /// What the parser says.
        reason: String,
    },
    /// A JSON Schema that says what the form can't.
    #[error("`{keyword}` at #{pointer} can't be converted to a form: {reason}")]
    Misfit {
        /// The JSON Pointer of the keyword, or of the schema that lacks it.
        pointer: String,
        /// The keyword.
        keyword: String,
        /// Why not, and what would.
        reason: &'static str,
    },
    /// The validator could not be built.
    #[error("failed to compile the schema at #{pointer}: {reason}")]
    NotCompiled {
        /// The JSON Pointer in the JSON Schema.
        pointer: String,
        /// Why not.
        reason: &'static str,
    },
}

/// Why a subject's text was refused before it was validated. No part of it shows.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubjectError {
    /// More than is read.
    #[error("the subject is {length} bytes long: must be at most {limit}")]
    TooLong {
        /// Its length.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// Not JSON.
    #[error("the subject is not JSON (line {line}, column {column})")]
    NotJson {
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
    /// A number that a reader may round, or a member that occurs twice; `air_json::Error::pointer` has its place.
    #[error("the subject is ambiguous: {0}")]
    Ambiguous(#[source] air_json::Error),
    /// JSON, though not an object.
    #[error("the subject must be a JSON object of attributes and values")]
    NotAnObject,
}
