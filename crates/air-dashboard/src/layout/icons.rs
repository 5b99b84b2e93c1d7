//! Icons as inline SVG: outlines on a square of 24, in the colour of the text. The words beside
//! them say the same.

use maud::{Markup, html};

/// The outline of an icon, as path data (SVG 2, 9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Icon(&'static str);

impl Icon {
    pub(super) const ANCHOR: Self =
        Self("M12 8v13M9 5a3 3 0 1 0 6 0a3 3 0 1 0-6 0M8 12h8M4 14a8 8 0 0 0 16 0");
    pub(super) const GRID: Self = Self("M4 4h7v7H4zM13 4h7v7h-7zM4 13h7v7H4zM13 13h7v7h-7z");
    pub(super) const BUILDING: Self = Self("M5 21V4h14v17M3 21h18M9 8h1M14 8h1M9 12h1M14 12h1M10 21v-5h4v5");
    pub(super) const DOCUMENT: Self = Self("M6 3h9l4 4v14H6zM9 10h7M9 14h7M9 18h4");
    pub(super) const LAYERS: Self = Self("M12 3l9 5-9 5-9-5zM3 12.5l9 5 9-5M3 17l9 5 9-5");
    pub(super) const SHIELD: Self =
        Self("M12 2l8 3v6c0 5-3.5 9-8 11-4.5-2-8-6-8-11V5zM8.5 11.5l2.5 2.5 4.5-5");
    pub(super) const ARROW: Self = Self("M4 12h15M13 6l6 6-6 6");
    pub(super) const CHECK: Self = Self("M21 11a9 9 0 1 1-5-7M8 11l3.5 3.5L21 5");
    pub(super) const PERSON: Self = Self("M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM4 21c0-4 3.5-7 8-7s8 3 8 7");
    pub(super) const CHAIN: Self = Self("M3 8h6v8H3zM15 8h6v8h-6zM9 12h6");
    pub(super) const LINES: Self = Self("M4 6h16M4 12h16M4 18h10");
    pub(super) const BOLT: Self = Self("M13 2L5 14h6l-1 8 9-12h-6z");
    pub(super) const CLOCK: Self = Self("M12 21a9 9 0 1 0 0-18 9 9 0 0 0 0 18zM12 7v5l3 3");
}

impl maud::Render for Icon {
    fn render(&self) -> Markup {
        html! { svg.icon viewBox="0 0 24 24" aria-hidden="true" { path d=(self.0) {} } }
    }
}
