//! The names of formats, and the inputs that a verifier of each format rejects.

use air_vc::{Error, Format};

use crate::support::{Setup, subject};

#[test]
fn each_name_is_read_as_its_format() {
    for format in Format::ALL {
        assert_eq!(format.to_string().parse(), Ok(*format));
    }
    assert_eq!("vc+sd-jwt".parse(), Ok(Format::SdJwtVc));
    for name in ["", "DC+SD-JWT", "application/dc+sd-jwt", "mso_mdoc"] {
        let name = name.to_owned();
        assert_eq!(name.parse::<Format>(), Err(Error::UnsupportedFormat { name }));
    }
}

#[test]
fn an_issued_sd_jwt_vc_has_the_formats_typ() {
    let setup = Setup::new();
    let credential = setup.issue(&setup.options(), &subject()).unwrap();
    assert_eq!(
        air_vc::Inspection::of(credential.as_str()).unwrap().header["typ"],
        Format::SdJwtVc.typ().unwrap()
    );
    assert_eq!(Format::detect(credential.as_str()), Format::SdJwtVc);
}

#[cfg(feature = "w3c")]
mod w3c {
    use air_jwt::jws::Unverified;
    use air_vc::{Check, Issuer, w3c::W3cIssueOptions};

    use super::*;
    use crate::support::{self, ISS, NOW};

    #[test]
    fn each_other_name_is_read_as_its_format() {
        assert_eq!("jwt_vc_json".parse(), Ok(Format::W3cJwt));
        assert_eq!("ldp_vc".parse(), Ok(Format::W3cDataIntegrity));
    }

    #[test]
    fn a_credential_is_of_the_detected_format_and_of_no_other() {
        let setup = Setup::new();
        let issuer = Issuer::new(ISS, &setup.key);
        let options = W3cIssueOptions::default();
        let method = setup.key.kid().to_string();
        let sd_jwt = setup.issue(&setup.options(), &subject()).unwrap();
        let jwt = issuer.issue_w3c(&options, &subject()).unwrap();
        let proof = issuer
            .issue_w3c(&support::with_proof(&options, &method), &subject())
            .unwrap();
        for (format, credential) in [
            (Format::SdJwtVc, sd_jwt.as_str()),
            (Format::W3cJwt, jwt.as_str()),
            (Format::W3cDataIntegrity, proof.as_str()),
        ] {
            assert_eq!(Format::detect(credential), format);
            for expected in Format::ALL {
                let verifier = setup.verifier().with_format(*expected);
                let failed = verifier.verify(credential, NOW).map_err(|error| error.check());
                let lists = verifier.named_lists(credential).map_err(|error| error.check());
                if *expected == format {
                    assert!(failed.is_ok() && lists.is_ok(), "{format}");
                } else {
                    assert_eq!(failed.unwrap_err(), Some(Check::Format), "{format} as {expected}");
                    assert_eq!(lists.unwrap_err(), Some(Check::Format), "{format} as {expected}");
                }
            }
        }
        let token = Unverified::parse(jwt.as_str(), 65_536).unwrap();
        assert!(token.is_typed(Format::W3cJwt.typ().unwrap()));
    }
}
