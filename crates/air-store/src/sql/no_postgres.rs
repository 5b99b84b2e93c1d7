//! Replaces `postgres.rs` in builds without the feature `postgres`. Its types have no values,
//! because every URL is refused. The rest of the crate therefore needs no `cfg`.

#![expect(clippy::unused_async, reason = "as with PostgreSQL")]

use std::marker::PhantomData;

use super::{
    Query, Read,
    pipeline::{PendingStatements, QueryId},
};
use crate::Error;

/// The type of values that do not exist.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Never {}

/// A type that can be read from a row.
pub trait FromPostgres {}

impl<T> FromPostgres for T {}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Parameters(Never);

#[derive(Clone, Debug)]
pub(crate) struct Options(Never);

#[derive(Clone, Debug)]
pub(crate) struct Pool(Never);

pub(crate) struct Connection(Never);

pub(crate) struct Row(Never);

#[derive(Debug)]
pub(crate) struct Lock(Never);

pub(crate) struct Batch<'a> {
    never: Never,
    pending: PhantomData<&'a mut PendingStatements>,
}

impl Parameters {
    /// Refuses every URL.
    pub(crate) fn parse(_: &str) -> Result<Self, Error> {
        Err(Error::WithoutPostgres)
    }

    pub(crate) fn options(&self) -> Result<Options, Error> {
        match self.0 {}
    }
}

impl Options {
    pub(crate) async fn connect(&self) -> sqlx::Result<Connection> {
        match self.0 {}
    }

    pub(crate) fn readers(&self, _: u32) -> Pool {
        match self.0 {}
    }
}

impl Pool {
    pub(crate) async fn snapshot(&self) -> sqlx::Result<Connection> {
        match self.0 {}
    }

    pub(crate) fn lock(&self) -> Lock {
        match self.0 {}
    }

    pub(crate) async fn close(&self) {
        match self.0 {}
    }
}

impl Lock {
    pub(crate) async fn hold(&mut self) -> sqlx::Result<bool> {
        match self.0 {}
    }

    pub(crate) async fn release(self) {
        match self.0 {}
    }
}

impl Connection {
    pub(super) fn batch<'a>(&'a mut self, _: &'a mut PendingStatements) -> Batch<'a> {
        match self.0 {}
    }

    pub(crate) async fn migrate(&mut self) -> sqlx::Result<()> {
        match self.0 {}
    }

    pub(crate) async fn execute_all(&mut self, _: &[&'static str]) -> sqlx::Result<()> {
        match self.0 {}
    }

    pub(crate) async fn close(self) -> sqlx::Result<()> {
        match self.0 {}
    }
}

impl Row {
    pub(crate) fn read<T: Read>(&self) -> sqlx::Result<T> {
        match self.0 {}
    }
}

impl Batch<'_> {
    pub(super) async fn flush(self) -> sqlx::Result<()> {
        match self.never {}
    }

    pub(super) async fn execute(self, _: Query<'_>) -> sqlx::Result<u64> {
        match self.never {}
    }

    pub(super) async fn fetch_optional<T: Read>(self, _: Query<'_>) -> sqlx::Result<Option<T>> {
        match self.never {}
    }

    pub(super) async fn fetch_all<T: Read>(self, _: Query<'_>) -> sqlx::Result<Vec<T>> {
        match self.never {}
    }

    pub(super) async fn enqueue(self, _: Query<'_>) -> sqlx::Result<()> {
        match self.never {}
    }

    pub(super) async fn query_later(self, _: Query<'_>) -> sqlx::Result<QueryId> {
        match self.never {}
    }
}
