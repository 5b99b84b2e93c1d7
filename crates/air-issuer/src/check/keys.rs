//! The keys: each of them signs, those of valid credentials are published, and a new one is published before it signs.

use air_ids::UnixTime;
use air_jwt::{JwkSet, Signer, rotation::Phase};

use super::{Check, database};
use crate::{
    Config, Error,
    clock::rfc3339,
    config::KeyConfig,
    keys::{
        KeySchedule, LiveKey, OpenKey, Purpose, ScheduledKey, Stay, find_early, find_live, find_missing,
        open, publish, stay,
    },
    store::Store,
};

const NAME: &str = "keys";
/// It is neither a JWS nor a part of one.
const MESSAGE: &[u8] = b"air issuer check";
const REMEDY: &str = "check the key in [keys] of issuer.toml, or PARTNER_PRIVATE_KEY_DER";

/// Checks the keys, and returns the set that the service publishes.
pub(super) async fn examine(config: &Config, now: UnixTime) -> (Vec<Check>, JwkSet) {
    let keys = &config.keys;
    let mut checks = Vec::new();
    let mut published_keys = Vec::new();
    let mut schedules = Vec::new();
    for (purpose, keys) in [
        (Purpose::Tokens, &keys.tokens),
        (Purpose::Credentials, &keys.credentials),
        (Purpose::StatusLists, &keys.status_lists),
    ] {
        let (opened, failures) = open_all(keys).await;
        let prefix = match purpose {
            Purpose::Tokens => None,
            Purpose::Credentials | Purpose::StatusLists => {
                published_keys.extend(opened.iter().cloned());
                config.kid_prefix()
            }
        };
        if failures.is_empty() {
            match KeySchedule::new(opened, prefix, now) {
                Ok(schedule) => schedules.push((purpose, schedule)),
                Err(error) => checks.push(unusable(&error)),
            }
        }
        checks.extend(failures);
    }
    let published = publish(&keys.further, published_keys.iter()).unwrap_or_else(|error| {
        checks.push(unusable(&error));
        keys.further.clone()
    });
    if let Err(error) = crate::keys::check_withdrawn(config, &published) {
        checks.push(unusable(&error));
    }
    let mut live = None;
    if let Some(store) = database::open_current(config).await {
        match compare(&store, config, &published, &schedules, now).await {
            Ok((found, findings)) => {
                live = Some(found);
                checks.extend(findings);
            }
            Err(error) => checks.push(Check::warning(NAME, "keys-unknown", error.to_string(), "")),
        }
        store.close().await;
    }
    for (purpose, schedule) in &schedules {
        for key in schedule.iter() {
            checks.push(examine_key(config, *purpose, key, live.as_deref(), now).await);
        }
    }
    (checks, published)
}

async fn open_all(keys: &[KeyConfig]) -> (Vec<OpenKey>, Vec<Check>) {
    let mut opened = Vec::new();
    let mut failures = Vec::new();
    for key in keys {
        match open(key).await {
            Ok(key) => opened.push(key),
            Err(error) => failures.push(unusable(&error)),
        }
    }
    (opened, failures)
}

fn unusable(error: &Error) -> Check {
    Check::failed(NAME, "key-unusable", error.to_string(), REMEDY)
}

/// Compares the keys with those of valid credentials, which it returns, and with those that were published.
async fn compare(
    store: &Store,
    config: &Config,
    published: &JwkSet,
    schedules: &[(Purpose, KeySchedule)],
    now: UnixTime,
) -> Result<(Vec<LiveKey>, Vec<Check>), Error> {
    let mut tx = store.write().await?;
    let mut checks = Vec::new();
    let live = find_live(&mut tx, now).await?;
    if let Some(error) = find_missing(&mut tx, config, published, &live).await? {
        let code = match error {
            Error::KeyReplaced { .. } => "key-replaced",
            _ => "key-removed",
        };
        checks.push(Check::failed(NAME, code, error.to_string(), ""));
    }
    let schedules = schedules
        .iter()
        .filter(|(purpose, _)| *purpose != Purpose::Tokens);
    for (_, schedule) in schedules {
        for early in find_early(&mut tx, schedule, now).await? {
            let remedy = if early.is_signing {
                "it signs already: wait until then; verifiers that have cached the keys refuse what it signs before"
            } else {
                "set its `signs-from` to a later time"
            };
            checks.push(Check::warning(
                NAME,
                "key-early",
                format!(
                    "the key {} signs before {}, when verifiers that cache the keys have it",
                    early.kid,
                    rfc3339(early.known_from)
                ),
                remedy,
            ));
        }
    }
    Ok((live, checks))
}

async fn examine_key(
    config: &Config,
    purpose: Purpose,
    key: &ScheduledKey,
    live: Option<&[LiveKey]>,
    now: UnixTime,
) -> Check {
    let algorithm = key.signer.algorithm();
    let kid = key.signer.kid();
    let name = purpose.name();
    let phase = key.times.phase(now);
    if matches!(phase, Phase::Retired | Phase::Removed) {
        let stay = match stay(config, purpose, key, live, now) {
            Stay::Until(until) => format!("it has to stay published until {}", rfc3339(until)),
            Stay::UntilCredentialsExpire => {
                "it has to stay published until the last credential that it signed expires".to_owned()
            }
            Stay::Over => "it may be removed".to_owned(),
        };
        return Check::good(
            NAME,
            format!("the {algorithm} key {kid} no longer signs {name}; {stay}"),
        );
    }
    if let Err(error) = key.signer.sign(MESSAGE).await {
        let cause = std::error::Error::source(&error).map(|cause| format!(" ({cause})"));
        let cause = cause.unwrap_or_default();
        return Check::failed(
            NAME,
            "key-unusable",
            format!("the key {kid} for {name} can't sign: {error}{cause}"),
            REMEDY,
        );
    }
    let message = if phase == Phase::Signing {
        format!("the {algorithm} key {kid} signs {name}")
    } else {
        let from = rfc3339(key.times.sign);
        format!("the {algorithm} key {kid} signs {name} from {from} on")
    };
    Check::good(NAME, message)
}
