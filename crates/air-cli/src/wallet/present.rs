//! `air wallet present`.

use air_fetch::{Fetcher, Request};
use air_jwt::jwe::{ContentEncryption, EncryptionKey, Encryptor};
use air_oid4vc::{
    dcql::{ClaimsPath, Matches, OptionalSets, Plan},
    vp::{
        AuthorizationRequest, AuthorizationResponse, ErrorCode, ResponseBody, ResponseMode, TransactionData,
        VpToken,
    },
};
use air_vc::type_metadata::CredentialType;
use clap::Args;
use serde::Serialize;
use serde_json::{Map, Value, json};

use super::{
    claims::{Held, Session, claim_path},
    endpoint::{fetch, fetcher, fetcher_for, refused},
    folder::FolderArgs,
    request, transactions,
    verifier::VerifierArgs,
};
use crate::{
    ask,
    exit::Failure,
    files::shown,
    output::{Output, done_mark},
    schema::aligned,
    terminal::printable,
    token::text_or_stdin,
    type_metadata::{self, TypeMetadataArgs},
};

/// The response, the credentials that it has, and what they disclose.
type Answer = (ResponseBody, Vec<Held>, Vec<Item>);

/// The reason why nothing is disclosed, and the code for the verifier, if it gets an answer.
struct Declined {
    code: Option<ErrorCode>,
    failure: Failure,
}

impl Declined {
    /// The verifier gets no answer.
    fn silently(failure: Failure) -> Self {
        Self { code: None, failure }
    }
}

#[derive(Args)]
#[command(
    after_help = "Examples:\n  air wallet present \"openid4vp://?client_id=…&request_uri=…\"\n  \
                  air wallet present --dir ada --yes \\\n      --verifier-anchors verifiers.pem - < request.txt"
)]
pub(crate) struct Present {
    #[command(flatten)]
    folder: FolderArgs,
    #[command(flatten)]
    verifiers: VerifierArgs,
    /// Disclose without asking.
    #[arg(long)]
    yes: bool,
    /// Also answer credential sets that the verifier does not require.
    #[arg(long)]
    optional: bool,
    /// A type of transaction that you know and may authorise; may be repeated. A request with
    /// another type is refused.
    #[arg(long, value_name = "TYPE")]
    transaction_type: Vec<String>,
    #[command(flatten)]
    types: TypeMetadataArgs,
    /// The request, as a link; `-` is stdin.
    request: String,
}

/// The result.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Report {
    verifier: String,
    presented: Vec<Item>,
    /// The transactions that were authorised.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    transactions: Vec<Map<String, Value>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    redirect_uri: Option<String>,
}

/// A presented credential.
#[derive(Serialize)]
struct Item {
    query: String,
    file: String,
    #[serde(rename = "type")]
    kind: String,
    disclosed: Vec<Value>,
    /// The names of the type and its claims, from its type metadata.
    #[serde(rename = "typeMetadata", skip_serializing_if = "Option::is_none")]
    names: Option<Value>,
}

impl Present {
    pub(super) async fn run(&self, output: Output) -> Result<(), Failure> {
        if !self.yes && !ask::is_possible(output) {
            return Err(
                Failure::usage("there is no terminal to ask for consent").with_hint("pass --yes to disclose")
            );
        }
        let fetcher = fetcher()?;
        let link = text_or_stdin(&self.request)?;
        let request = request::read(&fetcher, &link, &self.verifiers, output).await?;
        let response_uri = response_uri(&request)?;
        let fetcher = request::source(&link).map_or(Ok(fetcher), |url| fetcher_for(&[url.as_str()]))?;
        let answer = self.answer(&request, response_uri, output).await;
        let (response, mut used, items) = match answer {
            Ok(answer) => answer,
            Err(Declined { code, failure }) => {
                if let Some(code) = code {
                    let refusal = AuthorizationResponse::refusal(code, Some(&request));
                    // The refusal is for the verifier. The wallet's user sees the reason whether it
                    // arrives or not.
                    let _ = post(&fetcher, response_uri, &ResponseBody::Plain(refusal)).await;
                }
                return Err(failure);
            }
        };
        let redirect_uri = post(&fetcher, response_uri, &response).await?;
        for held in &mut used {
            held.entry.count_presentation()?;
        }
        let verifier = request.audience(None).unwrap_or_default();
        let report = Report {
            verifier,
            presented: items,
            transactions: transactions::all(&request),
            redirect_uri,
        };
        output.result(&report, drawn)
    }

