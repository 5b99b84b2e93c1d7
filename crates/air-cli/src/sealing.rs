//! Containers: their contexts, headers, groups and fingerprints, for `air cak` and `air custody`.

use std::{
    io::{Cursor, Read},
    path::Path,
};

use air_crypto::{CakContext, ContainerHeader, ManagedContext, SealingContext, custody::Group};

use crate::{exit::Failure, files};

/// A context of either kind.
#[derive(Clone, Debug)]
pub(crate) enum Context {
    Cak(CakContext),
    Managed(ManagedContext),
}

impl<'a> From<&'a Context> for SealingContext<'a> {
    fn from(context: &'a Context) -> Self {
        match context {
            Context::Cak(context) => context.into(),
            Context::Managed(context) => context.into(),
        }
    }
}

/// Reads a group file.
pub(crate) fn read_group(path: &Path) -> Result<Group, Failure> {
    let text = files::read_text(path)?;
    files::require_known_version(path, text.as_bytes())?;
    Group::from_json(&text).map_err(|error| Failure::from(error).about(&path.display().to_string()))
}

/// Parses a fingerprint of 64 hexadecimal digits, and ignores spaces and colons between them.
pub(crate) fn parse_fingerprint(text: &str) -> Result<String, String> {
    let digits: String = text
        .chars()
        .filter(|letter| !letter.is_whitespace() && *letter != ':')
        .collect();
    if digits.len() == 64 && digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        Ok(digits.to_lowercase())
    } else {
        Err("invalid fingerprint: must be 64 hexadecimal digits".to_owned())
    }
}

/// A container's header, and the container from its first byte.
pub(crate) fn with_header(reader: Box<dyn Read>) -> Result<(ContainerHeader, impl Read), air_crypto::Error> {
    let mut container = Recorder {
        reader,
        read: Vec::new(),
    };
    let header = ContainerHeader::read(&mut container)?;
    Ok((header, Cursor::new(container.read).chain(container.reader)))
}

/// A reader that keeps what it read, so that a stream's header can be read first.
struct Recorder {
    reader: Box<dyn Read>,
    read: Vec<u8>,
}

impl Read for Recorder {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        let length = self.reader.read(buffer)?;
        self.read.extend(buffer.iter().take(length));
        Ok(length)
    }
}
