// The behaviour of a row of a bulk run without a response, with a fake platform and a fake clock.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Gate } from "../dist/bulk/gate.js";
import { Sending } from "../dist/bulk/sending.js";
import { share } from "../dist/internals.js";
import { Transport } from "../dist/transport.js";

const ORDER = { issuerDid: "i", credentialId: "c", onDuplicate: "ignore" };
const OUTAGE = 300_000;
const row = (email) => ({ email, credentialSubject: {} });
const issued = () => new Response(JSON.stringify({ coreClaimHash: "0".repeat(64) }));

/** Returns the sending of rows to a platform whose answers depend on the recipient and the time. */
function sendingTo(answer) {
  const clock = {
    time: 0,
    now: () => clock.time,
    random: () => 1,
    sleep: async (milliseconds) => { clock.time += milliseconds; },
  };
  const transport = new Transport({
    base: new URL("http://platform.example"),
    clock,
    // The token of a row is its recipient.
    tokens: { sign: async ({ email }) => email },
    fetch: async (_, { headers }) => answer(headers["x-partner-auth"], clock),
    userAgent: "test",
    attempts: 4,
    timeoutMs: 30_000,
    deadlineMs: 90_000,
    keepsIdempotencyKeys: true,
  });
  const client = {};
  share(client, transport);
  const gate = new Gate(8, clock);
  const stop = new AbortController();
  return { sending: new Sending(client, ORDER, gate, OUTAGE, stop.signal), clock, stop };
}

test("a row without a response is left to the next run, while others are issued", async () => {
  const { sending, clock } = sendingTo(async (email, { time }) => {
    if (email === "bob") return issued();
    if (time > OUTAGE / 2) await sending.send(row("bob"), "key-of-bob");
    throw new TypeError("fetch failed", { cause: { code: "ECONNRESET" } });
  });
  assert.equal(await sending.send(row("ada"), "key-of-ada"), undefined);
  assert.ok(clock.time > OUTAGE);
});

test("a platform that answers nobody ends the run", async () => {
  for (const code of ["ECONNRESET", "ECONNREFUSED"]) {
    const { sending, clock } = sendingTo(() => {
      throw new TypeError("fetch failed", { cause: { code } });
    });
    await assert.rejects(sending.send(row("ada"), "key"), { isRetryable: true });
    assert.ok(clock.time > OUTAGE && clock.time < 2 * OUTAGE, String(clock.time));
  }
});

test("a row waits as long as the platform requires", async () => {
  let calls = 0;
  const { sending, clock } = sendingTo(() => {
    calls += 1;
    return calls < 4 ? new Response("{}", { status: 429, headers: { "retry-after": "60" } }) : issued();
  });
  assert.deepEqual(await sending.send(row("ada"), "key"), { issued: "0".repeat(64) });
  assert.equal(calls, 4);
  assert.ok(clock.time >= 180_000);
});

test("a run that was stopped leaves its rows", async () => {
  const { sending, stop } = sendingTo(() => {
    stop.abort();
    return new Response("{}", { status: 429 });
  });
  assert.equal(await sending.send(row("ada"), "key"), undefined);
});
