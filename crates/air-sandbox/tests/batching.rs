//! Issuances that come at once share a change, on either database, and nobody sees a difference.

use std::{collections::HashSet, sync::Arc};

use reqwest::StatusCode;
use serde_json::Value;

use crate::support::TestEnv;

/// All at once, each under a key of its own: what they are answered, in their order.
async fn issue_all(env: &Arc<TestEnv>, callers: &[(String, String)]) -> Vec<Value> {
    let calls: Vec<_> = callers
        .iter()
        .cloned()
        .map(|(email, key)| {
            let env = env.clone();
            tokio::spawn(async move {
                let issue = format!("{}/v1/credentials/issue-on-behalf", env.platform.url());
                let request = env.http.post(issue).header("Idempotency-Key", key);
                let request = request.header("x-partner-auth", env.on_behalf_token(&email));
                let answer = request.json(&env.order()).send().await.unwrap();
                assert_eq!(answer.status(), StatusCode::OK);
                answer.json().await.unwrap()
            })
        })
        .collect();
    let mut answers = Vec::new();
    for call in calls {
        answers.push(call.await.unwrap());
    }
    answers
}

#[tokio::test]
async fn many_at_once_are_each_issued_once() {
    let env = Arc::new(TestEnv::start().await);
    env.issue_on_behalf("first@example.com", &env.order()).await;
    let callers: Vec<_> = (0..80)
        .map(|number| (format!("user{number}@example.com"), format!("k{number}")))
        .collect();
    let answers = issue_all(&env, &callers).await;
    let batched = async || {
        let metrics = env.http.get(format!("{}/metrics", env.platform.url()));
        let metrics = metrics.send().await.unwrap().text().await.unwrap();
        let line = metrics
            .lines()
            .find_map(|line| line.strip_prefix("air_credentials_batched_total "));
        line.unwrap().parse::<u32>().unwrap()
    };
    // Sometimes two requests of one batch draw the same entry of their list, and one of them is issued alone.
    let together = batched().await;
    assert!((76..=80).contains(&together), "{together}");
    let distinct = |member: &str| {
        let values = answers.iter().map(|answer| answer[member].to_string());
        values.collect::<HashSet<_>>().len()
    };
    assert_eq!((distinct("coreClaimHash"), distinct("userUuid")), (80, 80));
    for answer in answers.iter().step_by(16) {
        env.wait_until_anchored(answer["coreClaimHash"].as_str().unwrap())
            .await;
    }
    // Asked again, they are answered again, and nobody is issued another.
    assert_eq!(issue_all(&env, &callers).await, answers);
    assert_eq!(batched().await, together);
}
