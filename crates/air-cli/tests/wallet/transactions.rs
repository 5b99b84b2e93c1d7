//! `air request --transaction-data` and `air wallet present --transaction-type`: the user
//! authorises transactions with a presentation.

use serde_json::{Value, json};

use crate::support::{example, seeded_env::SeededEnv};

/// A platform with a wallet that has a credential.
fn filled() -> SeededEnv {
    let env = SeededEnv::of_examples();
    let subject = example("subject.json");
    let (program, issuer) = (env.id("/programs/kyc"), env.id("/issuerDid"));
    let options = ["--issuer", issuer, "--program", program, "--json", &subject];
    let offer = env.air(&["offer"], &options).succeeded().json();
    let receive = ["wallet", "receive", offer["url"].as_str().unwrap()];
    env.cli.air(&receive).succeeded();
    env
}

fn asked(env: &SeededEnv, transactions: &Value) -> String {
    env.cli.write("transactions.json", transactions.to_string());
    let program = env.id("/verificationPrograms/adult");
    let options = [
        "--verification-program",
        program,
        "--transaction-data",
        "transactions.json",
    ];
    let request = env.air(&["request"], &[&options[..], &["--json"]].concat());
    request.succeeded().json()["url"].as_str().unwrap().to_owned()
}

#[test]
fn the_wallet_authorises_transactions_of_known_types_only() {
    let env = filled();
    let payment = json!({ "type": "payment", "amount": "12.50" });
    let link = asked(&env, &payment);
    let present = |more: &[&str], link: &str| {
        let base = ["wallet", "present", "--yes", "--json"];
        env.cli.air(&[&base[..], more, &[link]].concat())
    };
    let run = present(&["--transaction-type", "payment"], &link).succeeded();
    assert_eq!(run.json()["transactions"], json!([payment]));
    assert_eq!(run.json()["presented"].as_array().unwrap().len(), 1);

    let consent = json!({ "type": "consent" });
    for (known, transactions) in [
        (&[][..], json!([payment])),
        (&["--transaction-type", "payment"][..], json!([payment, consent])),
    ] {
        let link = asked(&env, &transactions);
        let run = present(known, &link);
        run.failed_with(3, "transaction_data");
        assert!(run.stderr.contains("--transaction-type"), "{run:?}");
        // The refusal ended the request.
        present(
            &["--transaction-type", "payment", "--transaction-type", "consent"],
            &link,
        )
        .failed_with(3, "404");
    }
    let both = asked(&env, &json!([payment, consent]));
    let known = ["--transaction-type", "payment", "--transaction-type", "consent"];
    let run = present(&known, &both).succeeded();
    assert_eq!(run.json()["transactions"], json!([payment, consent]));
}

#[test]
fn a_transaction_is_an_object() {
    let env = SeededEnv::of_examples();
    env.cli.write("transactions.json", "[1]");
    let options = ["--transaction-data", "transactions.json"];
    let program = ["--verification-program", env.id("/verificationPrograms/adult")];
    env.air(&["request"], &[&program[..], &options].concat())
        .failed_with(3, "must be a JSON object");
}
