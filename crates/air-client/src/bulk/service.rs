//! Bulk issuance by an issuer's own service.

#[cfg(test)]
mod tests;

use std::path::Path;

use air_api::IdempotencyKey;
use futures_util::stream;
use serde_json::{Value, json};

use super::{
    BulkError, InputDigest, Journal, Limits, NumberedRow, Progress, Reason, Refusal, Row, RunOutcome,
    expiration,
    journal::{JournalOrder, JournalOutcome},
    run::{CallError, Meaning, Target, drive, meaning},
};
use crate::{AirClient, Error};

/// The path below which the service has the records of credentials.
const RECORDS: &str = "/admin/issuances/";
/// The maximum length of an id in the journal.
const ID_LIMIT: usize = 128;

/// The settings that all rows of a run against an issuer's own service share.
#[derive(Clone, Debug, PartialEq, Eq)]
#[must_use = "an order is given to a run"]
pub struct ServiceOrder {
    schema_id: String,
    vct: String,
}

/// A bulk issuance by an issuer's own service: each row is a call of `POST /admin/issue-vc`. See
/// [`AirClient::service_bulk`].
#[derive(Clone, Debug)]
#[must_use = "nothing is sent before it runs"]
pub struct ServiceBulk {
    client: AirClient,
    order: ServiceOrder,
    limits: Limits,
}

impl ServiceOrder {
    /// Creates an order for credentials of a schema, by its id in the service's configuration. `vct` is the
    /// schema's id, which is also the service's default.
    pub fn new(schema_id: impl Into<String>) -> Self {
        let schema_id = schema_id.into();
        Self {
            vct: schema_id.clone(),
            schema_id,
        }
    }

    /// Sets `vct`, the credentials' type.
    pub fn vct(mut self, vct: impl Into<String>) -> Self {
        self.vct = vct.into();
        self
    }
}

impl AirClient {
    /// Issues credentials of one schema to many users by an issuer's own service, at whose URL this client is.
    /// Build it with [`keeps_idempotency_keys(true)`](crate::AirClientBuilder::keeps_idempotency_keys), which
    /// the service supports. Defaults to at most 32 concurrent calls, and to a maximum outage of 5 minutes.
    pub fn service_bulk(&self, order: ServiceOrder) -> ServiceBulk {
        ServiceBulk {
            client: self.clone(),
            order,
            limits: Limits::default(),
        }
    }
}

impl ServiceBulk {
    /// Sets the maximum number of concurrent calls, from 1 to 1024. The run uses fewer if the service
    /// responds that it is overloaded.
    pub fn concurrency(mut self, most: usize) -> Self {
        self.limits.concurrency = most.clamp(1, 1024);
        self
    }

    /// Creates a journal, as [`Bulk::begin`](super::Bulk::begin) does.
    ///
    /// # Errors
    /// As [`Bulk::begin`](super::Bulk::begin).
    pub fn begin(&self, journal: &Path, input: InputDigest) -> Result<Journal, BulkError> {
        Journal::create(journal, self.journal_order(), input)
    }

    /// Opens the journal of an earlier run to resume it, as [`Bulk::resume`](super::Bulk::resume) does. A row
    /// without an outcome is sent again with the same key. After 24 hours the service has forgotten the key,
    /// and returns the credential of the equal call if that is still valid.
    ///
    /// # Errors
    /// [`BulkError::JournalOfAnother`] if the input, service, schema or type differs;
    /// [`BulkError::JournalDamaged`] for any other change.
    pub fn resume(&self, journal: &Path, input: InputDigest) -> Result<Journal, BulkError> {
        Journal::resume(journal, self.journal_order(), input, true)
    }

    /// Issues the rows that are not done according to the journal, as [`Bulk::run`](super::Bulk::run) does.
    /// `admin_key` is a key of the service's operator. Rows need an end of validity
    /// ([`Row::expires_at`]).
    ///
    /// # Errors
    /// As [`Bulk::run`](super::Bulk::run).
    pub async fn run(
        &self,
        admin_key: &str,
        journal: &mut Journal,
        rows: impl IntoIterator<Item = Result<NumberedRow, BulkError>>,
        stop: impl Future<Output = ()>,
        watch: impl FnMut(Progress),
    ) -> Result<RunOutcome, BulkError> {
        let target = Service {
            bulk: self,
            admin_key,
        };
        drive(&target, self.limits, journal, stream::iter(rows), stop, watch).await
    }

    fn journal_order(&self) -> JournalOrder {
        JournalOrder::Service {
            service: self.client.transport.base.as_str().to_owned(),
            schema_id: self.order.schema_id.clone(),
            vct: self.order.vct.clone(),
        }
    }
}

/// The service with the operator's key.
struct Service<'r> {
    bulk: &'r ServiceBulk,
    admin_key: &'r str,
}

impl Target for Service<'_> {
    /// The body of `POST /admin/issue-vc`.
    type Call = Value;

    fn call(&self, row: Row) -> Value {
        json!({
            "userId": row.email.as_str(),
            "schemaId": self.bulk.order.schema_id,
            "vct": self.bulk.order.vct,
            "expiration": row.expires_at.map(expiration::format),
            "credentialSubject": row.credential_subject,
        })
    }

    async fn send(&self, call: &Value, key: &IdempotencyKey) -> Result<JournalOutcome, CallError> {
        let issuing = self
            .bulk
            .client
            .transport
            .post("admin/issue-vc")
            .admin_key(self.admin_key)
            .idempotency_key(key)
            .json(call)
            .attempts(1);
        let location = issuing.receive_location().await.map_err(CallError::Failed)?;
        Ok(JournalOutcome::Stored {
            stored: location.as_deref().and_then(external_id).unwrap_or_default(),
        })
    }

    fn meaning(&self, error: &Error) -> Meaning {
        match error {
            // dStorage refused the credential. The service goes on with it by itself.
            Error::PlatformFailed { status: 502, .. } => Meaning::Refused(Reason::NotStored),
            other => meaning(other),
        }
    }

    fn refusal(&self, reason: Reason, error: &Error, _: &Value) -> Refusal {
        let message = match error {
            Error::Rejected { message, .. } => message.as_str(),
            _ => "",
        };
        let place = if message.starts_with("Unable to resolve user") {
            "/email"
        } else if message.starts_with("expiration ") {
            "/expiration"
        } else if message.starts_with("credentialSubject") {
            "/credentialSubject"
        } else {
            ""
        };
        Refusal::new(reason, place)
    }
}

/// Returns the id in the path of a credential's record.
fn external_id(path: &str) -> Option<String> {
    let (_, id) = path.split_once(RECORDS)?;
    let is_id = (1..=ID_LIMIT).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    is_id.then(|| id.to_owned())
}
