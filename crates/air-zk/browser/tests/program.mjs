// The program `air-zk`, natively: AIR_ZK is its path.

import { spawnSync } from "node:child_process";

const { AIR_ZK } = process.env;
const CHALLENGE = "09".repeat(32);
export const VALUE = 19_900_501;

/** Runs a command, and returns the answer with the exit code. */
export function run(command, members) {
  const input = JSON.stringify({ protocol: 1, command, ...members });
  const { status, stdout, error } = spawnSync(AIR_ZK, { input, env: {}, maxBuffer: 16 << 20 });
  if (error) throw error;
  return { ...JSON.parse(stdout), exitCode: status };
}

/** Runs a command that must succeed. */
export function done(command, members) {
  const answer = run(command, members);
  if (answer.exitCode !== 0) throw new Error(`${command}: ${answer.error?.message}`);
  return answer;
}

/** An issuer with a schema of 14 numbers. */
export function issuer() {
  const names = Array.from({ length: 14 }, (_, number) => `a${number}`);
  const terms = {
    issuer: "did:web:issuer.example",
    schemaId: "numbers",
    epochSeconds: 86_400,
    schema: { title: "Numbers", attributes: names.map((name) => ({ name, type: "integer" })) },
  };
  const { key, scheme } = done("keys", { terms });
  const subject = Object.fromEntries(names.map((name) => [name, VALUE]));
  return {
    scheme,
    challenge: CHALLENGE,
    /** Signs for a holder who committed to a secret, and confirms for the current epoch. */
    issue(commitment) {
      const { credential, record } = done("issue", { scheme, key, commitment, challenge: CHALLENGE, id: "c-1", subject });
      return { credential, token: done("token", { scheme, key, record }).token };
    },
    /** A request for this number of conditions. */
    request(count) {
      const conditions = names.slice(0, count).map((attribute) => ({ attribute, operator: "less", value: 20_081_130 }));
      return done("request", { scheme, verifier: "did:web:verifier.example", program: "p", expiresIn: 3600, conditions }).request;
    },
  };
}
