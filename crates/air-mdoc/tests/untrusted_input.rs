//! Limits of the parsers, and errors without values.

use air_mdoc::{DeviceResponse, Error, IssuerSigned, SessionTranscript, Value};

use crate::support::{NAMESPACE, Setup, changed, encode, member};

#[test]
fn limits_the_length() {
    let longest = vec![0; 1024 * 1024];
    assert!(matches!(
        DeviceResponse::from_slice(&longest),
        Err(Error::Malformed { .. })
    ));
    let longer = vec![0; 1024 * 1024 + 1];
    assert!(matches!(
        DeviceResponse::from_slice(&longer),
        Err(Error::TooLarge { what: "bytes", .. })
    ));
    let text = "A".repeat(2_000_000);
    assert!(matches!(
        IssuerSigned::from_base64url(&text),
        Err(Error::TooLarge { .. })
    ));
}

#[test]
fn limits_elements_and_namespaces() {
    let setup = Setup::new();
    let with = |namespaces: usize, elements: usize| {
        changed(&setup.credential().to_bytes(), |credential| {
            let item = member(member(credential, "nameSpaces"), NAMESPACE)
                .as_array()
                .unwrap()[0]
                .clone();
            let filled = (0..namespaces).map(|index| {
                let name = Value::from(format!("namespace {index}"));
                (name, Value::Array(vec![item.clone(); elements]))
            });
            *member(credential, "nameSpaces") = Value::Map(filled.collect());
        })
    };
    assert!(IssuerSigned::from_slice(&with(32, 1)).is_ok());
    assert_eq!(
        IssuerSigned::from_slice(&with(33, 1)).unwrap_err(),
        Error::TooLarge {
            part: "IssuerSigned",
            what: "namespaces",
            limit: 32
        }
    );
    assert_eq!(
        IssuerSigned::from_slice(&with(1, 1025)).unwrap_err(),
        Error::TooLarge {
            part: "IssuerSigned",
            what: "elements",
            limit: 1024
        }
    );
}

#[test]
fn rejects_keys_that_occur_twice_at_any_level() {
    let setup = Setup::new();
    let twice = |bytes: &[u8]| {
        changed(bytes, |response| {
            let members = response.as_map_mut().unwrap();
            members.push(members[0].clone());
        })
    };
    let rule = |error: &Error| error.to_string().contains("twice");
    let error = DeviceResponse::from_slice(&twice(setup.response().as_bytes())).unwrap_err();
    assert!(rule(&error), "{error}");
    let error = IssuerSigned::from_slice(&twice(&setup.credential().to_bytes())).unwrap_err();
    assert!(rule(&error), "{error}");
    let mso = setup.with_mso(|mso| {
        let members = mso.as_map_mut().unwrap();
        members.push(members[0].clone());
    });
    let error = DeviceResponse::from_slice(&mso).unwrap_err();
    assert!(rule(&error), "{error}");
}

#[test]
fn a_transcript_is_an_array_of_three() {
    for (value, is_transcript) in [
        (Value::Array(vec![Value::Null, Value::Null, Value::Null]), true),
        (Value::Array(vec![Value::Null, Value::Null]), false),
        (Value::Null, false),
    ] {
        let read = SessionTranscript::from_slice(&encode(&value));
        assert_eq!(read.is_ok(), is_transcript, "{value:?}");
    }
}

#[test]
fn nothing_shows_values() {
    let setup = Setup::new();
    let response = setup.response();
    let verified = setup.verify(&response).unwrap();
    let shown = format!("{response:?} {verified:?}");
    assert!(shown.contains("family_name"), "{shown}");
    assert!(!shown.contains("Lovelace"), "{shown}");
}
