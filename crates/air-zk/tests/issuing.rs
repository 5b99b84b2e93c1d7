//! Keys, commitments, credentials and tokens.

use air_ids::{SchemaId, VcId};
use air_schema::CredentialSchema;
use air_zk::{
    Credential, EpochToken, Error, HolderCommitment, HolderSecret, IssuedCredential, IssuerKey,
    IssuerPublicKey, SchemaLayout,
};
use serde_json::{Value, json};

use crate::support::{CHALLENGE, Issuer, NOW, schema, subject};

#[test]
fn secrets_are_not_shown() {
    let issuer = Issuer::new();
    let secret = HolderSecret::generate(&mut rand::rng());
    let (issued, _) = issuer.sign(&secret, &subject());
    let wallet = issuer.issue(&subject());
    for (text, secret) in [
        (format!("{:?}", issuer.key), issuer.key.expose_secret().to_vec()),
        (format!("{secret:?}"), secret.expose_secret().to_vec()),
        (format!("{issued:?}"), issued.to_bytes()),
        (
            format!("{:?}", issued.revocation_nonce()),
            issued.revocation_nonce().to_bytes(),
        ),
        (format!("{:?}", wallet.token), wallet.token.to_bytes()),
    ] {
        assert!(!text.contains(&hex::encode(&secret)[..16]), "{text}");
    }
    assert_eq!(format!("{:?}", wallet.credential), "Credential { .. }");
}

#[test]
fn keys_are_published_as_multikeys() {
    let key = IssuerKey::generate(&mut rand::rng());
    let public = key.public_key();
    let text = public.to_string();
    assert!(text.starts_with("zUC7"), "{text}");
    assert_eq!(text.parse::<IssuerPublicKey>().unwrap(), public);
    assert_eq!(
        IssuerKey::from_bytes(&key.expose_secret()).unwrap().public_key(),
        public
    );
    let too_long = format!("z{}", "1".repeat(1000));
    for bad in ["", "z", "zUC7", &text[1..], &text[..text.len() - 1], &too_long] {
        assert!(matches!(bad.parse::<IssuerPublicKey>(), Err(Error::Key)), "{bad}");
    }
    assert!(matches!(IssuerKey::from_bytes(&[0; 32]), Err(Error::Key)));
    assert!(matches!(IssuerKey::from_bytes(&[0xff; 32]), Err(Error::Key)));
    // The point at infinity.
    let mut infinity = [0; 96];
    infinity[0] = 0xc0;
    assert!(matches!(IssuerPublicKey::from_bytes(&infinity), Err(Error::Key)));
}

#[test]
fn a_commitment_is_for_one_challenge_and_scheme() {
    let (issuer, other) = (Issuer::new(), Issuer::new());
    let rng = &mut rand::rng();
    let secret = HolderSecret::generate(rng);
    let id = VcId::new("c-1").unwrap();
    let commitment = secret.commit(&issuer.scheme, &CHALLENGE, rng).unwrap();
    let issue = |issuer: &Issuer, commitment: &HolderCommitment, challenge: &[u8]| {
        issuer
            .scheme
            .issue(
                &issuer.key,
                (commitment, challenge),
                &id,
                &subject(),
                &mut rand::rng(),
            )
            .map(drop)
    };
    assert!(issue(&issuer, &commitment, &CHALLENGE).is_ok());
    assert!(matches!(
        issue(&issuer, &commitment, &[1; 16]),
        Err(Error::Commitment)
    ));
    assert!(matches!(
        issue(&other, &commitment, &CHALLENGE),
        Err(Error::Commitment)
    ));
    assert!(matches!(
        issue(&issuer, &commitment, &[9; 15]),
        Err(Error::Size { .. })
    ));
    let bytes = commitment.to_bytes();
    for at in [0, 47, 48, 79, 80, 111] {
        let mut changed = bytes.clone();
        changed[at] ^= 1;
        let accepted = HolderCommitment::from_bytes(&changed)
            .is_ok_and(|read| issue(&issuer, &read, &CHALLENGE).is_ok());
        assert!(!accepted, "byte {at}");
    }
    let wrong_key = issuer
        .scheme
        .issue(&other.key, (&commitment, &CHALLENGE), &id, &subject(), rng);
    assert!(matches!(wrong_key, Err(Error::Key)));
}

