// The dashboard in a real browser: the whole walk by clicking, axe on every page, a narrow screen, a keyboard alone, and what is refused.
//
//   AIR_URL=http://127.0.0.1:8300 AIR_BEYOND_URL=http://127.0.0.1:8301 AIR_ADMIN_TOKEN=… [AIR_SCREENSHOTS=folder] node --test walk.test.mjs
//
// AIR_BEYOND_URL is of a platform that listens beyond loopback, with its token, and that sends codes.
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { readFile } from "node:fs/promises";
import http from "node:http";
import { after, before, test } from "node:test";
import { chromium } from "playwright-core";

const { AIR_URL, AIR_BEYOND_URL, AIR_ADMIN_TOKEN, AIR_SCREENSHOTS, AIR_CHROMIUM = "/usr/bin/chromium" } = process.env;
const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const WIDE = { width: 1280, height: 900 };
const NARROW = { width: 360, height: 740 };

let browser;
let context;
let page;
// Pages that the walk leads to, for the looks at all of them.
const made = {};
// The browser's complaints: a refused style or script, or one that failed.
const complaints = [];

before(async () => {
  browser = await chromium.launch({ executablePath: AIR_CHROMIUM, args: ["--no-sandbox"] });
  context = await browser.newContext({ baseURL: AIR_URL, viewport: WIDE });
  // Nothing waits that long, but where others have the machine's cores.
  context.setDefaultTimeout(30_000);
  page = await context.newPage();
  page.on("console", (message) => message.type() === "error" && complaints.push(message.text()));
  page.on("pageerror", (error) => complaints.push(String(error)));
});
after(() => browser?.close());

const heading = (name) => page.getByRole("heading", { level: 1, name }).waitFor();
const press = (name) => page.getByRole("button", { name, exact: true }).click();
const follow = (name) => page.getByRole("main").getByRole("link", { name, exact: true }).first().click();
const goTo = (name) => page.getByRole("navigation", { name: "Main" }).getByRole("link", { name, exact: true }).click();
const noticed = (text, at = page) => at.getByRole("status").filter({ hasText: text }).waitFor();
const here = () => new URL(page.url()).pathname;

test("the root leads to the overview", async () => {
  await page.goto("/");
  await heading("Overview");
  assert.equal(here(), "/dashboard");
});

test("a partner is created, and found by the search", async () => {
  await goTo("Accounts");
  await follow("New partner");
  made.partner = here();
  await page.getByLabel("Name (needed)").fill("Meridian");
  await page.getByLabel("URL of the JWK set").fill("http://127.0.0.1:9/jwks.json");
  await press("Create the partner");
  await noticed("The partner is created.");
  await page.getByText(/second|now/).first().waitFor();
  const id = await page.locator(".facts code.id").first().innerText();
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await press("Copy Partner id");
  await page.getByText("Copied").waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), id);
  await page.getByLabel("Search everything").fill("meridi");
  await page.keyboard.press("Enter");
  await heading("Search: meridi");
  made.search = here() + new URL(page.url()).search;
  await follow("Meridian");
  await heading("Meridian");
  await goTo("Accounts");
  const row = page.getByRole("row").filter({ hasText: "Meridian" });
  await row.getByRole("button", { name: /^Copy Partner id / }).click();
  await row.getByText("Copied").waitFor();
  assert.equal(await page.evaluate(() => navigator.clipboard.readText()), id);
});

test("a schema is built, previewed and published", async () => {
  await goTo("Schemas");
  await follow("New schema");
  await page.getByLabel("Title (needed)").fill("Club membership");
  await page.getByLabel("Name", { exact: true }).fill("isMember");
  await page.getByLabel("Type", { exact: true }).nth(1).selectOption("boolean");
  await page.getByLabel("Required", { exact: true }).check();
  // As one types, without a press of a button.
  await page.locator("#preview").getByText("isMember").first().waitFor();
  await page.locator("#preview").getByText("warning").or(page.locator("#preview").getByText("note")).first().waitFor();
  await press("Add an attribute");
  const row = page.locator("fieldset.attribute").nth(1);
  assert.equal(await row.locator("input").first().evaluate((input) => input === document.activeElement), true);
  await row.getByLabel("Name", { exact: true }).fill("level");
  await row.getByLabel("Type").selectOption("integer");
  await row.getByText("Title and constraints").click();
  await row.getByLabel("Minimum").fill("1");
  await page.locator("#preview").getByText("level").first().waitFor();
  await press("Publish");
  await noticed("The schema is published.");
  made.schema = here();
});

