// Credentials of an issuer's own service, as people take and show them in the AIR Kit's pages: the SDK as npm has it, the
// local platform, and `air issuer serve` as the partner's backend.
//
//   AIR_URL=… AIRKIT_URL=… AIR_BINARY=… node --test airkit-backend.test.mjs
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Issuer } from "./airkit/issuer.mjs";
import { Partner } from "./airkit/partner.mjs";
import { Visit, launch } from "./airkit/visit.mjs";

const PIN = "correct horse";
const email = (name) => `${name}.${Date.now()}@example.com`;
const [ada, ben, eve] = ["ada", "ben", "eve"].map(email);

let partner;
let issuer;
let browser;
let context;
let visit;

before(async () => {
  partner = await Partner.start("Backend Ltd");
  issuer = await Issuer.start(partner, { [ada]: 7, [ben]: 2 });
  browser = await launch();
});
after(async () => {
  await browser?.close();
  await issuer?.stop();
  partner?.stop();
});

const fresh = async () => {
  await context?.close();
  context = await browser.newContext();
  context.setDefaultTimeout(30_000);
  visit = await Visit.open(context, partner, { automation: false });
};
const frame = () => visit.frame("credential");
const press = (name) => frame().getByRole("button", { name, exact: true }).click();
const asked = (title) => frame().getByRole("heading", { level: 1, name: title }).waitFor();
const shown = (value) => frame().getByRole("definition").filter({ hasText: value }).waitFor();

function value(result) {
  assert.equal(result.error, undefined, JSON.stringify(result.error));
  return result.value;
}

const issue = () =>
  visit.call("issueCredential", partner.order({ issuerDid: issuer.did, credentialId: partner.ids.programs.member, credentialSubject: {} }));
const verify = () =>
  visit.call("verifyCredential", partner.question({ programId: partner.ids.verificationPrograms.member, fieldsToDisclose: "*" }));

test("a person sees the issuer's claims before the credential is issued, and after", async () => {
  await fresh();
  value(await visit.enter(ada));
  const issuing = issue();
  await asked("Take this credential?");
  await shown("7");
  await frame().getByText("issues it with its own service").waitFor();
  assert.deepEqual(await issuer.history(), [], "nothing is issued before the consent");
  await press("Take it");
  await asked("You have the credential");
  await shown("7");
  await press("Done");
  value(await issuing);
  const [{ schemaId, revokedAt }, ...others] = await issuer.history();
  assert.deepEqual([schemaId, revokedAt, others.length], [partner.ids.schemas.member, null, 0]);
});

test("the credential is shown with key binding, until the issuer revokes it", async () => {
  const showing = verify();
  await asked("Show this to Backend Ltd?");
  await shown("7");
  await press("Agree");
  const { status, disclosedData } = value(await showing);
  assert.equal(status, "Compliant");
  assert.deepEqual(disclosedData.credentialSubject, { level: 7 });
  assert.equal(disclosedData.issuerDid, issuer.did);
  const [{ revocationNonce }] = await issuer.history();
  await issuer.revoke(revocationNonce);
  const again = verify();
  await press("Agree");
  assert.equal(value(await again).status, "Revoked");
});

test("a person who refuses gets nothing", async () => {
  await fresh();
  value(await visit.enter(ben));
  const issuing = issue();
  await asked("Take this credential?");
  await press("No, thanks");
  assert.equal((await issuing).error.name, "USER_REJECTED");
  assert.equal((await issuer.history()).length, 1);
});

test("a person of whom the issuer has no claims is told so", async () => {
  await fresh();
  value(await visit.enter(eve));
  const { name, message } = (await issue()).error;
  assert.equal(name, "CONFIG_ERROR");
  assert.match(message, /offers no SD_JWT_VC/);
  assert.doesNotMatch(message, /@example\.com/);
});
