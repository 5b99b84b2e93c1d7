//! QR codes (ISO/IEC 18004) on a terminal.

use qrcode::{EcLevel, QrCode, render::unicode::Dense1x2};

use crate::output::Output;

/// Shows a link as a QR code beside the output. A link that is too long for one is not shown.
pub(crate) fn show(output: Output, link: &str) {
    if let Some(code) = text(link) {
        output.note(&code);
    }
}

/// Two modules in each character, light on dark, as wallets scan them from a terminal.
fn text(link: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(link, EcLevel::L).ok()?;
    let image = code
        .render::<Dense1x2>()
        .dark_color(Dense1x2::Light)
        .light_color(Dense1x2::Dark)
        .build();
    Some(image)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offers_link_fits_a_terminal_and_a_long_text_has_no_code() {
        let link = format!(
            "openid-credential-offer://?credential_offer_uri={}",
            "x".repeat(150)
        );
        let code = text(&link).unwrap();
        assert!(code.lines().all(|line| line.chars().count() <= 80), "{code}");
        assert!(text(&"x".repeat(5000)).is_none());
    }
}
