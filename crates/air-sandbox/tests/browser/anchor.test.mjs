// A credential's page on a platform with a chain, in a real browser: the page checks the proof of the anchor, under the dashboard's policy.
//
//   AIR_URL=http://127.0.0.1:8300 AIR_CREDENTIAL=… AIR_RPC=http://127.0.0.1:8545 node --test anchor.test.mjs
//
// AIR_CREDENTIAL is the hash of a credential with a final checkpoint, AIR_RPC the chain's node.
import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const { AIR_URL, AIR_CREDENTIAL, AIR_RPC, AIR_CHROMIUM = "/usr/bin/chromium" } = process.env;
const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser;
let page;
const complaints = [];

before(async () => {
  browser = await chromium.launch({ executablePath: AIR_CHROMIUM, args: ["--no-sandbox"] });
  const context = await browser.newContext({ baseURL: AIR_URL, bypassCSP: false });
  context.setDefaultTimeout(30_000);
  page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
});

after(() => browser?.close());

async function hashOf(block) {
  const request = { jsonrpc: "2.0", id: 1, method: "eth_getBlockByNumber", params: [`0x${block.toString(16)}`, false] };
  const headers = { "content-type": "application/json" };
  const answer = await fetch(AIR_RPC, { method: "POST", headers, body: JSON.stringify(request) });
  return (await answer.json()).result.hash;
}

const check = () => page.getByRole("button", { name: "Check against the block" }).click();

test("the page follows the proof to the root, and to a block that the reader knows", async () => {
  await page.goto(`/dashboard/credentials/${AIR_CREDENTIAL}`);
  await page.getByRole("button", { name: "Check the proof in this page" }).click();
  await page.getByRole("status").filter({ hasText: /Leaf \d+ of \d+ leads to the root [0-9a-f]{64}/ }).waitFor();

  const hash = page.getByLabel(/Hash of block \d+/);
  const label = await page.locator("label[for=anchor-blockHash]").innerText();
  const block = Number(label.replace(/\D/g, ""));
  await hash.fill(await hashOf(block));
  await check();
  await page.getByRole("status").filter({ hasText: `Verified in this page: in block ${block}` }).waitFor();
});

test("another block, contract or code is refused with the reason", async () => {
  const hash = page.getByLabel(/Hash of block/);
  const right = await hash.inputValue();
  for (const [field, wrong] of [
    [hash, `0x${"11".repeat(32)}`],
    [page.getByLabel("Contract", { exact: true }), `0x${"11".repeat(20)}`],
    [page.getByLabel("Hash of its code"), `0x${"11".repeat(32)}`],
    [hash, "no hash"],
  ]) {
    const before = await field.inputValue();
    await field.fill(wrong);
    await check();
    await page.getByRole("alert").filter({ hasText: "Not verified:" }).waitFor();
    await field.fill(before);
    await check();
    await page.getByRole("status").filter({ hasText: "Verified in this page" }).waitFor();
  }
  assert.equal(await hash.inputValue(), right);
});

test("the page is accessible, and broke no policy", async () => {
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => globalThis.axe.run());
  assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)]), []);
  assert.deepEqual(complaints, []);
});