    /// The answer. Until the user has agreed, the verifier gets nothing that depends on the wallet's content:
    /// it would otherwise learn which credentials the wallet has (OpenID4VP 1.0, section 15.4.1).
    async fn answer(
        &self,
        request: &AuthorizationRequest,
        response_uri: &str,
        output: Output,
    ) -> Result<Answer, Declined> {
        let known: Vec<&str> = self.transaction_type.iter().map(String::as_str).collect();
        request
            .check_transaction_types(&known)
            .map_err(|error| Declined {
                code: Some(error.code()),
                failure: refused(&error)
                    .with_details(unknown_types(request, &known))
                    .with_hint("pass --transaction-type TYPE for a type that you know"),
            })?;
        let entries = self.folder.entries().map_err(Declined::silently)?;
        let held = entries
            .into_iter()
            .map(Held::read)
            .collect::<Result<Vec<_>, _>>()
            .map_err(Declined::silently)?;
        let held: Vec<Held> = held
            .into_iter()
            .filter(|held| held.for_query().is_some())
            .collect();
        let candidates: Vec<_> = held.iter().filter_map(Held::for_query).collect();
        let matches = request.query().matches(&candidates);
        let sets = if self.optional {
            OptionalSets::Include
        } else {
            OptionalSets::Omit
        };
        let plan = matches.plan(sets).map_err(|error| {
            let failure = refused(&error).with_details(mismatches(request, &matches, &held));
            let failure = failure.with_hint(format!(
                "the wallet is the folder {}",
                self.folder.path().display()
            ));
            self.without_match(request, failure, output)
        })?;
        drop(candidates);
        let types = self.types(&plan, &held).await.map_err(Declined::silently)?;
        let items = items(&plan, &held, &types);
        let transactions = transactions::assigned(request, &plan, &held).map_err(|failure| {
            let declined = self.without_match(request, failure, output);
            Declined {
                code: declined.code.map(|_| ErrorCode::InvalidTransactionData),
                ..declined
            }
        })?;
        if !self.yes && !consents(request, (&plan, types.as_slice()), &held, output) {
            return Err(Declined {
                code: Some(ErrorCode::AccessDenied),
                failure: Failure::not_authorised("nothing was disclosed, since you did not agree"),
            });
        }
        let response =
            respond(request, response_uri, (&plan, transactions.as_slice()), &held).map_err(|failure| {
                Declined {
                    code: Some(ErrorCode::ServerError),
                    failure,
                }
            })?;
        let used = held.into_iter().enumerate();
        let used = used.filter(|(index, _)| {
            plan.presentations
                .iter()
                .any(|planned| planned.credential == *index)
        });
        Ok((response, used.map(|(_, held)| held).collect(), items))
    }

    /// The types of the planned credentials, if their metadata is wanted.
    async fn types(&self, plan: &Plan, held: &[Held]) -> Result<Vec<Option<CredentialType>>, Failure> {
        let mut types = Vec::with_capacity(plan.presentations.len());
        for planned in &plan.presentations {
            let held = held.get(planned.credential);
            types.push(match held.and_then(|held| Some((held, held.typed_claims()?))) {
                Some((held, claims)) => self.types.load(claims, Some(&held.entry.stored.issuer)).await?,
                None => None,
            });
        }
        Ok(types)
    }

    /// Declines a request that no credential satisfies. The verifier gets the code of a user who does not
    /// agree, and only if the user decides that it gets an answer.
    fn without_match(&self, request: &AuthorizationRequest, failure: Failure, output: Output) -> Declined {
        if self.yes || answers_without_match(request, output) {
            return Declined {
                code: Some(ErrorCode::AccessDenied),
                failure,
            };
        }
        Declined::silently(failure)
    }
}

