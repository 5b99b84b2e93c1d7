//! Issuances that come at once share a change, on either database, and nobody sees a difference.

use std::{collections::HashSet, sync::Arc};

use reqwest::StatusCode;
use serde_json::Value;

use crate::support::TestEnv;

/// All at once, each under a key of its own: what they are answered, in their order.
async fn issue_all(world: &Arc<TestEnv>, callers: &[(String, String)]) -> Vec<Value> {
    let calls: Vec<_> = callers
        .iter()
        .cloned()
        .map(|(email, key)| {
            let world = world.clone();
            tokio::spawn(async move {
                let issue = format!("{}/v1/credentials/issue-on-behalf", world.platform.url());
                let request = world.http.post(issue).header("Idempotency-Key", key);
                let request = request.header("x-partner-auth", world.on_behalf_token(&email));
                let answer = request.json(&world.order()).send().await.unwrap();
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
    let world = Arc::new(TestEnv::start().await);
    world.issue_on_behalf("first@example.com", &world.order()).await;
    let callers: Vec<_> = (0..80)
        .map(|number| (format!("user{number}@example.com"), format!("k{number}")))
        .collect();
    let answers = issue_all(&world, &callers).await;
    let batched = async || {
        let metrics = world.http.get(format!("{}/metrics", world.platform.url()));
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
        world
            .wait_until_anchored(answer["coreClaimHash"].as_str().unwrap())
            .await;
    }
    // Asked again, they are answered again, and nobody is issued another.
    assert_eq!(issue_all(&world, &callers).await, answers);
    assert_eq!(batched().await, together);
}
