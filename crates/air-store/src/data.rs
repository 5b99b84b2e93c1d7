//! The location of the data.

use std::path::PathBuf;

use crate::DatabaseUrl;

/// The location of the platform's data.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Data {
    /// In memory. The data is lost when the platform stops.
    Memory,
    /// In the file `platform.sqlite` of a folder, which is created if it is missing.
    Folder(PathBuf),
    /// In a PostgreSQL database, which several platforms may share.
    Postgres(DatabaseUrl),
}