test("a new version is judged before it is published", async () => {
  await follow("New version");
  await heading("New version");
  assert.equal(await page.getByLabel("Title (needed)").inputValue(), "Club membership");
  await page.locator("#verdict").getByText("unchanged").waitFor();
  await press("Add an attribute");
  const row = page.locator("fieldset.attribute").nth(2);
  await row.getByLabel("Name", { exact: true }).fill("since");
  await row.getByLabel("Type").selectOption("date");
  await page.locator("#verdict").getByText("compatible").waitFor();
  await row.getByLabel("Required", { exact: true }).check();
  await page.locator("#verdict").getByText("breaking").waitFor();
  await page.evaluate(() => scrollTo(0, 0));
  await picture("breaking", false);
  made.version = here() + new URL(page.url()).search;
});

test("a program is kept as a draft, then published", async () => {
  await page.goto(made.schema);
  await follow("Program by it");
  await page.getByLabel("Credentials are valid for").fill("90d");
  await press("Keep as a draft");
  await noticed("The program is a draft.");
  await press("Publish this program");
  await noticed("The program is published.");
  made.program = here();
});

test("a credential is issued in the page, and a block takes it", async () => {
  await follow("Try it: issue a credential");
  made.issue = here() + new URL(page.url()).search;
  await page.getByLabel("Recipient's address (needed)").fill("ada@example.com");
  await page.getByLabel("isMember").selectOption("true");
  await page.getByLabel("level").fill("0");
  await press("Issue");
  await page.getByRole("alert").filter({ hasText: "level" }).waitFor();
  await page.getByLabel("level").fill("3");
  await press("Show the calls");
  await page.getByRole("group").filter({ hasText: "curl" }).first().waitFor();
  for (const language of ["air", "curl", "Rust", "TypeScript"]) {
    const text = await page.getByLabel(language, { exact: true }).innerText();
    assert.match(text, /ada@example\.com/, language);
    assert.match(text, /"level": ?3/, language);
  }
  await picture("calls", false);
  await press("Issue");
  await noticed("The credential is issued.");
  made.credential = here();
  for (let tries = 0; (await page.getByText("on-chain", { exact: true }).count()) === 0; tries += 1) {
    assert.ok(tries < 50, "no block took it");
    await page.waitForTimeout(100);
    await page.reload();
  }
  await page.getByText(/^Leaf \d+ of the tree of block \d+/).waitFor();
});

test("a verifier asks, and the user agrees", async () => {
  await page.goto(made.schema);
  await follow("Verification by it");
  made.query = here() + new URL(page.url()).search;
  await page.getByLabel("Attribute", { exact: true }).selectOption("isMember");
  await page.getByLabel("Value").fill("true");
  await press("Add a condition");
  await page.getByLabel("Attribute", { exact: true }).nth(1).selectOption("level");
  await page.getByLabel("Operator").nth(1).selectOption("in");
  await page.getByLabel("Value").nth(1).fill("2, 3");
  await press("Publish");
  await noticed("The verification program is published.");
  made.verification = here();
  await page.getByLabel("User's address").fill("ada@example.com");
  await press("Ask for consent");
  await noticed("The user is asked for consent.");
  made.asked = here();
  await press("Agree");
  await noticed("The user agreed.");
  await page.getByText("Compliant", { exact: true }).waitFor();
  made.record = here();
  await picture("compliant", false);
  await press("Withdraw consent");
  await noticed("The consent is taken back.");
});

