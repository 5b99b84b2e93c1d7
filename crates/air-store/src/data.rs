//! Where the data is.

use std::path::PathBuf;

use crate::DatabaseUrl;

/// Where the platform keeps its data.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Data {
    /// In memory: gone when it stops.
    Memory,
    /// In a folder, which is made when it is missing: `platform.sqlite`.
    Folder(PathBuf),
    /// In a PostgreSQL database, which several platforms may share.
    Postgres(DatabaseUrl),
}
