//! Containers: the header's parser, the openers, and what a changed container gives.

use std::io::Write;

use air_crypto::{CakContext, CakPrivateKey, ChunkSize, ContainerHeader, Curve, Opener, Sealer};
use rand::{SeedableRng, rngs::StdRng};

const LABEL: &[u8] = b"label";

fn key(curve: Curve) -> CakPrivateKey {
    CakPrivateKey::from_bytes(curve, &[7; 32]).expect("7… is a scalar of both")
}

fn context(curve: Curve) -> CakContext {
    let text = "x".parse().expect("one byte is enough");
    CakContext::new(
        text,
        "i".parse().expect("here too"),
        "s".parse().expect("and here"),
        curve,
    )
}

/// A header that parses says where its container could end.
pub fn header(data: &[u8]) {
    if let Ok(header) = ContainerHeader::read(&mut &*data) {
        if let Ok(layout) = header.layout(data.len() as u64) {
            assert!(layout.document_length < data.len() as u64);
        }
        let again = ContainerHeader::read(&mut &*data).expect("it parsed before");
        assert_eq!(header, again);
    }
}

/// Both openers say the same of the same bytes.
pub fn open(data: &[u8]) {
    for curve in [Curve::Secp256r1, Curve::Secp256k1] {
        let (key, context) = (key(curve), context(curve));
        let at_once = key.open(&context, LABEL, data).ok();
        let mut streamed = Vec::new();
        let whole = Opener::new(&key, &context, LABEL, data)
            .and_then(|opener| opener.copy_to(&mut streamed))
            .is_ok();
        assert_eq!(
            at_once.map(|document| document.to_vec()),
            whole.then_some(streamed)
        );
    }
}

/// A container opens to its document; with any byte changed, cut or added, it does not. The first
/// four bytes of the input say what is changed.
pub fn tamper(data: &[u8]) {
    let Some(([how, mask, at_high, at_low], document)) = data.split_first_chunk::<4>() else {
        return;
    };
    let curve = if how & 1 == 0 {
        Curve::Secp256r1
    } else {
        Curve::Secp256k1
    };
    let (key, context) = (key(curve), context(curve));
    let mut rng = StdRng::from_seed([*how; 32]);
    let chunk = ChunkSize::from_log2(12).expect("12 is the least");
    let mut sealer = Sealer::new(key.public_key(), &context, LABEL, chunk, Vec::new(), &mut rng)
        .expect("a Vec takes everything");
    sealer.write_all(document).expect("a Vec takes everything");
    let sealed = sealer.finish().expect("a Vec takes everything");
    let opened = key.open(&context, LABEL, &sealed).expect("untouched, it opens");
    assert_eq!(opened.as_slice(), document);

    let at = usize::from(u16::from_be_bytes([*at_high, *at_low])) % sealed.len();
    let mut changed = sealed.clone();
    match (how >> 1) % 4 {
        0 => changed[at] ^= mask,
        1 => changed.truncate(at),
        2 => changed.insert(at, *mask),
        _ => drop(changed.remove(at)),
    }
    if changed != sealed {
        assert!(key.open(&context, LABEL, &changed).is_err());
        let opener = Opener::new(&key, &context, LABEL, changed.as_slice());
        assert!(opener.and_then(|opener| opener.copy_to(&mut Vec::new())).is_err());
    }
}
