//! The platform's word for whose page one of its pages is in: HMAC-SHA256 over partner, origin and end. `open` checks the origin and
//! answers a token; each later call has it, so that the server, not the page, knows the partner.

use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;

use super::{Reason, Refusal};
use crate::ids;

/// What is authenticated begins with this, so that the key's MACs are good for nothing else.
const DOMAIN: &[u8] = b"AIR-KIT-PAGE-v1";
/// How long a token is good for, in seconds. Pages ask for another by themselves.
const LIFETIME: u64 = 3600;
/// The longest token, in bytes.
const LIMIT: usize = 1024;

/// Makes and checks tokens, with a key that lives as long as the process.
#[derive(Clone)]
pub(crate) struct PageTokens(Hmac<Sha256>);

/// What a token says.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Page {
    partner: String,
    origin: String,
    ends: u64,
}

impl PageTokens {
    /// With a new key.
    pub(crate) fn new() -> Self {
        let mut key = [0; 64];
        let (secret, _) = key.split_at_mut(32);
        secret.copy_from_slice(&ids::secret());
        Self(Hmac::new(&key.into()))
    }

    /// A token for a page whose origin was checked.
    pub(crate) fn issue(&self, partner_id: &str, origin: &str, now: u64) -> Result<String, Refusal> {
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

    /// The partner's id of a token that this platform made, and whose time is not over.
    pub(crate) fn partner_id(&self, token: &str, now: u64) -> Result<String, Refusal> {
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

    const NOW: u64 = 1_800_000_000;

    #[test]
    fn takes_its_own_tokens_until_they_end_and_no_others() {
        let page_tokens = PageTokens::new();
        let token = page_tokens.issue("partner-a", "https://a.example", NOW).unwrap();
        assert_eq!(
            page_tokens.partner_id(&token, NOW + LIFETIME - 1).unwrap(),
            "partner-a"
        );
        let refused = |token: &str, now| page_tokens.partner_id(token, now).unwrap_err().reason();
        assert_eq!(refused(&token, NOW + LIFETIME), Some(Reason::PageTicket));
        let other = PageTokens::new()
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