#[test]
fn what_is_sent_is_read_as_it_was() {
    let issuer = Issuer::new();
    let secret = HolderSecret::generate(&mut rand::rng());
    let (issued, id) = issuer.sign(&secret, &subject());
    let bytes = issued.to_bytes();
    let read = IssuedCredential::from_bytes(&bytes).unwrap();
    assert_eq!(read.to_bytes(), bytes);
    let kept = secret.expose_secret();
    let secret = HolderSecret::from_bytes(kept.as_slice().try_into().unwrap()).unwrap();
    let credential = Credential::new(&issuer.scheme, &read, &id, &subject(), &secret).unwrap();
    let token = issuer.token(&issued, NOW).to_bytes();
    let token = EpochToken::from_bytes(&token).unwrap();
    assert!(credential.check_token(&issuer.scheme, &token).is_ok());
    let mut later = token.to_bytes();
    later[7] ^= 1;
    let later = EpochToken::from_bytes(&later).unwrap();
    assert!(matches!(
        credential.check_token(&issuer.scheme, &later),
        Err(Error::Token)
    ));
    for length in 0..bytes.len() {
        assert!(
            IssuedCredential::from_bytes(&bytes[..length]).is_err(),
            "{length}"
        );
    }
}

#[test]
fn subjects_that_do_not_fit_are_refused() {
    let layout = Issuer::new();
    let refused = |name: &str, value: Value| {
        let mut subject = subject();
        subject.insert(name.into(), value);
        let commitment = HolderSecret::generate(&mut rand::rng())
            .commit(&layout.scheme, &CHALLENGE, &mut rand::rng())
            .unwrap();
        let id = VcId::new("c-1").unwrap();
        layout
            .scheme
            .issue(
                &layout.key,
                (&commitment, &CHALLENGE),
                &id,
                &subject,
                &mut rand::rng(),
            )
            .unwrap_err()
    };
    for (name, value) in [
        ("balance", json!(0.001)),
        ("level", json!(1.5)),
        ("birthDate", json!("19900501")),
        ("country", Value::Null),
        ("name", json!(["Ada"])),
    ] {
        let error = refused(name, value);
        assert!(
            matches!(&error, Error::Value { attribute, .. } if attribute == name),
            "{error}"
        );
    }
    assert!(matches!(
        refused("nickname", json!("A")),
        Error::UnknownAttribute { .. }
    ));
}

#[test]
fn layouts_need_a_scale_for_each_number() {
    let id = || SchemaId::new("s").unwrap();
    let of = |scales: &[(&str, u8)]| SchemaLayout::new(id(), &schema(), scales);
    assert!(of(&[("balance", 18)]).is_ok());
    assert!(matches!(of(&[]), Err(Error::Layout { .. })));
    assert!(matches!(of(&[("balance", 19)]), Err(Error::Layout { .. })));
    assert!(matches!(
        of(&[("balance", 2), ("level", 1)]),
        Err(Error::Layout { .. })
    ));
    assert!(matches!(
        of(&[("balance", 2), ("nickname", 1)]),
        Err(Error::UnknownAttribute { .. })
    ));
    let attributes: Vec<Value> = (0..65)
        .map(|number| json!({ "name": format!("a{number}"), "type": "string" }))
        .collect();
    let form = json!({ "title": "Many", "attributes": attributes });
    let many = CredentialSchema::from_slice(form.to_string().as_bytes()).unwrap();
    assert!(matches!(
        SchemaLayout::new(id(), &many, &[]),
        Err(Error::Size { .. })
    ));
}
