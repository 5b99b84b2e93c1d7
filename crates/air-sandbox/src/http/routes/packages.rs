//! Semi-decrypted packages.

use crate::http::{
    OBJECT_LIMIT,
    api::{Api, Tag, get, post},
    packages,
};

pub(super) fn add(api: &mut Api) {
    let tag = Tag::Packages;
    api.add(
        post(
            "/sandbox/v1/packages",
            "depositPackage",
            tag,
            "Deposit a semi-decrypted package for the verifier to whom the user agreed",
        )
        .refuses(&[404, 409, 507])
        .body_limit(OBJECT_LIMIT),
        packages::deposit,
    );
    api.add(
        get(
            "/sandbox/v1/packages/{package}",
            "fetchPackage",
            tag,
            "Fetch a package by its signed URL, until its time is over",
        )
        .refuses(&[403, 410]),
        packages::fetch,
    );
    api.add(
        get(
            "/sandbox/v1/packages/{package}/accesses",
            "packageAccesses",
            tag,
            "List each use of a package's URL, as its issuer or its verifier",
        )
        .refuses(&[404]),
        packages::log,
    );
}
