//! The secret that events are signed with (Standard Webhooks: `whsec_` and base64).

use base64::{
    Engine, alphabet,
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use standardwebhooks::Webhook;

use crate::exit::Failure;

/// Accepts base64 without padding, because some services print a secret without it or truncate it.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Reads a secret, with or without its prefix and its padding. An empty one would sign for
/// everyone, so it is refused.
pub(super) fn parse(secret: &str) -> Result<Webhook, Failure> {
    let digits = secret.strip_prefix("whsec_").unwrap_or(secret);
    LENIENT
        .decode(digits)
        .ok()
        .filter(|key| !key.is_empty())
        .and_then(|key| Webhook::from_bytes(key).ok())
        .ok_or_else(|| Failure::rejected("invalid secret: must be `whsec_` and base64, and not empty"))
}

#[cfg(test)]
mod tests {
    use serde_json::Value;
    use standardwebhooks::{HEADER_WEBHOOK_ID, HEADER_WEBHOOK_SIGNATURE, HEADER_WEBHOOK_TIMESTAMP};

    use super::*;

    fn vectors() -> Value {
        serde_json::from_str(include_str!("../../tests/vectors/standard-webhooks/vectors.json")).unwrap()
    }

    fn text<'a>(case: &'a Value, name: &str) -> &'a str {
        case[name].as_str().unwrap_or_default()
    }

    fn sign(case: &Value) -> String {
        let webhook = parse(text(case, "secret")).unwrap();
        let timestamp = case["timestamp"].as_i64().unwrap();
        webhook
            .sign(text(case, "msg_id"), timestamp, text(case, "payload").as_bytes())
            .unwrap()
    }

    #[test]
    fn signs_as_the_published_vectors_do() {
        let vectors = vectors();
        for case in ["sign", "unpadded_secrets"]
            .iter()
            .flat_map(|set| vectors[set].as_array().unwrap())
        {
            assert_eq!(sign(case), text(case, "signature"), "{case}");
        }
    }

    #[test]
    fn refuses_an_empty_secret() {
        for secret in vectors()["empty_secrets_rejected"].as_array().unwrap() {
            assert!(parse(secret.as_str().unwrap()).is_err(), "{secret}");
        }
        assert!(parse("whsec_!").is_err());
    }

    /// Checks that a receiver accepts the signatures of `air`. The vectors for timestamps outside
    /// the tolerance and for missing headers (three each) are skipped, because `air` does not
    /// receive events.
    #[test]
    fn a_receiver_agrees_about_each_signature() {
        let mut compared = 0;
        for case in vectors()["verify"].as_array().unwrap() {
            let headers = &case["headers"];
            let (Some(id), Some(sent), Some(signature)) = (
                headers[HEADER_WEBHOOK_ID].as_str(),
                headers[HEADER_WEBHOOK_TIMESTAMP]
                    .as_str()
                    .and_then(|text| text.parse::<i64>().ok()),
                headers[HEADER_WEBHOOK_SIGNATURE].as_str(),
            ) else {
                continue;
            };
            if (case["now"].as_i64().unwrap() - sent).abs() > 300 {
                continue;
            }
            let ours = parse(text(case, "secret"))
                .unwrap()
                .sign(id, sent, text(case, "payload").as_bytes())
                .unwrap();
            let is_ours = signature.split(' ').any(|one| one == ours);
            assert_eq!(is_ours, case["valid"], "{case}");
            compared += 1;
        }
        assert_eq!(compared, 9);
    }
}
