// `dcql` (OpenWallet Foundation Labs): reads one question from stdin and writes one answer to stdout.
// See ../node_dcql.rs.
import { readFileSync } from "node:fs";
import { DcqlPresentationResult, DcqlQuery } from "dcql";

const question = JSON.parse(readFileSync(0, "utf8"));

/** The parsed query, or nothing if it was refused. */
const parsed = (query) => {
  try {
    const result = DcqlQuery.parse(query);
    DcqlQuery.validate(result);
    return result;
  } catch {
    return undefined;
  }
};

/** What a wallet with these credentials could present. */
const matched = (query, credentials) => {
  const result = DcqlQuery.query(query, credentials);
  const matches = Object.values(result.credential_matches).map((match) => [
    match.credential_query_id,
    (match.valid_credentials ?? []).map((valid) => ({
      credential: valid.input_credential_index,
      claim_sets: valid.claims.valid_claim_sets.map((set) => set.claim_set_index ?? null),
    })),
  ]);
  const sets = (result.credential_sets ?? []).map((set) => set.matching_options ?? []);
  return { satisfiable: result.can_be_satisfied, matches: Object.fromEntries(matches), sets };
};

/** Whether a verifier accepts this answer. */
const accepted = (query, presented) => {
  try {
    return DcqlPresentationResult.fromDcqlPresentation(presented, { dcqlQuery: query }).can_be_satisfied;
  } catch {
    return false;
  }
};

const answers = question.cases.map(({ query, credentials, answers }) => {
  const valid = parsed(query);
  if (!valid) return { valid: false };
  return {
    valid: true,
    ...matched(valid, credentials),
    accepted: answers.map((answer) => accepted(valid, answer)),
  };
});
process.stdout.write(JSON.stringify(answers));
