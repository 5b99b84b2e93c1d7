//! Intended differences, as the book's table *What differs from the vendor's service* has them.

use super::{
    probe::Kind,
    shape::{Found, FoundKind},
};

/// The reason for two different statuses.
pub(super) fn status(kind: Kind, vendor: u16, ours: u16) -> Option<&'static str> {
    match (kind, vendor, ours) {
        (Kind::StatusList, 404, 200) => {
            Some("the vendor's service has not published this list yet; this service serves it at once")
        }
        (Kind::Refusal, 404, 400) | (Kind::Document, 404, 200) => {
            Some("the vendor's version does not have this route")
        }
        (Kind::Refusal, 500, 400) => {
            Some("nonces and partitions of another form are refused with 400 in place of 500")
        }
        (Kind::Refusal, 200 | 201 | 400, 403) => {
            Some("the vendor's service accepts each API key, because its own is empty")
        }
        _ => None,
    }
}

/// The reason for a difference of two bodies.
pub(super) fn found(kind: Kind, found: &Found) -> Option<&'static str> {
    match (kind, found.kind, found.place.as_str()) {
        (Kind::Refusal, FoundKind::OursOnly, "/code" | "/requestId") => {
            Some("refusals of this service may also have `code` and `requestId`")
        }
        (Kind::StatusList, FoundKind::VendorOnly, "/partnerId") => {
            Some("a status list of this service does not name the partner")
        }
        (Kind::StatusList, FoundKind::OursOnly, "/exp" | "/ttl") => {
            Some("a status list of this service expires, and may be cached for `ttl`")
        }
        (Kind::StatusList, FoundKind::Entries { vendor_only: 0, .. }, _) => {
            Some("a revocation is in the list at once, and in the vendor's after the next publication")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_revocation_that_only_the_vendor_has_is_not_intended() {
        let entries = |vendor_only, ours_only| {
            Found::whole(FoundKind::Entries {
                vendor_only,
                ours_only,
            })
        };
        assert!(found(Kind::StatusList, &entries(0, 1)).is_some());
        assert_eq!(found(Kind::StatusList, &entries(1, 0)), None);
        assert_eq!(found(Kind::Document, &Found::whole(FoundKind::Values)), None);
    }

    #[test]
    fn an_unknown_status_is_not_explained() {
        assert!(status(Kind::Refusal, 500, 400).is_some());
        assert!(status(Kind::StatusList, 404, 200).is_some());
        for (kind, vendor, ours) in [
            (Kind::Document, 200, 404),
            (Kind::StatusList, 200, 404),
            (Kind::Refusal, 403, 200),
            (Kind::Previews, 201, 500),
        ] {
            assert_eq!(status(kind, vendor, ours), None, "{kind:?}");
        }
    }
}
