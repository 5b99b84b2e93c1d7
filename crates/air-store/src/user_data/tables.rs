//! The rules: which rows of a table are those of a person, and what an erasure does with them.

/// Common table expressions for all statements. `$1` is the user's ID and `$2` the e-mail address.
///
/// `terms` has the texts by which other tables mention the person. They are searched for as parts of
/// JSON and of forms, so an address also finds a longer one that ends in it: a kept response or an event
/// is then lost too early, which is better than too late. An export leaves such rows out.
pub(super) const WITH: &str = "WITH person (user_uuid, email) AS (SELECT CAST($1 AS TEXT), CAST($2 AS TEXT)),
held (core_claim_hash, vc_id) AS (
    SELECT core_claim_hash, vc_id FROM credentials WHERE user_uuid = (SELECT user_uuid FROM person)),
offered (offer_id) AS (
    SELECT offer_id FROM credential_offers WHERE email = (SELECT email FROM person)
        OR copied_from IN (SELECT core_claim_hash FROM held)),
runs (verification_id) AS (
    SELECT verification_id FROM verifications WHERE user_uuid = (SELECT user_uuid FROM person)),
records (record_id) AS (
    SELECT record_id FROM callbacks WHERE user_uuid = (SELECT user_uuid FROM person)
        OR verification_id IN (SELECT verification_id FROM runs)),
terms (term) AS MATERIALIZED (
    SELECT user_uuid FROM person
    UNION SELECT email FROM person
    UNION SELECT replace(email, '@', '%40') FROM person
    UNION SELECT holder_did FROM users WHERE user_uuid = (SELECT user_uuid FROM person)
    UNION SELECT address FROM wallets WHERE user_uuid = (SELECT user_uuid FROM person)
    UNION SELECT core_claim_hash FROM held
    UNION SELECT vc_id FROM held
    UNION SELECT offer_id FROM offered
    UNION SELECT verification_id FROM runs
    UNION SELECT record_id FROM records
    UNION SELECT storage_id FROM objects WHERE core_claim_hash IN (SELECT core_claim_hash FROM held)
    UNION SELECT storage_id FROM sealed_credentials WHERE user_uuid = (SELECT user_uuid FROM person)
    UNION SELECT package_id FROM packages WHERE verification_id IN (SELECT verification_id FROM runs)
    UNION SELECT request_id FROM presentations WHERE user_uuid = (SELECT user_uuid FROM person))
";

/// The rows of a person in one table.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    pub(super) table: &'static str,
    /// A condition of SQL, which may use the expressions of [`WITH`].
    pub(super) condition: &'static str,
    pub(super) change: Change,
}

impl Rule {
    /// Whether rows are found by the texts in them, and so may be those of a person with a longer address.
    pub(super) fn is_search(&self) -> bool {
        self.condition.contains("instr(")
    }
}

/// The change of an erasure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// The rows are deleted.
    Delete,
    /// The rows stay with these columns empty.
    Blank(&'static str),
}

const OF_USER: &str = "user_uuid = (SELECT user_uuid FROM person)";
const OF_CREDENTIAL: &str = "core_claim_hash IN (SELECT core_claim_hash FROM held)";
const OF_OFFER: &str = "offer_id IN (SELECT offer_id FROM offered)";
const OF_RUN: &str = "verification_id IN (SELECT verification_id FROM runs)";

/// The rules in the order of an erasure: a table is before those by which its rows are found, and before
/// those that it refers to.
pub(super) const RULES: &[Rule] = &[
    delete(
        "idempotency_keys",
        "EXISTS (SELECT 1 FROM terms WHERE term <> '' AND (instr(caller, term) > 0 OR instr(key, term) > 0
            OR instr(answer, term) > 0))
         OR verification_id IN (SELECT verification_id FROM runs)",
    ),
    delete(
        "events",
        "EXISTS (SELECT 1 FROM terms WHERE term <> '' AND instr(data, term) > 0)",
    ),
    delete(
        "presentation_requests",
        "request_id IN (SELECT request_id FROM presentations WHERE user_uuid = (SELECT user_uuid FROM person))
         OR EXISTS (SELECT 1 FROM terms WHERE term <> ''
            AND (instr(result, term) > 0 OR instr(transaction_data, term) > 0))",
    ),
    delete("presentations", OF_USER),
    delete(
        "authorization_requests",
        "email = (SELECT email FROM person) OR offer_id IN (SELECT offer_id FROM offered)
         OR EXISTS (SELECT 1 FROM terms WHERE term <> '' AND instr(form, term) > 0)",
    ),
    delete("deferred_issuances", OF_OFFER),
    delete("refresh_tokens", OF_OFFER),
    delete(
        "wallet_exports",
        "core_claim_hash IN (SELECT core_claim_hash FROM held) OR copy_hash IN (SELECT core_claim_hash FROM held)",
    ),
    delete(
        "offer_credentials",
        "core_claim_hash IN (SELECT core_claim_hash FROM held) OR offer_id IN (SELECT offer_id FROM offered)",
    ),
    delete("credential_offers", OF_OFFER),
    delete(
        "package_accesses",
        "package_id IN (SELECT package_id FROM packages WHERE verification_id IN (SELECT verification_id FROM runs))",
    ),
    delete("packages", OF_RUN),
    delete(
        "callback_attempts",
        "record_id IN (SELECT record_id FROM records)",
    ),
    delete("callbacks", "record_id IN (SELECT record_id FROM records)"),
    delete("predicate_requests", OF_RUN),
    delete("verifications", OF_USER),
    delete("objects", OF_CREDENTIAL),
    delete("predicate_challenges", OF_CREDENTIAL),
    delete("predicate_credentials", OF_CREDENTIAL),
    delete("notice_outbox", OF_CREDENTIAL),
    delete("wallet_deletions", OF_CREDENTIAL),
    Rule {
        table: "ledger_entries",
        condition: OF_CREDENTIAL,
        change: Change::Blank("core_claim_hash"),
    },
    delete("credentials", OF_USER),
    delete("sealed_credentials", OF_USER),
    delete("caks", OF_USER),
    delete("holder_keys", OF_USER),
    delete("holder_signing_keys", OF_USER),
    delete("on_behalf_refusals", OF_USER),
    delete("wallets", OF_USER),
    delete("sessions", OF_USER),
    delete("users", OF_USER),
];

const fn delete(table: &'static str, condition: &'static str) -> Rule {
    Rule {
        table,
        condition,
        change: Change::Delete,
    }
}

/// Returns the tables whose rows of a person an erasure deletes, or blanks if the second value is `false`.
pub fn erased_tables() -> impl Iterator<Item = (&'static str, bool)> {
    RULES
        .iter()
        .map(|rule| (rule.table, rule.change == Change::Delete))
}
