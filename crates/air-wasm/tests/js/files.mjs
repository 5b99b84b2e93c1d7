// Runs `file-page.html` in Chromium on a large file, and measures the memory of the page's process.

import { createWriteStream, openAsBlob, readFileSync } from "node:fs";
import { mkdtemp, open, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import { pathToFileURL } from "node:url";

import { withPage } from "./page.mjs";

const MIB = 2 ** 20;
const CONTEXT = { user: "u-1", issuer: "did:example:issuer", schema: "s-1" };

/**
 * Calls `work` with functions on a page: `choose` the file `document` of `length` bytes, or `sealed`, which Node sealed, and `run` a job of
 * the page, which tells the time and the memory that the page's process needed at most, beyond what it had.
 */
export async function withFile(length, work) {
  const folder = await mkdtemp(path.join(os.tmpdir(), "air-wasm-"));
  try {
    await writePattern(path.join(folder, "document"), length);
    await writePattern(path.join(folder, "small"), MIB);
    return await withPage(async (page, complaints) => {
      await page.goto(`${new URL(page.url()).origin}/tests/file-page.html`);
      await page.waitForFunction(() => document.getElementById("state").value === "ready");
      const jwk = await page.evaluate(newKey);
      await page.evaluate((jwk) => window.use(jwk), jwk);
      await sealInNode(folder, jwk);
      const memory = await pageMemory(page);
      const choose = (name) => page.setInputFiles("#file", path.join(folder, name));
      const run = async (job) => {
        const before = await memory.begin();
        const result = await page.evaluate((job) => window.work(job), job);
        return { ...result, mebibytes: ((await memory.peak()) - before) / MIB };
      };
      // The first file also pays for the code and the threads of the page.
      await choose("small");
      for (const job of ["roundTrip", "sealByHand"]) await run(job);
      return await work({ choose, run, complaints });
    });
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A file that differs in each MiB. */
async function writePattern(file, length) {
  const block = Uint8Array.from({ length: MIB }, (_, index) => (index * 7) % 253);
  const handle = await open(file, "w");
  try {
    for (let at = 0; at < length; at += MIB) {
      new DataView(block.buffer).setUint32(0, at / MIB);
      await handle.write(block.subarray(0, Math.min(MIB, length - at)));
    }
  } finally {
    await handle.close();
  }
}

/** Seals the document with the package's module for Node. */
async function sealInNode(folder, { x, y }) {
  const root = pathToFileURL(`${process.env.AIR_WASM_PACKAGE}/`);
  const { exports } = JSON.parse(readFileSync(new URL("package.json", root), "utf8"));
  const { CakPublicKey } = await import(new URL(exports["./webcrypto"].node, root));
  const [left, right] = [x, y].map((part) => Buffer.from(part, "base64url").toString("hex"));
  const key = await CakPublicKey.import(`0x04${left}${right}`, CONTEXT);
  const stream = key.sealStream(await openAsBlob(path.join(folder, "document")), { label: "scan" });
  await pipeline(Readable.fromWeb(stream), createWriteStream(path.join(folder, "sealed")));
}

async function newKey() {
  const { privateKey } = await crypto.subtle.generateKey({ name: "ECDH", namedCurve: "P-256" }, true, ["deriveBits"]);
  const { kty, crv, x, y, d } = await crypto.subtle.exportKey("jwk", privateKey);
  return { kty, crv, x, y, d };
}

/** The resident memory of the page's renderer in bytes. The kernel keeps its peak, which a write to `clear_refs` sets back. */
async function pageMemory(page) {
  const session = await page.context().browser().newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const renderers = processInfo.filter(({ type }) => type === "renderer").map(({ id }) => id);
  const sum = async (field) => {
    const values = await Promise.all(renderers.map(async (id) => {
      const status = await readFile(`/proc/${id}/status`, "utf8");
      return 1024 * Number(new RegExp(`^${field}:\\s+(\\d+) kB`, "m").exec(status)[1]);
    }));
    return values.reduce((whole, value) => whole + value, 0);
  };
  return {
    async begin() {
      await page.requestGC();
      await Promise.all(renderers.map((id) => writeFile(`/proc/${id}/clear_refs`, "5")));
      return sum("VmRSS");
    },
    peak: () => sum("VmHWM"),
  };
}
