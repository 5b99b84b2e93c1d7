// Times of the module in Chromium, by turns with the program `air-zk` on the same commands: prints rows as JSON. The program's
// time includes its start.

import { withPage } from "../../../air-wasm/tests/js/page.mjs";
import { done, issuer } from "./program.mjs";

const ROUNDS = 9;

const party = issuer();
const { scheme, challenge } = party;
const { secret, commitment } = done("commit", { scheme, challenge });
const holder = { scheme, ...party.issue(commitment), secret };

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** Milliseconds of one call, and its result. */
function timed(work) {
  const begin = performance.now();
  const result = work();
  return { milliseconds: performance.now() - begin, result };
}

const rows = await withPage(async (page) => {
  await page.evaluate(async () => {
    const zk = await import("/package/air_zk.js");
    await zk.default();
    globalThis.call = (name, argument) => {
      const begin = performance.now();
      const result = zk[name](argument);
      return { milliseconds: performance.now() - begin, result };
    };
  });
  const inPage = (name, argument) => page.evaluate(([name, argument]) => globalThis.call(name, argument), [name, argument]);
  const rows = [];
  for (const conditions of [1, 3, 8]) {
    const request = party.request(conditions);
    const times = { prove: [[], []], verify: [[], []] };
    let bytes = 0;
    // The first round compiles the module's functions, and is not counted.
    for (let round = 0; round <= ROUNDS; round += 1) {
      const proved = await inPage("prove", { ...holder, request });
      const provedNatively = timed(() => done("present", { ...holder, request }));
      const presentation = proved.result;
      const verified = await inPage("verify", { scheme, request, presentation });
      const verifiedNatively = timed(() => done("verify", { scheme, request, presentation }));
      if (!verified.result.valid) throw new Error("a proof was refused");
      bytes = presentation.length / 2;
      if (round === 0) continue;
      times.prove[0].push(proved.milliseconds);
      times.prove[1].push(provedNatively.milliseconds);
      times.verify[0].push(verified.milliseconds);
      times.verify[1].push(verifiedNatively.milliseconds);
    }
    for (const job of ["prove", "verify"]) {
      const [browser, native] = times[job].map(median);
      rows.push({ conditions, job, browser, native, bytes });
    }
  }
  return rows;
});

console.log(JSON.stringify(rows));