fn response_uri(request: &AuthorizationRequest) -> Result<&str, Failure> {
    match (request.response_mode(), request.response_uri()) {
        (ResponseMode::DirectPost | ResponseMode::DirectPostJwt, Some(uri)) => Ok(uri),
        (mode, _) => Err(Failure::rejected(format!(
            "the response mode `{}` needs a browser; this wallet supports direct_post and direct_post.jwt",
            mode.as_str()
        ))),
    }
}

/// Signs the presentations with the transactions that each authorises, and encrypts the response if
/// the request says so.
fn respond(
    request: &AuthorizationRequest,
    response_uri: &str,
    (plan, transactions): (&Plan, &[Vec<TransactionData>]),
    held: &[Held],
) -> Result<ResponseBody, Failure> {
    let recipient = request
        .response_mode()
        .is_encrypted()
        .then(|| recipient(request))
        .transpose()?;
    let thumbprint = recipient.as_ref().map(|(key, _)| key.thumbprint_bytes());
    let audience = request.audience(None).unwrap_or_default();
    let session = Session {
        audience: &audience,
        nonce: request.nonce().as_str(),
        response_uri,
        encryption: thumbprint,
    };
    let mut vp_token = VpToken::new();
    for (planned, transactions) in plan.presentations.iter().zip(transactions) {
        let held = held.get(planned.credential);
        let held = held.ok_or_else(|| Failure::failed("a matching credential disappeared"))?;
        vp_token = vp_token.with(&planned.query, held.present(planned, &session, transactions)?);
    }
    let response = AuthorizationResponse::presented(vp_token, request);
    let Some((key, enc)) = recipient else {
        return Ok(ResponseBody::Plain(response));
    };
    let json = Value::Object(response.to_members()).to_string();
    let jwe = Encryptor::new(&key, enc).encrypt(json.as_bytes(), &mut rand::rng());
    Ok(ResponseBody::Encrypted(jwe))
}

/// The verifier's first key for encryption, and the strongest content encryption that both support.
fn recipient(request: &AuthorizationRequest) -> Result<(EncryptionKey, ContentEncryption), Failure> {
    let unsupported = || {
        Failure::rejected(
            "the verifier accepts no encryption that this wallet supports: ECDH-ES on P-256 with AES-GCM",
        )
    };
    let metadata = request
        .options()
        .client_metadata
        .as_ref()
        .ok_or_else(unsupported)?;
    let mut keys = metadata
        .encryption_keys()
        .filter_map(|jwk| EncryptionKey::from_slice(json!(jwk).to_string().as_bytes()).ok());
    let enc = metadata
        .accepted_enc_values()
        .filter_map(|name| name.parse().ok())
        .max();
    Ok((keys.next().ok_or_else(unsupported)?, enc.ok_or_else(unsupported)?))
}

/// Posts the response, and returns the page that the verifier names.
async fn post(fetcher: &Fetcher, url: &str, body: &ResponseBody) -> Result<Option<String>, Failure> {
    let request = Request::post(url, "application/x-www-form-urlencoded", body.to_form());
    let answer = fetch(
        fetcher,
        "the verifier",
        &request.with_header("Accept", "application/json"),
    )
    .await?;
    let json: Option<Value> = serde_json::from_slice(&answer.bytes).ok();
    let redirect = json
        .as_ref()
        .and_then(|json| json.get("redirect_uri"))
        .and_then(Value::as_str);
    Ok(redirect.map(str::to_owned))
}

fn items(plan: &Plan, held: &[Held], types: &[Option<CredentialType>]) -> Vec<Item> {
    let planned = plan.presentations.iter().zip(types);
    planned
        .filter_map(|(planned, credential_type)| {
            let held = held.get(planned.credential)?;
            Some(Item {
                query: planned.query.clone(),
                file: shown(&held.entry.path),
                kind: held.type_name().to_owned(),
                disclosed: planned
                    .selection
                    .disclosures
                    .iter()
                    .map(ClaimsPath::to_value)
                    .collect(),
                names: credential_type
                    .as_ref()
                    .zip(held.typed_claims())
                    .map(|(credential_type, claims)| type_metadata::document(credential_type, claims)),
            })
        })
        .collect()
}

