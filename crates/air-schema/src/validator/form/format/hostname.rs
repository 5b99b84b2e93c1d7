//! Host names (RFC 1123, 2.1). A label that begins with `xn--` encodes a Unicode label (RFC 5890),
//! which is checked too.

mod punycode;
mod unicode;

const NAME: usize = 253;
const LABEL: usize = 63;

pub(super) fn is_valid(text: &str) -> bool {
    text.len() <= NAME && text.split('.').all(is_label)
}

fn is_label(label: &str) -> bool {
    let of_letters = label
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let at_edge = label.starts_with('-') || label.ends_with('-');
    if label.is_empty() || label.len() > LABEL || !of_letters || at_edge {
        return false;
    }
    match label.get(2..4) {
        // RFC 5891, 4.2.3.1: such labels are reserved for encodings, and `xn--` is the only one.
        Some("--") => label
            .strip_prefix("xn--")
            .and_then(punycode::decode)
            .is_some_and(|label| unicode::is_label(&label)),
        _ => true,
    }
}
