//! W3C credentials with proofs over RDF: `w3c-rdfc` and `w3c-bbs`. The program `air-ssi` signs, presents
//! and verifies them, since its libraries change how JSON numbers are read for everything built with them.

mod holder;
mod issuer;
mod verifier;

use std::{collections::BTreeMap, path::PathBuf, str::FromStr};

use air_jwt::JwkSet;
use air_vc::did::DidKey;
use clap::{Args, ValueEnum};
use serde_json::{Map, Value};

pub(crate) use self::{
    holder::{Presented, present},
    issuer::{Issuance, issue},
    verifier::{Verification, verify},
};
use crate::{exit::Failure, files, helper::HelperKind};

/// The program for W3C proofs.
pub(crate) static AIR_SSI: HelperKind = HelperKind {
    name: "air-ssi",
    variable: "AIR_SSI",
    protocol: 1,
    needed: "the formats w3c-rdfc and w3c-bbs need",
    install: "install it from the sources of air with `cargo install --path crates/air-ssi --locked --force`, \
              or set AIR_SSI to its path",
};

/// A cryptosuite of Data Integrity whose proofs are over RDF.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Suite {
    #[value(name = "ecdsa-rdfc-2019")]
    EcdsaRdfc2019,
    #[value(name = "eddsa-rdfc-2022")]
    EddsaRdfc2022,
    #[value(name = "ecdsa-sd-2023")]
    EcdsaSd2023,
    #[value(skip)]
    Bbs2023,
}

impl Suite {
    const ALL: [Self; 4] = [
        Self::EcdsaRdfc2019,
        Self::EddsaRdfc2022,
        Self::EcdsaSd2023,
        Self::Bbs2023,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::EcdsaRdfc2019 => "ecdsa-rdfc-2019",
            Self::EddsaRdfc2022 => "eddsa-rdfc-2022",
            Self::EcdsaSd2023 => "ecdsa-sd-2023",
            Self::Bbs2023 => "bbs-2023",
        }
    }

    const fn format(self) -> RdfFormat {
        match self {
            Self::Bbs2023 => RdfFormat::W3cBbs,
            Self::EcdsaRdfc2019 | Self::EddsaRdfc2022 | Self::EcdsaSd2023 => RdfFormat::W3cRdfc,
        }
    }

    const fn has_p256_key(self) -> bool {
        matches!(self, Self::EcdsaRdfc2019 | Self::EcdsaSd2023)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum RdfFormat {
    W3cRdfc,
    W3cBbs,
}

/// Options for credentials with proofs over RDF.
#[derive(Args)]
pub(crate) struct RdfArgs {
    /// Accept only a W3C credential with a proof over RDF, in this format [default: the format is
    /// recognised].
    #[arg(long, value_enum)]
    format: Option<RdfFormat>,
    /// A JSON-LD context that a w3c-rdfc or w3c-bbs credential names, and the file with it. May be
    /// repeated; contexts are not fetched.
    #[arg(long, value_name = "URL=FILE")]
    context: Vec<ContextFile>,
    /// The issuer's DID document with its keys as Multikeys, for w3c-rdfc and w3c-bbs.
    #[arg(long, value_name = "FILE", conflicts_with = "issuer_jwks")]
    issuer_document: Option<PathBuf>,
    /// The verifier's challenge that the w3c-bbs presentation is made for.
    #[arg(long, value_name = "TEXT", allow_hyphen_values = true)]
    challenge: Option<String>,
}

impl RdfArgs {
    /// Recognises a credential with a proof over RDF. Refuses the options of this format for others.
    pub(crate) fn recognise(&self, text: &str) -> Result<Option<RdfCredential>, Failure> {
        let found = RdfCredential::recognise(text);
        match &found {
            Some(found) => self.check_format(found.suite)?,
            None => self.check_unused()?,
        }
        Ok(found)
    }

    fn check_format(&self, suite: Suite) -> Result<(), Failure> {
        match self.format {
            Some(format) if format != suite.format() => Err(Failure::rejected(format!(
                "the credential has another format than --format: its proof is {}",
                suite.name()
            ))),
            _ => Ok(()),
        }
    }

    fn check_unused(&self) -> Result<(), Failure> {
        if self.format.is_some() {
            return Err(Failure::rejected(
                "the credential has another format than --format: it has no proof over RDF",
            ));
        }
        refuse(&[
            (!self.context.is_empty(), "--context"),
            (self.issuer_document.is_some(), "--issuer-document"),
            (self.challenge.is_some(), "--challenge"),
        ])
        .map_err(|name| Failure::usage(format!("{name} is only for w3c-rdfc and w3c-bbs")))
    }

    /// Whether the issuer's keys are in a DID document.
    pub(crate) fn has_issuer_document(&self) -> bool {
        self.issuer_document.is_some()
    }

    fn read_issuer_document(&self) -> Result<Option<Map<String, Value>>, Failure> {
        self.issuer_document
            .as_deref()
            .map(|path| {
                serde_json::from_slice(&files::read(path)?)
                    .map_err(|_| Failure::rejected(format!("{} is not a JSON object", path.display())))
            })
            .transpose()
    }
}

/// A credential or presentation, which may be signed with a proof over RDF. Nothing is verified.
pub(crate) struct RdfCredential {
    suite: Suite,
    members: Map<String, Value>,
}

impl RdfCredential {
    fn recognise(text: &str) -> Option<Self> {
        let members: Map<String, Value> = text
            .starts_with('{')
            .then(|| serde_json::from_str(text).ok())
            .flatten()?;
        let named = members.get("proof")?.get("cryptosuite")?.as_str()?;
        let suite = Suite::ALL.into_iter().find(|suite| suite.name() == named)?;
        Some(Self { suite, members })
    }
}

/// A JSON-LD context's URL, and the file with its document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ContextFile {
    url: String,
    path: PathBuf,
}

