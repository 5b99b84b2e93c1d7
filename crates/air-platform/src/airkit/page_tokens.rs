//! Page tokens: they authenticate the partner whose page embeds one of the platform's pages, by
//! HMAC-SHA256 over partner, origin and expiry. `open` checks the origin and returns a token. Each
//! later call contains it, so that the server, not the page, determines the partner.

use std::time::Duration;

use air_ids::UnixTime;
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{Reason, Refusal};
use crate::ids;

/// The prefix of all authenticated data. It separates these MACs from other uses of the key.
const DOMAIN: &[u8] = b"AIR-KIT-PAGE-v1";
/// The lifetime of a token. Pages renew their token automatically.
const LIFETIME: Duration = Duration::from_hours(1);
/// The maximum length of a token in bytes.
const LIMIT: usize = 1024;

/// Issues and verifies tokens with a key that exists as long as the process.
#[expect(missing_debug_implementations, reason = "it has a secret key")]
#[derive(Clone)]
pub struct PageTokens(Hmac<Sha256>);

/// The content of a token.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Page {
    partner: String,
    origin: String,
    ends: UnixTime,
}

impl PageTokens {
    /// Generates a key.
    #[must_use]
    pub fn generate() -> Self {
        let mut key = [0; 64];
        let (secret, _) = key.split_at_mut(32);
        secret.copy_from_slice(&ids::secret());
        Self(Hmac::new(&key.into()))
    }

    /// Issues a token for a page. The caller must have checked the page's origin.
    pub fn issue(&self, partner_id: &str, origin: &str, now: UnixTime) -> Result<String, Refusal> {
        let page = Page {
            partner: partner_id.to_owned(),
            origin: origin.to_owned(),
            ends: now.saturating_add(LIFETIME),
        };
        let page = serde_json::to_vec(&page).map_err(Refusal::internal)?;
        let mac = self.over(&page).finalize().into_bytes();
        let encode = |bytes: &[u8]| BASE64_URL_SAFE_NO_PAD.encode(bytes);
        Ok(format!("{}.{}", encode(&page), encode(&mac)))
    }

    /// Returns the partner's ID from an unexpired token of this platform.
    pub fn partner_id(&self, token: &str, now: UnixTime) -> Result<String, Refusal> {
        self.read(token)
            .filter(|page| now < page.ends)
            .map(|page| page.partner)
            .ok_or_else(|| {
                Refusal::unauthorized(
                    "this page's token is missing, expired or from another platform; reload the app",
                )
                .because(Reason::PageTicket)
            })
    }

    fn read(&self, token: &str) -> Option<Page> {
        let (page, mac) = token.split_once('.').filter(|_| token.len() <= LIMIT)?;
        let page = BASE64_URL_SAFE_NO_PAD.decode(page).ok()?;
        let mac = BASE64_URL_SAFE_NO_PAD.decode(mac).ok()?;
        self.over(&page).verify_slice(&mac).ok()?;
        serde_json::from_slice(&page).ok()
    }

    fn over(&self, page: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(DOMAIN);
        mac.update(page);
        mac
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

    #[test]
    fn takes_its_own_tokens_until_they_end_and_no_others() {
        let page_tokens = PageTokens::generate();
        let token = page_tokens.issue("partner-a", "https://a.example", NOW).unwrap();
        let end = NOW.saturating_add(LIFETIME);
        let last = end.saturating_sub(Duration::from_secs(1));
        assert_eq!(page_tokens.partner_id(&token, last).unwrap(), "partner-a");
        let refused = |token: &str, now| page_tokens.partner_id(token, now).unwrap_err().reason();
        assert_eq!(refused(&token, end), Some(Reason::PageTicket));
        let other = PageTokens::generate()
            .issue("partner-a", "https://a.example", NOW)
            .unwrap();
        let (page, mac) = token.split_once('.').unwrap();
        let forged = BASE64_URL_SAFE_NO_PAD
            .encode(r#"{"partner":"partner-b","origin":"https://a.example","ends":1900000000}"#);
        for bad in [
            other,
            format!("{forged}.{mac}"),
            format!("{page}."),
            page.to_owned(),
            String::new(),
            ".".to_owned(),
            format!("{token}{}", "A".repeat(LIMIT)),
        ] {
            assert_eq!(refused(&bad, NOW), Some(Reason::PageTicket), "{bad}");
        }
    }
}
