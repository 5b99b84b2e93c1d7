//! The files of custody: what parses can be written, and reads back.

use air_crypto::{
    Curve,
    custody::{Ceremony, Dealing, Group, Partial},
};

/// Every file from the same bytes.
pub fn file(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(group) = Group::from_json(text) {
        assert_eq!(Group::from_json(&group.to_json()).expect("it was a group"), group);
    }
    let ceremony = Ceremony::from_json(text).ok();
    if let Some(ceremony) = &ceremony {
        let again = Ceremony::from_json(&ceremony.to_json()).expect("it was a ceremony");
        assert_eq!(&again, ceremony);
    }
    for curve in [Curve::Secp256r1, Curve::Secp256k1] {
        if let Ok(partial) = Partial::from_json(curve, text) {
            let again = Partial::from_json(curve, &partial.to_json()).expect("it was a partial");
            assert_eq!(again, partial);
        }
        if let Ok(dealing) = Dealing::from_json(curve, text) {
            let again = Dealing::from_json(curve, &dealing.to_json()).expect("it was a dealing");
            assert_eq!(again, dealing);
        }
    }
}