test("the issuer revokes, and the verifier hears of it", async () => {
  await goTo("Credentials");
  await page.getByLabel("Address, hash, id or title").fill("ada@");
  await press("Search");
  const row = page.getByRole("row").filter({ hasText: "Club membership" });
  await row.getByRole("link").first().click();
  await press("Revoke this credential");
  await noticed("The credential is revoked.");
  const told = page.getByText(/^(Revoking|Revoked)$/).first();
  // A block takes the revocation, as it took the credential.
  for (let turn = 0; turn < 30; turn += 1) {
    await page.goto(made.verification);
    await page.getByLabel("User's address").fill("ada@example.com");
    await press("Ask for consent");
    await press("Agree");
    if ((await told.textContent()) === "Revoked") break;
  }
  assert.equal(await told.textContent(), "Revoked");
  await page.goto("/dashboard/users");
  await follow("ada@example.com");
  made.user = here();
});

test("the clock goes forward by the keyboard alone", async () => {
  await page.goto("/dashboard");
  await page.keyboard.press("Tab");
  assert.equal(await page.evaluate(() => document.activeElement.className), "skip");
  await tabTo((element) => element.textContent === "Clock");
  await page.keyboard.press("Enter");
  await heading("Clock");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  assert.equal(await page.evaluate(() => document.activeElement.id), "content");
  await tabTo((element) => element.id === "amount");
  await page.keyboard.type("2");
  await page.keyboard.press("Tab");
  await page.keyboard.type("days");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  await noticed("The platform's clock is set.");
  await page.getByText("2 d 0 h 0 min 0 s").waitFor();
  await press("Back to the machine's time");
});

test("faults are set and cleared", async () => {
  await goTo("Faults");
  await page.getByLabel("The chain is stuck").check();
  await press("Set");
  await page.getByText("the chain is stuck", { exact: true }).waitFor();
  await goTo("Ledger");
  await follow("Clear the fault");
  await page.getByLabel("Path begins with").fill("/v1/nothing");
  await page.getByLabel("Value").fill("429;retry-after=7");
  await press("Add the rule");
  await page.getByRole("cell", { name: /429/ }).waitFor();
  made.faults = true;
});

test("a wrong file is refused beside its field, and a logo is shown, replaced and removed", async () => {
  await page.goto("/dashboard/accounts?q=zenith");
  await follow("Zenith");
  made.account = here();
  const field = page.getByLabel("Logo file (needed)");
  const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>');
  await field.setInputFiles({ name: "logo.png", mimeType: "image/png", buffer: svg });
  await press("Upload the logo");
  await page.locator("#logo-error").getByText("SVG images are not supported").waitFor();
  assert.equal(await field.getAttribute("aria-invalid"), "true");
  assert.equal(await page.locator("img.logo-picture").count(), 0);
  await picture("logo-refused");
  for (const [width, button] of [[120, "Upload the logo"], [90, "Replace the logo"]]) {
    // A picture of the page is a picture.
    const buffer = await page.screenshot({ clip: { x: 0, y: 0, width, height: 60 } });
    await field.setInputFiles({ name: "logo.svg", mimeType: "image/svg+xml", buffer });
    await press(button);
    await noticed("The logo is set.");
    const shown = page.getByRole("img", { name: "Logo of Zenith" });
    assert.equal(await shown.evaluate((image) => image.decode().then(() => image.naturalWidth)), width);
  }
  await press("Remove the logo");
  await noticed("The logo is removed.");
  assert.equal(await page.locator("img.logo-picture").count(), 0);
  const buffer = await page.screenshot({ clip: { x: 0, y: 0, width: 120, height: 60 } });
  await field.setInputFiles({ name: "logo", mimeType: "", buffer });
  await press("Upload the logo");
  await noticed("The logo is set.");
});

test("an issuer backend is registered and removed, and its key is never shown", async () => {
  await page.goto(made.account);
  await page.getByLabel("Issuer DID (needed)").fill("did:web:localhost%3A3000");
  await page.getByLabel("URL of available-vc (needed)").fill("http://localhost:3000/available-vc");
  await page.getByLabel("URL of issue-vc (needed)").fill("http://localhost:3000/issue-vc");
  const key = page.getByLabel("API key (needed)");
  await key.fill("two words");
  await press("Register the backend");
  await page.getByRole("alert").filter({ hasText: "apiKey" }).waitFor();
  assert.equal(await page.getByLabel("URL of issue-vc (needed)").inputValue(), "http://localhost:3000/issue-vc");
  assert.equal(await key.inputValue(), "");
  await picture("backend-refused");
  await key.fill("a-secret-of-the-backend");
  await press("Register the backend");
  await noticed("The issuer backend is registered.");
  assert.equal(await key.inputValue(), "");
  assert.doesNotMatch(await page.content(), /a-secret/);
  await press("Remove the backend");
  await noticed("The issuer backend is removed.");
  await page.getByRole("button", { name: "Register the backend" }).waitFor();
});

