//! Messages of OpenID4VCI and OpenID4VP: nothing panics, and what is read is written back as the same value.

use air_oid4vc::{
    UnixTime,
    dcql::Query,
    explain::{Context, explain},
    oauth::{AuthorizationAnswer, AuthorizationRequest as CodeRequest},
    vci::{CredentialOffer, OPENID_CREDENTIAL_OFFER, OfferLink},
    vp::{AuthorizationRequest, Invocation, OPENID4VP, RequestObject, Signature},
};
use serde_json::Value;

const NOW: UnixTime = UnixTime::from_secs(1_800_000_000);

/// A DCQL query.
pub fn dcql(data: &[u8]) {
    if let Ok(query) = Query::parse(data) {
        let again = Query::from_value(&query.to_value()).expect("it reads what it writes");
        assert_eq!(again, query);
        let _ = query.matches(&[]).plan(air_oid4vc::dcql::OptionalSets::Include);
    }
}

/// An offer, or the link to one.
pub fn offer(data: &[u8]) {
    if let Ok(offer) = CredentialOffer::parse(data) {
        let link = OfferLink::Offer(Box::new(offer));
        let again = OfferLink::parse(&link.to_link(OPENID_CREDENTIAL_OFFER));
        assert_eq!(again.expect("it reads what it writes"), link);
    }
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(link) = OfferLink::parse(text) {
        let again = OfferLink::parse(&link.to_link(OPENID_CREDENTIAL_OFFER));
        assert_eq!(again.expect("it reads what it writes"), link);
    }
    let _ = explain(text, &Context::at(NOW));
}

/// A presentation request: its members, its link, or its signed form; and a request for a code.
pub fn request(data: &[u8]) {
    if let Ok(Value::Object(members)) = serde_json::from_slice(data) {
        for signature in [Signature::Absent, Signature::Present] {
            if let Ok(request) = AuthorizationRequest::from_members(&members, signature) {
                let again = AuthorizationRequest::from_members(&request.to_members(), signature);
                assert_eq!(again.expect("it reads what it writes"), request);
            }
        }
    }
    if let Ok(request) = CodeRequest::parse(data) {
        let again = CodeRequest::parse(request.to_form().as_bytes());
        assert_eq!(again.expect("it reads what it writes"), request);
    }
    let Ok(text) = std::str::from_utf8(data) else {
        return;
    };
    if let Ok(invocation) = Invocation::parse(text) {
        let again = Invocation::parse(&invocation.to_link(OPENID4VP));
        assert_eq!(again.expect("it reads what it writes"), invocation);
    }
    let _ = RequestObject::parse(text);
    let _ = AuthorizationAnswer::parse(text);
    let _ = explain(text, &Context::at(NOW));
}
