//! Doubles in tagged and flattened types.
//!
//! Serde buffers the members of such types. With serde_json's feature `arbitrary_precision`, which
//! any crate of a build can enable, it buffers `0.50` as an object that `f64` does not read and
//! [`Number`] does. Without the feature, `Number` reads the same numbers as `f64`.

use serde::{Deserialize, Deserializer, de::Error};
use serde_json::Number;

/// Deserializes a double. Use it with `deserialize_with`.
pub(crate) fn number<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let number = Number::deserialize(deserializer)?;
    let double = number.as_f64();
    double.ok_or_else(|| D::Error::custom("the number is too large for a double"))
}

/// Deserializes a double that may be `null`. A member that may be absent also needs `default`.
pub(crate) fn optional<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<f64>, D::Error> {
    struct Double(f64);

    impl<'de> Deserialize<'de> for Double {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            number(deserializer).map(Self)
        }
    }

    Option::<Double>::deserialize(deserializer).map(|double| double.map(|Double(double)| double))
}

#[cfg(test)]
mod tests {
    use crate::catalogue::CredentialDetails;

    /// Reads a page whose flattened members contain this text as the two relevances.
    fn relevances(json: &str) -> Result<[Option<f64>; 2], serde_json::Error> {
        let page = format!(
            r#"{{"credentialId":"c21s70g0i54sn0023172Cv","name":"Proof of age","category":"general",
                "issuer":{{"issuerId":"partner","name":"Partner"{json}}},
                "traction":{{"holderCount":1,"issuanceCount":2,"demandCount":3}},
                "createdAt":"2026-01-19 07:18:45"{json},"dataPoints":[],
                "schema":{{"schemaId":"s","title":"t","description":"d","createdAt":"2026-01-19 07:18:45"}},
                "programs":[]}}"#
        );
        serde_json::from_str(&page)
            .map(|CredentialDetails { credential, .. }| [credential.relevance, credential.issuer.relevance])
    }

    #[test]
    fn a_flattened_double_is_read_however_it_is_written() {
        for (json, expected) in [
            ("", None),
            (r#","relevance":null"#, None),
            (r#","relevance":0.5"#, Some(0.5)),
            (r#","relevance":0.50"#, Some(0.5)),
            (r#","relevance":5e-1"#, Some(0.5)),
            (r#","relevance":2"#, Some(2.0)),
        ] {
            assert_eq!(relevances(json).unwrap(), [expected; 2], "{json}");
        }
        for bad in [
            r#","relevance":"0.5""#,
            r#","relevance":1e400"#,
            r#","relevance":{}"#,
        ] {
            assert!(relevances(bad).is_err(), "{bad}");
        }
    }
}
