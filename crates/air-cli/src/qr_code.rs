//! QR codes at a terminal.

use air_oid4vc::qr_code;

use crate::output::Output;

/// Shows a link as a QR code beside the output. A link that is too long for one is not shown.
pub(crate) fn show(output: Output, link: &str) {
    if let Some(code) = qr_code::text(link) {
        output.note(&code);
    }
}
