// Predicate proofs in the AIR Kit's pages, by hand, on a platform with the program air-zk and the module beside it. `cargo xtask zk` runs it.
//
//   AIR_URL=… AIRKIT_URL=… [AIR_SCREENSHOTS=folder] node --test predicate-proofs.test.mjs
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { after, before, test } from "node:test";
import { Partner, api } from "./airkit/partner.mjs";
import { Visit, launch } from "./airkit/visit.mjs";

const { AIR_SCREENSHOTS } = process.env;
const AXE = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const PIN = "correct horse";
/** A call of the SDK has no time limit of its own: a test that waits without end fails by its name. */
const LIMIT = { timeout: 240_000 };
/** Each value has at least eight characters, so that none is found by chance. */
const SUBJECT = { fullName: "Adelheid Quintessa", birthDate: "1987-03-19", region: "Alentejo-Sul", balance: 48213977.25 };
const VALUES = Object.values(SUBJECT).map(String);
const CONDITIONS = [
  { attribute: "birthDate", operator: "less", value: "2008-11-30" },
  { attribute: "region", operator: "in", value: ["Alentejo-Sul", "Extremadura", "Lombardia"] },
  { attribute: "balance", operator: "greater", value: 1000 },
];
/** The only call whose answer may have values: the wallet gets its own credential. */
const HELD = ["/airkit/v1/provable", "/airkit/v1/provable/sign"];

let issuer;
let shop;
let bank;
let program;
let schemaId;
let browser;
let context;
let visit;

before(async () => {
  [issuer, shop, bank] = [await Partner.start("Zenith"), await Partner.start("Shop"), await Partner.start("Bank")];
  const form = {
    title: "Person",
    attributes: [
      { name: "fullName", title: "Full name", type: "string" },
      { name: "birthDate", title: "Birth date", type: "date" },
      { name: "region", title: "Region", type: "string" },
      { name: "balance", title: "Balance", type: "number" },
    ],
  };
  const { partnerId } = issuer.ids;
  ({ schemaId } = await api("POST", "/sandbox/v1/schemas", { partnerId, schema: form }));
  const made = await api("POST", "/sandbox/v1/programs", { partnerId, schemaId, predicateProofs: true, scales: { balance: 2 }, publish: true });
  program = made.credentialId;
  browser = await launch();
});
after(async () => {
  await browser?.close();
  for (const partner of [issuer, shop, bank]) partner?.stop();
});

/** A browser of somebody's own. */
async function somebody(name) {
  await context?.close();
  context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
  context.setDefaultTimeout(60_000);
  return `${name}.${Date.now()}@example.com`;
}

/** Opens a partner's app, and logs in. */
async function enter(partner, email) {
  visit = await Visit.open(context, partner, { automation: false });
  value(await visit.enter(email));
}

function value(result) {
  assert.equal(result.error, undefined, JSON.stringify(result.error));
  return result.value;
}

const press = (frame, name) => visit.frame(frame).getByRole("button", { name, exact: true }).click();
const type = (frame, label, text) => visit.frame(frame).getByLabel(label, { exact: true }).fill(text);

/** Waits for a panel, and looks at it with axe, and at 1280 and 360 pixels. Returns its text. */
async function look(frame, title, picture) {
  await visit.frame(frame).getByRole("heading", { level: 1, name: title }).waitFor();
  const inner = await visit.inner(frame);
  await inner.evaluate(AXE);
  const { violations } = await inner.evaluate(() => window.axe.run());
  assert.deepEqual(violations.map(({ id }) => id), [], title);
  const save = async (width) => {
    if (AIR_SCREENSHOTS) await visit.page.screenshot({ path: `${AIR_SCREENSHOTS}/${picture}-${width}.png` });
  };
  await save(1280);
  await visit.page.setViewportSize({ width: 360, height: 740 });
  assert.ok(await inner.evaluate(() => document.documentElement.scrollWidth <= innerWidth), `${title} fits 360 px`);
  await save(360);
  await visit.page.setViewportSize({ width: 1280, height: 800 });
  return visit.frame(frame).locator(".card").innerText();
}

/** Makes the first wallet, for which a PIN is chosen. */
async function choosePin() {
  await visit.frame("wallet").getByRole("heading", { level: 1, name: "Choose a PIN for your wallet" }).waitFor();
  await type("wallet", "New PIN or passphrase", PIN);
  await type("wallet", "The same again", PIN);
  await press("wallet", "Make the wallet");
}