test("a long list is paged through by the keyboard alone", async () => {
  for (let number = 0; number < 60; number += 1) {
    const body = JSON.stringify({ partner: { name: `Many ${number}`, jwksUrl: "http://127.0.0.1:9/jwks.json" } });
    const seeded = await fetch(`${AIR_URL}/sandbox/v1/seed`, { method: "POST", headers: { "content-type": "application/json" }, body });
    assert.equal(seeded.status, 200);
  }
  await page.goto("/dashboard/accounts");
  assert.equal(await page.getByRole("row").count(), 51);
  await tabTo((element) => element.textContent === "Next");
  await page.keyboard.press("Enter");
  await page.getByText("Page 2 of 2", { exact: true }).waitFor();
  await page.getByRole("rowheader", { name: "Zenith" }).waitFor();
  made.older = here() + new URL(page.url()).search;
  await tabTo((element) => element.textContent === "Previous");
  await page.keyboard.press("Enter");
  await page.getByText("Page 1 of 2", { exact: true }).waitFor();
});

test("beyond loopback, who logs out is out, with the cookie too", async () => {
  const beyond = await browser.newContext({ baseURL: AIR_BEYOND_URL, viewport: NARROW });
  const visit = await beyond.newPage();
  await visit.goto("/dashboard/users");
  await visit.getByLabel("Token").fill(AIR_ADMIN_TOKEN);
  await visit.getByRole("button", { name: "Log in" }).click();
  await visit.getByRole("heading", { level: 1, name: "Overview" }).waitFor();
  const cookies = await beyond.cookies();
  assert.equal(await visit.evaluate(() => document.documentElement.scrollWidth <= innerWidth), true);
  await visit.evaluate(AXE);
  const { violations } = await visit.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  assert.deepEqual(violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id }) => id), []);
  if (AIR_SCREENSHOTS) await visit.screenshot({ path: `${AIR_SCREENSHOTS}/logged-in-narrow.png` });
  await visit.getByRole("button", { name: "Log out" }).press("Enter");
  await visit.getByText("You are logged out.").waitFor();
  assert.deepEqual(await beyond.cookies(), []);
  await beyond.addCookies(cookies);
  await visit.goto("/dashboard/users");
  await visit.getByRole("heading", { level: 1, name: "Log in" }).waitFor();
  await beyond.close();
});

test("a schema is published without a script", async () => {
  const plain = await browser.newContext({ baseURL: AIR_URL, javaScriptEnabled: false });
  const without = await plain.newPage();
  await without.goto("/dashboard/schemas/new");
  await without.getByLabel("Title (needed)").fill("Plain");
  await without.getByLabel("Name", { exact: true }).fill("first");
  await without.getByRole("button", { name: "Add an attribute" }).click();
  await without.getByLabel("Name", { exact: true }).nth(1).fill("second");
  await without.getByRole("button", { name: "Publish" }).click();
  await without.getByRole("status").filter({ hasText: "published" }).waitFor();
  await without.getByRole("rowheader", { name: "second" }).waitFor();
  await plain.close();
});

test("a credential is offered to a wallet, and a wallet is asked", async () => {
  await page.goto(made.program);
  await follow("Offer it to a wallet");
  made.offering = here();
  await page.getByLabel("isMember").selectOption("true");
  await page.getByLabel("level").fill("3");
  await press("Offer");
  await page.getByText("The link is a secret, and is shown only once.").waitFor();
  // The page of the link can't be loaded again.
  await look(page, "offer-link");
  await follow("Show what the wallet did");
  made.offer = here();
  await page.goto(made.verification);
  await press("Show a QR code");
  await page.getByText("no answer yet").first().waitFor();
  made.request = here();
});