impl FromStr for ContextFile {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        // A URL can have `=` in its query.
        match text.rsplit_once('=') {
            Some((url, path)) if !url.is_empty() && !path.is_empty() => Ok(Self {
                url: url.to_owned(),
                path: path.into(),
            }),
            _ => Err("must be URL=FILE, such as https://issuer.example/kyc.jsonld=kyc.jsonld"),
        }
    }
}

/// The documents of contexts by their URLs.
fn read_contexts(contexts: &[ContextFile]) -> Result<BTreeMap<&str, Value>, Failure> {
    contexts
        .iter()
        .map(|context| {
            let path = &context.path;
            let document = serde_json::from_slice(&files::read(path)?)
                .map_err(|error| Failure::rejected(format!("{}: {error}", path.display())))?;
            Ok((context.url.as_str(), document))
        })
        .collect()
}

/// The keys on P-256 of a set as Multikeys, by the URLs with which the issuer's proofs name them.
fn multikeys(issuer: &str, keys: &JwkSet) -> BTreeMap<String, String> {
    /// How a Multikey on P-256 begins. Keys of other types sign no proofs.
    const P256: &str = "zDn";
    keys.iter()
        .map(|jwk| {
            let key = DidKey::new(jwk.verifying_key());
            let method = verification_method(issuer, jwk.kid().as_str());
            (method, key.did().method_specific_id().to_owned())
        })
        .filter(|(_, key)| key.starts_with(P256))
        .collect()
}

/// The URL of an issuer's key: its ID if that is a URL, or else a fragment of the issuer's identifier.
fn verification_method(issuer: &str, kid: &str) -> String {
    if kid.contains(':') {
        kid.to_owned()
    } else {
        format!("{issuer}#{}", kid.trim_start_matches('#'))
    }
}

/// Fails with the name of the first option that is given.
pub(crate) fn refuse(options: &[(bool, &'static str)]) -> Result<(), &'static str> {
    match options.iter().find(|(is_given, _)| *is_given) {
        Some((_, name)) => Err(*name),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_credential_is_recognised_by_its_suite() {
        let with = |suite: &str| {
            let text = format!(r#"{{"proof":{{"cryptosuite":"{suite}"}}}}"#);
            RdfCredential::recognise(&text).map(|found| found.suite)
        };
        for suite in Suite::ALL {
            assert_eq!(with(suite.name()), Some(suite));
        }
        assert_eq!(with("ecdsa-jcs-2019"), None);
        for other in [
            "",
            "{",
            "[]",
            "{}",
            r#"{"proof":[]}"#,
            "eyJhbGciOiJFUzI1NiJ9.e30.c2ln",
        ] {
            assert!(RdfCredential::recognise(other).is_none(), "{other}");
        }
    }

    #[test]
    fn a_context_has_a_url_and_a_file() {
        let context: ContextFile = "https://e.org/?v=1=kyc.jsonld".parse().unwrap();
        assert_eq!(context.url, "https://e.org/?v=1");
        assert_eq!(context.path, PathBuf::from("kyc.jsonld"));
        for bad in ["", "kyc.jsonld", "=kyc.jsonld", "https://e.org/kyc.jsonld="] {
            assert!(bad.parse::<ContextFile>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_key_is_named_by_its_url() {
        for (kid, expected) in [
            ("key-1", "did:web:e.org#key-1"),
            ("#key-1", "did:web:e.org#key-1"),
            ("did:web:e.org#key-2", "did:web:e.org#key-2"),
        ] {
            assert_eq!(verification_method("did:web:e.org", kid), expected);
        }
    }
}
