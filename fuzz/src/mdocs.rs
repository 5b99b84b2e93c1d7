//! Credentials and responses in CBOR: whatever parses prints back, what verifies says no more than
//! it was read to say, and nothing panics.

use std::sync::LazyLock;

use air_jwt::SigningKey;
use air_mdoc::{
    DeviceResponse, IssuerSigned, PinnedIssuer, SessionTranscript, StatusListCwt, UnixTime, Verifier,
};

const NOW: UnixTime = UnixTime::from_secs(1_610_000_000);

/// The key of no issuer: nothing verifies.
static TRUSTED: LazyLock<PinnedIssuer> = LazyLock::new(|| PinnedIssuer::new(KEY.verifying_key().clone()));

static KEY: LazyLock<SigningKey> = LazyLock::new(|| {
    SigningKey::from_pem(include_str!(
        "../../crates/air-jwt/tests/vectors/keys/ec-pkcs8.pem"
    ))
    .expect("a key")
});

/// A `DeviceResponse`, an `IssuerSigned`, a `SessionTranscript`, or a status list token.
pub fn mdoc(data: &[u8]) {
    let _ = SessionTranscript::from_slice(data);
    if let Ok(token) = StatusListCwt::from_slice(data) {
        let printed = token.to_bytes();
        let again = StatusListCwt::from_slice(&printed).expect("what was read is printed");
        assert_eq!(again.to_bytes(), printed);
        assert!(token.verify(KEY.verifying_key()).is_err());
        let _ = token.certificates();
    }
    if let Ok(credential) = IssuerSigned::from_slice(data) {
        examine(&credential);
    }
    if let Ok(response) = DeviceResponse::from_slice(data) {
        assert_eq!(response.as_bytes(), data);
        for document in response.documents() {
            examine(document.issuer_signed());
        }
        let transcript = SessionTranscript::from_slice(&[0x83, 0xf6, 0xf6, 0xf6]).expect("three items");
        let verifier = Verifier::new(&*TRUSTED).accepting_documents(usize::MAX);
        assert!(verifier.verify(&response, &transcript, NOW).is_err());
        let joined = DeviceResponse::joined([&response]).expect("it was read before");
        assert_eq!(joined.documents().len(), response.documents().len());
    }
}

/// A credential prints to bytes that are the same credential.
fn examine(credential: &IssuerSigned) {
    let printed = credential.to_bytes();
    let again = IssuerSigned::from_slice(&printed).expect("what was read is printed");
    assert_eq!(again.to_bytes(), printed);
    assert_eq!(again.mso(), credential.mso());
    let items = |credential: &IssuerSigned| {
        let items = credential.namespaces().flat_map(|(_, items)| items.to_vec());
        items.map(|item| item.as_bytes().to_vec()).collect::<Vec<_>>()
    };
    assert_eq!(items(&again), items(credential));
    assert!(
        Verifier::new(&*TRUSTED)
            .verify_issuer_signed(credential, NOW)
            .is_err()
    );
    for (namespace, items) in credential.namespaces() {
        for item in items.iter().take(8) {
            let chosen = [(namespace.as_str(), item.identifier().as_str())];
            let _ = credential.present(&chosen).expect("the credential has it");
        }
    }
}
