//! The JSON files of custody: `group.json`, `share-<i>.json`, a partial, a ceremony and its
//! dealings. Each file is checked completely when it is read.

use air_ids::UnixTime;
#[cfg(feature = "passphrase")]
use rand_core::CryptoRng;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use super::{
    About, Ceremony, Dealing, Group, Partial, Share, ShareIndex,
    about::check_purpose,
    ceremony::Source,
    encrypted_share::{self, EncryptionFile},
    proof::Proof,
};
use crate::{CakPublicKey, Curve, CustodyFile, Error, Field, ManagedContext, key::decode_hex};

/// The most bytes that a file may have. A dealing to 255 custodians has about 100 KB.
const FILE_LIMIT: usize = 1 << 20;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct GroupFile {
    curve: String,
    issuer: String,
    key_id: String,
    threshold: u8,
    shares: u8,
    public_key: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    commitments: Option<Vec<String>>,
    verifying_keys: Vec<String>,
}

/// Either form of a share's file: `share`, or `encryption` and `encrypted_share`.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShareFile {
    curve: String,
    issuer: String,
    key_id: String,
    index: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    share: Option<Zeroizing<String>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encryption: Option<EncryptionFile>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    encrypted_share: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct PartialFile {
    index: u64,
    partial: String,
    proof: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    about: Option<AboutFile>,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct AboutFile {
    container: String,
    made_at: UnixTime,
    purpose: String,
    signature: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CeremonyFile {
    curve: String,
    issuer: String,
    key_id: String,
    threshold: u8,
    custodians: Vec<String>,
    nonce: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group: Option<GroupFile>,
}

#[derive(Serialize, Deserialize)]
struct DealingFile {
    ceremony: String,
    dealer: u64,
    commitments: Vec<String>,
    sealed: Vec<String>,
    proof: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    signature: Option<String>,
}

impl Group {
    /// Reads `group.json`.
    ///
    /// # Errors
    /// [`Error::FileTooLong`] or [`Error::MalformedFile`]; otherwise as [`Group::new`].
    pub fn from_json(text: &str) -> Result<Self, Error> {
        read::<GroupFile>(CustodyFile::Group, text)?.parse()
    }

    /// Writes the content of `group.json`.
    #[must_use]
    pub fn to_json(&self) -> String {
        write(&GroupFile::of(self))
    }
}

impl GroupFile {
    fn of(group: &Group) -> Self {
        let context = group.context();
        Self {
            curve: context.curve().to_string(),
            issuer: context.issuer().to_string(),
            key_id: context.key_id().to_string(),
            threshold: group.threshold(),
            shares: group.shares(),
            public_key: group.public_key().to_string(),
            commitments: group.commitments().map(texts),
            verifying_keys: texts(group.verifying_keys()),
        }
    }

    fn parse(&self) -> Result<Group, Error> {
        let curve: Curve = self.curve.parse()?;
        if self.verifying_keys.len() != usize::from(self.shares) {
            return Err(Error::InconsistentGroup);
        }
        Group::new(
            ManagedContext::new(self.issuer.parse()?, self.key_id.parse()?, curve),
            self.threshold,
            CakPublicKey::from_hex(curve, &self.public_key)?,
            self.commitments
                .as_deref()
                .map(|texts| keys(curve, texts))
                .transpose()?,
            keys(curve, &self.verifying_keys)?,
        )
    }
}

impl Share {
    /// Reads `share-<i>.json`, which must name the group's key. It does not check the share itself:
    /// call [`Group::verify_share`].
    ///
    /// # Errors
    /// [`Error::MalformedFile`]; [`Error::ForeignShare`] when it names another key;
    /// [`Error::SharePassphraseNeeded`] for the encrypted form; and as [`Share::from_hex`].
    pub fn from_json(group: &Group, text: &str) -> Result<Self, Error> {
        Self::read_file(group, text, None)
    }

    /// Reads either form of a share's file, and decrypts the encrypted form with the passphrase. The
    /// file sets the cost of the decryption, up to 256 MiB and 16 passes over them.
    ///
    /// # Errors
    /// [`Error::WrongSharePassphrase`]; [`Error::UnsupportedShareEncryption`] for another scheme
    /// than scrypt (2^14 ≤ N ≤ 2^18, r = 8, 1 ≤ p ≤ 16) and AES-256-GCM; otherwise as
    /// [`Share::from_json`].
    pub fn from_encrypted_json(group: &Group, text: &str, passphrase: &[u8]) -> Result<Self, Error> {
        Self::read_file(group, text, Some(passphrase))
    }

    fn read_file(group: &Group, text: &str, passphrase: Option<&[u8]>) -> Result<Self, Error> {
        let file: ShareFile = read(CustodyFile::Share, text)?;
        let (context, index) = (group.context(), ShareIndex::new(file.index)?);
        let same_key = file.curve == context.curve().name()
            && file.issuer == context.issuer().as_str()
            && file.key_id == context.key_id().as_str();
        if !same_key {
            return Err(Error::ForeignShare { index });
        }
        match (&file.share, &file.encryption, &file.encrypted_share) {
            (Some(share), None, None) => Self::from_hex(context.curve(), index, share),
            (None, Some(encryption), Some(encrypted)) => {
                let passphrase = passphrase.ok_or(Error::SharePassphraseNeeded { index })?;
                encrypted_share::decrypt(encryption, encrypted, context, index, passphrase)
            }
            _ => Err(Error::MalformedFile {
                file: CustodyFile::Share,
                line: 0,
                column: 0,
            }),
        }
    }

    /// The content of the share's file under a passphrase: scrypt (N = 2^17, r = 8, p = 1) and
    /// AES-256-GCM, with the key's name and the custodian's index as associated data. It takes some
    /// tenths of a second and 128 MiB. The passphrase's bytes are used unchanged.
    ///
    /// ```json
    /// {
    ///   "curve": "secp256r1", "issuer": "did:x:i", "keyId": "vault", "index": 1,
    ///   "encryption": {
    ///     "kdf": "scrypt", "logN": 17, "r": 8, "p": 1, "salt": "32 hex digits", "cipher": "aes-256-gcm"
    ///   },
    ///   "encryptedShare": "120 hex digits: nonce (12 bytes), encrypted share (32), tag (16)"
    /// }
    /// ```
    ///
    /// # Errors
    /// [`Error::FieldEmpty`] for an empty passphrase.
    #[cfg(feature = "passphrase")]
    #[cfg_attr(docsrs, doc(cfg(feature = "passphrase")))]
    pub fn to_encrypted_json(
        &self,
        context: &ManagedContext,
        passphrase: &[u8],
        rng: &mut impl CryptoRng,
    ) -> Result<String, Error> {
        let (encryption, encrypted) = encrypted_share::encrypt(self, context, passphrase, rng)?;
        Ok(write(&ShareFile {
            encryption: Some(encryption),
            encrypted_share: Some(encrypted),
            ..self.file(context)
        }))
    }

    /// The members that both forms have.
    fn file(&self, context: &ManagedContext) -> ShareFile {
        ShareFile {
            curve: self.curve().to_string(),
            issuer: context.issuer().to_string(),
            key_id: context.key_id().to_string(),
            index: u64::from(self.index().get()),
            share: None,
            encryption: None,
            encrypted_share: None,
        }
    }

    /// The content of the share's file. Security reviews can search for the name `expose_json`.
    #[must_use]
    pub fn expose_json(&self, context: &ManagedContext) -> Zeroizing<String> {
        Zeroizing::new(write(&ShareFile {
            share: Some(self.expose_hex()),
            ..self.file(context)
        }))
    }
}

impl Partial {
    /// Reads a partial's file, and ignores members that it does not know. It checks neither the proof
    /// nor the statement: call [`Group::verify_partial`].
    ///
    /// # Errors
    /// [`Error::MalformedFile`]; [`Error::FieldEmpty`] or [`Error::FieldTooLong`] for the purpose of
    /// its statement; and as [`Partial::from_hex`].
    pub fn from_json(curve: Curve, text: &str) -> Result<Self, Error> {
        let file: PartialFile = read(CustodyFile::Partial, text)?;
        let partial = Self::from_hex(curve, ShareIndex::new(file.index)?, &file.partial, &file.proof)?;
        Ok(match &file.about {
            None => partial,
            Some(about) => partial.with_about(about.parse()?),
        })
    }

    /// Writes the content of a partial's file.
    #[must_use]
    pub fn to_json(&self) -> String {
        write(&PartialFile {
            index: u64::from(self.index().get()),
            partial: self.point_hex(),
            proof: self.proof_hex(),
            about: self.about().map(AboutFile::of),
        })
    }
}

impl AboutFile {
    fn of(about: &About) -> Self {
        Self {
            container: about.container(),
            made_at: about.made_at,
            purpose: about.purpose.clone(),
            signature: hex::encode(about.signature),
        }
    }

    fn parse(&self) -> Result<About, Error> {
        check_purpose(&self.purpose)?;
        Ok(About {
            container: decode_array(CustodyFile::Partial, &self.container)?,
            made_at: self.made_at,
            purpose: self.purpose.clone(),
            signature: decode_array(CustodyFile::Partial, &self.signature)?,
        })
    }
}

impl Ceremony {
    /// Reads a ceremony's file.
    ///
    /// # Errors
    /// [`Error::MalformedFile`], and as [`Ceremony::reshare`].
    pub fn from_json(text: &str) -> Result<Self, Error> {
        let file: CeremonyFile = read(CustodyFile::Ceremony, text)?;
        let curve: Curve = file.curve.parse()?;
        let context = ManagedContext::new(file.issuer.parse()?, file.key_id.parse()?, curve);
        let source = match file.group {
            None => Source::Fresh,
            Some(group) => Source::Group(Box::new(group.parse()?)),
        };
        if let Source::Group(group) = &source
            && *group.context() != context
        {
            return Err(Error::InconsistentGroup);
        }
        let nonce = decode_array(CustodyFile::Ceremony, &file.nonce)?;
        Self::with_nonce(
            context,
            file.threshold,
            keys(curve, &file.custodians)?,
            source,
            nonce,
        )
    }

    /// Writes the content of a ceremony's file, which every custodian gets.
    #[must_use]
    pub fn to_json(&self) -> String {
        let context = self.context();
        write(&CeremonyFile {
            curve: context.curve().to_string(),
            issuer: context.issuer().to_string(),
            key_id: context.key_id().to_string(),
            threshold: self.threshold(),
            custodians: texts(self.custodians()),
            nonce: hex::encode(self.nonce()),
            group: self.group().map(GroupFile::of),
        })
    }
}

impl Dealing {
    /// Reads a dealing's file. It does not verify the dealing: call [`Ceremony::verify_dealing`].
    ///
    /// # Errors
    /// [`Error::MalformedFile`], [`Error::ShareIndexOutOfRange`], or a key's error.
    pub fn from_json(curve: Curve, text: &str) -> Result<Self, Error> {
        let file: DealingFile = read(CustodyFile::Dealing, text)?;
        let proof = |text: &str| decode_array::<64>(CustodyFile::Dealing, text);
        let sealed = file
            .sealed
            .iter()
            .map(|text| Ok(decode_hex(Field::Share, text)?.to_vec()))
            .collect::<Result<_, Error>>()?;
        Ok(Self {
            ceremony: decode_array(CustodyFile::Dealing, &file.ceremony)?,
            dealer: ShareIndex::new(file.dealer)?,
            commitments: keys(curve, &file.commitments)?,
            sealed,
            proof: proof(&file.proof)?,
            signature: file.signature.as_deref().map(proof).transpose()?,
        })
    }

    /// Writes the content of a dealing's file, which every custodian gets.
    #[must_use]
    pub fn to_json(&self) -> String {
        write(&DealingFile {
            ceremony: hex::encode(self.ceremony),
            dealer: u64::from(self.dealer.get()),
            commitments: texts(&self.commitments),
            sealed: self.sealed.iter().map(hex::encode).collect(),
            proof: hex::encode(self.proof),
            signature: self
                .signature
                .as_ref()
                .map(|signature: &Proof| hex::encode(signature)),
        })
    }
}

/// Hides serde's own message, which could show a value such as a share.
fn read<T: DeserializeOwned>(file: CustodyFile, text: &str) -> Result<T, Error> {
    let (length, limit) = (text.len(), FILE_LIMIT);
    if length > limit {
        return Err(Error::FileTooLong { file, length, limit });
    }
    serde_json::from_str(text).map_err(|error| Error::MalformedFile {
        file,
        line: error.line(),
        column: error.column(),
    })
}

fn write(file: &impl Serialize) -> String {
    serde_json::to_string_pretty(file).expect("texts, numbers and lists always serialise")
}

fn texts(keys: &[CakPublicKey]) -> Vec<String> {
    keys.iter().map(ToString::to_string).collect()
}

fn keys(curve: Curve, texts: &[String]) -> Result<Vec<CakPublicKey>, Error> {
    texts
        .iter()
        .map(|text| CakPublicKey::from_hex(curve, text))
        .collect()
}

fn decode_array<const N: usize>(file: CustodyFile, text: &str) -> Result<[u8; N], Error> {
    let mut bytes = [0; N];
    hex::decode_to_slice(text, &mut bytes).map_err(|_| Error::MalformedFile {
        file,
        line: 0,
        column: 0,
    })?;
    Ok(bytes)
}
