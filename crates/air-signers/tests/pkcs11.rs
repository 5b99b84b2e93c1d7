//! Keys in SoftHSM.

use std::{fmt::Write, fs, sync::Arc};

use air_jwt::{Algorithm, JwkSet, PartnerToken, Signer, SignerError, UnixTime, Verifier};
use air_signers::{Error, Pkcs11Signer, Pkcs11Uri, Secret};
use cryptoki::{
    mechanism::Mechanism,
    object::{Attribute, AttributeType, ObjectClass},
};
use tokio::{runtime::Runtime, task::JoinSet};

use crate::softhsm::{PIN, SoftHsm, pin, with_softhsm};

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

/// A token `hsm` with a key `tokens`, and a signer with it.
fn prepared(hsm: &SoftHsm) -> Pkcs11Signer {
    hsm.add_token("hsm");
    let uri = hsm.uri("hsm", "tokens");
    let jwk = Pkcs11Signer::builder(uri.clone()).generate().unwrap();
    let signer = Pkcs11Signer::builder(uri).open().unwrap();
    assert_eq!(signer.public_jwk(), jwk);
    signer
}

fn sign(signer: &Pkcs11Signer, message: &[u8]) -> Result<Vec<u8>, SignerError> {
    Runtime::new().unwrap().block_on(signer.sign(message))
}

fn assert_signs(signer: &Pkcs11Signer) {
    let signature = sign(signer, b"message").unwrap();
    assert!(signer.public_jwk().verifying_key().verify(b"message", &signature));
}

fn cause(error: &SignerError) -> &Error {
    std::error::Error::source(error)
        .and_then(|cause| cause.downcast_ref())
        .unwrap()
}

#[test]
fn tokens_that_an_hsm_signs_are_verified() {
    with_softhsm("pkcs11::tokens_that_an_hsm_signs_are_verified", |hsm| {
        let signer = prepared(hsm);
        assert_eq!(signer.algorithm(), Algorithm::Es256);
        assert_eq!(*signer.kid(), signer.public_jwk().thumbprint());
        let token = PartnerToken::issue("partner".parse().unwrap());
        let token = Runtime::new()
            .unwrap()
            .block_on(token.sign_with(&signer, NOW))
            .unwrap();
        let published = JwkSet::from(signer.public_jwk());
        let verified = Verifier::new(&published).verify(token.expose_secret(), NOW);
        assert!(verified.is_ok(), "{verified:?}");
    });
}

#[test]
fn a_generated_key_never_leaves_the_token() {
    with_softhsm("pkcs11::a_generated_key_never_leaves_the_token", |hsm| {
        drop(prepared(hsm));
        let session = hsm.session("hsm");
        let template = [
            Attribute::Class(ObjectClass::PRIVATE_KEY),
            Attribute::Label(b"tokens".to_vec()),
        ];
        let [key] = session.find_objects(&template).unwrap()[..] else {
            panic!("there is one key");
        };
        let expected = [
            (AttributeType::Sensitive, Attribute::Sensitive(true)),
            (AttributeType::AlwaysSensitive, Attribute::AlwaysSensitive(true)),
            (AttributeType::Extractable, Attribute::Extractable(false)),
            (AttributeType::NeverExtractable, Attribute::NeverExtractable(true)),
            (AttributeType::Local, Attribute::Local(true)),
            (AttributeType::Private, Attribute::Private(true)),
        ];
        for (kind, value) in expected {
            assert_eq!(session.get_attributes(key, &[kind]).unwrap(), [value]);
        }
        // Neither reading nor wrapping reveals it, and it can't be made extractable.
        let value = session.get_attributes(key, &[AttributeType::Value]);
        assert!(!matches!(value.as_deref(), Ok([_])), "{value:?}");
        let wrapping = session
            .generate_key(
                &Mechanism::AesKeyGen,
                &[Attribute::ValueLen(32.into()), Attribute::Wrap(true)],
            )
            .unwrap();
        assert!(
            session
                .wrap_key(&Mechanism::AesKeyWrapPad, wrapping, key)
                .is_err()
        );
        assert!(
            session
                .update_attributes(key, &[Attribute::Extractable(true)])
                .is_err()
        );
        assert!(
            session
                .update_attributes(key, &[Attribute::Sensitive(false)])
                .is_err()
        );
    });
}

