//! A fake platform that supports idempotency keys and misbehaves in a chosen way.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex},
    time::Duration,
};

use air_api::IDEMPOTENCY_KEY_HEADER;
use rand::{RngExt, SeedableRng, rngs::StdRng};
use serde_json::Value;
use tokio::time::Instant;

use crate::{
    AirClient, Environment,
    transport::{Answer, NoResponse, Wire, fake_transport::FakeTransport},
};

/// The platform's behaviour.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Behaviour {
    /// Responds after 100 ms.
    Calm,
    Chaotic,
    Unauthorised,
    Away,
    FailsForRowThree,
    /// Accepts one call in 20 s.
    Throttled,
    /// Accepts no call.
    AlwaysBusy,
    /// Executes every call but responds to none.
    LosesAll,
}

#[derive(Clone)]
pub(super) struct Platform {
    behaviour: Behaviour,
    state: Arc<Mutex<State>>,
}

/// Status and body.
type Answered = (u16, String);

struct State {
    rng: StdRng,
    /// The call by its key, and its response if there is one.
    kept: HashMap<String, (Vec<u8>, Option<Answered>)>,
    /// The number of times that each id was issued.
    effects: BTreeMap<u64, u32>,
    calls: usize,
    took_at: Option<Instant>,
}

/// The outcome of a call.
enum Event {
    Done,
    LostBefore(NoResponse),
    LostAfter(NoResponse),
    FailedBefore,
    FailedAfter,
    Says(u16, Option<&'static str>),
}

impl Platform {
    pub(super) fn new(behaviour: Behaviour, seed: u64) -> Self {
        let state = State {
            rng: StdRng::seed_from_u64(seed),
            kept: HashMap::new(),
            effects: BTreeMap::new(),
            calls: 0,
            took_at: None,
        };
        Self {
            behaviour,
            state: Arc::new(Mutex::new(state)),
        }
    }

    pub(super) fn client(&self, keeps_keys: bool) -> AirClient {
        let platform = self.clone();
        let fake = FakeTransport::new(move |request| {
            // Like a platform, it continues when the caller disconnects.
            let serving = tokio::spawn(platform.clone().serve(request));
            async move { serving.await.unwrap() }
        });
        let environment = Environment::at("https://platform.example").unwrap();
        AirClient::builder(environment)
            .keeps_idempotency_keys(keeps_keys)
            .over(Wire::Fake(fake))
    }

    pub(super) fn effects(&self) -> Vec<(u64, u32)> {
        let state = self.state.lock().unwrap();
        state.effects.iter().map(|(id, times)| (*id, *times)).collect()
    }

    pub(super) fn calls(&self) -> usize {
        self.state.lock().unwrap().calls
    }

    async fn serve(self, request: reqwest::Request) -> Result<Answer, NoResponse> {
        let key = request.headers()[IDEMPOTENCY_KEY_HEADER]
            .to_str()
            .unwrap()
            .to_owned();
        let body = request.body().unwrap().as_bytes().unwrap().to_vec();
        let json: Value = serde_json::from_slice(&body).unwrap();
        let subject = &json["credentialSubject"];
        let (event, delay) = self.next(subject["id"].as_u64().unwrap());
        match event {
            Event::LostBefore(loss) => return Err(loss),
            Event::FailedBefore => return Ok(Answer::new(500, &[], "{}")),
            Event::Says(status, after) => {
                let headers: Vec<_> = after.map(|after| ("retry-after", after)).into_iter().collect();
                return Ok(Answer::new(status, &headers, "{}"));
            }
            Event::Done | Event::LostAfter(_) | Event::FailedAfter => {}
        }
        if let Some(answer) = self.begin(&key, &body) {
            return Ok(answer);
        }
        tokio::time::sleep(delay).await;
        let (status, text) = self.finish(&key, subject);
        match event {
            Event::LostAfter(loss) => Err(loss),
            Event::FailedAfter => Ok(Answer::new(500, &[], "{}")),
            _ => Ok(Answer::new(status, &[], &text)),
        }
    }

    /// Returns the first response again, or "in progress".
    fn begin(&self, key: &str, body: &[u8]) -> Option<Answer> {
        let mut state = self.state.lock().unwrap();
        match state.kept.get(key) {
            None => {
                state.kept.insert(key.to_owned(), (body.to_vec(), None));
                None
            }
            Some((first, _)) if first != body => panic!("a key was used with two calls"),
            Some((_, None)) => Some(Answer::new(409, &[("retry-after", "1")], "{}")),
            Some((_, Some((status, text)))) => {
                Some(Answer::new(*status, &[("idempotent-replayed", "true")], text))
            }
        }
    }

    fn finish(&self, key: &str, subject: &Value) -> Answered {
        let mut state = self.state.lock().unwrap();
        let answer = if subject["isWrong"] == true {
            let text =
                r#"{"error":400,"message":"credentialSubject: /isWrong is true, and Nordheim is no name"}"#;
            (400, text.to_owned())
        } else {
            let id = subject["id"].as_u64().unwrap();
            *state.effects.entry(id).or_default() += 1;
            (
                200,
                format!(r#"{{"coreClaimHash":"{id:064x}","credentialId":"c21","userUuid":"u"}}"#),
            )
        };
        state.kept.get_mut(key).unwrap().1 = Some(answer.clone());
        answer
    }

    fn next(&self, id: u64) -> (Event, Duration) {
        let mut state = self.state.lock().unwrap();
        state.calls += 1;
        let rng = &mut state.rng;
        let calm = Duration::from_millis(100);
        match self.behaviour {
            Behaviour::AlwaysBusy => (Event::Says(429, None), calm),
            Behaviour::Throttled => {
                let is_early = state
                    .took_at
                    .is_some_and(|time| time.elapsed() < Duration::from_secs(20));
                if is_early {
                    return (Event::Says(429, Some("20")), calm);
                }
                state.took_at = Some(Instant::now());
                (Event::Done, calm)
            }
            Behaviour::Unauthorised => (Event::Says(401, None), calm),
            Behaviour::Away => (Event::LostBefore(NoResponse::NotConnected), calm),
            Behaviour::LosesAll => (Event::LostAfter(NoResponse::Broken), calm),
            Behaviour::FailsForRowThree if id == 3 => (Event::FailedBefore, calm),
            Behaviour::Calm | Behaviour::FailsForRowThree => (Event::Done, calm),
            Behaviour::Chaotic => {
                let losses = [NoResponse::Broken, NoResponse::TimedOut];
                let loss = losses[rng.random_range(0..2)];
                let event = match rng.random_range(0..100) {
                    0..5 => Event::LostBefore(loss),
                    5..15 => Event::LostAfter(loss),
                    15..18 => Event::LostBefore(NoResponse::NotConnected),
                    18..23 => Event::FailedBefore,
                    23..28 => Event::FailedAfter,
                    28..33 => Event::Says(429, None),
                    33..37 => Event::Says(429, Some("2")),
                    37..40 => Event::Says(503, Some("1")),
                    _ => Event::Done,
                };
                (event, Duration::from_millis(rng.random_range(0..400)))
            }
        }
    }
}
