//! Placeholders without numbers. SQLite searches all numbered placeholders of a statement for each value, so the time to prepare
//! the statement and to bind its values grows with the square of their number.

use super::{Query, rows::renumber};

/// The number of values up to which a statement that is sent alone keeps its numbers, and its text is not copied.
const FEW_VALUES: usize = 16;

/// Joins statements into one text. Their placeholders lose their numbers where each value has one placeholder, in order.
pub(super) fn join<'q>(statements: impl IntoIterator<Item = Query<'q>>) -> Query<'q> {
    let statements: Vec<_> = statements
        .into_iter()
        .map(|statement| (unnumbered(&statement), statement))
        .collect();
    // Placeholders without numbers stand for the first values, in the order of the statements.
    let before = statements
        .iter()
        .filter(|(unnumbered, _)| unnumbered.is_some())
        .map(|(_, statement)| statement.arguments.len())
        .sum::<usize>();
    let mut text = String::new();
    let (mut arguments, mut numbered) = (Vec::with_capacity(before), Vec::new());
    for (unnumbered, statement) in statements {
        if let Some(unnumbered) = unnumbered {
            text.push_str(&unnumbered);
            arguments.extend(statement.arguments);
        } else {
            renumber(&statement.text, before + numbered.len(), &mut text);
            numbered.extend(statement.arguments);
        }
        text.push(';');
    }
    arguments.append(&mut numbered);
    Query {
        text: text.into(),
        arguments,
    }
}

/// Returns a statement that is sent alone, without the numbers of its placeholders if it has many.
pub(super) fn alone(statement: Query<'_>) -> Query<'_> {
    if statement.arguments.len() <= FEW_VALUES {
        return statement;
    }
    join([statement])
}

/// Returns the text of a statement with `?` for each placeholder, if they are `$1`, `$2` and so on in order, one for each value.
fn unnumbered(statement: &Query<'_>) -> Option<String> {
    let mut text = String::with_capacity(statement.text.len());
    let mut parts = statement.text.split('$');
    text.push_str(parts.next().unwrap_or_default());
    let mut number = 0_usize;
    for part in parts {
        let digits = part.len() - part.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        if digits == 0 {
            text.push('$');
            text.push_str(part);
            continue;
        }
        let (placeholder, rest) = part.split_at(digits);
        number += 1;
        if placeholder.parse::<usize>() != Ok(number) {
            return None;
        }
        text.push('?');
        text.push_str(rest);
    }
    (number == statement.arguments.len()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::{super::query, *};

    fn values(query: &Query<'_>) -> Vec<String> {
        query.arguments.iter().map(|value| format!("{value:?}")).collect()
    }

    #[test]
    fn placeholders_in_order_lose_their_numbers() {
        let statement = query("SELECT $1, '$.a', $2 FROM t WHERE a = $3")
            .bind(1_i64)
            .bind(2_i64);
        assert_eq!(unnumbered(&statement), None, "a value is missing");
        let statement = statement.bind(3_i64);
        assert_eq!(
            unnumbered(&statement).as_deref(),
            Some("SELECT ?, '$.a', ? FROM t WHERE a = ?")
        );
        for text in ["SELECT $2, $1", "SELECT $1, $1", "SELECT $1, $1, $2", "SELECT $1"] {
            assert_eq!(unnumbered(&query(text).bind(1_i64).bind(2_i64)), None, "{text}");
        }
        assert_eq!(unnumbered(&query("RELEASE tx")).as_deref(), Some("RELEASE tx"));
    }

    #[test]
    fn values_without_numbers_come_first() {
        let joined = join([
            query("SELECT $1").bind(1_i64),
            query("SELECT $1, $2, $1").bind(2_i64).bind(3_i64),
            query("SELECT $1, $2").bind(4_i64).bind(5_i64),
            query("SELECT $2, $1").bind(6_i64).bind(7_i64),
        ]);
        assert_eq!(
            joined.text,
            "SELECT ?;SELECT $4, $5, $4;SELECT ?, ?;SELECT $7, $6;"
        );
        assert_eq!(
            values(&joined),
            [1, 4, 5, 2, 3, 6, 7].map(|value| format!("Integer(Some({value}))"))
        );
    }
}
