//! The ratio of paired rates, with its interval.

/// Student's t for a two-sided interval of 95 % with nine degrees of freedom.
const T: f64 = 2.262;

/// The ratio of the first rate to the second one in ten pairs, and its interval of 95 %, by the logarithms of the
/// pairs' ratios.
pub(super) struct Interval {
    pub(super) low: f64,
    pub(super) ratio: f64,
    pub(super) high: f64,
}

impl Interval {
    pub(super) fn of(pairs: &[(f64, f64)]) -> Self {
        let count = pairs.iter().map(|_| 1.0).sum::<f64>();
        let logs: Vec<f64> = pairs
            .iter()
            .map(|(first, second)| (first / second).ln())
            .collect();
        let mean = logs.iter().sum::<f64>() / count;
        let variance = logs.iter().map(|log| (log - mean).powi(2)).sum::<f64>() / (count - 1.0);
        let half = T * (variance / count).sqrt();
        Self {
            low: (mean - half).exp(),
            ratio: mean.exp(),
            high: (mean + half).exp(),
        }
    }
}
