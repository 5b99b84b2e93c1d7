//! `air wallet receive`.

use std::{path::PathBuf, time::Duration};

use air_fetch::Fetcher;
use air_oid4vc::vci::{
    CredentialOffer, FormatMetadata, InputMode, IssuerId, NotificationEvent, TransactionCode,
};
use clap::Args;
use serde::Serialize;
use zeroize::Zeroizing;

use super::{
    authorization::Browser,
    endpoint::{fetcher, fetcher_for},
    folder::{FolderArgs, PrivateKey, Stored},
    issuance::{self, ClientTerms, Issuance, Received},
    metadata::IssuerArgs,
    proofs::{ProofType, bound_key},
    provider::ProviderArgs,
};
use crate::{
    ask,
    count::counted,
    exit::Failure,
    files::{read_text, shown},
    output::{Output, done_mark},
    schema::aligned,
    terminal::printable,
    time,
    token::text_or_stdin,
};

#[derive(Args)]
#[command(
    after_help = "Examples:\n  air wallet receive \"openid-credential-offer://?credential_offer_uri=…\" \\\n      --tx-code 493536\n  \
                  air wallet receive --dir ada --copies 10 - < offer.txt\n  air wallet receive --no-browser - < offer.txt"
)]
pub(crate) struct Receive {
    #[command(flatten)]
    folder: FolderArgs,
    /// The transaction code that the issuer sent separately; `-` is stdin [default: ask on the terminal].
    #[arg(long, value_name = "CODE")]
    tx_code: Option<String>,
    /// Receive only this offered configuration; may be repeated [default: all].
    #[arg(long, value_name = "ID")]
    configuration: Vec<String>,
    /// Receive this number of copies of each credential, each with a key of its own.
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u16).range(1..=100))]
    copies: u16,
    /// The client's identifier, for an issuer that does not accept anonymous wallets [default:
    /// air-wallet if the user signs in].
    #[arg(long, value_name = "ID")]
    client_id: Option<String>,
    #[command(flatten)]
    issuer: IssuerArgs,
    #[command(flatten)]
    provider: ProviderArgs,
    /// Prove keys by this type [default: jwt, or else attestation].
    #[arg(long, value_enum, value_name = "TYPE")]
    proof_type: Option<ProofType>,
    /// Encrypt requests and responses, also if the issuer does not require it.
    #[arg(long)]
    encrypt: bool,
    /// Print the address of the sign-in page without opening it; a browser on this machine must open it.
    #[arg(long)]
    no_browser: bool,
    /// Wait at most this long for a credential that the issuer issues later.
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = clap::value_parser!(u64).range(0..=3600))]
    wait: u64,
    /// The offer, as a link; `-` is stdin.
    offer: String,
}

/// The result.
#[derive(Serialize)]
struct Receipt {
    issuer: String,
    credentials: Vec<Item>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    configuration: String,
    format: String,
    #[serde(rename = "type")]
    kind: Option<String>,
    file: String,
    is_bound: bool,
}

