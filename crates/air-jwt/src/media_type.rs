//! Compares values of `typ` as media types (RFC 7515, 4.1.9).

/// The prefix that `typ` may omit from a media type with no other slash.
const APPLICATION: &str = "application/";

/// Whether two values of `typ` name the same media type. The comparison ignores case and a leading
/// `application/` (RFC 7515, 4.1.9; RFC 2045, 5.1). It is used for every kind of token: Partner
/// JWTs, credentials, proofs and status lists.
#[must_use]
pub fn is_same_media_type(typ: &str, expected: &str) -> bool {
    short(typ).eq_ignore_ascii_case(short(expected))
}

/// Removes `application/` when no other slash follows.
fn short(typ: &str) -> &str {
    match typ.split_at_checked(APPLICATION.len()) {
        Some((prefix, rest)) if prefix.eq_ignore_ascii_case(APPLICATION) && !rest.contains('/') => rest,
        _ => typ,
    }
}

#[cfg(test)]
mod tests {
    use super::is_same_media_type as same;

    #[test]
    fn compares_without_case_and_with_or_without_application() {
        for typ in ["JWT", "jwt", "application/jwt", "Application/JWT"] {
            assert!(same(typ, "JWT"), "{typ}");
        }
        assert!(same("DC+SD-JWT", "dc+sd-jwt"));
        assert!(same("application/dc+sd-jwt", "dc+sd-jwt"));
    }

    #[test]
    fn tells_other_types_apart() {
        for typ in [
            "",
            "application/",
            "at+jwt",
            "text/jwt",
            // As long as `application/` before the rest.
            "multipart/x-jwt",
            "application/application/jwt",
            " jwt",
            "jwt ",
            "jwt;v=1",
            "application/jwt/",
            "ＪＷＴ",
        ] {
            assert!(!same(typ, "JWT"), "{typ}");
        }
    }
}