#[test]
fn an_extractable_key_is_refused() {
    with_softhsm("pkcs11::an_extractable_key_is_refused", |hsm| {
        hsm.add_token("hsm");
        for (label, sensitive, extractable) in [("readable", false, false), ("wrappable", true, true)] {
            let session = hsm.session("hsm");
            let common = [
                Attribute::Token(true),
                Attribute::Label(label.as_bytes().to_vec()),
                Attribute::Id(label.as_bytes().to_vec()),
            ];
            let p256 = vec![0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
            session
                .generate_key_pair(
                    &Mechanism::EccKeyPairGen,
                    &[&common[..], &[Attribute::EcParams(p256), Attribute::Verify(true)]].concat(),
                    &[
                        &common[..],
                        &[
                            Attribute::Sign(true),
                            Attribute::Sensitive(sensitive),
                            Attribute::Extractable(extractable),
                        ],
                    ]
                    .concat(),
                )
                .unwrap();
            let opened = Pkcs11Signer::builder(hsm.uri("hsm", label)).open();
            assert!(
                matches!(opened, Err(Error::ExtractableKey)),
                "{label}: {opened:?}"
            );
        }
    });
}

#[test]
fn a_key_of_another_curve_is_refused() {
    with_softhsm("pkcs11::a_key_of_another_curve_is_refused", |hsm| {
        hsm.add_token("hsm");
        let session = hsm.session("hsm");
        let p384 = vec![0x06, 0x05, 0x2b, 0x81, 0x04, 0x00, 0x22];
        let common = [Attribute::Token(true), Attribute::Label(b"p384".to_vec())];
        session
            .generate_key_pair(
                &Mechanism::EccKeyPairGen,
                &[&common[..], &[Attribute::EcParams(p384)]].concat(),
                &[
                    &common[..],
                    &[Attribute::Sensitive(true), Attribute::Extractable(false)],
                ]
                .concat(),
            )
            .unwrap();
        let opened = Pkcs11Signer::builder(hsm.uri("hsm", "p384")).open();
        assert!(matches!(opened, Err(Error::UnsupportedKey)), "{opened:?}");
    });
}

#[test]
fn a_key_is_generated_once() {
    with_softhsm("pkcs11::a_key_is_generated_once", |hsm| {
        let signer = prepared(hsm);
        let second = Pkcs11Signer::builder(hsm.uri("hsm", "tokens")).generate();
        assert!(matches!(second, Err(Error::KeyExists { key }) if key == "tokens"));
        assert_signs(&signer);
    });
}

#[test]
fn a_wrong_pin_is_sent_once() {
    with_softhsm("pkcs11::a_wrong_pin_is_sent_once", |hsm| {
        hsm.add_token("hsm");
        let wrong = || Secret::new("not-the-pin").unwrap();
        let uri = hsm.uri_without_pin("hsm", "tokens");
        let opened = Pkcs11Signer::builder(uri.clone()).pin(wrong()).open();
        let error = opened.unwrap_err();
        assert!(matches!(error, Error::WrongPin), "{error}");
        assert!(!error.is_retryable());
        assert!(matches!(
            Pkcs11Signer::builder(uri).open(),
            Err(Error::MissingPin)
        ));

        // A signer whose PIN was changed while it ran: the first session and its login are lost.
        let signer = {
            let uri = hsm.uri("hsm", "tokens");
            Pkcs11Signer::builder(uri.clone()).generate().unwrap();
            Pkcs11Signer::builder(uri).sessions(1).open().unwrap()
        };
        let session = hsm.session("hsm");
        session.set_pin(&PIN.into(), &"a-new-pin".into()).unwrap();
        session.logout().unwrap();
        for _ in 0..20 {
            let error = sign(&signer, b"message").unwrap_err();
            assert!(matches!(cause(&error), Error::WrongPin), "{:?}", cause(&error));
        }
        // The token counts one wrong PIN, and not twenty: the right one still works.
        session
            .login(cryptoki::session::UserType::User, Some(&"a-new-pin".into()))
            .unwrap();
    });
}

/// A token counts the wrong PINs of all signers together.
#[test]
fn two_signers_send_a_wrong_pin_once() {
    with_softhsm("pkcs11::two_signers_send_a_wrong_pin_once", |hsm| {
        for label in ["hsm", "other"] {
            hsm.add_token(label);
        }
        let new_pin = || Secret::new("a-new-pin").unwrap();
        let signer_at = |label: &str| Pkcs11Signer::builder(hsm.uri_without_pin(label, "tokens"));
        let error = signer_at("hsm").pin(new_pin()).generate().unwrap_err();
        assert!(matches!(error, Error::WrongPin), "{error}");
        // Another PIN is sent.
        signer_at("hsm").pin(pin()).generate().unwrap();
        for label in ["hsm", "other"] {
            let session = hsm.session(label);
            session.set_pin(&PIN.into(), &"a-new-pin".into()).unwrap();
            session.logout().unwrap();
        }
        // The token would accept the PIN now: another signer does not send it.
        let error = signer_at("hsm").pin(new_pin()).open().unwrap_err();
        assert!(matches!(error, Error::WrongPin), "{error}");
        // Another token did not refuse it.
        signer_at("other").pin(new_pin()).generate().unwrap();
    });
}

#[test]
fn missing_things_are_named() {
    with_softhsm("pkcs11::missing_things_are_named", |hsm| {
        hsm.add_token("hsm");
        let open = |uri: Pkcs11Uri| Pkcs11Signer::builder(uri).pin(pin()).open().unwrap_err();

        let error = open(hsm.uri("elsewhere", "tokens"));
        assert!(matches!(&error, Error::TokenNotFound { token } if token == "elsewhere"));
        assert!(error.is_retryable());

        let error = open(hsm.uri("hsm", "nothing"));
        assert!(matches!(&error, Error::KeyNotFound { key } if key == "nothing"));
        assert!(!error.is_retryable());

        let error = open(Pkcs11Uri::new("hsm", "tokens", "/nowhere/module.so").unwrap());
        assert!(matches!(&error, Error::ModuleNotLoaded { .. }), "{error}");
        assert!(error.to_string().contains("/nowhere/module.so"), "{error}");

        // A file that is no shared library.
        let error = open(Pkcs11Uri::new("hsm", "tokens", hsm.pin_file()).unwrap());
        assert!(matches!(&error, Error::ModuleNotLoaded { .. }), "{error}");

        let no_file = hsm.uri("hsm", "tokens").with_pin_file("/nowhere/pin");
        let error = Pkcs11Signer::builder(no_file).open().unwrap_err();
        assert!(matches!(&error, Error::UnreadableSecret { .. }), "{error}");
    });
}

#[test]
fn two_tokens_of_one_label_need_a_serial_number() {
    with_softhsm("pkcs11::two_tokens_of_one_label_need_a_serial_number", |hsm| {
        hsm.add_token("twin");
        hsm.add_token("twin");
        let uri = hsm.uri("twin", "tokens");
        let generated = Pkcs11Signer::builder(uri).generate();
        assert!(matches!(generated, Err(Error::AmbiguousToken { token }) if token == "twin"));

        let context = hsm.context();
        let slot = context.get_slots_with_initialized_token().unwrap()[1];
        let serial = context.get_token_info(slot).unwrap().serial_number().to_owned();
        let uri = format!(
            "pkcs11:serial={serial};object=tokens?module-path={}&pin-source=file:{}",
            hsm.module().display(),
            hsm.pin_file().display()
        );
        let uri: Pkcs11Uri = uri.parse().unwrap();
        Pkcs11Signer::builder(uri.clone()).generate().unwrap();
        assert_signs(&Pkcs11Signer::builder(uri).open().unwrap());
    });
}

#[test]
fn a_lost_login_is_repeated() {
    with_softhsm("pkcs11::a_lost_login_is_repeated", |hsm| {
        let signer = prepared(hsm);
        assert_signs(&signer);
        for _ in 0..3 {
            hsm.session("hsm").logout().unwrap();
            assert_signs(&signer);
        }
    });
}

#[test]
fn a_module_that_another_part_finalised_is_initialised_again() {
    with_softhsm(
        "pkcs11::a_module_that_another_part_finalised_is_initialised_again",
        |hsm| {
            let signer = prepared(hsm);
            assert_signs(&signer);
            hsm.context().finalize().unwrap();
            assert_signs(&signer);
        },
    );
}

#[test]
fn a_token_that_disappears_and_returns_signs_again() {
    with_softhsm("pkcs11::a_token_that_disappears_and_returns_signs_again", |hsm| {
        let signer = prepared(hsm);
        assert_signs(&signer);
        let away = hsm.tokens().with_extension("away");
        fs::rename(hsm.tokens(), &away).unwrap();
        for _ in 0..3 {
            let error = sign(&signer, b"message").unwrap_err();
            assert!(cause(&error).is_retryable(), "{:?}", cause(&error));
        }
        fs::rename(&away, hsm.tokens()).unwrap();
        assert_signs(&signer);
    });
}

#[test]
fn a_key_that_was_replaced_does_not_sign() {
    with_softhsm("pkcs11::a_key_that_was_replaced_does_not_sign", |hsm| {
        let signer = prepared(hsm);
        let session = hsm.session("hsm");
        for key in session
            .find_objects(&[Attribute::Label(b"tokens".to_vec())])
            .unwrap()
        {
            session.destroy_object(key).unwrap();
        }
        Pkcs11Signer::builder(hsm.uri("hsm", "tokens"))
            .generate()
            .unwrap();
        let error = sign(&signer, b"message").unwrap_err();
        assert!(matches!(cause(&error), Error::KeyReplaced), "{:?}", cause(&error));
    });
}

#[test]
fn many_callers_share_a_few_sessions() {
    with_softhsm("pkcs11::many_callers_share_a_few_sessions", |hsm| {
        drop(prepared(hsm));
        let signer = Pkcs11Signer::builder(hsm.uri("hsm", "tokens"))
            .sessions(3)
            .open()
            .unwrap();
        let context = hsm.context();
        let slot = context.get_slots_with_initialized_token().unwrap()[0];
        let signer = Arc::new(signer);
        Runtime::new().unwrap().block_on(async {
            let mut signatures = JoinSet::new();
            for caller in 0..16_u8 {
                let signer = Arc::clone(&signer);
                signatures.spawn(async move {
                    for message in 0..20_u8 {
                        let message = [caller, message];
                        let signature = signer.sign(&message).await.unwrap();
                        assert!(signer.public_jwk().verifying_key().verify(&message, &signature));
                    }
                });
            }
            while let Some(done) = signatures.join_next().await {
                done.unwrap();
            }
        });
        if let Some(count) = context.get_token_info(slot).unwrap().session_count() {
            assert!(count <= 3, "{count} sessions");
        }
    });
}

#[test]
fn a_full_queue_is_an_error_at_once() {
    with_softhsm("pkcs11::a_full_queue_is_an_error_at_once", |hsm| {
        drop(prepared(hsm));
        let signer = Pkcs11Signer::builder(hsm.uri("hsm", "tokens"))
            .sessions(1)
            .queue(1)
            .open()
            .unwrap();
        let outcomes = Runtime::new().unwrap().block_on(async {
            let signatures = (0..64).map(|_| signer.sign(b"message"));
            let mut outcomes = Vec::new();
            let mut waiting: Vec<_> = signatures.map(Box::pin).collect();
            // Each future queues its message when it is polled first.
            std::future::poll_fn(|context| {
                waiting.retain_mut(|signature| match signature.as_mut().poll(context) {
                    std::task::Poll::Ready(outcome) => {
                        outcomes.push(outcome);
                        false
                    }
                    std::task::Poll::Pending => true,
                });
                if waiting.is_empty() {
                    std::task::Poll::Ready(())
                } else {
                    std::task::Poll::Pending
                }
            })
            .await;
            outcomes
        });
        let (signed, refused): (Vec<_>, Vec<_>) = outcomes.into_iter().partition(Result::is_ok);
        assert!(!signed.is_empty());
        assert!(!refused.is_empty());
        for error in refused {
            let error = error.unwrap_err();
            assert!(
                matches!(cause(&error), Error::Busy { limit: 1 }),
                "{:?}",
                cause(&error)
            );
        }
        assert_signs(&signer);
    });
}

#[test]
fn nothing_shows_the_pin() {
    with_softhsm("pkcs11::nothing_shows_the_pin", |hsm| {
        let signer = prepared(hsm);
        let builder = Pkcs11Signer::builder(hsm.uri("hsm", "other")).pin(pin());
        let mut shown = format!("{signer:?} {builder:?}");
        let _ = write!(shown, "{:?}", builder.open());
        assert!(!shown.contains(PIN), "{shown}");
    });
}
