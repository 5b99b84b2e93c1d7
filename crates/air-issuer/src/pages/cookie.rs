//! The cookies of browsers.

use axum::http::{HeaderMap, HeaderValue, header};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// The number of hex digits of a value.
const DIGITS: usize = 64;

/// The value of a browser's cookie: 256 random bits in hex. It has no `Debug`, because it is a secret.
#[derive(Clone)]
pub(super) struct CookieValue(Zeroizing<String>);

impl CookieValue {
    pub(super) fn generate() -> Self {
        let bits = Zeroizing::new(rand::random::<[u8; 32]>());
        Self(Zeroizing::new(hex::encode(bits.as_slice())))
    }

    fn parse(text: &str) -> Option<Self> {
        let is_value = text.len() == DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_value.then(|| Self(Zeroizing::new(text.to_owned())))
    }

    pub(super) fn expose(&self) -> &str {
        &self.0
    }

    /// The key of the value in memory, which is useless to a browser.
    pub(super) fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_bytes()).into()
    }
}

/// The name and the attributes of a cookie.
pub(super) struct Cookies {
    name: String,
    is_secure: bool,
}

impl Cookies {
    /// `port` is part of the name on loopback, because browsers share cookies between the ports of a host. Behind a proxy with TLS,
    /// the prefix of the name binds the cookie to the host (RFC 6265bis, 4.1.3.2).
    pub(super) fn new(purpose: &str, is_secure: bool, port: u16) -> Self {
        let name = if is_secure {
            format!("__Host-air_issuer_{purpose}")
        } else {
            format!("air_issuer_{purpose}_{port}")
        };
        Self { name, is_secure }
    }

    /// The value that the browser sent, if it has the form of one.
    pub(super) fn read(&self, headers: &HeaderMap) -> Option<CookieValue> {
        headers
            .get_all(header::COOKIE)
            .iter()
            .filter_map(|cookies| cookies.to_str().ok())
            .flat_map(|cookies| cookies.split(';'))
            .find_map(|pair| CookieValue::parse(pair.trim().strip_prefix(&self.name)?.strip_prefix('=')?))
    }

    pub(super) fn set(&self, value: &CookieValue) -> HeaderValue {
        self.header(value.expose(), "")
    }

    pub(super) fn remove(&self) -> HeaderValue {
        self.header("", "; Max-Age=0")
    }

    fn header(&self, value: &str, age: &str) -> HeaderValue {
        let secure = if self.is_secure { "; Secure" } else { "" };
        let name = &self.name;
        let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Strict{secure}{age}");
        let mut header = HeaderValue::from_str(&cookie).expect("digits, letters and punctuation only");
        header.set_sensitive(true);
        header
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sent(cookies: &str) -> HeaderMap {
        HeaderMap::from_iter([(header::COOKIE, HeaderValue::from_str(cookies).unwrap())])
    }

    #[test]
    fn a_value_is_found_among_others_and_has_its_form() {
        let cookies = Cookies::new("session", false, 9101);
        let value = CookieValue::generate();
        let text = value.expose();
        let found = cookies.read(&sent(&format!("a=b; air_issuer_session_9101={text}; c=d")));
        assert_eq!(found.unwrap().expose(), text);
        for other in [
            format!("air_issuer_session_9102={text}"),
            format!("air_issuer_session_9101={text}0"),
            format!("air_issuer_session_9101={}", "g".repeat(DIGITS)),
            "air_issuer_session_9101=".to_owned(),
        ] {
            assert!(cookies.read(&sent(&other)).is_none(), "{other}");
        }
        assert_ne!(CookieValue::generate().expose(), text);
    }

    #[test]
    fn a_cookie_is_secure_behind_tls() {
        let value = CookieValue::generate();
        let text = value.expose();
        let plain = Cookies::new("session", false, 9101).set(&value);
        assert_eq!(
            plain.to_str().unwrap(),
            format!("air_issuer_session_9101={text}; Path=/; HttpOnly; SameSite=Strict")
        );
        let secure = Cookies::new("session", true, 9101).set(&value);
        assert_eq!(
            secure.to_str().unwrap(),
            format!("__Host-air_issuer_session={text}; Path=/; HttpOnly; SameSite=Strict; Secure")
        );
    }
}
