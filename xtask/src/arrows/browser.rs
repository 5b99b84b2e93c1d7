//! Checks that no browser module includes certificates, mdocs, OpenID4VC or encrypted tokens: a module has a
//! size limit, and its pages do not use them.

use crate::{
    shell::{Outcome, cargo},
    wasm,
};

/// The packages that no module includes.
const PACKAGES: [&str; 7] = [
    "air-mdoc",
    "air-oid4vc",
    "air-x509",
    "ciborium",
    "coset",
    "rustls-webpki",
    "x509-cert",
];
/// The features of [`TOKENS`] that no module enables.
const FEATURES: [&str; 3] = ["client-attestation", "dpop", "jwe"];
const TOKENS: &str = "air-jwt";

pub(super) fn check() -> Outcome {
    for (name, selection) in wasm::selections() {
        let tree = cargo(["tree", "--locked", "--edges=normal", "--prefix=none"])
            .args(["--format={p}|{f}", "--target=wasm32-unknown-unknown"])
            .args(selection)
            .read()
            .ok_or_else(|| format!("failed to list the dependencies of the browser module {name}"))?;
        if let Some(found) = unwanted(&tree) {
            return Err(format!(
                "the browser module {name} includes {found}; put it behind a feature that no module enables"
            ));
        }
    }
    Ok(())
}

/// The first unwanted package or feature of a list with a line `NAME VERSION…|FEATURES` for each package.
fn unwanted(tree: &str) -> Option<String> {
    tree.lines().find_map(|line| {
        let (package, features) = line.split_once('|')?;
        let name = package.split(' ').next()?;
        if PACKAGES.contains(&name) {
            return Some(name.to_owned());
        }
        // A package that was listed before has the mark `(*)`.
        let features = features.split(' ').next()?;
        let feature = features.split(',').find(|feature| FEATURES.contains(feature))?;
        (name == TOKENS).then(|| format!("{name}/{feature}"))
    })
}

#[cfg(test)]
mod tests {
    use super::unwanted;

    #[test]
    fn finds_packages_and_features_that_no_module_includes() {
        let module = "air-wasm v0.1.0 (/air)|verify\nair-jwt v0.1.0 (/air)|\nserde v1.0.0|derive,jwe";
        assert_eq!(unwanted(module), None);
        for (line, expected) in [
            ("coset v0.4.2|default,std", "coset"),
            ("air-x509 v0.1.0 (/air)| (*)", "air-x509"),
            ("air-jwt v0.1.0 (/air)|default,jwe (*)", "air-jwt/jwe"),
        ] {
            let tree = format!("{module}\n{line}");
            assert_eq!(unwanted(&tree).as_deref(), Some(expected));
        }
    }
}