impl Receive {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        if self.offer == "-" && self.tx_code.as_deref() == Some("-") {
            return Err(Failure::usage(
                "only one of the offer and the transaction code can be read from stdin",
            ));
        }
        let fetcher = fetcher()?;
        let (offer, source) = issuance::offer(&fetcher, &text_or_stdin(&self.offer)?).await?;
        let sources: Vec<&str> = source
            .as_deref()
            .into_iter()
            .chain([offer.issuer.as_str()])
            .collect();
        let fetcher = fetcher_for(&sources)?;
        let wanted = self.wanted(&offer)?;
        let provider = self.provider.read(output)?;
        self.folder.create()?;
        let issuer_anchors = self.issuer.anchors()?;
        let terms = ClientTerms {
            client_id: self.client_id.as_deref(),
            provider: provider.as_ref(),
            proof_type: self.proof_type,
            issuer_anchors: issuer_anchors.as_ref(),
            is_encrypted: self.encrypt,
        };
        let mut issuance = self.authorized(&fetcher, &offer, &wanted, terms, output).await?;
        let mut credentials = Vec::new();
        for id in wanted {
            credentials.extend(self.receive(&mut issuance, id).await?);
        }
        let issuer = offer.issuer.to_string();
        output.result(&Receipt { issuer, credentials }, drawn)
    }

    /// Gets an access token: for the pre-authorized code of the offer, or else with the user's
    /// consent in a browser.
    async fn authorized<'f>(
        &'f self,
        fetcher: &'f Fetcher,
        offer: &CredentialOffer,
        wanted: &[&str],
        terms: ClientTerms<'f>,
        output: Output,
    ) -> Result<Issuance<'f>, Failure> {
        if let Some(grant) = &offer.pre_authorized_code {
            let server = grant.authorization_server.as_deref();
            let mut issuance = Issuance::begin(fetcher, offer, server, terms).await?;
            self.check_copies(issuance.metadata.batch_size)?;
            let code = self.transaction_code(&offer.issuer, grant.transaction_code.as_ref(), output)?;
            issuance
                .authorize(grant, code.as_ref().map(|code| code.as_str()))
                .await?;
            return Ok(issuance);
        }
        if self.tx_code.is_some() {
            return Err(Failure::rejected(
                "the offer requires no transaction code; omit --tx-code",
            ));
        }
        // An offer without grants leaves the choice to the wallet (section 4.1.1).
        let grant = offer.authorization_code.clone().unwrap_or_default();
        let server = grant.authorization_server.as_deref();
        let mut issuance = Issuance::begin(fetcher, offer, server, terms).await?;
        self.check_copies(issuance.metadata.batch_size)?;
        let browser = Browser {
            is_opened: !self.no_browser,
            output,
        };
        issuance.authorize_user(&grant, wanted, browser).await?;
        Ok(issuance)
    }

    /// The offered configurations that the user asked for.
    fn wanted<'o>(&self, offer: &'o CredentialOffer) -> Result<Vec<&'o str>, Failure> {
        let offered = || offer.configuration_ids.iter().map(String::as_str);
        if let Some(unknown) = self
            .configuration
            .iter()
            .find(|id| !offered().any(|known| known == *id))
        {
            let known: Vec<String> = offered().map(printable).collect();
            return Err(Failure::rejected(format!(
                "the offer has no configuration `{}`",
                printable(unknown)
            ))
            .with_hint(format!("it offers {}", known.join(", "))));
        }
        let is_wanted =
            |id: &&str| self.configuration.is_empty() || self.configuration.iter().any(|one| one == id);
        Ok(offered().filter(is_wanted).collect())
    }

    fn check_copies(&self, batch_size: Option<u64>) -> Result<(), Failure> {
        let most = batch_size.unwrap_or(1);
        if u64::from(self.copies) > most {
            return Err(Failure::rejected(format!(
                "--copies: the issuer issues at most {most} in one request"
            )));
        }
        Ok(())
    }

    /// The transaction code, if the offer requires one.
    fn transaction_code(
        &self,
        issuer: &IssuerId,
        required: Option<&TransactionCode>,
        output: Output,
    ) -> Result<Option<Zeroizing<String>>, Failure> {
        let Some(required) = required else {
            return match self.tx_code {
                None => Ok(None),
                Some(_) => Err(Failure::rejected(
                    "the offer requires no transaction code; omit --tx-code",
                )),
            };
        };
        let code = match self.tx_code.as_deref() {
            Some("-") => read_text("-".as_ref())?.trim().to_owned(),
            Some(code) => code.to_owned(),
            None if ask::is_possible(output) => {
                output.note(&code_origin(issuer, required));
                ask::secret("Transaction code: ", output)?.trim().to_owned()
            }
            None => {
                return Err(Failure::usage("the offer requires a transaction code").with_hint(
                    "pass it with --tx-code CODE; the issuer sends it separately, such as by e-mail",
                ));
            }
        };
        check_form(required, &code)?;
        Ok(Some(Zeroizing::new(code)))
    }

    /// Requests the credentials of a configuration, and stores them.
    async fn receive(&self, issuance: &mut Issuance<'_>, id: &str) -> Result<Vec<Item>, Failure> {
        let unknown = || Failure::rejected("the issuer's metadata lacks an offered configuration");
        let configuration = issuance
            .metadata
            .configurations
            .get(id)
            .cloned()
            .ok_or_else(unknown)?;
        let requestable = issuance.requestable(id);
        if requestable.is_empty() {
            let id = printable(id);
            return Err(Failure::not_authorised(format!(
                "the access token does not authorise `{id}`"
            )));
        }
        let (wait, copies) = (Duration::from_secs(self.wait), usize::from(self.copies));
        let mut items = Vec::new();
        for credential in requestable {
            let received = issuance.request(credential, &configuration, copies, wait).await?;
            let issuer = issuance.metadata.issuer.to_string();
            let stored = self.store(&received, &issuer, id, &configuration.format);
            if let Some(notification_id) = received.notification_id {
                let event = match &stored {
                    Ok(_) => NotificationEvent::Accepted,
                    Err(_) => NotificationEvent::Failure,
                };
                issuance.notify(notification_id, event).await;
            }
            items.extend(stored?);
        }
        Ok(items)
    }

    /// Checks that each credential is bound to a key of the wallet, and stores all of them.
    fn store(
        &self,
        received: &Received,
        issuer: &str,
        configuration: &str,
        metadata: &FormatMetadata,
    ) -> Result<Vec<Item>, Failure> {
        if received.credentials.len() > received.keys.len().max(1) {
            return Err(Failure::rejected(
                "the issuer sent more credentials than the wallet has asked for",
            ));
        }
        let (format, kind) = described(metadata);
        let now = time::now();
        let credentials = received.credentials.iter().map(|credential| {
            let text = credential
                .as_str()
                .map_or_else(|| credential.to_string(), str::to_owned);
            let key = bound_key(format, &text, &received.keys)?;
            Ok(Stored {
                format: format.to_owned(),
                issuer: issuer.to_owned(),
                configuration: configuration.to_owned(),
                credential: text,
                key: key.map(PrivateKey::of),
                received_at: now,
                presented: 0,
            })
        });
        let credentials = credentials.collect::<Result<Vec<_>, Failure>>()?;
        let items = credentials.iter().map(|stored| {
            let path: PathBuf = self.folder.add(stored)?;
            Ok(Item {
                configuration: configuration.to_owned(),
                format: format.to_owned(),
                kind: kind.map(str::to_owned),
                file: shown(&path),
                is_bound: stored.key.is_some(),
            })
        });
        items.collect()
    }
}

