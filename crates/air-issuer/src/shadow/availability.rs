//! The availability of a service: a comparison ends if a service can't be connected to, or stops responding.

use air_fetch::FetchError;

use super::ShadowError;

/// The number of requests in a row without a response that ends a comparison.
const LIMIT: u32 = 3;

/// Counts the requests in a row that a service did not respond to.
#[derive(Debug)]
pub(super) struct Availability {
    service: &'static str,
    lost: u32,
}

impl Availability {
    pub(super) const fn of(service: &'static str) -> Self {
        Self { service, lost: 0 }
    }

    /// Separates a service that is away from other outcomes of a request.
    ///
    /// # Errors
    /// [`ShadowError::Unreachable`] at a failed connection, and [`ShadowError::Silent`] at the third response in a row that
    /// is lost or late.
    pub(super) fn check<R>(
        &mut self,
        response: Result<R, FetchError>,
    ) -> Result<Result<R, FetchError>, ShadowError> {
        let service = self.service;
        match response {
            Err(FetchError::Connect) => return Err(ShadowError::Unreachable { service }),
            Err(FetchError::TimedOut | FetchError::BrokeOff) => self.lost += 1,
            _ => self.lost = 0,
        }
        if self.lost == LIMIT {
            return Err(ShadowError::Silent {
                service,
                requests: LIMIT,
            });
        }
        Ok(response)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn three_lost_responses_in_a_row_end_a_comparison() {
        let mut service = Availability::of("this service");
        let lost = [FetchError::TimedOut, FetchError::BrokeOff];
        for error in lost {
            assert_eq!(service.check::<()>(Err(error)).unwrap(), Err(error));
        }
        assert_eq!(service.check(Ok(())).unwrap(), Ok(()));
        for error in lost {
            assert_eq!(service.check::<()>(Err(error)).unwrap(), Err(error));
        }
        let silent = service.check::<()>(Err(FetchError::TimedOut));
        assert!(
            matches!(
                silent,
                Err(ShadowError::Silent {
                    service: "this service",
                    requests: 3
                })
            ),
            "{silent:?}"
        );
    }

    #[test]
    fn a_response_that_is_too_long_is_a_response() {
        let mut service = Availability::of("this service");
        let error = FetchError::TooLong { limit: 8 };
        for _ in 0..LIMIT {
            assert_eq!(service.check::<()>(Err(error)).unwrap(), Err(error));
        }
    }
}