async function openWallet() {
  await visit.frame("wallet").getByRole("heading", { level: 1, name: "Open your wallet" }).waitFor();
  await type("wallet", "Your PIN or passphrase", PIN);
  await press("wallet", "Open");
}

/** A verification program of a verifier, which accepts proofs of the issuer's credentials. */
async function asking(verifier, conditions) {
  const { partnerId } = verifier.ids;
  const made = await api("POST", "/sandbox/v1/verification-programs", { partnerId, schemaId, predicateProofsOf: program, conditions });
  return made.programId;
}

const verify = (partner, programId, more = {}) =>
  visit.call("verifyCredential", { authToken: partner.token("verify"), programId, ...more });

/** All requests of all frames and workers of this browser with their bodies, and all answers but those to the wallet itself. */
function record() {
  const log = { requests: [], answers: [], paths: new Set(), pending: [], stop };
  const requested = (request) => {
    log.paths.add(new URL(request.url()).pathname);
    log.requests.push(JSON.stringify([request.url(), request.headers(), request.postData() ?? ""]));
  };
  const answered = (response) => {
    const { pathname } = new URL(response.url());
    if (HELD.includes(pathname)) return;
    // Redirects and aborted answers have no text.
    log.pending.push(response.text().then((text) => log.answers.push({ pathname, text }), () => {}));
  };
  context.on("request", requested);
  context.on("response", answered);
  function stop() {
    context.off("request", requested);
    context.off("response", answered);
  }
  return log;
}

/** The values that texts have. */
const found = (texts) => VALUES.filter((each) => texts.some((text) => text.includes(each)));

/** All texts of a document. */
const leaves = (of) => (of !== null && typeof of === "object" ? Object.values(of).flatMap(leaves) : [String(of)]);

/** Runs of 8 bytes of a presentation, after its version and epoch, which are public. */
function runs(presentation) {
  const hex = presentation.slice(2 * (1 + 8));
  return new Set(Array.from({ length: Math.max(0, hex.length / 2 - 7) }, (_, at) => hex.slice(2 * at, 2 * at + 16)));
}

test("two verifiers learn that three conditions hold, and nothing else", LIMIT, async () => {
  const email = await somebody("ada");
  await enter(issuer, email);
  const issuing = visit.call("issueCredential", issuer.order({ credentialId: program, credentialSubject: SUBJECT }));
  await visit.frame("credential").getByRole("heading", { level: 1, name: "Take this credential?" }).waitFor();
  await press("credential", "Take it");
  await choosePin();
  value(await issuing);
  assert.deepEqual(visit.complaints, []);
  await visit.close();

  const log = record();
  const results = [];
  for (const verifier of [shop, bank]) {
    const name = verifier === shop ? "Shop" : "Bank";
    const programId = await asking(verifier, CONDITIONS);
    await enter(verifier, email);
    const pending = verify(verifier, programId);
    const asked = await look("credential", `${name} asks you to prove something`, "proof-request");
    for (const sentence of [
      "Birth date is before 30 November 2008.",
      "Region is Alentejo-Sul, Extremadura or Lombardia.",
      "Balance is more than 1000.",
      "Full name.",
      `${name} can't recognise you by this proof.`,
      "this method was not audited",
    ]) {
      assert.ok(asked.includes(sentence), `${sentence} in ${asked}`);
    }
    assert.ok(!asked.includes(SUBJECT.fullName) && !asked.includes(SUBJECT.birthDate), asked);
    await press("credential", "Prove it");
    await openWallet();
    await look("credential", "Proved", "proof-made");
    await press("credential", "Done");
    const result = value(await pending);
    assert.equal(result.status, "Compliant");
    assert.deepEqual(result.zkProofs.disclosed, {});
    assert.deepEqual(result.zkProofs.request.conditions, CONDITIONS);
    assert.equal(result.disclosedData, undefined);
    results.push(result);
    assert.deepEqual(visit.complaints, []);
    await visit.close();
  }
  log.stop();
  await Promise.all(log.pending);
  const offered = CONDITIONS[1].value.filter((each) => VALUES.includes(each));
  assert.ok([...log.paths].some((path) => path.endsWith("/air_zk_bg.wasm")), "the worker's requests are in the log");
  assert.ok([...log.paths].includes("/airkit/v1/verify/prove"));
  assert.deepEqual(found(log.requests), [], "no request has a value");
  for (const { pathname, text } of log.answers) {
    // A list of the verifier names the value among others.
    assert.deepEqual(found([text]).filter((each) => !offered.includes(each)), [], `${pathname} has a value`);
  }

  // What both answers have is public.
  const known = new Set(leaves([CONDITIONS, "Compliant", results[0].zkProofs.scheme]));
  const [one, other] = results.map((result) => leaves({ ...result, transactionHash: "" }).filter((text) => !known.has(text)));
  assert.deepEqual(one.filter((text) => text.length >= 8 && other.includes(text)), []);
  const runsOfOther = runs(results[1].zkProofs.presentation);
  assert.deepEqual([...runs(results[0].zkProofs.presentation)].filter((run) => runsOfOther.has(run)), []);
});

