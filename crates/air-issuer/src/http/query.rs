//! The parameters of a query string, with the vendor's texts. All broken rules are reported together.

use std::collections::HashMap;

use url::form_urlencoded;

use super::refusal::Refusal;
use crate::text::is_storable;

/// The rows of a page, if the query names no limit.
const DEFAULT_LIMIT: u64 = 25;
/// The maximum number of rows of a page.
const LIMIT: u64 = 100;

/// The parameters of a query string, and the rules that they break. An empty parameter counts as missing.
#[derive(Debug)]
pub(super) struct Query {
    parameters: HashMap<String, String>,
    broken: Vec<String>,
}

impl Query {
    pub(super) fn new(text: &str) -> Self {
        let parameters: HashMap<String, String> = form_urlencoded::parse(text.as_bytes())
            .into_owned()
            .filter(|(_, value)| !value.is_empty())
            .collect();
        let mut query = Self {
            parameters,
            broken: Vec::new(),
        };
        if !query.parameters.values().all(|value| is_storable(value)) {
            query.refuse("no parameter may contain the character U+0000");
        }
        query
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.parameters.get(name).map(String::as_str)
    }

    /// Reports a broken rule.
    pub(super) fn refuse(&mut self, rule: impl Into<String>) {
        self.broken.push(rule.into());
    }

    /// The number of rows of a page.
    pub(super) fn limit(&mut self) -> u64 {
        self.number("limit", DEFAULT_LIMIT, LIMIT)
    }

    /// A number from 1 to `limit`.
    pub(super) fn number(&mut self, name: &str, default: u64, limit: u64) -> u64 {
        let Some(text) = self.get(name) else {
            return default;
        };
        let value = Some(text)
            .filter(|text| is_digits(text))
            .and_then(|text| text.parse().ok());
        match value {
            Some(value) if (1..=limit).contains(&value) => return value,
            Some(0) => self.refuse(format!("{name} must not be less than 1")),
            Some(_) => self.refuse(format!("{name} must not be greater than {limit}")),
            None => self.refuse(format!("{name} must be an integer number")),
        }
        default
    }

    /// Returns the broken rules, if there are any.
    pub(super) fn finish(self) -> Result<(), Refusal> {
        if self.broken.is_empty() {
            Ok(())
        } else {
            Err(Refusal::invalid(self.broken))
        }
    }
}

/// Whether a text has 1 to 20 digits and nothing else.
pub(super) fn is_digits(text: &str) -> bool {
    (1..=20).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}
