//! Detects the format and the size of a picture from the file's bytes. The file's name and the
//! browser's media type are ignored.
//!
//! SVG is not supported: it is a document that can contain scripts and external URLs.

/// The maximum number of pixels on a side.
const LONGEST_SIDE: u32 = 1024;

/// The formats that browsers display and that contain no active content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Png,
    Jpeg,
    WebP,
}

/// A picture that is allowed as a logo.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Picture {
    pub(super) kind: Kind,
    pub(super) width: u32,
    pub(super) height: u32,
}

/// The reason for rejecting a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Error {
    #[error("SVG images are not supported, since they can contain scripts; upload a PNG or WebP image")]
    Svg,
    #[error("unknown image format: must be PNG, JPEG or WebP by its content, not its name")]
    Unknown,
    #[error("the image file is incomplete; save it again and upload the new file")]
    Broken,
    #[error("animated images are not supported; upload a single frame")]
    Animated,
    #[error("the image has {width} × {height} pixels: must have at most 1024 × 1024; scale it down")]
    TooLarge { width: u32, height: u32 },
}

impl Kind {
    pub(super) fn media_type(self) -> &'static str {
        match self {
            Self::Png => "image/png",
            Self::Jpeg => "image/jpeg",
            Self::WebP => "image/webp",
        }
    }
}

pub(super) fn read(bytes: &[u8]) -> Result<Picture, Error> {
    let (kind, size) = if let Some(chunks) = bytes.strip_prefix(b"\x89PNG\r\n\x1a\n") {
        (Kind::Png, png(chunks)?)
    } else if let Some(segments) = bytes.strip_prefix(b"\xff\xd8") {
        (Kind::Jpeg, jpeg(segments))
    } else if bytes.starts_with(b"RIFF") && bytes.get(8..12) == Some(b"WEBP") {
        (Kind::WebP, webp(bytes)?)
    } else if is_svg(bytes) {
        return Err(Error::Svg);
    } else {
        return Err(Error::Unknown);
    };
    let (width, height) = size.ok_or(Error::Broken)?;
    if width == 0 || height == 0 {
        return Err(Error::Broken);
    }
    if width > LONGEST_SIDE || height > LONGEST_SIDE {
        return Err(Error::TooLarge { width, height });
    }
    Ok(Picture { kind, width, height })
}

/// Reads all chunks up to the last one, because any of them may mark an animation (PNG, third
/// edition, 5.3 and 11.3.6).
fn png(mut chunks: &[u8]) -> Result<Option<(u32, u32)>, Error> {
    let mut size = None;
    while let Some((length, rest)) = chunks.split_first_chunk() {
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(|_| Error::Broken)?;
        let Some((name, rest)) = rest.split_first_chunk::<4>() else {
            break;
        };
        // The chunk ends with a checksum of four bytes.
        let after = rest.get(length..).and_then(|rest| rest.get(4..));
        let Some((data, after)) = rest.get(..length).zip(after) else {
            break;
        };
        match name {
            // This chunk must be the first and must occur only once.
            b"IHDR" if size.is_none() && data.len() == 13 => {
                size = big_endian(data, 0).zip(big_endian(data, 4));
            }
            b"IHDR" => break,
            _ if size.is_none() => break,
            b"acTL" => return Err(Error::Animated),
            b"IEND" => return Ok(size),
            _ => {}
        }
        chunks = after;
    }
    Err(Error::Broken)
}

/// Reads up to the frame header, whose layout is the same for all codings (ITU-T T.81, B.1 and B.2.2).
fn jpeg(mut segments: &[u8]) -> Option<(u32, u32)> {
    loop {
        let (marker, rest) = segments.split_first_chunk::<2>()?;
        let [0xff, code] = *marker else {
            return None;
        };
        segments = match code {
            // Fill bytes before a marker.
            0xff => segments.get(1..)?,
            // Markers without a segment.
            0x01 | 0xd0..=0xd7 => rest,
            // These markers are in the range of frame headers, but are not frame headers.
            0xc4 | 0xc8 | 0xcc => after(rest)?,
            0xc0..=0xcf => {
                let side = |at: usize| {
                    let digits = rest.get(at..)?.first_chunk()?;
                    Some(u32::from(u16::from_be_bytes(*digits)))
                };
                return side(5).zip(side(3));
            }
            // The scan or the end comes before any frame.
            0xda | 0xd9 => return None,
            _ => after(rest)?,
        };
    }
}

/// Returns the bytes after a JPEG segment. The segment's length includes the length field.
fn after(segment: &[u8]) -> Option<&[u8]> {
    let length = usize::from(u16::from_be_bytes(*segment.first_chunk()?));
    if length < 2 {
        return None;
    }
    segment.get(length..)
}

/// Reads the first chunk, which has one of three formats (RFC 9649, 2.5 to 2.7).
fn webp(bytes: &[u8]) -> Result<Option<(u32, u32)>, Error> {
    let declared = bytes.get(4..).and_then(|rest| rest.first_chunk());
    let declared = declared.map(|digits| u32::from_le_bytes(*digits));
    let there = u32::try_from(bytes.len().saturating_sub(8)).ok();
    if declared.is_none_or(|declared| there.is_none_or(|there| there < declared)) {
        return Err(Error::Broken);
    }
    let Some((name, data)) = bytes.get(12..16).zip(bytes.get(20..)) else {
        return Err(Error::Broken);
    };
    let two = |at: usize| {
        let digits = data.get(at..)?.first_chunk()?;
        Some(u32::from(u16::from_le_bytes(*digits)) & 0x3fff)
    };
    let three = |at: usize| match *data.get(at..)?.first_chunk()? {
        [low, middle, high] => Some(u32::from_le_bytes([low, middle, high, 0]) + 1),
    };
    match name {
        b"VP8 " if data.get(3..6) == Some(b"\x9d\x01\x2a") => Ok(two(6).zip(two(8))),
        b"VP8L" if data.first() == Some(&0x2f) => {
            let bits = data.get(1..).and_then(|rest| rest.first_chunk());
            let bits = bits.map(|bits| u32::from_le_bytes(*bits));
            Ok(bits.map(|bits| ((bits & 0x3fff) + 1, (bits >> 14 & 0x3fff) + 1)))
        }
        b"VP8X" if data.first().is_some_and(|flags| flags & 0x02 != 0) => Err(Error::Animated),
        b"VP8X" => Ok(three(4).zip(three(7))),
        _ => Err(Error::Broken),
    }
}

fn big_endian(data: &[u8], at: usize) -> Option<u32> {
    Some(u32::from_be_bytes(*data.get(at..)?.first_chunk()?))
}

/// Checks whether the bytes look like SVG. This only selects a better error message for a file that
/// is rejected in any case.
fn is_svg(bytes: &[u8]) -> bool {
    let beginning = bytes.get(..1024).unwrap_or(bytes);
    let text = String::from_utf8_lossy(beginning);
    let text = text.trim_start_matches('\u{feff}').trim_start();
    text.starts_with('<') && text.to_ascii_lowercase().contains("<svg")
}

#[cfg(test)]
mod tests;