/// The format and the type of a configuration.
fn described(metadata: &FormatMetadata) -> (&str, Option<&str>) {
    match metadata {
        FormatMetadata::SdJwtVc { vct } => ("dc+sd-jwt", Some(vct.as_str())),
        FormatMetadata::Mdoc { doctype } => ("mso_mdoc", Some(doctype.as_str())),
        FormatMetadata::W3c { format, .. } | FormatMetadata::Unknown(format) => (format.as_str(), None),
        _ => ("unknown", None),
    }
}

/// The issuer that requires a transaction code, and the issuer's hint. The issuer's text does not
/// begin the line, so that it cannot stand for the name of another issuer.
fn code_origin(issuer: &IssuerId, required: &TransactionCode) -> String {
    let issuer = printable(issuer.as_str());
    let question = format!("The issuer {issuer} asks for the transaction code that it sent you separately.");
    match required.description.as_deref().map(printable) {
        Some(hint) => format!("{question}\nIts hint: {hint}"),
        None => question,
    }
}

/// Checks a code before it costs an attempt.
fn check_form(required: &TransactionCode, code: &str) -> Result<(), Failure> {
    let length = u64::try_from(code.chars().count()).unwrap_or(u64::MAX);
    if let Some(expected) = required.length.filter(|expected| *expected != length) {
        return Err(Failure::rejected(format!(
            "the transaction code has {}: must have {expected}",
            counted(length, "character", "characters")
        )));
    }
    if required.input_mode == InputMode::Numeric && !code.chars().all(|c| c.is_ascii_digit()) {
        return Err(Failure::rejected("the transaction code must have digits only"));
    }
    Ok(())
}

fn drawn(receipt: &Receipt) -> String {
    let rows = receipt.credentials.iter().map(|item| {
        vec![
            format!("  {}", printable(&item.configuration)),
            item.format.clone(),
            item.kind.as_deref().map(printable).unwrap_or_default(),
            printable(&item.file),
        ]
    });
    let count = receipt.credentials.len();
    let noun = if count == 1 { "credential" } else { "credentials" };
    let title = format!(
        "{} Received {count} {noun} from {}",
        done_mark(),
        printable(&receipt.issuer)
    );
    format!("{title}\n{}", aligned(rows.collect()).join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_prompt_for_a_transaction_code_names_the_issuer_and_escapes_its_hint() {
        let issuer = "https://issuer.example/a".parse().unwrap();
        let mut required = TransactionCode {
            input_mode: InputMode::Numeric,
            length: Some(6),
            description: None,
        };
        let origin =
            "The issuer https://issuer.example/a asks for the transaction code that it sent you separately.";
        assert_eq!(code_origin(&issuer, &required), origin);
        required.description = Some("see the letter\u{1b}[2J\nThe issuer https://bank.example asks".into());
        let text = code_origin(&issuer, &required);
        assert!(
            text.starts_with(&format!("{origin}\nIts hint: see the letter")),
            "{text}"
        );
        assert_eq!(text.lines().count(), 2, "{text}");
        assert!(!text.contains('\u{1b}'), "{text}");
    }
}
