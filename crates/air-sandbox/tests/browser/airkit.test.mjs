// The AIR Kit SDK as npm has it, in a browser that finds its hosts at the local platform.
//
//   AIR_URL=http://127.0.0.1:8300 AIRKIT_URL=https://localhost:8200 node --test airkit.test.mjs
import assert from "node:assert/strict";
import { createECDH, createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { after, before, describe, test } from "node:test";
import { Partner, api } from "./airkit/partner.mjs";
import { ENVIRONMENTS, Visit, launch } from "./airkit/visit.mjs";

let partner;
let other;
before(async () => {
  partner = await Partner.start("Zenith Pages");
  other = await Partner.start("Nadir Pages");
});
after(() => {
  partner?.stop();
  other?.stop();
});

let people = 0;
/** Somebody whom the platform has not seen. */
const somebody = () => `person${(people += 1)}.${Date.now()}@example.com`;

function value(result) {
  assert.equal(result.error, undefined, JSON.stringify(result.error));
  return result.value;
}

function refused(result, name) {
  assert.equal(result.error?.name, name, JSON.stringify(result));
  assert.ok(result.error.message, "a sentence");
  assert.doesNotMatch(result.error.message, /eyJ|@example\.com/, "no token, no address");
}

for (const storage of ["none", "partitioned"]) {
  describe(`frames with storage: ${storage}`, () => {
    let browser;
    let context;
    before(async () => {
      browser = await launch({ storage });
      context = await browser.newContext();
      context.setDefaultTimeout(30_000);
    });
    after(() => browser?.close());

    test("the frame's storage is what this is about", async () => {
      const visit = await Visit.open(context, partner);
      value(await visit.init());
      const auth = await visit.inner("auth");
      const has = await auth.evaluate(() => {
        try {
          localStorage.setItem("x", "1");
          return "partitioned";
        } catch {
          return "none";
        }
      });
      assert.equal(has, storage);
      await visit.close();
    });

    test("a login lasts over a reload, and ends with the logout", async () => {
      const email = somebody();
      const visit = await Visit.open(context, partner);
      assert.equal(value(await visit.init()), null);
      const login = value(await visit.call("login", { authToken: partner.token("issue", { email }) }));
      assert.equal(login.isLoggedIn, true);
      assert.match(login.id, /^[0-9a-f-]{36}$/);
      assert.equal(login.isMFASetup, false);
      const user = value(await visit.call("getUserInfo"));
      assert.equal(user.user.email, email);
      assert.equal(user.user.id, login.id);
      await visit.reload();
      const again = value(await visit.init());
      assert.equal(again.id, login.id);
      await visit.reload();
      assert.equal(value(await visit.init({ skipRehydration: true })), null);
      await visit.reload();
      value(await visit.init());
      value(await visit.call("logout"));
      await visit.reload();
      assert.equal(value(await visit.init()), null);
      assert.deepEqual(visit.complaints, []);
      await visit.close();
    });

    test("a credential is issued on each curve, and its key is the same after a reload", async () => {
      const visit = await Visit.open(context, partner);
      value(await visit.enter(somebody()));
      const { cakPublicKey } = value(await visit.call("issueCredential", partner.order({ waitForOnchainCompletion: true })));
      assert.match(cakPublicKey, /^0x04[0-9a-f]{128}$/);
      const named = value(await visit.call("issueCredential", partner.order({ curve: "secp256r1" })));
      assert.equal(named.cakPublicKey, cakPublicKey, "secp256r1 is the default");
      const k1 = value(await visit.call("issueCredential", partner.order({ curve: "secp256k1" })));
      assert.match(k1.cakPublicKey, /^0x04[0-9a-f]{128}$/);
      assert.notEqual(k1.cakPublicKey, cakPublicKey);
      const plain = partner.order({ credentialId: partner.ids.programs.member, credentialSubject: { level: 3 } });
      assert.equal(value(await visit.call("issueCredential", plain)).cakPublicKey, undefined);
      await visit.reload();
      const login = value(await visit.init());
      assert.match(login.abstractAccountAddress, /^0x[0-9a-fA-F]{40}$/);
      assert.equal(login.isMFASetup, true);
      assert.equal(value(await visit.call("issueCredential", partner.order())).cakPublicKey, cakPublicKey);
      assert.deepEqual(visit.complaints, []);
      await visit.close();
    });

    test("a compliant credential is shown, and its key given", async () => {
      const visit = await Visit.open(context, partner);
      value(await visit.enter(somebody()));
      for (const [curve, name] of [["secp256r1", "prime256v1"], ["secp256k1", "secp256k1"]]) {
        const order = partner.order({ curve, waitForOnchainCompletion: true });
        const { cakPublicKey } = value(await visit.call("issueCredential", order));
        const result = value(await visit.call("verifyCredential", partner.question({ fieldsToDisclose: "*" })));
        assert.equal(result.status, "Compliant");
        assert.deepEqual(result.zkProofs, {});
        assert.match(result.transactionHash, /^0x[0-9a-f]{64}$/);
        assert.deepEqual(result.disclosedData.credentialSubject, { age: 21, country: "UTO" });
        assert.equal(result.disclosedData.issuerDid, partner.ids.issuerDid);
        const pair = createECDH(name);
        pair.setPrivateKey(result.cakPrivateKey, "hex");
        assert.equal(`0x${pair.getPublicKey("hex")}`, cakPublicKey);
      }
      const some = value(await visit.call("verifyCredential", partner.question({ fieldsToDisclose: ["country"] })));
      assert.deepEqual(some.disclosedData.credentialSubject, { country: "UTO" });
      const none = value(await visit.call("verifyCredential", partner.question()));
      assert.equal(none.disclosedData, undefined);
      refused(await visit.call("verifyCredential", partner.question({ fieldsToDisclose: ["salary"] })), "INVALID_PARAMETER");
      await visit.close();
    });
  });
}

describe("the SDK", () => {
  let browser;
  let context;
  before(async () => {
    browser = await launch();
  });
  after(() => browser?.close());
  const fresh = async () => {
    await context?.close();
    context = await browser.newContext();
    context.setDefaultTimeout(30_000);
    return context;
  };

  test("gets an access token that the platform's keys verify", async () => {
    const visit = await Visit.open(await fresh(), partner);
    const { id } = value(await visit.enter(somebody()));
    const { token } = value(await visit.call("getAccessToken"));
    const [header, payload, signature] = token.split(".");
    const auth = await visit.inner("auth");
    const { keys } = await auth.evaluate(async () => (await fetch("/.well-known/jwks.json")).json());
    const { kid } = JSON.parse(Buffer.from(header, "base64url"));
    const jwk = keys.find((key) => key.kid === kid);
    const key = { key: createPublicKey({ key: jwk, format: "jwk" }), dsaEncoding: "ieee-p1363" };
    assert.ok(verify("sha256", Buffer.from(`${header}.${payload}`), key, Buffer.from(signature, "base64url")));
    const claims = JSON.parse(Buffer.from(payload, "base64url"));
    assert.equal(claims.sub, id);
    assert.equal(claims.aud, partner.ids.partnerId);
    assert.equal(claims.partnerId, partner.ids.partnerId);
    assert.ok(claims.exp - claims.iat <= 900, "15 minutes at most");
  });

  test("hears each status by its name", async () => {
    const visit = await Visit.open(await fresh(), partner);
    const email = somebody();
    value(await visit.enter(email));
    const status = async (programId) => value(await visit.call("verifyCredential", partner.question({ programId })));
    const { member, old } = partner.ids.verificationPrograms;
    assert.deepEqual(await status(member), { status: "NotFound" });
    await api("PUT", "/sandbox/v1/faults", { stuckChain: true });
    const issued = { credentialId: partner.ids.programs.member, credentialSubject: { level: 3 } };
    value(await visit.call("issueCredential", partner.order(issued)));
    assert.deepEqual(await status(member), { status: "Pending" });
    await api("PUT", "/sandbox/v1/faults", {});
    const again = { ...issued, waitForOnchainCompletion: true };
    value(await visit.call("issueCredential", partner.order(again)));
    assert.equal((await status(member)).status, "Compliant");
    value(await visit.call("issueCredential", partner.order({ waitForOnchainCompletion: true })));
    assert.deepEqual(await status(old), { status: "Non-Compliant" });
    const hash = await partner.issueOnBehalf(email, partner.ids.programs.member, { level: 3 });
    await partner.anchored(hash);
    await api("PUT", "/sandbox/v1/faults", { stuckChain: true });
    await api("POST", "/sandbox/v1/credentials/revoke", { coreClaimHash: hash }, partner.token("issue"));
    assert.deepEqual(await status(member), { status: "Revoking" });
    await api("PUT", "/sandbox/v1/faults", {});
    let told = await status(member);
    for (let turn = 0; told.status === "Revoking" && turn < 100; turn += 1) told = await status(member);
    assert.deepEqual(told, { status: "Revoked" });
  });

  test("hears why the platform refuses, by its own names for errors", async () => {
    const visit = await Visit.open(await fresh(), partner);
    value(await visit.init());
    const { privateKey: stranger } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const email = somebody();
    refused(await visit.call("login", { authToken: "nonsense" }), "INVALID_TOKEN");
    refused(await visit.call("login", { authToken: partner.token("issue", { email }, { key: stranger }) }), "PARTNER_ACCESS_TOKEN_INVALID");
    refused(await visit.call("login", { authToken: other.token("issue", { email }) }), "USER_MISMATCH");
    refused(await visit.call("issueCredential", partner.order()), "UNAUTHORIZED");
    value(await visit.call("login", { authToken: partner.token("issue", { email }) }));
    const issue = async (more, name) => refused(await visit.call("issueCredential", partner.order(more)), name);
    const expired = Math.floor(Date.now() / 1000) - 600;
    await issue({ authToken: "nonsense" }, "INVALID_TOKEN");
    await issue({ authToken: partner.token("issue", { exp: expired, iat: expired - 300 }) }, "PARTNER_TOKEN_EXPIRED");
    await issue({ authToken: partner.token("issue", {}, { key: stranger }) }, "PARTNER_ACCESS_TOKEN_INVALID");
    await issue({ authToken: partner.token("verify") }, "PERMISSION_NOT_ENABLED");
    await issue({ authToken: partner.token("issue", { email: somebody() }) }, "USER_MISMATCH");
    await issue({ authToken: other.token("issue") }, "USER_MISMATCH");
    await issue({ credentialId: partner.ids.programs.draft }, "CONFIG_ERROR");
    await issue({ credentialId: other.ids.programs.adult }, "PERMISSION_NOT_ENABLED");
    await issue({ issuerDid: other.ids.issuerDid }, "CONFIG_ERROR");
    await issue({ credentialSubject: { age: "21", country: "UTO" } }, "INVALID_PARAMETER");
    await issue({ credentialSubject: { age: 21, country: "UTO", more: 1 } }, "INVALID_PARAMETER");
    await issue({ curve: "ed25519" }, "INVALID_PARAMETER");
    refused(await visit.call("verifyCredential", partner.question({ authToken: partner.token("issue") })), "PERMISSION_NOT_ENABLED");
    refused(await visit.call("verifyCredential", partner.question({ programId: other.ids.verificationPrograms.adult })), "PERMISSION_NOT_ENABLED");
    refused(await visit.call("goToPartner", "https://other.example"), "PERMISSION_NOT_ENABLED");
    refused(await visit.call("claimAirId", {}), "PERMISSION_NOT_ENABLED");
    assert.deepEqual(value(await visit.call("updateSessionConfig", { locale: "de" })), { locale: "de", currency: "USD" });
    // After all that it still works.
    value(await visit.call("issueCredential", partner.order()));
    value(await visit.call("logout"));
  });

  test("is refused in a page that is not the partner's", async () => {
    const visit = await Visit.open(await fresh(), partner);
    refused(await visit.init({}, "6f8a3a3e-0000-4000-8000-000000000000"), "CONFIG_ERROR");
    const strange = await Visit.open(context, partner, { url: `http://strange.localhost:${partner.port}/` });
    refused(await strange.init(), "CONFIG_ERROR");
    const registered = await Visit.open(context, partner, { url: `http://app.localhost:${partner.port}/` });
    assert.equal(value(await registered.init()), null);
  });

  test("keeps two tabs apart", async () => {
    const context = await fresh();
    const [one, two] = [await Visit.open(context, partner), await Visit.open(context, partner)];
    const [ada, ben] = [somebody(), somebody()];
    value(await one.enter(ada));
    value(await two.init({ skipRehydration: true }));
    // Both tabs of one user, at once: one wallet.
    value(await two.call("login", { authToken: partner.token("issue", { email: ada }) }));
    const keys = await Promise.all([one, two].map((visit) => visit.call("issueCredential", partner.order())));
    assert.equal(value(keys[0]).cakPublicKey, value(keys[1]).cakPublicKey);
    // Somebody else, in one of them: nothing is issued to the wrong one.
    value(await two.call("logout"));
    value(await two.call("login", { authToken: partner.token("issue", { email: ben }) }));
    refused(await one.call("issueCredential", partner.order()), "USER_MISMATCH");
    assert.notEqual(value(await two.call("issueCredential", partner.order())).cakPublicKey, keys[0].value.cakPublicKey);
    // Another partner's page has another session.
    const elsewhere = await Visit.open(context, other);
    assert.equal(value(await elsewhere.init()), null);
    value(await elsewhere.call("login", { authToken: other.token("issue", { email: ada }) }));
    value(await two.call("issueCredential", partner.order()));
  });

  test("hears in one tab that the session ended in another", async () => {
    const context = await fresh();
    const [one, two] = [await Visit.open(context, partner), await Visit.open(context, partner)];
    value(await one.enter(somebody()));
    assert.equal(value(await two.init()).isLoggedIn, true);
    value(await one.call("logout"));
    refused(await two.call("issueCredential", partner.order()), "UNAUTHORIZED");
    await two.page.waitForFunction(() => !air.isLoggedIn);
    value(await two.call("login", { authToken: partner.token("issue", { email: somebody() }) }));
    value(await two.call("issueCredential", partner.order()));
  });

  test("has a provider that knows account and chain", async () => {
    const visit = await Visit.open(await fresh(), partner);
    value(await visit.enter(somebody()));
    value(await visit.call("issueCredential", partner.order()));
    const ask = (method, params = []) =>
      visit.page.evaluate(
        ([method, params]) => air.getProvider().request({ method, params }).then((value) => ({ value }), ({ code, message }) => ({ code, message })),
        [method, params],
      );
    assert.equal((await ask("eth_chainId")).value, "0x366a8");
    assert.match((await ask("eth_accounts")).value[0], /^0x[0-9a-fA-F]{40}$/);
    assert.equal((await ask("eth_sign", ["0x00", "0x00"])).code, 4200);
  });

  for (const buildEnv of ["sandbox", "staging"]) {
    test(`finds its pages as ${buildEnv}, too`, async () => {
      const visit = await Visit.open(await fresh(), partner, { buildEnv });
      value(await visit.enter(somebody()));
      value(await visit.call("issueCredential", partner.order()));
      if (ENVIRONMENTS[buildEnv]) assert.equal(new URL((await visit.inner("credential")).url()).origin, ENVIRONMENTS[buildEnv]);
    });
  }

  test("hears that a credential has expired", async () => {
    const visit = await Visit.open(await fresh(), partner);
    value(await visit.enter(somebody()));
    const issued = { credentialId: partner.ids.programs.member, credentialSubject: { level: 3 }, waitForOnchainCompletion: true };
    value(await visit.call("issueCredential", partner.order(issued)));
    await api("PUT", "/sandbox/v1/clock", { advanceSeconds: 2 * 86_400 });
    const question = partner.question({ programId: partner.ids.verificationPrograms.member });
    assert.deepEqual(value(await visit.call("verifyCredential", question)), { status: "Expired" });
  });
});
