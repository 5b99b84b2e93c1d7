// The limit of concurrent calls of a bulk run.
import assert from "node:assert/strict";
import { test } from "node:test";
import { Gate } from "../dist/bulk/gate.js";

function gateOf(most) {
  const clock = { time: 1000, now: () => clock.time, sleep: async (wait) => { clock.time += wait; } };
  return { gate: new Gate(most, clock), clock };
}

const round = (gate, act) => {
  for (let call = gate.window; call > 0; call -= 1) act();
  return gate.window;
};

test("the window doubles with each round, up to the maximum", () => {
  const { gate } = gateOf(20);
  const windows = Array.from({ length: 3 }, () => round(gate, () => gate.succeeded()));
  assert.deepEqual(windows, [8, 16, 20]);
});

test("it halves once for a round, and then grows by one", async () => {
  const { gate, clock } = gateOf(64);
  for (let count = 0; count < 2; count += 1) round(gate, () => gate.succeeded());
  const since = await gate.enter(new AbortController().signal);
  assert.equal(round(gate, () => gate.slowedDown(since, 500)), 8);
  assert.equal(await gate.enter(new AbortController().signal), since + 500, "the pause");
  round(gate, () => gate.succeeded());
  assert.ok([8, 9].includes(gate.window), String(gate.window));
  assert.equal(clock.time, since + 500);
});
