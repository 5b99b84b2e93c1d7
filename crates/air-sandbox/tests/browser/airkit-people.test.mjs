// The AIR Kit's pages as people use them: by hand and by keyboard, on a narrow screen, with axe on each panel.
//
//   AIR_URL=… AIRKIT_URL=… [AIR_SCREENSHOTS=folder] node --test airkit-people.test.mjs
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { Partner, api } from "./airkit/partner.mjs";
import { Visit, launch } from "./airkit/visit.mjs";

const { AIR_SCREENSHOTS } = process.env;
const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PIN = "correct horse";
/** Half of it is written from right to left. */
const NAME = "Zenith זהות";

let partner;
let browser;
let context;
let visit;

before(async () => {
  partner = await Partner.start(NAME);
  browser = await launch();
});
after(async () => {
  await browser?.close();
  partner?.stop();
});

const fresh = async (options) => {
  await context?.close();
  context = await browser.newContext({ viewport: { width: 900, height: 700 } });
  context.setDefaultTimeout(30_000);
  visit = await Visit.open(context, partner, { automation: false, ...options });
};
const email = (name) => `${name}.${Date.now()}@example.com`;
const press = (frame, name) => visit.frame(frame).getByRole("button", { name, exact: true }).click();
const type = (frame, label, text) => visit.frame(frame).getByLabel(label, { exact: true }).fill(text);

function value(result) {
  assert.equal(result.error, undefined, JSON.stringify(result.error));
  return result.value;
}

