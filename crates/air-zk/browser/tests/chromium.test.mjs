// The module in a page of Chromium, against the program `air-zk`.

import assert from "node:assert/strict";
import test from "node:test";

import { withPage } from "../../../air-wasm/tests/js/page.mjs";
import { VALUE, done, issuer, run } from "./program.mjs";

const party = issuer();
const { scheme, challenge } = party;

await withPage(async (page, complaints) => {
  const sent = [];
  page.on("request", (request) => sent.push(`${request.url()} ${request.postData() ?? ""}`));

  /** Calls a function of the module, and returns its result or the thrown error. */
  const call = (name, argument) => page.evaluate(async ([name, argument]) => {
    const zk = await import("/package/air_zk.js");
    await zk.default();
    try {
      return { result: zk[name](argument) };
    } catch (error) {
      return { error: { name: error.name, code: error.code, message: error.message } };
    }
  }, [name, argument]);

  const { result: held } = await call("commit", { scheme, challenge });
  const { credential, token } = party.issue(held.commitment);
  const holder = { scheme, credential, token, secret: held.secret };

  await test("a page proves, and the program and the page verify", async () => {
    for (const count of [1, 3]) {
      const request = party.request(count);
      const { result: presentation } = await call("prove", { ...holder, request });
      assert.equal(done("verify", { scheme, request, presentation }).valid, true);
      const { result } = await call("verify", { scheme, request, presentation });
      assert.equal(result.valid, true);
      assert.deepEqual(result.disclosed, {});
    }
  });

  await test("the page verifies what the program proves", async () => {
    const request = party.request(1);
    const { presentation } = done("present", { ...holder, request });
    const { result } = await call("verify", { scheme, request, presentation });
    assert.equal(result.valid, true);
  });

  await test("a proof for another request is refused by both", async () => {
    const [request, other] = [party.request(1), party.request(1)];
    const { result: presentation } = await call("prove", { ...holder, request });
    assert.equal(run("verify", { scheme, request: other, presentation }).exitCode, 4);
    const { result } = await call("verify", { scheme, request: other, presentation });
    assert.equal(result.valid, false);
    assert.equal(result.failed, "proof");
  });

  await test("an expired request is refused", async () => {
    const request = party.request(1);
    const { result: presentation } = await call("prove", { ...holder, request });
    const { result } = await call("verify", { scheme, request, presentation, at: request.expiresAt + 1 });
    assert.deepEqual([result.valid, result.failed], [false, "expiry"]);
  });

  await test("errors have a code and show no value", async () => {
    const request = party.request(1);
    request.conditions[0].operator = "greater";
    const untrue = await call("prove", { ...holder, request });
    assert.equal(untrue.error.name, "AirZkError");
    assert.equal(untrue.error.code, "REJECTED");
    assert.match(untrue.error.message, /does not satisfy the condition on `a0`/);
    assert.ok(!untrue.error.message.includes(String(VALUE)));
    for (const argument of [undefined, "{}", {}, { ...holder, secret: 7, request }]) {
      assert.equal((await call("prove", argument)).error.code, "INVALID_ARGUMENT");
    }
  });

  await test("the page sends no value, and the browser has no complaints", () => {
    assert.ok(sent.length > 0);
    for (const secret of [String(VALUE), held.secret, credential.signature]) {
      assert.ok(sent.every((request) => !request.includes(secret)));
    }
    assert.deepEqual(complaints.filter((text) => !text.includes("favicon")), []);
  });
});
