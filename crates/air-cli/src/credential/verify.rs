//! `air credential verify`.

use air_ids::UnixTime;
use air_jwt::JwkSet;
use air_vc::{
    Challenge, Check, ClaimPath, Enveloped, Error, Format, HeldCredential, Report, VerificationOutcome,
    Verifier,
};
use clap::Args;
use serde_json::{Map, Value, json};

use super::{
    lists::Lists,
    rdf::{self, RdfArgs, RdfCredential, Verification},
    trust::{Issuer, TrustArgs},
};
use crate::{
    exit::Failure,
    output::Output,
    status_list::StatusListSource,
    terminal::printable,
    time,
    token::text_or_stdin,
    type_metadata::{self, TypeMetadataArgs},
};

#[derive(Args)]
#[command(after_help = "Examples:\n  \
                  air credential verify --issuer https://issuer.example \\\n      \
                  --issuer-jwks jwks.json - < credential.sd-jwt\n  \
                  air credential verify --issuer https://issuer.example \\\n      \
                  --issuer-jwks jwks.json --nonce \"$NONCE\" --aud \"$PROGRAM_ID\" \\\n      \
                  --require isOver18 - < presentation.sd-jwt\n  \
                  air credential verify --trust-list issuers.json - < credential.sd-jwt\n  \
                  air credential verify --issuer did:web:issuer.example --challenge \"$NONCE\" \\\n      \
                  --issuer-document did.json \\\n      \
                  --context https://issuer.example/kyc.jsonld=kyc.jsonld \\\n      \
                  - < presentation.json")]
pub(crate) struct Verify {
    #[command(flatten)]
    trust: TrustArgs,
    /// The type that the credential must have.
    #[arg(long)]
    vct: Option<String>,
    /// Claims that must be disclosed, like isOver18,address.city.
    #[arg(long, value_name = "PATHS", value_delimiter = ',')]
    require: Vec<ClaimPath>,
    /// The nonce that the holder was given; the presentation must be bound to it.
    #[arg(long, value_name = "N", requires = "aud", allow_hyphen_values = true)]
    nonce: Option<String>,
    /// The audience that the holder was given.
    #[arg(long, value_name = "A", requires = "nonce")]
    aud: Option<String>,
    /// A status list that the credential names (`statuslist+jwt`, or `vc+jwt` for a W3C credential). May be repeated [default: fetch
    /// the lists from the URIs in the credential].
    #[arg(long, value_name = "FILE", conflicts_with = "no_status")]
    status_list: Vec<StatusListSource>,
    /// Skip the status check: accept the credential even if it was revoked, and fetch nothing.
    #[arg(long)]
    no_status: bool,
    /// The time to verify at: a date (midnight in UTC), a time with its offset, or seconds since 1970 [default: now].
    #[arg(long, value_name = "TIME", value_parser = time::parse_seconds_or_time)]
    at: Option<UnixTime>,
    #[command(flatten)]
    types: TypeMetadataArgs,
    #[command(flatten)]
    rdf: RdfArgs,
    /// The compact SD-JWT VC, a W3C credential as JWT or as JSON with a proof, or the platform's `verifiablePresentation`; `-` is
    /// stdin.
    token: String,
}

