//! Accepted texts, and each refusal by its reason.
#![allow(missing_docs, clippy::unwrap_used, reason = "tests fail by panic")]

use air_pem::{Error, Label, blocks, certificates, private_key, public_key};

const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMAMC\nAQc=\n-----END PRIVATE KEY-----\n";
const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n";
const DER: [u8; 5] = [0x30, 3, 2, 1, 7];

#[test]
fn reads_a_key_in_each_form_that_openssl_and_its_users_write() {
    let parameters = "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n";
    for (form, text) in [
        ("plain", KEY.to_owned()),
        ("byte order mark", format!("\u{feff}{KEY}")),
        ("CRLF", KEY.replace('\n', "\r\n")),
        ("CR", KEY.replace('\n', "\r")),
        ("trailing spaces", KEY.replace('\n', "  \t\n")),
        ("indented", KEY.replace('\n', "\n    ")),
        ("no final newline", KEY.trim_end().to_owned()),
        ("one line", KEY.replace('\n', " ")),
        ("body on one line", KEY.replace("MAMC\n", "MAMC")),
        ("blank lines", KEY.replace("MAMC\n", "\n\nMAMC\n\n")),
        (
            "bag attributes",
            format!("Bag Attributes\n    friendlyName: a-----b\nKey Attributes: <No Attributes>\n{KEY}"),
        ),
        ("text after", format!("{KEY}the end\n")),
        ("certificate after", format!("{KEY}{CERTIFICATE}")),
        (
            "certificates before",
            format!("subject=CN = a\n{CERTIFICATE}{CERTIFICATE}{KEY}"),
        ),
        ("parameters before", format!("{parameters}{KEY}")),
    ] {
        let key = private_key(text.as_bytes()).unwrap_or_else(|error| panic!("{form}: {error}"));
        assert_eq!(
            (key.label(), key.der()),
            (Some(Label::PrivateKey), DER.as_slice()),
            "{form}"
        );
        assert!(!key.is_encrypted(), "{form}");
    }
    let latin1 = [b"friendlyName: caf\xE9\n", KEY.as_bytes()].concat();
    assert_eq!(private_key(&latin1).unwrap().der(), DER);
}

#[test]
fn reads_der_by_its_length() {
    assert_eq!(private_key(&DER).unwrap().label(), None);
    let long = [&[0x30, 0x82, 1, 0][..], &[0; 256]].concat();
    assert_eq!(certificates(&long).unwrap().len(), 1);
    for bad in [
        &DER[..4],
        &[0x30, 3, 2, 1, 7, 0],
        &[0x30],
        &[0x30, 0x80, 0, 0],
        b"0x1234",
        b"",
    ] {
        assert_eq!(private_key(bad).unwrap_err(), Error::NoBlock, "{bad:?}");
    }
}

#[test]
fn tells_an_encrypted_key_from_a_plain_one() {
    let older = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nMAA=\n-----END RSA PRIVATE KEY-----\n";
    let newer = KEY.replace("PRIVATE", "ENCRYPTED PRIVATE");
    for text in [older, &older.replace('\n', "\r\n"), &newer] {
        assert!(private_key(text.as_bytes()).unwrap().is_encrypted(), "{text}");
    }
}

#[test]
fn refuses_each_fault_by_its_reason() {
    let label = Label::PrivateKey;
    let utf16: Vec<u8> = [0xFF, 0xFE]
        .into_iter()
        .chain(KEY.encode_utf16().flat_map(u16::to_le_bytes))
        .collect();
    assert_eq!(private_key(&utf16).unwrap_err(), Error::Utf16);
    for (text, reason) in [
        ("not a key".to_owned(), Error::NoBlock),
        (KEY.replace("KEY-----\nM", "KEY--\nM"), Error::Boundary),
        ("-----BEGIN PRIVATE KEY".to_owned(), Error::Boundary),
        (KEY.replace("-----END", "END"), Error::Unfinished { label }),
        (
            KEY.replace("END PRIVATE", "END PUBLIC"),
            Error::Unfinished { label },
        ),
        (KEY.replace("MAMC", "MA!C"), Error::NotBase64 { label }),
        (KEY.replace("AQc=", "AQc"), Error::NotBase64 { label }),
        (KEY.replace('\n', "\\n"), Error::NotBase64 { label }),
        (
            CERTIFICATE.to_owned(),
            Error::Absent {
                wanted: "private key",
                found: Label::Certificate,
            },
        ),
        (
            format!("{KEY}{KEY}"),
            Error::Several {
                wanted: "private key",
            },
        ),
        ("x".repeat(256 * 1024 + 1), Error::TooLong { limit: 256 * 1024 }),
    ] {
        assert_eq!(private_key(text.as_bytes()).unwrap_err(), reason, "{text:.80}");
    }
    let wanted = "public key";
    assert_eq!(
        public_key(KEY.as_bytes()).unwrap_err(),
        Error::Absent { wanted, found: label }
    );
    assert!(certificates(KEY.as_bytes()).is_err());
}

#[test]
fn shows_no_contents() {
    let shown = format!("{:?}", blocks(KEY.as_bytes()).unwrap());
    assert_eq!(shown, "[Block { label: Some(PrivateKey), .. }]");
}