test("a condition that does not hold has no proof, and the verifier hears it only if the user agrees", LIMIT, async () => {
  const email = await somebody("bea");
  await issuer.issueOnBehalf(email, program, SUBJECT);
  const programId = await asking(bank, [{ attribute: "birthDate", operator: "less", value: "1980-01-01" }]);
  await enter(bank, email);
  // The issuer was the only party there, so the wallet gets the signature now.
  let pending = verify(bank, programId);
  await look("credential", "Bank asks you to prove something", "proof-of-on-behalf");
  await press("credential", "Prove it");
  await choosePin();
  await look("credential", "A condition does not hold", "proof-unsatisfied");
  await press("credential", "Tell it");
  await look("credential", "No proof", "proof-none");
  await press("credential", "Done");
  const result = value(await pending);
  assert.deepEqual(result, { status: "Non-Compliant" });

  pending = verify(bank, programId);
  const again = await look("credential", "Bank asks you to prove something", "proof-repeated");
  assert.ok(again.includes("asked you less than a minute ago"), again);
  await press("credential", "Prove it");
  await look("credential", "A condition does not hold", "proof-unsatisfied-again");
  await press("credential", "Refuse");
  assert.equal((await pending).error?.name, "USER_REJECTED");
  await visit.close();
});

test("a user who refuses proves nothing, and what would be shown is shown first", LIMIT, async () => {
  const email = await somebody("cyd");
  await issuer.issueOnBehalf(email, program, SUBJECT);
  const conditions = [CONDITIONS[2], { attribute: "region", operator: "equals", value: SUBJECT.region }];
  const programId = await asking(shop, conditions);
  await enter(shop, email);
  let pending = verify(shop, programId, { fieldsToDisclose: ["birthDate"] });
  const asked = await look("credential", "Shop asks you to prove something", "proof-shown");
  for (const text of ["Shown", SUBJECT.birthDate, SUBJECT.region]) assert.ok(asked.includes(text), asked);
  assert.ok(!asked.includes("can't recognise you"), asked);
  assert.ok(!asked.includes(SUBJECT.fullName) && !asked.includes(String(SUBJECT.balance)), asked);
  await press("credential", "Refuse");
  assert.equal((await pending).error?.name, "USER_REJECTED");

  pending = verify(shop, programId, { fieldsToDisclose: ["birthDate"] });
  await visit.frame("credential").getByRole("heading", { level: 1, name: "Shop asks you to prove something" }).waitFor();
  await press("credential", "Prove it");
  await choosePin();
  await visit.frame("credential").getByRole("heading", { level: 1, name: "Proved" }).waitFor();
  await press("credential", "Done");
  const { status, zkProofs } = value(await pending);
  assert.equal(status, "Compliant");
  assert.deepEqual(zkProofs.disclosed, { birthDate: SUBJECT.birthDate, region: SUBJECT.region });
  await visit.close();
});

test("a user without the credential is told so, and the verifier hears it after consent", LIMIT, async () => {
  const email = await somebody("dan");
  await enter(shop, email);
  const pending = verify(shop, await asking(shop, CONDITIONS));
  const asked = await look("credential", "Shop asks you to prove something", "proof-absent");
  assert.ok(asked.includes("You have no valid credential for this."), asked);
  assert.ok(!asked.includes("Proved") && !asked.includes("can't recognise you"), asked);
  await press("credential", "Agree");
  await visit.frame("credential").getByRole("heading", { level: 1, name: "No proof" }).waitFor();
  await press("credential", "Done");
  assert.deepEqual(value(await pending), { status: "NotFound" });
  await visit.close();
});