test("a trust list is set, shown and removed, and a request has transactions", async () => {
  await page.goto(made.verification);
  const list = { issuers: [{ name: "Registry", did: "did:web:registry.example", types: ["urn:example:club"] }] };
  await page.getByLabel("Trust list (JSON)").fill(JSON.stringify(list));
  await press("Set the trust list");
  await noticed("The trust list is set.");
  await page.getByRole("row").filter({ hasText: "did:web:registry.example" }).getByText("urn:example:club").waitFor();
  await look(page, "trust-list");
  await press("Remove the trust list");
  await noticed("The trust list is removed.");
  await page.getByText("Let the user authorise transactions").click();
  await page.getByLabel("Transactions (JSON)").fill("{}");
  await press("Show a QR code");
  await page.getByRole("alert").filter({ hasText: "transactionData" }).waitFor();
  await look(page, "refused-transactions");
  await page.getByLabel("Transactions (JSON)").fill(JSON.stringify([{ type: "payment", amount: "12.50" }]));
  await press("Show a QR code");
  await page.getByText("no answer yet").first().waitFor();
});

test("the keyboard alone issues, consents, withdraws, deletes and revokes", async () => {
  const own = await browser.newContext({ baseURL: AIR_URL, viewport: WIDE });
  own.setDefaultTimeout(30_000);
  const desktop = await own.newPage();
  const enter = async (fits) => {
    await tabTo(fits, desktop);
    await desktop.keyboard.press("Enter");
    await desktop.waitForLoadState("networkidle");
  };
  const type = async (fits, text) => {
    await tabTo(fits, desktop);
    await desktop.keyboard.type(text);
  };
  await desktop.goto(made.issue);
  await type((element) => element.id === "email", "kim@example.com");
  await type((element) => element.id === "claim.isMember", "yes");
  await type((element) => element.id === "claim.level", "3");
  await enter((element) => element.textContent === "Issue" && element.type === "submit");
  await noticed("The credential is issued.", desktop);
  const credential = new URL(desktop.url()).pathname;

  await desktop.goto(made.verification);
  await type((element) => element.id === "email", "kim@example.com");
  await desktop.keyboard.press("Enter");
  await noticed("The user is asked for consent.", desktop);
  await enter((element) => element.textContent === "Agree");
  await noticed("The user agreed.", desktop);

  await desktop.goto("/wallet");
  await type((element) => element.id === "email", "kim@example.com");
  await desktop.keyboard.press("Enter");
  await desktop.getByRole("heading", { level: 1, name: "Your credentials" }).waitFor();
  await enter((element) => element.textContent === "Shown");
  await enter((element) => element.matches("th a"));
  await enter((element) => element.textContent === "Withdraw");
  await noticed("The consent is taken back.", desktop);

  // The request of another wallet: first without a sign-in, then with the credential that it would receive.
  const stranger = await browser.newContext({ baseURL: AIR_URL, viewport: WIDE });
  const asked = await stranger.newPage();
  await asked.goto(await authorization(asked));
  await asked.getByRole("button", { name: "Sign in" }).waitFor();
  await look(asked, "authorize-sign-in");
  await stranger.close();
  await desktop.goto(await authorization(desktop));
  await desktop.getByRole("heading", { name: "It says" }).waitFor();
  await look(desktop, "authorize");
  const answered = desktop.waitForRequest((request) => request.url().startsWith("https://wallet.example/cb"));
  await enter((element) => element.textContent === "Refuse");
  assert.match((await answered).url(), /error=access_denied/);

  await desktop.goto("/wallet");
  await enter((element) => element.matches(".credential h2 a"));
  await enter((element) => element.textContent === "Offer it to another wallet");
  await desktop.getByText("The link and the code are secrets", { exact: false }).waitFor();
  assert.match(await desktop.locator('dt:text-is("Transaction code") + dd').innerText(), /^\d{6}$/);
  await look(desktop, "copy-offer");
  await enter((element) => element.textContent === "Back to the credential");
  await desktop.getByText("not received", { exact: true }).waitFor();
  await look(desktop, "copy-offered");
  await enter((element) => element.matches(".removal > summary"));
  await enter((element) => element.textContent === "Delete from this wallet");
  await noticed("The credential is deleted from this wallet.", desktop);

  await desktop.goto(credential);
  await enter((element) => element.textContent === "Revoke this credential");
  await noticed("The credential is revoked.", desktop);
  await own.close();
});

