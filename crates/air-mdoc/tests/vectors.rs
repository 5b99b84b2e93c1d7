//! Credentials, responses and transcripts of others: ISO/IEC 18013-5 Annex D, real wallets, and
//! OpenID4VP's examples. `vectors/` has their origins.
#![allow(clippy::indexing_slicing, reason = "tests fail by panic")]

use air_jwt::{Jwk, VerifyingKey};
use air_mdoc::{
    Check, DcApiHandover, DeviceResponse, Error, IssuerClaim, IssuerSigned, Outcome, RedirectHandover,
    SessionTranscript, UnixTime, UntrustedIssuer, Value as Cbor, Verifier,
};
use serde_json::Value;

use crate::support::certificate_key;

const NAMESPACE: &str = "org.iso.18013.5.1";

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

fn bytes(value: &Value) -> Vec<u8> {
    hex::decode(value.as_str().unwrap()).unwrap()
}

fn noon(date: &Value) -> UnixTime {
    let time: jiff::Timestamp = format!("{}T12:00:00Z", date.as_str().unwrap()).parse().unwrap();
    UnixTime::from_secs(time.as_second().try_into().unwrap())
}

/// Takes the key of the signer's certificate, which the vectors are about, without validating it.
#[expect(clippy::unnecessary_wraps, reason = "it is a decision about trust")]
fn signer(claim: &IssuerClaim<'_>) -> Result<VerifyingKey, UntrustedIssuer> {
    Ok(certificate_key(claim.certificates.leaf()))
}

#[test]
fn handovers_of_openid4vp() {
    let cases = json(include_str!("vectors/openid4vp/mdoc-handover.json"));
    for case in cases.as_array().unwrap() {
        let (invocation, input) = (case["invocation"].as_str().unwrap(), &case["input"]);
        let text = |name: &str| input[name].as_str().unwrap();
        let jwk = Jwk::from_slice(
            &serde_json::to_vec(&{
                let mut jwk = case["jwk"].clone();
                // The example's key is for encryption; its thumbprint is that of any key.
                jwk["use"] = "sig".into();
                jwk["alg"] = "ES256".into();
                jwk
            })
            .unwrap(),
        )
        .unwrap();
        let thumbprint = bytes(&case["jwk_thumbprint_hex"]);
        assert_eq!(base64url(&thumbprint), jwk.thumbprint().as_str(), "{invocation}");
        let jwk_thumbprint = Some(thumbprint.try_into().unwrap());
        let (info, transcript) = if invocation == "redirect" {
            let handover = RedirectHandover {
                client_id: text("client_id"),
                nonce: text("nonce"),
                jwk_thumbprint,
                response_uri: text("response_uri"),
            };
            (handover.info(), SessionTranscript::from(&handover))
        } else {
            let handover = DcApiHandover {
                origin: text("origin"),
                nonce: text("nonce"),
                jwk_thumbprint,
            };
            (handover.info(), SessionTranscript::from(&handover))
        };
        assert_eq!(info, bytes(&case["handover_info_hex"]), "{invocation}");
        assert_eq!(
            transcript.as_bytes(),
            bytes(&case["session_transcript_hex"]),
            "{invocation}"
        );
    }
    assert_eq!(cases.as_array().unwrap().len(), 2);
}

fn base64url(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(bytes)
}

#[test]
fn responses_of_wallets() {
    let cases = json(include_str!("vectors/mdoc/wallet-device-responses.json"));
    for case in cases.as_array().unwrap() {
        let name = case["name"].as_str().unwrap();
        let response = DeviceResponse::from_slice(&bytes(&case["device_response_hex"])).unwrap();
        let transcript = SessionTranscript::from_slice(&bytes(&case["session_transcript_hex"])).unwrap();
        let now = noon(&case["valid_at"]);
        let verified = Verifier::new(&signer).verify(&response, &transcript, now);
        let verified = verified.unwrap_or_else(|error| unreachable!("{name}: {error}"));
        assert!(verified[0].is_holder_bound(), "{name}");
        assert!(!verified[0].elements().is_empty(), "{name}");

        let other = SessionTranscript::from_slice(&[0x83, 0xf6, 0xf6, 0xf6]).unwrap();
        let failed = Verifier::new(&signer).verify(&response, &other, now);
        assert_eq!(failed.unwrap_err(), Error::DeviceSignature, "{name}");
        let failed =
            Verifier::new(&signer).verify(&response, &transcript, UnixTime::from_secs(4_000_000_000));
        assert!(matches!(failed, Err(Error::Expired { .. })), "{name}");
    }
    assert_eq!(cases.as_array().unwrap().len(), 4);
}

