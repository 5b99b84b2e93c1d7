//! Type metadata of SD-JWT VCs: a valid document is a complete chain, unless it extends another type.

use air_vc::type_metadata::{TypeChain, TypeMetadata};

/// A document.
pub fn type_metadata(data: &[u8]) {
    let Ok(metadata) = TypeMetadata::parse(data) else {
        return;
    };
    let mut chain = TypeChain::new(metadata.vct.as_str(), None);
    let added = chain.add(data);
    let extends_itself = metadata.extends.as_ref() == Some(&metadata.vct);
    assert_eq!(added.is_err(), extends_itself);
    if added.is_ok() {
        assert_eq!(chain.missing_type(), metadata.extends.as_deref());
    }
    if let Ok(credential_type) = chain.finish() {
        let _ = credential_type.display_name("en");
        for claim in ["name", "address.city", "tags.0"] {
            let claim = claim.parse().expect("it is a path");
            let _ = credential_type.label(&claim, "en");
        }
    }
}
