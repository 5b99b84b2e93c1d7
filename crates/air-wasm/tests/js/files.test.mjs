// A page seals and opens a file of 256 MiB with a progress bar, in constant memory. Node seals the file that the page opens.

import assert from "node:assert/strict";
import test from "node:test";

import { withFile } from "./files.mjs";

const LENGTH = 256 * 2 ** 20;
const SEALED = 115 + LENGTH + (16 * LENGTH) / 65_536;
const MEBIBYTES = 64;

test("a page seals and opens a file of 256 MiB with a progress bar, in less than 64 MiB", { timeout: 120_000 }, async () => {
  await withFile(LENGTH, async ({ choose, run, complaints }) => {
    // The memory of the round trip has the slices with which the page compares.
    const jobs = { seal: ["document", SEALED, MEBIBYTES], roundTrip: ["document", LENGTH, Infinity], open: ["sealed", LENGTH, MEBIBYTES] };
    for (const [job, [file, expected, limit]] of Object.entries(jobs)) {
      await choose(file);
      const { length, moves, bar, milliseconds, mebibytes, loadsCore } = await run(job);
      console.log(`${job}: ${Math.round(milliseconds)} ms, ${mebibytes.toFixed(1)} MiB`);
      assert.equal(length, expected);
      assert.ok(moves >= 256, `${job}: the bar moved ${moves} times`);
      assert.equal(bar, 1);
      assert.equal(loadsCore, false);
      assert.ok(mebibytes < limit, `${job}: ${mebibytes} MiB`);
    }
    assert.deepEqual(complaints.filter((text) => !text.includes("favicon")), []);
  });
});
