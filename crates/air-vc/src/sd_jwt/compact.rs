//! The compact form: `<issuer-signed JWT>~<disclosure>~…~[<key-binding JWT>]` (RFC 9901, 4).

use super::{DISCLOSURE_LIMIT, LENGTH_LIMIT};
use crate::Error;

/// The parts of a compact SD-JWT. Nothing is verified.
#[derive(Clone, Debug)]
pub(crate) struct Parts<'a> {
    pub(crate) issuer_jwt: &'a str,
    pub(crate) disclosures: Vec<&'a str>,
    pub(crate) key_binding: Option<&'a str>,
    /// Everything before the key-binding JWT, including the last `~`: the input of its `sd_hash`
    /// (4.3.1).
    pub(crate) presented: &'a str,
}

impl<'a> Parts<'a> {
    pub(crate) fn parse(compact: &'a str) -> Result<Self, Error> {
        let malformed = |reason| Error::Format { reason };
        if compact.len() > LENGTH_LIMIT {
            return Err(malformed("it is longer than 256 KiB"));
        }
        let form = "the form is <JWT>~<disclosure>~…~, in base64url";
        let (issuer_jwt, rest) = compact.split_once('~').ok_or(malformed(form))?;
        let (disclosures, key_binding) = match rest.rsplit_once('~') {
            Some((disclosures, last)) => (disclosures.split('~').collect(), last),
            None => (Vec::new(), rest),
        };
        if disclosures.len() > DISCLOSURE_LIMIT {
            return Err(Error::Disclosure {
                reason: "there are more than 512 disclosures",
            });
        }
        let is_base64url = |text: &&str| {
            let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
            !text.is_empty() && text.bytes().all(fits)
        };
        if !disclosures.iter().all(is_base64url) {
            return Err(malformed(form));
        }
        Ok(Self {
            issuer_jwt,
            disclosures,
            key_binding: (!key_binding.is_empty()).then_some(key_binding),
            presented: compact.strip_suffix(key_binding).unwrap_or(compact),
        })
    }
}

/// The compact form of a JWT and some disclosures, without key binding.
pub(crate) fn join<'a>(issuer_jwt: &str, disclosures: impl IntoIterator<Item = &'a str>) -> String {
    let mut compact = String::with_capacity(2048);
    compact.push_str(issuer_jwt);
    compact.push('~');
    for disclosure in disclosures {
        compact.push_str(disclosure);
        compact.push('~');
    }
    compact
}