test("the pages that sign a user in, with and without a code", async () => {
  for (const [base, name, button] of [[AIR_URL, "sign-in", "Sign in"], [AIR_BEYOND_URL, "sign-in-by-code", "Send a code"]]) {
    const own = await browser.newContext({ baseURL: base, viewport: WIDE });
    const visit = await own.newPage();
    await visit.goto("/wallet/sign-in");
    await visit.getByRole("button", { name: button }).waitFor();
    await look(visit, name);
    if (base === AIR_BEYOND_URL) {
      await visit.getByLabel("Your e-mail address (needed)").fill("nobody@example.com");
      await visit.getByRole("button", { name: button }).click();
      await visit.getByLabel("Your code").waitFor();
      await look(visit, "code");
    }
    await own.close();
  }
});

test("a user sees the own credential, takes it along, and withdraws the consent", async () => {
  await page.goto("/wallet");
  await page.getByLabel("Your e-mail address (needed)").fill("ada@example.com");
  await press("Sign in");
  await page.getByRole("heading", { level: 1, name: "Your credentials" }).waitFor();
  await page.locator(".credential h2 a").first().click();
  made.held = here();
  const [file] = await Promise.all([page.waitForEvent("download"), page.getByRole("link", { name: "Export as SD-JWT VC" }).click()]);
  assert.equal(file.suggestedFilename(), "credential.sd-jwt");
  await page.goto("/wallet/shared");
  await page.getByRole("rowheader").getByRole("link").first().click();
  made.shown = here();
  await press("Withdraw");
  await noticed("The consent is taken back.");
});

test("no page has anything serious for axe, in light and dark, nor scrolls sideways at 360 pixels", async () => {
  for (const [name, path] of pages()) {
    await page.goto(path);
    await look(page, name);
  }
});

test("forms of others and names of others are refused", async () => {
  const cookies = (await context.cookies()).map(({ name, value }) => `${name}=${value}`).join("; ");
  await page.goto("/dashboard/clock");
  const token = await page.locator("input[name=token]").first().inputValue();
  const send = (headers, proof) => request("POST", { cookie: cookies, ...headers }, `amount=1&unit=1&action=advance&token=${proof}`);
  const ours = { "sec-fetch-site": "same-origin" };
  assert.equal(await send({ "sec-fetch-site": "cross-site" }, token), 403);
  assert.equal(await send({ "sec-fetch-site": "same-site" }, token), 403);
  assert.equal(await send({ origin: "https://evil.example" }, token), 403);
  assert.equal(await send(ours, "00"), 403);
  assert.equal(await send({ ...ours, cookie: "" }, token), 403);
  assert.equal(await send({ ...ours, host: "rebound.example" }, token), 403);
  assert.equal(await request("GET", { host: "rebound.example" }), 403);
  assert.equal(await send(ours, token), 303);
  // A page of another port of this machine, in the browser itself: a form there has the cookie, and still does not count.
  const other = http.createServer((_, answer) => {
    answer.setHeader("content-type", "text/html");
    answer.end(`<form method="post" action="${AIR_URL}/dashboard/clock"><input name="amount" value="1"><button>Go</button></form>`);
  });
  await new Promise((ready) => other.listen(0, "127.0.0.1", ready));
  const stranger = await context.newPage();
  await stranger.goto(`http://127.0.0.1:${other.address().port}/`);
  await stranger.getByRole("button").click();
  await stranger.getByRole("heading", { name: "Not allowed" }).waitFor();
  await stranger.close();
  other.close();
  assert.deepEqual(complaints.filter((text) => !/status of 40[0-9]/.test(text)), []);
});

