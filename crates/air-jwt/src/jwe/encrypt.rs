//! Encryption to a public key.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use rand_core::CryptoRng;
use serde::Serialize;

use super::{
    ALGORITHM, ContentEncryption, EncryptionKey,
    agreement::{ContentKey, Context},
    private_key::draw,
    public_key::PointMembers,
};
use crate::{
    Kid,
    backend::{EcdhKey, Gcm},
};

/// Encrypts to one key, with the optional members of the header.
#[derive(Clone, Debug)]
pub struct Encryptor<'a> {
    recipient: &'a EncryptionKey,
    encryption: ContentEncryption,
    party_u: &'a [u8],
    party_v: &'a [u8],
    typ: Option<&'a str>,
    cty: Option<&'a str>,
}

#[derive(Serialize)]
struct Header<'a> {
    alg: &'static str,
    enc: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<&'a Kid>,
    #[serde(skip_serializing_if = "Option::is_none")]
    typ: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    cty: Option<&'a str>,
    epk: PointMembers,
    #[serde(skip_serializing_if = "Option::is_none")]
    apu: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    apv: Option<String>,
}

impl EncryptionKey {
    /// Encrypts with a fresh ephemeral key. The header contains the key's `kid`, if it has one.
    /// [`Encryptor`] has further options.
    #[must_use]
    pub fn encrypt(
        &self,
        encryption: ContentEncryption,
        plaintext: &[u8],
        rng: &mut impl CryptoRng,
    ) -> String {
        Encryptor::new(self, encryption).encrypt(plaintext, rng)
    }
}

impl<'a> Encryptor<'a> {
    /// Encrypts to `recipient`. The header contains its `kid`, if it has one.
    #[must_use]
    pub fn new(recipient: &'a EncryptionKey, encryption: ContentEncryption) -> Self {
        Self {
            recipient,
            encryption,
            party_u: &[],
            party_v: &[],
            typ: None,
            cty: None,
        }
    }

    /// Sets `apu` and `apv`: data about the sender and the recipient that the key is derived with
    /// (RFC 7518, 4.6.1.2 and 4.6.1.3). Empty data is the same as none and is omitted.
    #[must_use]
    pub fn with_party_info(mut self, sender: &'a [u8], recipient: &'a [u8]) -> Self {
        self.party_u = sender;
        self.party_v = recipient;
        self
    }

    /// Sets `typ`: the media type of the whole token (RFC 7516, 4.1.11).
    #[must_use]
    pub fn with_type(mut self, typ: &'a str) -> Self {
        self.typ = Some(typ);
        self
    }

    /// Sets `cty`: the media type of the content, such as `JWT` for a nested token (RFC 7516,
    /// 4.1.12).
    #[must_use]
    pub fn with_content_type(mut self, cty: &'a str) -> Self {
        self.cty = Some(cty);
        self
    }

    /// Encrypts with an ephemeral key and an initialisation vector from `rng`: 32 bytes and
    /// 12 bytes.
    #[must_use]
    pub fn encrypt(&self, plaintext: &[u8], rng: &mut impl CryptoRng) -> String {
        let (_, ephemeral) = draw(rng);
        let mut iv = [0; 12];
        rng.fill_bytes(&mut iv);
        self.encrypt_with(plaintext, &ephemeral, iv)
    }

    fn encrypt_with(&self, plaintext: &[u8], ephemeral: &EcdhKey, iv: [u8; 12]) -> String {
        const CHECKED: &str = "the recipient's point was checked when its key was read";
        let shared = ephemeral.agree(self.recipient.point()).expect(CHECKED);
        let context = Context {
            encryption: self.encryption,
            party_u: self.party_u,
            party_v: self.party_v,
        };
        let key = ContentKey::derive(&shared, context);
        let party = |info: &[u8]| (!info.is_empty()).then(|| URL_SAFE_NO_PAD.encode(info));
        let header = Header {
            alg: ALGORITHM,
            enc: self.encryption.as_str(),
            kid: self.recipient.kid(),
            typ: self.typ,
            cty: self.cty,
            epk: PointMembers::new(&ephemeral.public_point()),
            apu: party(self.party_u),
            apv: party(self.party_v),
        };
        let header = serde_json::to_vec(&header).expect("texts serialise");

        let mut token = String::with_capacity((header.len() + plaintext.len()) * 4 / 3 + 64);
        URL_SAFE_NO_PAD.encode_string(header, &mut token);
        let mut text = plaintext.to_vec();
        let tag = Gcm::new(key.as_bytes())
            .and_then(|cipher| cipher.seal_in_place(&iv, token.as_bytes(), &mut text))
            .expect("the key has the cipher's length, and memory holds less than the 64 GiB of GCM");
        token.push('.');
        for part in [&iv[..], &text, &tag] {
            token.push('.');
            URL_SAFE_NO_PAD.encode_string(part, &mut token);
        }
        token
    }
}
