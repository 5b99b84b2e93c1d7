// The page of a presentation request with a wallet of the browser: Chromium's virtual wallet of the Digital Credentials API answers with
// what a wallet of `@openid4vc` and `@owf/mdoc` has signed for this request.
//
//   AIR_URL=http://127.0.0.1:8300 node --test present.test.mjs
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";
import { encryptTo, presentTo, receiveMdoc } from "../../../air-oid4vc/tests/node/browser_wallet.mjs";

const { AIR_URL, AIR_CHROMIUM = "/usr/bin/chromium" } = process.env;
const PROTOCOL = "openid4vp-v1-signed";
const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const HOLDER = "lin@example.com";

let browser;
let context;
let page;
before(async () => {
  browser = await chromium.launch({ executablePath: AIR_CHROMIUM, args: ["--no-sandbox"] });
  context = await browser.newContext({ baseURL: AIR_URL });
  context.setDefaultTimeout(30_000);
  page = await context.newPage();
});
after(() => browser?.close());

const press = (name) => page.getByRole("button", { name, exact: true }).click();

/** The value of a fact on the page. */
const fact = (term) => page.locator(`dt:text-is("${term}") + dd code.id`).innerText();

/** Sets what the virtual wallet does, by the DevTools protocol. */
const wallet = async (behavior) => {
  const session = await context.newCDPSession(page);
  await session.send("DigitalCredentials.setVirtualWalletBehavior", behavior);
};

/** Opens the first page of a list that has a link with this name. */
const open = async (list, name) => {
  await page.goto(list);
  await page.getByRole("main").getByRole("link", { name }).first().click();
};

test("a wallet of the browser presents an mdoc to the page of a request", async () => {
  await open("/dashboard/programs", "Proof of age");
  const form = `${new URL(page.url()).pathname}/offer`;
  await page.goto(form);
  await page.getByLabel("User's address").fill(HOLDER);
  await page.getByLabel("Format").selectOption("mso_mdoc");
  await page.getByLabel("isOver18").selectOption("true");
  await press("Offer");
  const held = await receiveMdoc(await fact("Link"));

  await open("/dashboard/verification", "Proof of age");
  await press("Show a QR code");
  const button = page.getByRole("button", { name: "Present with this browser's wallets" });
  await button.waitFor();
  const part = page.locator("#present");
  const digital = await (await context.request.get(await part.getAttribute("data-request"))).json();
  assert.equal(digital.requests[0].protocol, PROTOCOL);
  const object = digital.requests[0].data.request;

  await wallet({ action: "decline" });
  await button.click();
  await part.getByText("Nothing was presented.").waitFor();

  const origin = new URL(page.url()).origin;
  const elsewhere = await presentTo(held, object, "https://attacker.example");
  await wallet({ action: "respond", protocol: PROTOCOL, response: await encryptTo(object, elsewhere) });
  await button.click();
  await part.getByText("The presentation was refused: invalid device signature").waitFor();

  const presentation = await presentTo(held, object, origin);
  await wallet({ action: "respond", protocol: PROTOCOL, response: await encryptTo(object, presentation) });
  await button.click();
  await page.getByText("presented", { exact: true }).waitFor();
});

test("the user's page lists the presentation with the names of its claims", async () => {
  await page.goto("/wallet");
  await page.getByLabel("Your e-mail address (needed)").fill(HOLDER);
  await press("Sign in");
  await page.getByRole("heading", { level: 1, name: "Your credentials" }).waitFor();
  await page.goto("/wallet/shared");
  const row = page.getByRole("row").filter({ hasText: "a wallet (OpenID4VP)" });
  await row.getByText("given", { exact: true }).waitFor();
  await row.getByRole("link", { name: "Zenith" }).press("Enter");
  await page.getByRole("heading", { level: 1, name: "Shown to Zenith" }).waitFor();
  assert.equal(await page.locator('dt:text-is("Disclosed by the wallet") + dd').innerText(), "isOver18");
  await page.evaluate(AXE);
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  assert.deepEqual(violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id }) => id), []);
  await page.setViewportSize({ width: 360, height: 740 });
  assert.equal(await page.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
});