impl Verify {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        let text = text_or_stdin(&self.token)?;
        if let Some(credential) = self.rdf.recognise(&text)? {
            return self.verify_over_rdf(&credential, output).await;
        }
        let credential = unwrapped(&text)?;
        let now = self.now();
        let issuer = self.trust.issuer(&credential, now).await?;
        let verifier = self.verifier(&issuer).with_format(Format::detect(&credential));
        let (lists, unfetched) = match verifier.named_lists(&credential) {
            Ok(named) if !self.no_status => Lists::load(named, &self.status_list, now).await,
            // The checks of the credential itself report the error.
            _ => (Lists::default(), None),
        };
        let verifier = verifier
            .with_status_lists(&lists.token)
            .with_bitstring_status_lists(&lists.bitstring);
        let verifier = if self.no_status {
            verifier.without_status()
        } else {
            verifier
        };
        let outcome = verifier.examine(&credential, now);
        let party = issuer.party.as_deref();
        let Ok(verified) = &outcome.result else {
            return render(outcome, (party, None), unfetched, output);
        };
        // Only a verified credential names a type to fetch.
        let claims = verified.claims();
        let Some(credential_type) = self.types.load(claims, Some(&issuer.name)).await? else {
            return render(outcome, (party, None), unfetched, output);
        };
        let names = type_metadata::document(&credential_type, claims);
        let outcome = verifier
            .with_type_metadata(&credential_type)
            .examine(&credential, now);
        render(outcome, (party, Some(names)), unfetched, output)
    }

    fn now(&self) -> UnixTime {
        self.at.unwrap_or_else(time::now)
    }

    async fn verify_over_rdf(&self, credential: &RdfCredential, output: Output) -> Result<(), Failure> {
        rdf::refuse(&[
            (self.nonce.is_some(), "--nonce"),
            (self.types.is_wanted(), "type metadata"),
        ])
        .map_err(|name| Failure::usage(format!("{name} is only for SD-JWT VC")))?;
        let issuer = self.trust.only_issuer().ok_or_else(|| {
            Failure::usage("--trust-list is not supported for w3c-rdfc and w3c-bbs; pass --issuer")
        })?;
        let is_named = self.rdf.has_issuer_document() || issuer.starts_with("did:key:");
        let keys = if is_named && !self.trust.has_set() {
            JwkSet::default()
        } else {
            self.trust.keys_of(issuer).await?
        };
        let verification = Verification {
            credential,
            arguments: &self.rdf,
            issuer,
            keys: &keys,
            type_name: self.vct.as_deref(),
            required: &self.require,
            status_lists: &self.status_list,
            is_without_status: self.no_status,
            at: self.now(),
        };
        rdf::verify(&verification, output).await
    }

    fn verifier<'a>(&'a self, issuer: &'a Issuer) -> Verifier<'a> {
        let mut verifier =
            Verifier::new(&issuer.name, &issuer.keys).requiring_claims(self.require.iter().cloned());
        if issuer.is_certified {
            verifier = verifier.trusting_certificate(&issuer.name, &issuer.keys);
        }
        if let Some(vct) = &self.vct {
            verifier = verifier.requiring_type(vct);
        }
        if let (Some(nonce), Some(audience)) = (self.nonce.clone(), self.aud.clone()) {
            verifier = verifier.requiring_key_binding(Challenge { nonce, audience });
        }
        verifier
    }
}

/// The credential inside an envelope or a JSON string, or the text itself.
fn unwrapped(text: &str) -> Result<String, Failure> {
    if text.starts_with('"') {
        // Issuers seal an SD-JWT VC as a JSON string.
        return HeldCredential::from_plaintext(text.as_bytes())
            .ok()
            .and_then(|held| held.compact().map(str::to_owned))
            .ok_or_else(|| Failure::rejected("the JSON string is not an SD-JWT VC"));
    }
    if !text.starts_with('{') {
        return Ok(text.to_owned());
    }
    let json: Value = serde_json::from_str(text)
        .map_err(|_| Failure::rejected("the presentation is neither compact nor JSON"))?;
    if json.get("proof").is_some() {
        return Ok(text.to_owned());
    }
    Enveloped::presentation(&json)
        .map(|presentation| presentation.as_str().to_owned())
        .map_err(|error| Failure::rejected(error.to_string()))
}

/// `party` is the issuer's name in the trust list, and `names` are those of the type metadata.
fn render(
    outcome: VerificationOutcome,
    (party, names): (Option<&str>, Option<Value>),
    unfetched: Option<Failure>,
    output: Output,
) -> Result<(), Failure> {
    let checks = checks(&outcome.report);
    let error = match outcome.result {
        Ok(verified) => {
            let mut document = Map::new();
            document.insert("valid".to_owned(), true.into());
            if let Some(party) = party {
                document.insert("trustedAs".to_owned(), party.into());
            }
            document.insert("claims".to_owned(), verified.claims().clone().into());
            if let Some(names) = names {
                document.insert("typeMetadata".to_owned(), names);
            }
            document.insert("checks".to_owned(), checks.into());
            return output.document(&Value::Object(document));
        }
        Err(error) => error,
    };
    let failure = match (&error, unfetched) {
        (Error::StatusNotKnown { .. }, Some(unfetched)) => unfetched,
        _ => Failure::not_authorised(printable(&error.to_string())),
    };
    output.document(&json!({
        "valid": false,
        "failed": error.check().map(Check::name),
        "reason": failure.message(),
        "checks": checks,
    }))?;
    let failure = failure.about("credential refused");
    Err(match error {
        Error::StatusNotKnown { .. } => {
            failure.with_hint("pass its list with --status-list, or accept the risk with --no-status")
        }
        Error::KeyBindingUnexpected { .. } => failure.with_hint("pass --nonce and --aud"),
        _ => failure,
    })
}

/// Each check with its outcome.
fn checks(report: &Report) -> Vec<Value> {
    report
        .iter()
        .map(|(check, outcome)| match outcome.reason() {
            Some(reason) => json!({ "check": check.name(), "outcome": outcome.name(), "reason": reason }),
            None => json!({ "check": check.name(), "outcome": outcome.name() }),
        })
        .collect()
}
