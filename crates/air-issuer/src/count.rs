//! Numbers of things as text.

/// A number of things: `1 schema`, `2 schemas`.
pub(crate) fn counted(number: u64, one: &str, many: &str) -> String {
    let noun = if number == 1 { one } else { many };
    format!("{number} {noun}")
}

#[cfg(test)]
mod tests {
    use super::counted;

    #[test]
    fn one_thing_is_singular() {
        assert_eq!(
            [0, 1, 2].map(|number| counted(number, "schema", "schemas")),
            ["0 schemas", "1 schema", "2 schemas"]
        );
    }
}
