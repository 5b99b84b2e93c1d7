//! Replaces `description.rs` except in tests: nothing is described, and no document is generated.

#![allow(
    dead_code,
    clippy::extra_unused_type_parameters,
    clippy::unused_self,
    reason = "the signatures are those of `description.rs`"
)]

use std::marker::PhantomData;

use serde_json::Value;

use super::Operation;

/// A type with a JSON Schema. Without a description, no type needs one.
pub(crate) trait JsonSchema {}

impl<T: ?Sized> JsonSchema for T {}

#[derive(Debug)]
pub(super) struct Operations;

#[derive(Debug)]
pub(crate) struct Description<'a>(PhantomData<&'a ()>);

impl Operations {
    pub(super) fn new() -> Self {
        Self
    }

    pub(super) fn add<F>(&mut self, _: Operation<F>, _: impl FnOnce(&mut Description<'_>)) {}
}

impl Description<'_> {
    pub(crate) fn header(&mut self, _: &str, _: &str, _: &Value) {}

    pub(crate) fn needs(&mut self, _: &str) {}

    pub(crate) fn refuses(&mut self, _: u16) {}

    pub(crate) fn takes<T: JsonSchema>(&mut self) {}

    pub(crate) fn takes_as(&mut self, _: &'static str, _: Value) {}

    pub(crate) fn answers_as(&mut self, _: &'static str, _: Value) {}

    pub(crate) fn is_created(&mut self) {}

    pub(super) fn is_replayable(&mut self) {}

    pub(super) fn has_error_body(&mut self) {}

    pub(crate) fn has_entity_tag(&mut self) {}

    pub(crate) fn answers<T: JsonSchema>(&mut self) {}

    pub(super) fn query<T: JsonSchema>(&mut self) {}

    pub(crate) fn path<T: JsonSchema>(&mut self) {}
}
