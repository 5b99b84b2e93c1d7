//! Operating the platform: faults, the clock, snapshots.

use air_api::sandbox::{Faults, MoveClock, NewSnapshot, PlatformClock, Snapshot, Snapshots};
use serde_json::Value;

use super::SandboxClient;
use crate::{Error, idempotency};

impl SandboxClient<'_> {
    /// Returns the current faults.
    ///
    /// # Errors
    /// [`Error::NotAuthorised`] without the operator token, if the platform requires it.
    pub async fn faults(&self) -> Result<Faults, Error> {
        self.transport
            .get("sandbox/v1/faults")
            .bearer(self.admin_token)
            .receive()
            .await
    }

    /// Replaces the faults.
    ///
    /// # Errors
    /// [`Error::Rejected`] for an invalid fault.
    pub async fn set_faults(&self, faults: &Faults) -> Result<Faults, Error> {
        self.transport
            .put("sandbox/v1/faults")
            .bearer(self.admin_token)
            .json(faults)
            .receive()
            .await
    }

    /// Returns the platform's time.
    ///
    /// # Errors
    /// As [`Self::faults`].
    pub async fn platform_clock(&self) -> Result<PlatformClock, Error> {
        self.transport
            .get("sandbox/v1/clock")
            .bearer(self.admin_token)
            .receive()
            .await
    }

    /// Moves the platform's clock forward, or resets it to the machine's.
    ///
    /// # Errors
    /// [`Error::Rejected`] for a time before the platform's, or too far ahead.
    pub async fn move_clock(&self, to: &MoveClock) -> Result<PlatformClock, Error> {
        let key = idempotency::random(&mut rand::rng());
        self.transport
            .put("sandbox/v1/clock")
            .bearer(self.admin_token)
            .json(to)
            .idempotency_key(&key)
            .receive()
            .await
    }

    /// Saves the platform's state as a snapshot.
    ///
    /// # Errors
    /// [`Error::Conflict`] for a name that is taken, or a store without snapshots.
    pub async fn save_snapshot(&self, name: &str) -> Result<Snapshot, Error> {
        self.set_up(
            "snapshots",
            &NewSnapshot {
                name: name.to_owned(),
            },
        )
        .await
    }

    /// Lists the snapshots by name.
    ///
    /// # Errors
    /// As [`Self::faults`].
    pub async fn snapshots(&self) -> Result<Snapshots, Error> {
        self.transport
            .get("sandbox/v1/snapshots")
            .bearer(self.admin_token)
            .receive()
            .await
    }

    /// Replaces the platform's state with a snapshot.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown name, [`Error::Conflict`] for one that another version saved.
    pub async fn restore_snapshot(&self, name: &str) -> Result<Snapshot, Error> {
        self.set_up(&format!("snapshots/{name}/restore"), &Value::Null)
            .await
    }

    /// Deletes a snapshot.
    ///
    /// # Errors
    /// [`Error::NotFound`] for an unknown name.
    pub async fn delete_snapshot(&self, name: &str) -> Result<Snapshot, Error> {
        self.transport
            .delete(format!("sandbox/v1/snapshots/{name}"))
            .bearer(self.admin_token)
            .receive()
            .await
    }

    /// Deletes the platform's state except the snapshots, and resets its clock to the machine's.
    ///
    /// # Errors
    /// As [`Self::faults`].
    pub async fn reset(&self) -> Result<(), Error> {
        self.set_up::<Value>("reset", &Value::Null).await.map(drop)
    }
}
