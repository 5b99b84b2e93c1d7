//! The media type that a request prefers (RFC 9110, section 12.5.1).

use axum::http::{HeaderMap, header};

/// The weight of a media type in thousandths.
type Weight = u16;

/// Whether a request prefers `application/jwt` to `application/json`. One that names both with the
/// same weight gets JSON.
pub(crate) fn prefers_jwt(headers: &HeaderMap) -> bool {
    prefers(headers, "application/jwt", "application/json")
}

/// Whether a request prefers a status list as CWT. One that names both with the same weight gets a JWT.
pub(crate) fn prefers_cwt(headers: &HeaderMap) -> bool {
    prefers(
        headers,
        "application/statuslist+cwt",
        "application/statuslist+jwt",
    )
}

/// Whether a request prefers one media type to the usual one.
fn prefers(headers: &HeaderMap, other: &str, usual: &str) -> bool {
    let values = headers.get_all(header::ACCEPT).iter();
    let ranges: Vec<(String, Weight)> = values
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .map(range)
        .collect();
    let weight = |names: &[&str]| {
        let named = names
            .iter()
            .find_map(|name| ranges.iter().find(|(range, _)| range == name));
        named.map_or(0, |(_, weight)| *weight)
    };
    weight(&[other]) > weight(&[usual, "application/*", "*/*"])
}

/// Reads a media range and its weight. A weight that is invalid counts as 0.
fn range(text: &str) -> (String, Weight) {
    let mut parts = text.split(';').map(str::trim);
    let name = parts.next().unwrap_or_default().to_ascii_lowercase();
    let weight = parts.find_map(|part| {
        let (name, value) = part.split_once('=')?;
        name.trim().eq_ignore_ascii_case("q").then(|| value.trim())
    });
    let weight = weight.map_or(1000, |weight| thousandths(weight).unwrap_or(0));
    (name, weight)
}

fn thousandths(text: &str) -> Option<Weight> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let digits = format!("{fraction:0<3}");
    let is_valid = digits.len() == 3 && digits.bytes().all(|digit| digit.is_ascii_digit());
    let fraction: Weight = digits.parse().ok().filter(|_| is_valid)?;
    match whole {
        "0" => Some(fraction),
        "1" if fraction == 0 => Some(1000),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_jwt_is_preferred_only_if_its_weight_is_higher() {
        for (accept, expected) in [
            ("application/jwt", true),
            ("Application/JWT; q=0.9, application/json;q=0.5", true),
            ("application/json;q=0.1, application/jwt", true),
            ("application/jwt, */*;q=0.1", true),
            ("application/jwt;q=0", false),
            ("application/jwt;q=2", false),
            ("application/jwt;q=0.1234", false),
            ("application/jwt, application/json", false),
            ("application/json, application/jwt;q=0.9", false),
            ("application/json", false),
            ("*/*", false),
            ("", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
            assert_eq!(prefers_jwt(&headers), expected, "{accept}");
        }
        assert!(!prefers_jwt(&HeaderMap::new()));
    }

    #[test]
    fn a_cwt_is_preferred_only_if_its_weight_is_higher() {
        for (accept, expected) in [
            ("application/statuslist+cwt", true),
            (
                "application/statuslist+cwt, application/statuslist+jwt;q=0.9",
                true,
            ),
            ("application/statuslist+cwt, */*;q=0.1", true),
            (
                "application/statuslist+jwt, application/statuslist+cwt;q=0.9",
                false,
            ),
            ("application/statuslist+jwt, application/statuslist+cwt", false),
            ("application/statuslist+jwt", false),
            ("application/cwt", false),
            ("*/*", false),
        ] {
            let headers = HeaderMap::from_iter([(header::ACCEPT, accept.parse().unwrap())]);
            assert_eq!(prefers_cwt(&headers), expected, "{accept}");
        }
        assert!(!prefers_cwt(&HeaderMap::new()));
    }
}
