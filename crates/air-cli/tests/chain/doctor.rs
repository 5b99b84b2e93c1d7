//! `air doctor` of a platform whose chain is well, and of one whose chain is not.

use serde_json::{Value, json};

use super::platform::{checkpoint, issue, platform, reason, until};
use crate::support::{
    TestEnv,
    node::{Anvil, text},
};

/// The findings about the chain: the level of each, and the code of a problem.
fn findings(env: &TestEnv) -> Vec<(String, String)> {
    let run = env.air(&["doctor", "--json"]);
    let document = run.json();
    let findings = document["findings"].as_array().unwrap().iter();
    let of_chain = findings.filter(|finding| finding["check"] == "chain");
    let member = |finding: &Value, name: &str| finding[name].as_str().unwrap_or_default().to_owned();
    let found: Vec<_> = of_chain
        .map(|finding| (member(finding, "level"), member(finding, "code")))
        .collect();
    let is_failed = found.iter().any(|(level, _)| level == "failed");
    assert_eq!(run.code, i32::from(is_failed), "{document}");
    assert_eq!(document["healthy"], !is_failed, "{document}");
    found
}

fn finding(level: &str, code: &str) -> (String, String) {
    (level.to_owned(), code.to_owned())
}

#[test]
#[ignore = "needs anvil: cargo xtask chain"]
fn anvil_is_diagnosed_by_the_doctor() {
    let env = TestEnv::new();
    let anvil = Anvil::start(&[]);
    let _servers = platform(&env, &anvil, &[]);
    let hash = issue(&env, "ada@example.com");
    let anchored = until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN");
    let contract = text(checkpoint(&anchored), "/contract");
    let good = finding("good", "");
    let all_good = [good.clone(), good.clone(), good.clone()];
    assert_eq!(findings(&env), all_good);

    // With nothing to send, the platform does not look at the chain meanwhile.
    let code = anvil.rpc("eth_getCode", &json!([contract, "latest"]));
    anvil.rpc("anvil_setCode", &json!([contract, "0x"]));
    assert_eq!(
        findings(&env),
        [finding("failed", "chain-code"), good.clone(), good.clone()]
    );
    anvil.rpc("anvil_setCode", &json!([contract, "0x6001"]));
    assert_eq!(findings(&env)[0], finding("failed", "chain-code"));
    anvil.rpc("anvil_setCode", &json!([contract, code]));

    let account = Anvil::ACCOUNTS[0];
    let balance = anvil.rpc("eth_getBalance", &json!([account, "latest"]));
    anvil.rpc("anvil_setBalance", &json!([account, "0x0"]));
    assert_eq!(
        findings(&env),
        [good.clone(), finding("failed", "chain-no-funds"), good.clone()]
    );
    // Without funds, the next checkpoint raises the alarm too.
    let hash = issue(&env, "bob@example.com");
    until(&env, &hash, |status| *reason(status) == "outOfFunds");
    assert_eq!(
        findings(&env),
        [
            good.clone(),
            finding("failed", "chain-no-funds"),
            finding("failed", "chain-alarm")
        ]
    );
    anvil.rpc("anvil_setBalance", &json!([account, balance]));
    until(&env, &hash, |status| status["vcStatus"] == "ONCHAIN");
    assert_eq!(findings(&env), all_good);

    anvil.rpc("anvil_setChainId", &json!([7]));
    assert_eq!(findings(&env), [finding("failed", "chain-wrong")]);
    anvil.rpc("anvil_setChainId", &json!([5151]));
    assert_eq!(findings(&env), all_good);

    drop(anvil);
    assert_eq!(findings(&env), [finding("failed", "chain-unreachable")]);
}