/// The wallet that implements the final OpenID4VP: its transcript from the inputs.
#[test]
fn the_transcript_of_a_wallet() {
    let cases = json(include_str!("vectors/mdoc/wallet-device-responses.json"));
    let case = &cases[0];
    assert_eq!(case["profile"], "OpenID4VP 1.0, redirect");
    let text = |name: &str| case["input"][name].as_str().unwrap();
    let handover = RedirectHandover {
        client_id: text("client_id"),
        nonce: text("nonce"),
        jwk_thumbprint: Some(bytes(&case["input"]["jwk_thumbprint_hex"]).try_into().unwrap()),
        response_uri: text("response_uri"),
    };
    assert_eq!(
        SessionTranscript::from(&handover).as_bytes(),
        bytes(&case["session_transcript_hex"])
    );
}

#[test]
fn a_german_test_licence() {
    let case = json(include_str!("vectors/mdoc/bdr-issuer-signed.json"));
    let received = bytes(&case["issuer_signed_hex"]);
    let credential = IssuerSigned::from_slice(&received).unwrap();
    let verified = Verifier::new(&signer)
        .verify_issuer_signed(&credential, noon(&case["valid_at"]))
        .unwrap();
    let count: usize = verified
        .elements()
        .values()
        .map(std::collections::BTreeMap::len)
        .sum();
    assert_eq!(count, 18);
    assert_eq!(
        verified.element(NAMESPACE, "given_name"),
        Some(&Cbor::from("Erika"))
    );
}

#[test]
fn a_licence_of_another_parser() {
    let cases = json(include_str!("vectors/mdoc/auth0-mdl-parser.json"));
    let response = bytes(&cases[0]["device_response_hex"]);
    // The document has no `deviceSigned`.
    let failed = DeviceResponse::from_slice(&response);
    assert_eq!(
        failed.unwrap_err(),
        Error::Member {
            part: "Document",
            name: "deviceSigned"
        }
    );
    let mut response = crate::support::decode(&response);
    let document = &mut crate::support::member(&mut response, "documents")
        .as_array_mut()
        .unwrap()[0];
    let signed = crate::support::encode(crate::support::member(document, "issuerSigned"));
    let credential = IssuerSigned::from_slice(&signed).unwrap();
    let verified =
        Verifier::new(&signer).verify_issuer_signed(&credential, UnixTime::from_secs(1_700_000_000));
    let verified = verified.unwrap();
    let count: usize = verified
        .elements()
        .values()
        .map(std::collections::BTreeMap::len)
        .sum();
    assert_eq!(count, 15);
    assert_eq!(
        verified.element("org.custom.test", "cool"),
        Some(&Cbor::from(true))
    );
}

/// ISO/IEC 18013-5, Annex D: the issuer's part verifies. The device part is a MAC of a proximity
/// session, which is refused by name.
#[test]
fn annex_d() {
    const NOW: UnixTime = UnixTime::from_secs(1_610_000_000);
    let values = &json(include_str!("vectors/mdoc/iso-18013-5-annex-d.json"))["values"];
    let derived = &json(include_str!("vectors/mdoc/iso-18013-5-annex-d.json"))["derived"];
    let response = DeviceResponse::from_slice(&bytes(&values["device_response"])).unwrap();
    let credential = response.documents()[0].issuer_signed();
    assert_eq!(credential.certificates().leaf(), bytes(&values["ds_cert"]));
    let verified = Verifier::new(&signer)
        .verify_issuer_signed(credential, NOW)
        .unwrap();
    assert_eq!(
        verified.element(NAMESPACE, "family_name"),
        Some(&Cbor::from("Doe"))
    );
    assert_eq!(
        verified.element(NAMESPACE, "portrait"),
        Some(&Cbor::Bytes(bytes(&values["device_response_portrait_data"])))
    );
    let point = [
        vec![0x04],
        bytes(&values["static_device_key_x"]),
        bytes(&values["static_device_key_y"]),
    ];
    let device_key = VerifyingKey::from_p256_point(&point.concat()).unwrap();
    assert_eq!(verified.mso().device_key(), &device_key);

    let transcript = SessionTranscript::from_slice(&bytes(&derived["session_transcript_hex"])).unwrap();
    let outcomes = Verifier::new(&signer)
        .examine(&response, &transcript, NOW)
        .unwrap();
    assert_eq!(outcomes[0].report.outcome(Check::Digests), Outcome::Passed);
    assert_eq!(outcomes[0].result.as_ref().unwrap_err(), &Error::DeviceMac);

    // isomdl has the same credential in its tests.
    let definitions = json(include_str!("vectors/mdoc/isomdl-definitions.json"));
    let same = IssuerSigned::from_slice(&bytes(&definitions["issuer_signed_hex"])).unwrap();
    assert_eq!(same.to_bytes(), credential.to_bytes());
    assert_eq!(same.to_bytes(), bytes(&definitions["issuer_signed_hex"]));
}
