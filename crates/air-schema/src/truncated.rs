//! Shortening of untrusted text for messages.

/// The first `limit` characters on one line, followed by `…` if there are more.
pub(crate) fn on_one_line(text: &str, limit: usize) -> String {
    let mut truncated: String = text
        .chars()
        .take(limit)
        .map(|c| if c.is_control() { '?' } else { c })
        .collect();
    if text.chars().nth(limit).is_some() {
        truncated.push('…');
    }
    truncated
}
