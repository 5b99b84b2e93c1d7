// The admin pages of the issuer's own service in a real browser without scripts: the walk by clicking, axe on every page, and a narrow screen.
//
//   AIR_ISSUER_URL=http://127.0.0.1:3000 AIR_ADMIN_URL=http://127.0.0.1:9101/ AIR_API_KEY=… AIR_ADMIN_API_KEY=… [AIR_SCREENSHOTS=folder]
//   node --test issuer-pages.test.mjs
//
// The service has the schema `member`, a user `user-1`, offers to wallets, and no dStorage.
import assert from "node:assert/strict";
import { generateKeyPairSync } from "node:crypto";
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const { AIR_ISSUER_URL, AIR_ADMIN_URL, AIR_API_KEY, AIR_ADMIN_API_KEY, AIR_SCREENSHOTS, AIR_CHROMIUM = "/usr/bin/chromium" } = process.env;
const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 360, height: 740 };

let browser;
let page;
const complaints = [];

before(async () => {
  browser = await chromium.launch({ executablePath: AIR_CHROMIUM, args: ["--no-sandbox"] });
  const context = await browser.newContext({ baseURL: AIR_ADMIN_URL, viewport: WIDE });
  context.setDefaultTimeout(30_000);
  page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
});
after(() => browser?.close());

const heading = (name) => page.getByRole("heading", { level: 1, name, exact: true }).waitFor();
const goTo = (name) => page.getByRole("navigation", { name: "Main" }).getByRole("link", { name, exact: true }).click();

test("a key signs in, and another key does not", async () => {
  await page.goto("/");
  await heading("Sign in");
  await look("sign-in");
  const signIn = async (key) => {
    await page.getByLabel("Admin API key").fill(key);
    await page.keyboard.press("Enter");
  };
  await signIn("wrong");
  await page.getByRole("alert").waitFor();
  await look("wrong-key");
  await signIn(AIR_ADMIN_API_KEY);
  await heading("Issuances");
});

test("each page is empty at first", async () => {
  for (const name of ["Issuances", "Outbox", "Keys", "Status lists", "Audit log"]) {
    await goTo(name);
    await heading(name);
    await look(`empty ${name}`);
  }
  await goTo("Offers");
  await heading("Offers to wallets");
});

test("a credential that dStorage has not confirmed is tried now, and revoked", async () => {
  const encryptionKey = generateKeyPairSync("x25519").publicKey.export({ type: "spki", format: "der" }).toString("hex");
  await post("/issue-vc", { "x-api-key": AIR_API_KEY }, 503, {
    holderDID: "did:air:id:test:<b>holder</b>",
    encryptionKey: `0x${encryptionKey}`,
    userId: "user-1",
    schemaId: "member",
  });
  await post("/admin/credential-offers", { "x-admin-api-key": AIR_ADMIN_API_KEY }, 201, { userId: "user-1", schemaId: "member" });

  await goTo("Outbox");
  await look("outbox");
  await page.getByRole("button", { name: /^Try now/ }).click();
  await page.getByRole("status").filter({ hasText: "dStorage did not confirm the credential." }).waitFor();
  await page.getByRole("rowheader").getByRole("link").click();
  await heading("Credential");
  await look("credential");
  await page.getByRole("link", { name: "Revoke this credential" }).click();
  await heading("Revoke a credential");
  await look("revoke");
  await page.getByLabel("Reason").fill("left <the> company");
  await page.getByRole("button", { name: "Revoke this credential" }).click();
  await page.getByRole("status").filter({ hasText: "The credential is revoked." }).waitFor();
  await look("revoked");
});

test("records are found, and each page of them is accessible", async () => {
  await goTo("Issuances");
  await page.getByLabel("Holder DID").fill("did:air:id:test:<b>holder</b>");
  await page.keyboard.press("Enter");
  await page.getByText("1 credential", { exact: true }).waitFor();
  await look("issuances");
  await goTo("Offers");
  await page.getByRole("cell", { name: "offered" }).waitFor();
  await look("offers");
  await goTo("Audit log");
  await page.getByText("chains verified").waitFor();
  await page.getByRole("cell", { name: "left <the> company" }).waitFor();
  await look("audit");
  await page.goto("/nothing");
  await heading("Not found");
  await look("missing");
});

test("a session ends by signing out", async () => {
  await page.goto("/keys");
  await page.getByRole("button", { name: "Sign out" }).click();
  await page.getByText("You are signed out.").waitFor();
  await page.goto("/keys");
  await heading("Sign in");
  // The refused key and the unknown page are reported; a refused style would be, too.
  assert.deepEqual(complaints.filter((text) => !/status of 40[14]/.test(text)), []);
});

/** Looks at the page as it is: by axe, in light and dark, and at 360 pixels. */
async function look(name) {
  await page.evaluate(AXE);
  for (const [colorScheme, options] of [["light", {}], ["dark", { runOnly: ["color-contrast"] }]]) {
    await page.emulateMedia({ colorScheme });
    const { violations } = await page.evaluate((options) => window.axe.run(document, { resultTypes: ["violations"], ...options }), options);
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    const found = serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    assert.deepEqual(found, [], `${name}, ${colorScheme}`);
    await picture(`${name}-${colorScheme}`);
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize(NARROW);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= NARROW.width, `${name} is ${width} pixels wide`);
  await picture(`${name}-narrow`);
  await page.setViewportSize(WIDE);
}

async function picture(name) {
  if (AIR_SCREENSHOTS) await page.screenshot({ path: `${AIR_SCREENSHOTS}/issuer-${name.replaceAll(" ", "-")}.png`, fullPage: true });
}

async function post(path, headers, status, body) {
  const options = { method: "POST", headers: { "content-type": "application/json", ...headers }, body: JSON.stringify(body) };
  const response = await fetch(`${AIR_ISSUER_URL}${path}`, options);
  assert.equal(response.status, status, await response.text());
}
