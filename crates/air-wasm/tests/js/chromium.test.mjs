// The tests of Node in a page of Chromium.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import path from "node:path";
import test from "node:test";

import { withPage } from "./page.mjs";
import { vectors } from "./vectors.mjs";

// The embedded copy has `core` alone.
const modules = ["core", "validate", "verify", "anchor"].filter((name) => existsSync(path.join(process.env.AIR_WASM_PACKAGE, name)));

const { outcomes, complaints } = await withPage(async (page, complaints) => ({
  complaints,
  outcomes: await page.evaluate(async ([vectors, modules]) => {
    const [{ cases }, { cases: webcryptoCases }] = [await import("/tests/suite.mjs"), await import("/tests/webcrypto-suite.mjs")];
    const air = {};
    for (const module of modules) {
      const { default: init, ...functions } = await import(`/package/${module}/air_wasm.js`);
      await init();
      Object.assign(air, functions);
    }
    const parts = { core: "core/air_wasm", webcrypto: "webcrypto/index", hpke: "webcrypto/hpke", native: "webcrypto/native" };
    const imported = {};
    for (const [name, file] of Object.entries(parts)) imported[name] = await import(`/package/${file}.js`);
    const outcomes = [];
    for (const [name, run] of [...cases(air, vectors), ...webcryptoCases(imported, vectors)]) {
      try {
        await run();
        outcomes.push({ name });
      } catch (error) {
        outcomes.push({ name, failure: String(error) });
      }
    }
    return outcomes;
  }, [vectors, modules]),
}));

for (const { name, failure } of outcomes) test(name, () => assert.equal(failure, undefined));
test("the tests ran", () => assert.ok(outcomes.length > 90));
test("the browser has nothing to complain of", () => assert.deepEqual(complaints.filter((text) => !text.includes("favicon")), []));
