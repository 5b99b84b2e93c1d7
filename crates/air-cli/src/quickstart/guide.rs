//! `README.txt` of the folder: describes each file, and has a command that repeats each step.

use super::report::Report;

/// The text, with this run's own ids.
pub(super) fn write(report: &Report) -> String {
    let Report {
        url,
        partner_id,
        kid,
        issuer_did,
        schema_id,
        credential_id,
        verification_program_id,
        user_uuid,
        email,
        chain_id,
        curve,
        cak_public_key,
        core_claim_hash,
        ..
    } = report;
    let listen = url.trim_start_matches("http://");
    let jwks_listen = report
        .jwks_url
        .trim_start_matches("http://")
        .trim_end_matches("/jwks.json");
    let context =
        format!("--user {user_uuid} --issuer {issuer_did} \\\n        --schema {schema_id} --curve {curve}");
    let holder = format!("--email {email} --wallet-key-file wallet-key.hex");
    let first = report
        .documents
        .first()
        .map_or("passport.jpg", |document| &document.name);
    let opened = if report.agreed() {
        "  opened/               the documents as the verifier opened them (0600)\n"
    } else {
        "  (nothing was opened: the user denied consent)\n"
    };
    let issuer = issuer_files(report);
    let own_service = own_service(report);
    let (anchor, chain) = if report.chain.is_some() {
        (
            "  anchor-proof.json     the proof that the ledger's root is on the chain (`air status --proof --offline`)\n",
            " --chain URL --chain-key FILE",
        )
    } else {
        ("", "")
    };
    format!(
        "Files from `air quickstart`
=========================

  quickstart.json       all ids and results of the run
  input/                the inputs: seed, schema, subject, documents
  partner-key.pem       the partner's signing key, ES256 (0600); jwks.json is its public half
  wallet-key.hex        the key of the user's identity wallet (0600); it derives the CAK
  credential.sd-jwt     the credential, an SD-JWT VC (0600: it holds the personal data)
  issuer-jwks.json      the keys that verify it
  inclusion-proof.json  the proof that the ledger has it (RFC 9162)
{anchor}  cak.json              the Compliance Access Key's public half
  sealed/               the documents, sealed to it
{opened}{issuer}  platform/             the platform's database

All data here is fictional, and the keys are for this machine only. Delete the folder when you are done.


To repeat the steps, work in this folder. If `air` is not installed, define an alias in a clone of
the project first:

    alias air='cargo run --quiet --release --manifest-path ../Cargo.toml --'

1. Start the platform with the data of the run, and leave it running:

    air sandbox up --listen {listen} --data platform{chain}

2. Serve the partner's public keys at the registered URL, and leave the server running:

    air jwks serve --key partner-key.pem --listen {jwks_listen}

In a third terminal, set these variables once:

    export AIR_URL={url} AIR_KEY=partner-key.pem AIR_PARTNER_ID={partner_id}

3. Apply the partner's seed file. It finds the partner by its name, and creates what the file names:

    air sandbox seed input/seed.json

4. Validate a subject:

    air schema validate --schema input/schema.json input/subject.json

5. Issue to another user (issuing to the same user would revoke this run's credential), show the status of this run's
   credential, and verify it:

    air issue --issuer {issuer_did} \\
        --program {credential_id} --email ada@example.com --wallet-key-file wallet-key.hex \\
        --out another.sd-jwt input/subject.json
    air status {core_claim_hash}
    air credential verify --issuer {issuer_did} \\
        --issuer-jwks issuer-jwks.json - < credential.sd-jwt

6. Derive the CAK, and seal a document to it:

    air cak derive {context} \\
        --wallet-key-file wallet-key.hex --chain-id {chain_id} --json
    air cak seal --public-key {cak_public_key} \\
        {context} --label {first} input/documents/{first} my.sealed

   Store it with the credential:

    curl --data-binary @my.sealed -H \"x-partner-auth: $(air token sign --key partner-key.pem \\
        --kid {kid} --partner-id {partner_id} --scope issue)\" \\
        '{url}/sandbox/v1/dstorage/objects?coreClaimHash={core_claim_hash}&name={first}'

7. Verify with the user's consent, and open the documents (use --deny to deny consent):

    air verify --program {verification_program_id} {holder} --agree --out opened-again

   The same by hand, with the private key in a file:

    air cak derive {context} \\
        --wallet-key-file wallet-key.hex --chain-id {chain_id} --private-key-out cak-private-key.hex
    air cak open --private-key-file cak-private-key.hex \\
        {context} --label {first} sealed/{first}.sealed my-{first}

8. Issue on behalf of a user who is not present:

    air issue --issuer {issuer_did} \\
        --program {credential_id} --on-behalf someone@example.com input/subject.json
{own_service}"
    )
}

/// Step 9, if the run had a service of the issuer's own.
fn own_service(report: &Report) -> String {
    let Some(backend) = &report.issuer_backend else {
        return String::new();
    };
    let (url, partner_id) = (&report.url, &report.partner_id);
    let (port, did) = (backend.port(), backend.did());
    format!(
        "
9. Start the issuer's own service again, and leave it running, with these variables. The keys of its API are new, so the
   platform can't call it:

    export PORT={port} ISSUER_ORIGIN=http://localhost:{port} PARTNER_ID={partner_id} \\
        MOCA_CHAIN_API_ORIGIN={url} SD_JWT_TSL_PARTITION_SIZE=1024 \\
        API_KEY=a-key-of-this-machine-for-the-platform ADMIN_API_KEY=a-key-of-this-machine-for-operators

    air issuer serve --config issuer/issuer.toml

   Verify the credential that it signed, with the keys and the status list that it publishes:

    air credential verify --issuer {did} - < issuer/credential.sd-jwt
"
    )
}

fn issuer_files(report: &Report) -> &'static str {
    match report.issuer_backend {
        Some(_) => {
            "  issuer/               the issuer's own service: configuration, key, claims, database, and its credential\n"
        }
        None => "",
    }
}
