//! Session transcripts: what the device signs for one session with one verifier.

use std::fmt;

use sha2::{Digest, Sha256};

use crate::{
    Error,
    cbor::{Raw, Writer},
};

const PART: &str = "SessionTranscript";

/// The session of a presentation by redirect (OpenID4VP 1.0, B.2.6.1, `OpenID4VPHandover`): the
/// response modes `direct_post` and `direct_post.jwt`.
#[derive(Clone, Copy, Debug)]
pub struct RedirectHandover<'a> {
    /// The verifier's `client_id`, with its prefix.
    pub client_id: &'a str,
    /// The request's `nonce`.
    pub nonce: &'a str,
    /// The SHA-256 thumbprint (RFC 7638) of the verifier's key that encrypts the response; `None`
    /// if the response is not encrypted.
    pub jwk_thumbprint: Option<[u8; 32]>,
    /// The request's `response_uri` or `redirect_uri`.
    pub response_uri: &'a str,
}

/// The session of a presentation by the Digital Credentials API (OpenID4VP 1.0, B.2.6.2,
/// `OpenID4VPDCAPIHandover`): the response modes `dc_api` and `dc_api.jwt`.
#[derive(Clone, Copy, Debug)]
pub struct DcApiHandover<'a> {
    /// The origin of the request, without the prefix `origin:`.
    pub origin: &'a str,
    /// The request's `nonce`.
    pub nonce: &'a str,
    /// The SHA-256 thumbprint (RFC 7638) of the verifier's key that encrypts the response; `None`
    /// if the response is not encrypted.
    pub jwk_thumbprint: Option<[u8; 32]>,
}

impl RedirectHandover<'_> {
    /// `OpenID4VPHandoverInfo`, whose digest is in the transcript. Compare it with the other side's
    /// when a device signature does not verify.
    #[must_use]
    pub fn info(&self) -> Vec<u8> {
        let mut info = Writer::default();
        info.array(4).text(self.client_id).text(self.nonce);
        thumbprint(&mut info, self.jwk_thumbprint);
        info.text(self.response_uri).finish()
    }
}

impl DcApiHandover<'_> {
    /// `OpenID4VPDCAPIHandoverInfo`, whose digest is in the transcript. Compare it with the other
    /// side's when a device signature does not verify.
    #[must_use]
    pub fn info(&self) -> Vec<u8> {
        let mut info = Writer::default();
        info.array(3).text(self.origin).text(self.nonce);
        thumbprint(&mut info, self.jwk_thumbprint);
        info.finish()
    }
}

fn thumbprint(info: &mut Writer, thumbprint: Option<[u8; 32]>) {
    match thumbprint {
        Some(thumbprint) => info.bytes(&thumbprint),
        None => info.null(),
    };
}

/// The session that a device signature is for (ISO/IEC 18013-5, 9.1.5.1).
#[derive(Clone, PartialEq, Eq)]
pub struct SessionTranscript(Vec<u8>);

impl SessionTranscript {
    /// Takes a transcript of another profile in CBOR: an array of three items.
    ///
    /// # Errors
    /// [`Error::Malformed`] or [`Error::TooLarge`].
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Error> {
        let items = Raw::parse(bytes, PART)?.array();
        if items.is_some_and(|items| items.len() == 3) {
            Ok(Self(bytes.to_vec()))
        } else {
            Err(Error::Malformed {
                part: PART,
                rule: "must be an array of three items (ISO/IEC 18013-5, 9.1.5.1)",
            })
        }
    }

    /// The transcript in CBOR.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    fn of(name: &str, info: &[u8]) -> Self {
        let mut transcript = Writer::default();
        transcript
            .array(3)
            .null()
            .null()
            .array(2)
            .text(name)
            .bytes(&Sha256::digest(info));
        Self(transcript.finish())
    }
}

impl From<&RedirectHandover<'_>> for SessionTranscript {
    fn from(handover: &RedirectHandover<'_>) -> Self {
        Self::of("OpenID4VPHandover", &handover.info())
    }
}

impl From<&DcApiHandover<'_>> for SessionTranscript {
    fn from(handover: &DcApiHandover<'_>) -> Self {
        Self::of("OpenID4VPDCAPIHandover", &handover.info())
    }
}

/// The bytes in hex, as other implementations print them.
impl fmt::Debug for SessionTranscript {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SessionTranscript(")?;
        for byte in &self.0 {
            write!(f, "{byte:02x}")?;
        }
        f.write_str(")")
    }
}
