//! QR codes (ISO/IEC 18004) of links to wallets.

use std::fmt::Write;

use qrcode::{Color, EcLevel, QrCode, render::unicode::Dense1x2};

/// The width of the empty border in modules, which readers need.
const BORDER: usize = 4;

/// Draws a link for a terminal: two modules in each character, light on dark. `None` if the link is too
/// long for a code.
#[must_use]
pub fn text(link: &str) -> Option<String> {
    let image = code(link)?
        .render::<Dense1x2>()
        .dark_color(Dense1x2::Light)
        .light_color(Dense1x2::Dark)
        .build();
    Some(image)
}

/// Draws a link for a page: an SVG element without styles and scripts, so that it needs no exception in a
/// Content Security Policy. `None` if the link is too long for a code.
///
/// The link is not part of the SVG's text. `label` is its name for screen readers, and is escaped.
#[must_use]
pub fn svg(link: &str, label: &str) -> Option<String> {
    let code = code(link)?;
    let (width, colors) = (code.width(), code.to_colors());
    let side = width + 2 * BORDER;
    let mut path = String::new();
    for (row, modules) in colors.chunks(width).enumerate() {
        let mut column = 0;
        for run in modules.chunk_by(|one, other| one == other) {
            if run.first() == Some(&Color::Dark) {
                let (x, y, length) = (column + BORDER, row + BORDER, run.len());
                write!(path, "M{x} {y}h{length}v1h-{length}z").ok()?;
            }
            column += run.len();
        }
    }
    let label = escaped(label);
    Some(format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-label=\"{label}\" viewBox=\"0 0 {side} {side}\" \
         width=\"{pixels}\" height=\"{pixels}\" shape-rendering=\"crispEdges\">\
         <path fill=\"#fff\" d=\"M0 0h{side}v{side}h-{side}z\"/><path fill=\"#000\" d=\"{path}\"/></svg>",
        pixels = 4 * side,
    ))
}

fn code(link: &str) -> Option<QrCode> {
    QrCode::with_error_correction_level(link, EcLevel::L).ok()
}

/// Escapes text for an attribute.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('"', "&quot;")
        .replace('<', "&lt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer() -> String {
        format!(
            "openid-credential-offer://?credential_offer_uri={}",
            "x".repeat(150)
        )
    }

    #[test]
    fn an_offers_link_fits_a_terminal_and_a_long_text_has_no_code() {
        let code = text(&offer()).unwrap();
        assert!(code.lines().all(|line| line.chars().count() <= 80), "{code}");
        assert!(text(&"x".repeat(5000)).is_none());
        assert!(svg(&"x".repeat(5000), "a").is_none());
    }

    #[test]
    fn the_svg_has_the_modules_of_the_code_and_nothing_to_execute() {
        let link = offer();
        let svg = svg(&link, "a \"<link>\"").unwrap();
        assert!(svg.contains("aria-label=\"a &quot;&lt;link>&quot;\""), "{svg}");
        assert!(
            !svg.contains("style") && !svg.contains("script") && !svg.contains(&link),
            "{svg}"
        );
        // Each run is as wide as its `h`; their sum is the number of dark modules.
        let (_, path) = svg.rsplit_once("d=\"").unwrap();
        let lengths = path.split('h').skip(1).step_by(2);
        let drawn: usize = lengths
            .map(|part| part.split('v').next().unwrap().parse::<usize>().unwrap())
            .sum();
        let dark = code(&link).unwrap().to_colors();
        assert_eq!(drawn, dark.iter().filter(|color| **color == Color::Dark).count());
    }
}
