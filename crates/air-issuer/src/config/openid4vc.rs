//! `[openid4vc]`: offers to wallets outside AIR.

use std::time::Duration;

use air_oid4vc::vci::IssuerId;
use air_oid4vc_http::issuer::{DpopPolicy, IssuerProfile};

use super::{ConfigError, Origin, StatusListConfig, duration::Seconds, file::Openid4vcSection};

/// The lifetime of an offer, if its call names none.
const OFFER_LIFETIME: Duration = Duration::from_mins(10);
/// The maximum number of offers whose code was not exchanged.
const OPEN_OFFERS: u64 = 10_000;

/// The issuer that wallets see.
#[derive(Clone, Debug)]
pub(crate) struct Openid4vcConfig {
    /// The Credential Issuer Identifier.
    pub(crate) issuer: IssuerId,
    /// The name that wallets show.
    pub(crate) name: Option<String>,
    /// Whether access tokens must be bound to a key of the wallet.
    pub(crate) dpop: DpopPolicy,
    pub(crate) offer_lifetime: Duration,
    pub(crate) open_offers: u64,
}

impl Openid4vcConfig {
    /// The maximum lifetime of an offer.
    pub(crate) const LONGEST_OFFER: Duration = Duration::from_hours(24);
    /// The `{id}` of the routes: this service is one issuer.
    pub(crate) const ISSUER: &'static str = "issuer";

    pub(super) fn read(
        section: &Openid4vcSection,
        origin: &Origin,
        lists: Option<StatusListConfig>,
        warnings: &mut Vec<String>,
    ) -> Result<Self, ConfigError> {
        let issuer = IssuerProfile::identifier(origin.as_str(), Self::ISSUER)
            .map_err(|error| ConfigError::invalid("ISSUER_ORIGIN", error.to_string()))?;
        let offer_lifetime = section.offer_lifetime.map_or(OFFER_LIFETIME, Seconds::duration);
        if offer_lifetime > Self::LONGEST_OFFER {
            return Err(ConfigError::invalid(
                "openid4vc.offer-lifetime",
                "must be at most 24h, because anyone with the link can redeem the offer",
            ));
        }
        if lists.is_none() {
            warnings.push(
                "`openid4vc` is on without status lists, so verifiers outside AIR can't see revocations; \
                 set `partition-size` in [status-list] before the first credential"
                    .to_owned(),
            );
        }
        Ok(Self {
            issuer,
            name: section.name.clone(),
            dpop: if section.require_dpop {
                DpopPolicy::Required
            } else {
                DpopPolicy::Optional
            },
            offer_lifetime,
            open_offers: section
                .open_offers
                .map_or(OPEN_OFFERS, |number| number.get().into()),
        })
    }
}
