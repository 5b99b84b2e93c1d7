//! Two presentations of one credential share nothing but what was disclosed.

use std::collections::BTreeSet;

use air_ssi::{Link, ProofTerms, Suite, W3cCredential};
use air_vc::w3c::W3cIssueOptions;
use serde_json::Value;

use crate::support::{NOW, Setup, options, paths, subject};

/// The length of the shortest byte string that would identify a credential among millions.
const WINDOW: usize = 6;

/// All runs of bytes of the proof's value.
fn runs(presentation: &Value) -> BTreeSet<Vec<u8>> {
    let value = presentation["proof"]["proofValue"].as_str().unwrap();
    let bytes = decoded(value.strip_prefix('u').unwrap());
    bytes.windows(WINDOW).map(<[u8]>::to_vec).collect()
}

/// Decodes base64url without padding.
fn decoded(text: &str) -> Vec<u8> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let (mut bytes, mut bits, mut count) = (Vec::new(), 0_u32, 0);
    for character in text.bytes() {
        let place = ALPHABET.iter().position(|known| *known == character).unwrap();
        bits = bits << 6 | u32::try_from(place).unwrap();
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push(u8::try_from(bits >> count & 0xff).unwrap());
        }
    }
    bytes
}

/// Everything of a presentation but its proof's value.
fn rest(presentation: &Value) -> Value {
    let mut rest = presentation.clone();
    rest["proof"].as_object_mut().unwrap().remove("proofValue");
    rest
}

fn present(setup: &Setup, credential: &W3cCredential) -> (Value, Vec<Link>) {
    let key = setup.key.public();
    let presented = credential
        .present(&setup.contexts, key, &paths(&["isOver18"]))
        .unwrap();
    setup.verifier().verify(presented.as_str(), NOW).unwrap();
    (
        serde_json::from_str(presented.as_str()).unwrap(),
        presented.links().to_vec(),
    )
}

/// The credentials of other holders with the same disclosed claims are the measure: what two
/// presentations of one credential share, presentations of others have as well. There are several,
/// because the order of the two nodes of a credential is one of two.
#[test]
fn two_presentations_share_no_bytes_that_those_of_others_do_not_have() {
    let setup = Setup::new(Suite::Bbs2023);
    let credential = setup.issue(&subject()).unwrap();
    let (first, links) = present(&setup, &credential);
    let (second, _) = present(&setup, &credential);
    assert_eq!(links, []);
    assert_eq!(setup.examine(&first).links, []);
    assert_eq!(rest(&first), rest(&second));
    let mut shared: BTreeSet<_> = runs(&first).intersection(&runs(&second)).cloned().collect();
    for year in 1940..1980 {
        if shared.is_empty() {
            break;
        }
        let mut other = subject();
        other.insert("givenName".into(), "Eve".into());
        other.insert("birthDate".into(), format!("{year}-01-01").into());
        let (foreign, _) = present(&setup, &setup.issue(&other).unwrap());
        assert_eq!(rest(&first), rest(&foreign));
        shared = shared.difference(&runs(&foreign)).cloned().collect();
    }
    assert!(shared.is_empty(), "{shared:?}");
}

#[test]
fn presentations_with_ecdsa_share_the_signature_and_say_so() {
    let setup = Setup::new(Suite::EcdsaSd2023);
    let credential = setup.issue(&subject()).unwrap();
    let (first, links) = present(&setup, &credential);
    let (second, _) = present(&setup, &credential);
    assert_eq!(links, [Link::Signature]);
    assert!(runs(&first).intersection(&runs(&second)).count() > 100);
}

#[test]
fn what_links_presentations_is_reported() {
    let setup = Setup::new(Suite::Bbs2023);
    let terms = ProofTerms {
        created: Some(NOW),
        ..setup.terms()
    };
    let options = W3cIssueOptions {
        holder: Some("did:example:ada".into()),
        id: Some("urn:uuid:91a3a9a4-4f0c-4f0e-9d3a-8f5b3a0f5b11".into()),
        valid_until: Some(NOW.saturating_add(std::time::Duration::from_secs(90_061))),
        ..options()
    };
    let credential = setup.issuer().issue(&terms, &options, &subject()).unwrap();
    let (shown, links) = present(&setup, &credential);
    assert_eq!(
        links,
        [
            Link::CredentialId,
            Link::SubjectId,
            Link::ProofTime,
            Link::ExactDate
        ]
    );
    assert_eq!(setup.examine(&shown).links, links);
}
