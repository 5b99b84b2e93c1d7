//! The features of `serde_json` in this build.

use serde_json::Value;

/// `cargo xtask precision` sets the variable, so that its tests can't run without the feature.
const IS_REQUIRED: bool = option_env!("AIR_ARBITRARY_PRECISION").is_some();

/// Without `arbitrary_precision`, `serde_json` writes 0.10 as 0.1. `float_roundtrip`, which this
/// crate enables, reads the nearest double.
#[test]
fn the_features_that_the_job_requires_are_on() {
    let written = |text: &str| serde_json::from_str::<Value>(text).unwrap().to_string();
    let keeps_text = |text: &str| written(text).as_str() == text;
    assert!(keeps_text("0.1"));
    assert!(!IS_REQUIRED || keeps_text("0.10"), "`arbitrary_precision` is off");
    let double: f64 = serde_json::from_str("51.248178375505404").unwrap();
    assert_eq!(double.to_bits(), 51.248_178_375_505_404_f64.to_bits());
}
