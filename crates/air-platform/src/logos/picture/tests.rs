use super::*;

fn chunk(name: &[u8], data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap().to_be_bytes();
    [&length[..], name, data, &[0; 4]].concat()
}

fn png(width: u32, height: u32, more: &[u8]) -> Vec<u8> {
    let header = [&width.to_be_bytes()[..], &height.to_be_bytes(), &[8, 6, 0, 0, 0]].concat();
    let parts = [
        b"\x89PNG\r\n\x1a\n".to_vec(),
        chunk(b"IHDR", &header),
        more.to_vec(),
        chunk(b"IDAT", b"data"),
        chunk(b"IEND", b""),
    ];
    parts.concat()
}

fn jpeg(width: u16, height: u16, frame: u8) -> Vec<u8> {
    let mut bytes = b"\xff\xd8\xff\xe0\0\x04ab\xff\xc4\0\x03t\xff\xff".to_vec();
    bytes.extend([frame, 0, 17, 8]);
    bytes.extend(height.to_be_bytes());
    bytes.extend(width.to_be_bytes());
    bytes.extend(b"\xff\xda");
    bytes
}

fn webp(name: &[u8], data: &[u8]) -> Vec<u8> {
    let size = u32::try_from(data.len()).unwrap();
    let riff = (size + 12).to_le_bytes();
    [b"RIFF", &riff[..], b"WEBP", name, &size.to_le_bytes(), data].concat()
}

fn samples() -> Vec<(Vec<u8>, Kind)> {
    // Each sample is 300 × 200. Formats that count from 0 store these values minus one.
    let lossless = (0x12b_u32 | 0xc7 << 14).to_le_bytes();
    vec![
        (png(300, 200, b""), Kind::Png),
        (jpeg(300, 200, 0xc0), Kind::Jpeg),
        (jpeg(300, 200, 0xc2), Kind::Jpeg),
        (webp(b"VP8 ", b"\0\0\0\x9d\x01\x2a\x2c\x01\xc8\0"), Kind::WebP),
        (webp(b"VP8L", &[b"\x2f", &lossless[..]].concat()), Kind::WebP),
        (webp(b"VP8X", b"\x10\0\0\0\x2b\x01\0\xc7\0\0"), Kind::WebP),
    ]
}

#[test]
fn the_bytes_say_which_kind_and_how_large() {
    for (bytes, kind) in samples() {
        let (width, height) = (300, 200);
        assert_eq!(read(&bytes), Ok(Picture { kind, width, height }), "{bytes:?}");
    }
}

#[test]
fn a_side_has_1024_pixels_at_most_and_one_at_least() {
    assert!(read(&png(1024, 1, b"")).is_ok());
    let (width, height) = (1, 1025);
    assert_eq!(
        read(&png(width, height, b"")),
        Err(Error::TooLarge { width, height })
    );
    assert_eq!(read(&jpeg(0, 5, 0xc0)), Err(Error::Broken));
}

#[test]
fn what_is_no_still_picture_is_not_taken() {
    for (bytes, error) in [
        (
            &b"<?xml version=\"1.0\"?>\n<SVG onload=\"alert(1)\">"[..],
            Error::Svg,
        ),
        (b"\xef\xbb\xbf <svg/>", Error::Svg),
        (b"<!doctype html><script>alert(1)</script>", Error::Unknown),
        (b"GIF89a\x01\0\x01\0", Error::Unknown),
        (b"%PDF-1.7", Error::Unknown),
        (b"", Error::Unknown),
        (&png(8, 8, &chunk(b"acTL", &[0; 8])), Error::Animated),
        (&webp(b"VP8X", b"\x02\0\0\0\0\0\0\0\0\0"), Error::Animated),
        (&webp(b"ICCP", b"\x02\0\0\0\0\0\0\0\0\0"), Error::Broken),
        (&jpeg(8, 8, 0xd9), Error::Broken),
        // Browsers use the size in the first header and allocate memory for it.
        (
            &png(
                8000,
                8000,
                &chunk(b"IHDR", &[0, 0, 0, 8, 0, 0, 0, 8, 8, 6, 0, 0, 0]),
            ),
            Error::Broken,
        ),
        (
            &[&b"\x89PNG\r\n\x1a\n"[..], &chunk(b"acTL", &[0; 8])].concat(),
            Error::Broken,
        ),
    ] {
        assert_eq!(read(bytes), Err(error), "{}", String::from_utf8_lossy(bytes));
    }
}

#[test]
fn what_breaks_off_or_is_damaged_panics_nowhere() {
    for (bytes, _) in samples() {
        let headers = bytes.len() - 2;
        for end in 0..headers {
            assert!(read(&bytes[..end]).is_err(), "{:?}", &bytes[..end]);
        }
        for place in 0..bytes.len() {
            for byte in [0, 1, 0x7f, 0xff] {
                let mut damaged = bytes.clone();
                damaged[place] = byte;
                let _ = read(&damaged);
            }
        }
    }
}
