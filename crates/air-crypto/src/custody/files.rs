//! The JSON files of custody: `group.json`, `share-<i>.json`, a partial, a ceremony and its
//! dealings. Each file is checked completely when it is read.

use serde::{Deserialize, Serialize, de::DeserializeOwned};
use zeroize::Zeroizing;

use super::{Ceremony, Dealing, Group, Partial, Share, ShareIndex, ceremony::Source, proof::Proof};
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

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ShareFile {
    curve: String,
    issuer: String,
    key_id: String,
    index: u64,
    share: Zeroizing<String>,
}

#[derive(Serialize, Deserialize)]
struct PartialFile {
    index: u64,
    partial: String,
    proof: String,
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
    /// [`Error::MalformedFile`]; [`Error::ForeignShare`] when it names another key; and as [`Share::from_hex`].
    pub fn from_json(group: &Group, text: &str) -> Result<Self, Error> {
        let file: ShareFile = read(CustodyFile::Share, text)?;
        let (context, index) = (group.context(), ShareIndex::new(file.index)?);
        let same_key = file.curve == context.curve().name()
            && file.issuer == context.issuer().as_str()
            && file.key_id == context.key_id().as_str();
        if !same_key {
            return Err(Error::ForeignShare { index });
        }
        Self::from_hex(context.curve(), index, &file.share)
    }

    /// The content of the share's file. Security reviews can search for the name `expose_json`.
    #[must_use]
    pub fn expose_json(&self, context: &ManagedContext) -> Zeroizing<String> {
        Zeroizing::new(write(&ShareFile {
            curve: self.curve().to_string(),
            issuer: context.issuer().to_string(),
            key_id: context.key_id().to_string(),
            index: u64::from(self.index().get()),
            share: self.expose_hex(),
        }))
    }
}

impl Partial {
    /// Reads a partial's file. It does not check the proof: call [`Group::verify_partial`].
    ///
    /// # Errors
    /// [`Error::MalformedFile`], and as [`Partial::from_hex`].
    pub fn from_json(curve: Curve, text: &str) -> Result<Self, Error> {
        let file: PartialFile = read(CustodyFile::Partial, text)?;
        Self::from_hex(curve, ShareIndex::new(file.index)?, &file.partial, &file.proof)
    }

    /// Writes the content of a partial's file.
    #[must_use]
    pub fn to_json(&self) -> String {
        write(&PartialFile {
            index: u64::from(self.index().get()),
            partial: self.point_hex(),
            proof: self.proof_hex(),
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
