//! The result of a comparison.

/// The result of a comparison.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShadowReport {
    /// The requests, in order.
    pub requests: Vec<ShadowedRequest>,
    /// The parts that were left out, with the reason.
    pub skipped: Vec<&'static str>,
}

/// A request to both services.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShadowedRequest {
    /// The method, the path and the purpose. It contains no user and no holder.
    pub request: String,
    /// The status of the vendor's service, if it responded.
    pub vendor: Option<u16>,
    /// The status of this service, if it responded.
    pub ours: Option<u16>,
    /// The differences of the responses.
    pub differences: Vec<ShadowDifference>,
}

/// A difference of two responses. It contains no claim.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ShadowDifference {
    /// A JSON pointer to the member, or empty for the whole response.
    pub place: String,
    /// The difference.
    pub message: String,
    /// The reason, if the difference is intended.
    pub explanation: Option<&'static str>,
}

impl ShadowReport {
    /// The number of differences without an explanation.
    #[must_use]
    pub fn unexplained(&self) -> usize {
        let differences = self.requests.iter().flat_map(|request| &request.differences);
        differences
            .filter(|difference| difference.explanation.is_none())
            .count()
    }
}

impl ShadowDifference {
    pub(super) fn new(
        place: impl Into<String>,
        message: impl Into<String>,
        explanation: Option<&'static str>,
    ) -> Self {
        Self {
            place: place.into(),
            message: message.into(),
            explanation,
        }
    }
}
