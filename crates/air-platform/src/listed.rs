//! Pages of lists.

use air_store::schema_index::Window;

/// The number of rows on a page.
pub const PAGE: u32 = 50;

/// A page of a list.
#[derive(Clone, Debug)]
pub struct Listed<T> {
    /// At most [`PAGE`] rows.
    pub rows: Vec<T>,
    /// The number of rows on all pages.
    pub total: u64,
}

/// Returns the window of a page, counted from 1.
pub(crate) fn window(page: u32) -> Window {
    let size = u64::from(PAGE);
    Window {
        offset: u64::from(page.max(1) - 1) * size,
        limit: size,
    }
}
