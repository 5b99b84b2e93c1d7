// The tests of Node in a page of Chromium.

import assert from "node:assert/strict";
import test from "node:test";

import { withPage } from "./page.mjs";
import { vectors } from "./vectors.mjs";

const { outcomes, complaints } = await withPage(async (page, complaints) => ({
  complaints,
  outcomes: await page.evaluate(async (vectors) => {
    const { cases } = await import("/tests/suite.mjs");
    const air = await import("/package/air_wasm.js");
    await air.default();
    const outcomes = [];
    for (const [name, run] of cases(air, vectors)) {
      try {
        await run();
        outcomes.push({ name });
      } catch (error) {
        outcomes.push({ name, failure: String(error) });
      }
    }
    return outcomes;
  }, vectors),
}));

for (const { name, failure } of outcomes) test(name, () => assert.equal(failure, undefined));
test("the tests ran", () => assert.ok(outcomes.length > 40));
test("the browser has nothing to complain of", () => assert.deepEqual(complaints.filter((text) => !text.includes("favicon")), []));
