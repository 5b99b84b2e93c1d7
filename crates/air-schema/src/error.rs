//! Errors of schemas and subjects.

/// The reason why a schema was rejected. Schemas are public, so names and limits may be shown.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The JSON is not a form.
    #[error("not a schema form: {reason}")]
    Form {
        /// The message of the parser.
        reason: String,
    },
    /// The text exceeds the size limit.
    #[error("the schema is {length} bytes long: must be at most {limit}")]
    TooLong {
        /// The length, in bytes.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// A text is empty or too long.
    #[error("`{field}` must be 1 to {limit} characters long")]
    TextLength {
        /// The field.
        field: &'static str,
        /// The limit, in characters.
        limit: usize,
    },
    /// The schema has no attributes or too many.
    #[error("the schema has {count} attributes: must have 1 to {limit}")]
    AttributeCount {
        /// The number of attributes.
        count: usize,
        /// The limit.
        limit: usize,
    },
    /// An attribute's name has other characters or is too long.
    #[error(
        "invalid attribute name `{name}`: must be a letter A to Z or a to z, then at most 63 letters, digits and `_` (camelCase is usual)"
    )]
    AttributeName {
        /// The name.
        name: String,
    },
    /// The type is not allowed as a term of JSON-LD.
    #[error(
        "invalid `type`: must be letters, digits, `_` and `-`, and not a reserved word, such as KycIdentity"
    )]
    TypeName,
    /// An attribute's name has another meaning in credentials.
    #[error("attribute `{name}`: the name is reserved in credentials; choose another")]
    ReservedName {
        /// The name.
        name: String,
    },
    /// Two attributes have the same name.
    #[error("attribute `{name}` occurs twice; merge the two")]
    DuplicateAttribute {
        /// The name.
        name: String,
    },
    /// A constraint does not fit the attribute's type, or contradicts another constraint.
    #[error("attribute `{name}`: {reason}")]
    Constraint {
        /// The attribute.
        name: String,
        /// The broken rule.
        reason: &'static str,
    },
    /// A URI of a document is not absolute, has a fragment, or is too long.
    #[error(
        "invalid `{field}`: must be an absolute URI of at most {limit} characters, such as https://example.org/schemas/kyc"
    )]
    Uri {
        /// The URI's name in the document.
        field: &'static str,
        /// The limit.
        limit: usize,
    },
    /// The text is not JSON, or not a JSON Schema.
    #[error("not a JSON Schema: {reason}")]
    NotJsonSchema {
        /// The message of the parser.
        reason: String,
    },
    /// The JSON Schema has a rule that a form can't express.
    #[error("`{keyword}` at #{pointer} can't be converted to a form: {reason}")]
    Misfit {
        /// The JSON Pointer of the keyword, or of the schema without a required keyword.
        pointer: String,
        /// The keyword.
        keyword: String,
        /// The reason, and the remedy.
        reason: &'static str,
    },
    /// A validator for the schema could not be compiled.
    #[error("failed to compile the schema at #{pointer}: {reason}")]
    NotCompiled {
        /// The JSON Pointer in the JSON Schema.
        pointer: String,
        /// The reason.
        reason: &'static str,
    },
}

/// The reason why a subject could not be parsed. No part of the subject is shown.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum SubjectError {
    /// The text exceeds the size limit.
    #[error("the subject is {length} bytes long: must be at most {limit}")]
    TooLong {
        /// The length, in bytes.
        length: usize,
        /// The limit.
        limit: usize,
    },
    /// The text is not JSON.
    #[error("the subject is not JSON (line {line}, column {column})")]
    NotJson {
        /// The position, counted from 1.
        line: usize,
        /// The position, counted from 1.
        column: usize,
    },
    /// A JSON reader could round a number, or a member occurs twice or has a reserved name.
    /// `air_json::Error::pointer` has the location.
    #[error("the subject is ambiguous: {0}")]
    Ambiguous(#[source] air_json::Error),
    /// The text is JSON, but not an object.
    #[error("the subject must be a JSON object of attributes and values")]
    NotAnObject,
}