/** Waits for a panel and looks at it: its heading, where the focus is, axe, and on a narrow screen. */
async function look(frame, title, name) {
  const heading = visit.frame(frame).getByRole("heading", { level: 1, name: title });
  await heading.waitFor();
  const inner = await visit.inner(frame);
  assert.equal(await inner.evaluate(() => document.querySelectorAll("h1").length - document.querySelectorAll("#alone h1").length), 1);
  await focused(frame);
  for (const colorScheme of ["light", "dark"]) {
    await visit.page.emulateMedia({ colorScheme });
    await axe(inner, `${name}, ${colorScheme}`);
    await picture(`${name}-${colorScheme}`);
  }
  await visit.page.emulateMedia({ colorScheme: "light" });
  await visit.page.setViewportSize({ width: 360, height: 740 });
  assert.ok(await inner.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${name} fits 360 px`);
  await picture(`${name}-narrow`);
  await visit.page.setViewportSize({ width: 900, height: 700 });
}

/** The partner's name moves nothing of the sentence that it stands in. */
async function isIsolated(frame) {
  const shown = visit.frame(frame).locator("p").filter({ hasText: NAME }).first();
  await shown.waitFor();
  assert.equal(await shown.locator("bdi").filter({ hasText: NAME }).first().textContent(), NAME, frame);
}

/** Opens the list of the user's credentials and its newest one by the keyboard, and looks at them. */
async function holds() {
  const frame = visit.frame("wallet");
  await frame.locator(".held > summary").press("Enter");
  const newest = frame.getByRole("listitem").filter({ hasText: "Proof of age" }).first();
  await newest.getByText("valid", { exact: true }).waitFor();
  await newest.locator("summary").press("Enter");
  await newest.getByRole("definition").filter({ hasText: "UTO" }).waitFor();
  await newest.getByText(/^Issued \d{4}-\d\d-\d\d, expires \d{4}-\d\d-\d\d\.$/).waitFor();
  assert.equal(await frame.getByRole("link", { name: "Your wallet's own page" }).getAttribute("target"), "_blank");
  const inner = await visit.inner("wallet");
  for (const colorScheme of ["light", "dark"]) {
    await visit.page.emulateMedia({ colorScheme });
    await axe(inner, `held, ${colorScheme}`);
    await picture(`held-${colorScheme}`);
  }
  await visit.page.emulateMedia({ colorScheme: "light" });
  await visit.page.setViewportSize({ width: 360, height: 740 });
  assert.ok(await inner.evaluate(() => document.documentElement.scrollWidth <= innerWidth), "held fits 360 px");
  assert.ok(await inner.evaluate(() => document.documentElement.scrollHeight <= innerHeight), "the buttons stay visible");
  await picture("held-narrow");
  await visit.page.setViewportSize({ width: 900, height: 700 });
  await frame.locator(".held > summary").press("Enter");
}

/** The fields are whole above a problem and a long list of the user's credentials. */
async function keepsFields(frame) {
  await visit.frame(frame).locator(".held > summary").press("Enter");
  const inner = await visit.inner(frame);
  await inner.waitForFunction(() => document.querySelector(".held-list").childNodes.length > 0);
  await inner.evaluate(() => {
    const rows = Array.from({ length: 8 }, () => Object.assign(document.createElement("p"), { textContent: "Proof of age" }));
    document.querySelector(".held-list").append(...rows);
  });
  const hidden = await inner.evaluate(() => {
    const body = document.querySelector(".body");
    return body.scrollHeight - body.clientHeight;
  });
  assert.ok(hidden <= 1, `${hidden} px of the fields are hidden`);
  await visit.frame(frame).locator(".held > summary").press("Enter");
}

/** Waits until a panel is there, and has the keyboard. */
async function focused(frame) {
  await visit.frame(frame).getByRole("heading", { level: 1 }).waitFor();
  await (await visit.inner(frame)).waitForFunction(() => document.hasFocus() && document.activeElement?.matches("input, h1"));
}

async function axe(frame, name) {
  const violations = await frame.evaluate(`(async () => { ${AXE}; const { violations } = await axe.run(document, { resultTypes: ["violations"] }); return violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.map(({ html }) => html) })); })()`);
  const serious = violations.filter(({ impact }) => ["serious", "critical"].includes(impact));
  assert.deepEqual(serious, [], name);
}

async function picture(name) {
  if (AIR_SCREENSHOTS) await visit.page.screenshot({ path: `${AIR_SCREENSHOTS}/airkit-${name}.png` });
}

test("a person logs in by an address, or does not", async () => {
  await fresh();
  value(await visit.init());
  let login = visit.call("login");
  await look("auth", "Log in", "login");
  await isIsolated("auth");
  await visit.page.keyboard.press("Escape");
  assert.equal((await login).error.name, "USER_CANCELLED");
  login = visit.call("login");
  await type("auth", "Your e-mail address", "nobody");
  await press("auth", "Log in");
  await visit.frame("auth").getByRole("alert").filter({ hasText: "no e-mail address" }).waitFor();
  const address = email("ada");
  await type("auth", "Your e-mail address", address);
  await visit.page.keyboard.press("Enter");
  assert.equal(value(await login).isLoggedIn, true);
  assert.equal(value(await visit.call("getUserInfo")).user.email, address);
  assert.ok(await visit.page.locator('iframe[id^="air-auth"]').isHidden());
});

let key;
test("a person takes a credential, and gets a wallet under a PIN", async () => {
  let issuing = visit.call("issueCredential", partner.order());
  await look("credential", "Take this credential?", "offer");
  await isIsolated("credential");
  await visit.frame("credential").getByText("Country").waitFor();
  await press("credential", "No, thanks");
  assert.equal((await issuing).error.name, "USER_REJECTED");
  issuing = visit.call("issueCredential", partner.order());
  await focused("credential");
  await visit.page.keyboard.press("Escape");
  assert.equal((await issuing).error.name, "USER_CANCELLED");
  issuing = visit.call("issueCredential", partner.order({ waitForOnchainCompletion: true }));
  await press("credential", "Take it");
  await look("wallet", "Choose a PIN for your wallet", "choose-pin");
  await isIsolated("wallet");
  await press("wallet", "Cancel");
  assert.equal((await issuing).error.name, "USER_CANCELLED");
  issuing = visit.call("issueCredential", partner.order({ waitForOnchainCompletion: true }));
  await press("credential", "Take it");
  await type("wallet", "New PIN or passphrase", "12345");
  await type("wallet", "The same again", "12345");
  await press("wallet", "Make the wallet");
  await visit.frame("wallet").getByRole("alert").filter({ hasText: "at least 6" }).waitFor();
  await keepsFields("wallet");
  await type("wallet", "New PIN or passphrase", PIN);
  await press("wallet", "Make the wallet");
  await visit.frame("wallet").getByRole("alert").filter({ hasText: "not the same" }).waitFor();
  await type("wallet", "The same again", PIN);
  await press("wallet", "Make the wallet");
  key = value(await issuing).cakPublicKey;
  assert.match(key, /^0x04/);
  // The wallet stays open as long as the page.
  issuing = visit.call("issueCredential", partner.order());
  await press("credential", "Take it");
  assert.equal(value(await issuing).cakPublicKey, key);
});

test("after a reload the PIN opens it, and no other", async () => {
  await visit.reload();
  assert.equal(value(await visit.init()).isMFASetup, true);
  const issuing = visit.call("issueCredential", partner.order({ waitForOnchainCompletion: true }));
  await press("credential", "Take it");
  await look("wallet", "Open your wallet", "open-wallet");
  await isIsolated("wallet");
  await holds();
  await type("wallet", "Your PIN or passphrase", "wrong horse");
  await press("wallet", "Open");
  await visit.frame("wallet").getByRole("alert").filter({ hasText: "does not open" }).waitFor();
  await type("wallet", "Your PIN or passphrase", PIN);
  await visit.page.keyboard.press("Enter");
  assert.equal(value(await issuing).cakPublicKey, key);
});

test("a person is told what a verifier gets, and refuses or agrees", async () => {
  let asked = visit.call("verifyCredential", partner.question({ fieldsToDisclose: ["country"] }));
  await look("credential", `Show this to ${NAME}?`, "request");
  await visit.frame("credential").getByText("can't be taken back").waitFor();
  await press("credential", "Refuse");
  assert.equal((await asked).error.name, "USER_REJECTED");
  asked = visit.call("verifyCredential", partner.question());
  await focused("credential");
  await visit.page.keyboard.press("Escape");
  assert.equal((await asked).error.name, "USER_CANCELLED");
  asked = visit.call("verifyCredential", partner.question({ fieldsToDisclose: ["country"] }));
  await press("credential", "Agree, and give the key");
  const result = value(await asked);
  assert.equal(result.status, "Compliant");
  assert.match(result.cakPrivateKey, /^[0-9a-f]{64}$/);
  assert.deepEqual(result.disclosedData.credentialSubject, { country: "UTO" });
});

test("a PIN is changed, and the key stays", async () => {
  const changing = visit.call("setupOrUpdateMfa");
  await look("wallet", "Change your wallet's PIN", "change-pin");
  await type("wallet", "Your PIN or passphrase now", PIN);
  await type("wallet", "New PIN or passphrase", `${PIN} battery`);
  await type("wallet", "The same again", `${PIN} battery`);
  await press("wallet", "Change it");
  value(await changing);
  await visit.reload();
  value(await visit.init());
  const issuing = visit.call("issueCredential", partner.order());
  await press("credential", "Take it");
  await type("wallet", "Your PIN or passphrase", PIN);
  await press("wallet", "Open");
  await visit.frame("wallet").getByRole("alert").filter({ hasText: "does not open" }).waitFor();
  await type("wallet", "Your PIN or passphrase", `${PIN} battery`);
  await press("wallet", "Open");
  assert.equal(value(await issuing).cakPublicKey, key);
});

test("a person who lacks a credential is told where it is, and nothing opens by itself", async () => {
  const question = partner.question({ programId: partner.ids.verificationPrograms.member, redirectUrl: "https://issuer.example/get" });
  let asked = visit.call("verifyCredential", question);
  await look("credential", "You have no credential “Membership”", "absent");
  const link = visit.frame("credential").getByRole("link", { name: "Get it at issuer.example" });
  assert.equal(await link.getAttribute("href"), "https://issuer.example/get");
  await press("credential", "Refuse");
  assert.equal((await asked).error.name, "USER_REJECTED");
  asked = visit.call("verifyCredential", question);
  await press("credential", "Go on without it");
  await look("credential", `Show this to ${NAME}?`, "request-absent");
  await press("credential", "Agree");
  assert.deepEqual(value(await asked), { status: "NotFound" });
  for (const redirectUrl of ["javascript:alert(1)", "http://issuer.example/", "https://user@issuer.example/", "data:text/html,x", "/get"]) {
    assert.equal((await visit.call("verifyCredential", { ...question, redirectUrl })).error.name, "INVALID_PARAMETER", redirectUrl);
  }
});

test("a token that names nobody has the person asked", async () => {
  await fresh();
  value(await visit.init());
  const login = visit.call("login", { authToken: partner.token("issue", { partnerUserId: "user-7" }) });
  await focused("auth");
  const address = email("zoe");
  await type("auth", "Your e-mail address", address);
  await press("auth", "Log in");
  assert.equal(value(await login).isLoggedIn, true);
  const info = value(await visit.call("getUserInfo"));
  assert.deepEqual([info.user.email, info.partnerUserId], [address, "user-7"]);
});

test("a logout closes what is open, and nobody waits", async () => {
  const asked = visit.call("verifyCredential", partner.question());
  await visit.frame("credential").getByRole("heading", { level: 1 }).waitFor();
  value(await visit.call("logout"));
  assert.equal((await asked).error?.name, "USER_CANCELLED");
});

test("beyond loopback, a person enters the codes that were sent", async () => {
  await fresh();
  // The tests' platform is on loopback, and believes addresses. The pages get the answers of one that sends codes.
  const wrong = { status: 403, json: { errorName: "PERMISSION_NOT_ENABLED", errorMessage: "the code is wrong" } };
  const attempt = "attempt";
  await visit.page.route("**/airkit/v1/login", (route) => {
    const { email, proof } = route.request().postDataJSON();
    if (!proof) return route.fulfill({ json: { asksForCode: true, attempt } });
    return proof.code === "123456" ? route.continue({ postData: JSON.stringify({ email }) }) : route.fulfill(wrong);
  });
  value(await visit.init());
  const login = visit.call("login");
  await focused("auth");
  const address = email("may");
  await type("auth", "Your e-mail address", address);
  await press("auth", "Log in");
  await look("auth", "Enter your code", "code");
  await visit.frame("auth").getByText(address).waitFor();
  await type("auth", "Your code", "000000");
  await press("auth", "Log in");
  await visit.frame("auth").getByRole("alert").filter({ hasText: "The code is wrong" }).waitFor();
  await type("auth", "Your code", "123456");
  await visit.page.keyboard.press("Enter");
  assert.equal(value(await login).isLoggedIn, true);

  await visit.page.route("**/airkit/v1/wallet", (route) => route.fulfill({ json: { wallet: null, needsProof: true } }));
  await visit.page.route("**/airkit/v1/prove/ask", (route) => route.fulfill({ json: { attempt, email: address } }));
  await visit.page.route("**/airkit/v1/prove", (route) => (route.request().postDataJSON().code === "123456" ? route.fulfill({ json: {} }) : route.fulfill(wrong)));
  const issuing = visit.call("issueCredential", partner.order());
  await press("credential", "Take it");
  await look("wallet", "Prove your address", "prove");
  await isIsolated("wallet");
  await type("wallet", "Your code", "123456");
  await press("wallet", "Go on");
  await type("wallet", "New PIN or passphrase", PIN);
  await type("wallet", "The same again", PIN);
  await press("wallet", "Make the wallet");
  assert.match(value(await issuing).cakPublicKey, /^0x04/);
});

test("a wallet page that goes away is not waited for", async () => {
  await fresh();
  value(await visit.enter(email("eve")));
  const issuing = visit.call("issueCredential", partner.order());
  await press("credential", "Take it");
  await visit.frame("wallet").getByRole("heading", { level: 1 }).waitFor();
  await visit.page.evaluate(() => document.querySelector('iframe[id^="air-wallet"]').remove());
  assert.equal((await issuing).error.name, "WINDOW_CLOSED");
});

/** The CAK public key that a partner can read, or null. */
async function keyAt(reader, user) {
  const { issuerDid, schemas } = reader.ids;
  const path = `/sandbox/v1/cak?user=${user}&issuer=${issuerDid}&schema=${schemas.adult}`;
  return api("GET", path, undefined, reader.token("issue")).then(({ publicKey }) => publicKey, () => null);
}

const conflicts = (issuing) => assert.rejects(issuing, /refused consent/);

test("a person decides about credentials that were issued on their behalf, for each issuer", async () => {
  const other = await Partner.start("Other Ltd");
  const address = email("liz");
  const subject = { age: 21, country: "UTO" };
  for (const issuer of [partner, other]) await issuer.issueOnBehalf(address, issuer.ids.programs.adult, subject);
  await fresh();
  // The wallet page is there at once, although the app has not asked for it.
  const { id } = value(await visit.enter(address));
  const heading = visit.frame("wallet").getByRole("heading", { level: 1 });
  await heading.waitFor();
  const isOthersFirst = (await heading.textContent()).includes("Other Ltd");
  const [first, second] = isOthersFirst ? [other, partner] : [partner, other];
  const title = (issuer) => `Accept what ${issuer === other ? "Other Ltd" : NAME} issued to you?`;
  await look("wallet", title(first), "on-behalf");
  await visit.frame("wallet").getByText("Country").waitFor();
  // The app's request waits until the person has decided.
  const issuing = visit.call("issueCredential", partner.order({ credentialId: partner.ids.programs.member, credentialSubject: { level: 3 } }));
  await press("wallet", "Accept");
  await type("wallet", "New PIN or passphrase", PIN);
  await type("wallet", "The same again", PIN);
  await press("wallet", "Make the wallet");
  await visit.frame("wallet").getByRole("heading", { level: 1, name: title(second) }).waitFor();
  assert.match(await keyAt(first, id), /^0x04/);
  assert.equal(await visit.page.locator('iframe[id^="air-credential"]').isVisible(), false);
  await press("wallet", "Later");
  await press("credential", "Take it");
  value(await issuing);
  assert.equal(await keyAt(second, id), null);
  // At the next login, the other issuer's is asked about again.
  await fresh();
  value(await visit.enter(address));
  await visit.frame("wallet").getByRole("heading", { level: 1, name: title(second) }).waitFor();
  await press("wallet", "Refuse");
  await visit.page.locator('iframe[id^="air-wallet"]').waitFor({ state: "hidden" });
  assert.equal(await keyAt(second, id), null);
  await conflicts(second.issueOnBehalf(address, second.ids.programs.adult, subject));
  await first.issueOnBehalf(address, first.ids.programs.adult, subject);
  await fresh();
  value(await visit.enter(address));
  value(await visit.call("preloadWallet"));
  assert.equal(await visit.page.locator('iframe[id^="air-wallet"]').isVisible(), false, "there is nothing left to ask");
  other.stop();
});

test("automation accepts for the page's own partner alone", async () => {
  const other = await Partner.start("Neighbour Ltd");
  const address = email("max");
  for (const issuer of [partner, other]) await issuer.issueOnBehalf(address, issuer.ids.programs.adult, { age: 21, country: "UTO" });
  await fresh({ automation: true });
  const { id } = value(await visit.enter(address));
  // It waits for the wallet page's decision, and needs no key itself.
  value(await visit.call("issueCredential", partner.order({ credentialId: partner.ids.programs.member, credentialSubject: { level: 3 } })));
  const accepted = await keyAt(partner, id);
  assert.match(accepted, /^0x04/);
  // The wallet derives the same key when the user is present.
  assert.equal(value(await visit.call("issueCredential", partner.order())).cakPublicKey, accepted);
  assert.equal(await keyAt(other, id), null);
  other.stop();
});

test("in production, nothing but the person is a consent", async () => {
  await fresh({ buildEnv: "production", automation: true });
  value(await visit.enter(email("pat")));
  const asked = visit.call("verifyCredential", partner.question());
  await press("credential", "Refuse");
  assert.equal((await asked).error.name, "USER_REJECTED");
  // A page may state values that the SDK does not send there. They are ignored.
  await fresh({ buildEnv: "production" });
  await visit.page.evaluate(() => {
    const original = JSON.stringify;
    JSON.stringify = (value, ...rest) => original(value?.payload?.partnerDAppUrl ? { ...value, payload: { ...value.payload, enableAutomation: true } } : value, ...rest);
  });
  value(await visit.enter(email("pam")));
  const forced = visit.call("verifyCredential", partner.question());
  await press("credential", "Refuse");
  assert.equal((await forced).error.name, "USER_REJECTED");
});

test("a page that is opened outside a frame explains itself", async () => {
  await context.close();
  context = await browser.newContext();
  visit.page = await context.newPage();
  for (const path of ["/", "/auth/", "/wallet/", "/credential/", "/recovery/"]) {
    await visit.page.goto(`https://localhost:8200${path}`);
    await visit.page.getByRole("heading", { level: 1 }).waitFor();
    await axe(visit.page.mainFrame(), path);
  }
  await picture("about");
});
