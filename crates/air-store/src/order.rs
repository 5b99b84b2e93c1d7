//! The order of lists by one of their columns.

/// The order of a list. A column that the list does not have leaves it in its usual order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Order<'a> {
    /// The column's name in a query.
    pub column: &'a str,
    /// Whether the largest value is the first.
    pub is_descending: bool,
}

/// The columns of a list, each with its name in a query and its SQL expression.
pub(crate) struct Columns {
    pub(crate) columns: &'static [(&'static str, &'static str)],
    /// The usual order. It also orders rows that are equal in another order.
    pub(crate) usual: &'static str,
}

pub(crate) const ACCOUNTS: Columns = Columns {
    columns: &[("name", "lower(name)"), ("since", "created_at")],
    usual: "created_at DESC, partner_id",
};

pub(crate) const PROGRAMS: Columns = Columns {
    columns: &[
        ("name", "lower(coalesce(programs.name, schemas.title))"),
        ("schema", "lower(schemas.title)"),
        ("issuer", "lower(partners.name)"),
        ("state", "published"),
        (
            "issued",
            "(SELECT count(*) FROM credentials WHERE credentials.program_id = programs.program_id)",
        ),
        ("since", "programs.created_at"),
    ],
    usual: "programs.created_at DESC, programs.rowid DESC",
};

pub(crate) const VERIFICATION_PROGRAMS: Columns = Columns {
    columns: &[
        (
            "name",
            "lower(coalesce(verification_programs.name, schemas.title))",
        ),
        ("schema", "lower(schemas.title)"),
        ("verifier", "lower(partners.name)"),
        (
            "runs",
            "(SELECT count(*) FROM verifications WHERE verifications.program_id = verification_programs.program_id)",
        ),
    ],
    usual: "verification_programs.created_at DESC, verification_programs.rowid DESC",
};

pub(crate) const RUNS: Columns = Columns {
    columns: &[
        ("title", "lower(schemas.title)"),
        ("verifier", "lower(partners.name)"),
        ("email", "lower(users.email)"),
        ("asked", "started_at"),
    ],
    usual: "started_at DESC, verification_id",
};

pub(crate) const USERS: Columns = Columns {
    columns: &[
        ("email", "lower(email)"),
        (
            "held",
            "(SELECT count(*) FROM credentials WHERE credentials.user_uuid = users.user_uuid)",
        ),
        ("since", "created_at"),
    ],
    usual: "created_at DESC, user_uuid",
};

pub(crate) const BLOCKS: Columns = Columns {
    columns: &[("number", "number")],
    usual: "number DESC",
};

pub(crate) const CALLBACKS: Columns = Columns {
    columns: &[
        ("opened", "callbacks.created_at"),
        ("issuer", "lower(issuers.name)"),
        ("state", "status"),
    ],
    usual: "(status < 0), callbacks.created_at DESC, record_id",
};

pub(crate) const SCHEMAS: Columns = Columns {
    columns: &[
        ("title", "lower(schemas.title)"),
        ("published", "schemas.created_at"),
    ],
    usual: "number DESC",
};

impl Columns {
    /// Returns the `ORDER BY` clause.
    pub(crate) fn clause(&self, order: Option<Order<'_>>) -> String {
        let column = order.and_then(|order| {
            let (_, expression) = self.columns.iter().find(|(name, _)| *name == order.column)?;
            let direction = if order.is_descending { "DESC" } else { "ASC" };
            Some(format!("{expression} {direction}, "))
        });
        format!("ORDER BY {}{}", column.unwrap_or_default(), self.usual)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_is_by_a_known_column_alone() {
        let clause = |column, is_descending| {
            USERS.clause(Some(Order {
                column,
                is_descending,
            }))
        };
        assert_eq!(
            clause("email", true),
            "ORDER BY lower(email) DESC, created_at DESC, user_uuid"
        );
        assert!(clause("since", false).starts_with("ORDER BY created_at ASC, "));
        for unknown in ["", "1; DROP TABLE users"] {
            assert_eq!(clause(unknown, false), USERS.clause(None));
        }
    }
}