/// Shows what would be disclosed, and asks.
fn consents(
    request: &AuthorizationRequest,
    (plan, types): (&Plan, &[Option<CredentialType>]),
    held: &[Held],
    output: Output,
) -> bool {
    let verifier = printable(&request.audience(None).unwrap_or_default());
    output.note(&format!("The verifier {verifier} asks for:"));
    for (planned, credential_type) in plan.presentations.iter().zip(types) {
        let Some(held) = held.get(planned.credential) else {
            continue;
        };
        let credential_type = credential_type.as_ref();
        let name = credential_type.and_then(type_metadata::name);
        output.note(&format!(
            "  {} ({})",
            name.unwrap_or_else(|| printable(held.type_name())),
            shown(&held.entry.path)
        ));
        let rows = planned.selection.disclosures.iter().map(|path| {
            let value = held.value(path).map(Value::to_string).unwrap_or_default();
            let label = credential_type
                .zip(claim_path(path))
                .and_then(|(credential_type, claim)| type_metadata::label(credential_type, &claim));
            let name = match label {
                Some(label) => format!("{label} {}", printable(&path.to_string())),
                None => printable(&path.to_string()),
            };
            vec![format!("    {name}"), printable(&value)]
        });
        for row in aligned(rows.collect()) {
            output.note(&row);
        }
    }
    transactions::show(request, output);
    ask::agrees("Disclose this?", output)
}

/// Asks whether the verifier gets an answer, although no credential matches.
fn answers_without_match(request: &AuthorizationRequest, output: Output) -> bool {
    let verifier = printable(&request.audience(None).unwrap_or_default());
    output.note(&format!(
        "No credential of this wallet matches the request of the verifier {verifier}."
    ));
    ask::agrees("Answer that you do not present anything?", output)
}

/// The types of transactions that the user does not know.
fn unknown_types(request: &AuthorizationRequest, known: &[&str]) -> Vec<String> {
    let transactions = request.options().transaction_data.iter();
    let unknown = transactions.filter(|data| !known.contains(&data.kind()));
    unknown.map(|data| printable(data.kind())).collect()
}

/// The reason why the credentials of the wallet do not match.
fn mismatches(request: &AuthorizationRequest, matches: &Matches<'_>, held: &[Held]) -> Vec<String> {
    let mut lines = Vec::new();
    for query in request.query().credentials() {
        for (index, mismatch) in matches.mismatches(query.id()) {
            if let Some(held) = held.get(index) {
                let file = shown(&held.entry.path);
                lines.push(format!("{}: {file}: {mismatch}", printable(query.id())));
            }
        }
    }
    lines
}

fn drawn(report: &Report) -> String {
    let count = report.presented.len();
    let noun = if count == 1 { "credential" } else { "credentials" };
    let mut lines = vec![format!(
        "{} Presented {count} {noun} to {}",
        done_mark(),
        printable(&report.verifier)
    )];
    lines.extend(aligned(report.presented.iter().map(row).collect()));
    lines.extend(report.transactions.iter().filter_map(|members| {
        let kind = members.get("type")?.as_str()?;
        Some(format!("  authorised the transaction {}", printable(kind)))
    }));
    if let Some(uri) = &report.redirect_uri {
        lines.push(format!("continue at {}", printable(uri)));
    }
    lines.join("\n")
}

fn row(item: &Item) -> Vec<String> {
    let disclosed: Vec<String> = item
        .disclosed
        .iter()
        .map(|path| printable(&path.to_string()))
        .collect();
    let disclosed = if disclosed.is_empty() {
        "no claim that can be withheld".to_owned()
    } else {
        disclosed.join(" ")
    };
    vec![
        format!("  {}", printable(&item.query)),
        printable(&item.kind),
        disclosed,
    ]
}