/** Every page, with what the walk has made. */
function pages() {
  return Object.entries({
    overview: "/dashboard",
    accounts: "/dashboard/accounts",
    "older-accounts": made.older,
    account: made.account,
    "new-partner": made.partner,
    search: made.search,
    schemas: "/dashboard/schemas",
    schema: made.schema,
    builder: "/dashboard/schemas/new",
    version: made.version,
    programs: "/dashboard/programs",
    program: made.program,
    "new-program": "/dashboard/programs/new",
    offering: made.offering,
    offer: made.offer,
    credentials: "/dashboard/credentials",
    credential: made.credential,
    issue: made.issue,
    callbacks: "/dashboard/callbacks",
    verification: "/dashboard/verification",
    "verification-program": made.verification,
    query: made.query,
    records: "/dashboard/verification/records",
    record: made.record,
    "wallet-request": made.request,
    users: "/dashboard/users",
    user: made.user,
    ledger: "/dashboard/ledger",
    checkpoints: "/dashboard/checkpoints",
    logs: "/dashboard/logs",
    request: "/dashboard/logs/1",
    faults: "/dashboard/faults",
    clock: "/dashboard/clock",
    login: "/dashboard/login",
    missing: "/dashboard/nothing",
    wallet: "/wallet",
    held: made.held,
    envelopes: "/wallet/envelopes",
    shown: "/wallet/shared",
    "shown-once": made.shown,
    issuers: "/wallet/issuers",
    notices: "/wallet/notices",
  });
}

/** Looks at a page as it is: by axe, in light and dark, and at 360 pixels. */
async function look(at, name) {
  await at.setViewportSize(WIDE);
  await at.evaluate(AXE);
  // In the dark only contrasts are others.
  for (const [colorScheme, options] of [["light", {}], ["dark", { runOnly: ["color-contrast"] }]]) {
    await at.emulateMedia({ colorScheme });
    const { violations } = await at.evaluate((options) => window.axe.run(document, { resultTypes: ["violations"], ...options }), options);
    const serious = violations.filter(({ impact }) => impact === "serious" || impact === "critical");
    const said = serious.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" ")}`);
    assert.deepEqual(said, [], `${name}, ${colorScheme}`);
    await picture(`${name}-${colorScheme}`, true, at);
  }
  await at.emulateMedia({ colorScheme: "light" });
  await at.setViewportSize(NARROW);
  const width = await at.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= NARROW.width, `${name} is ${width} pixels wide`);
  await picture(`${name}-narrow`, true, at);
  await at.setViewportSize(WIDE);
}

/** The page where a user decides about another wallet's request, which was pushed just now. */
async function authorization(at) {
  await at.goto(made.program);
  const account = await at.locator('.facts a[href^="/dashboard/accounts/"]').first().getAttribute("href");
  const [issuer, scope] = [account, made.program].map((path) => path.split("/").at(-1));
  const client_id = "https://wallet.example";
  const code_challenge = createHash("sha256").update("v".repeat(43)).digest("base64url");
  const wanted = { response_type: "code", client_id, redirect_uri: `${client_id}/cb`, scope, state: "1", code_challenge, code_challenge_method: "S256" };
  const pushed = await fetch(`${AIR_URL}/oid4vc/${issuer}/par`, { method: "POST", body: new URLSearchParams(wanted) });
  assert.equal(pushed.status, 201, await pushed.clone().text());
  const { request_uri } = await pushed.json();
  return `/oid4vc/${issuer}/authorize?${new URLSearchParams({ client_id, request_uri })}`;
}

/** Tab, until an element fits. */
async function tabTo(fits, at = page) {
  for (let presses = 0; presses < 200; presses += 1) {
    await at.keyboard.press("Tab");
    // The Enter before may still be on its way to the next page.
    const found = at.evaluate(`(${fits})(document.activeElement)`).catch(() => at.waitForLoadState().then(() => false));
    if (await found) return;
  }
  assert.fail(`no Tab leads to ${fits}`);
}

async function picture(name, fullPage = true, at = page) {
  if (AIR_SCREENSHOTS) await at.screenshot({ path: `${AIR_SCREENSHOTS}/${name}.png`, fullPage });
}

/** With a Host of one's own, which `fetch` does not allow. */
function request(method, headers, body) {
  const { hostname, port } = new URL(AIR_URL);
  const type = { "content-type": "application/x-www-form-urlencoded" };
  return new Promise((done, failed) => {
    const asked = http.request({ hostname, port, method, path: "/dashboard/clock", headers: { ...type, ...headers } }, (answer) => {
      answer.resume();
      done(answer.statusCode);
    });
    asked.on("error", failed);
    asked.end(body);
  });
}
