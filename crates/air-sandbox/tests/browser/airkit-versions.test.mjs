// Every SDK of the vendor's that apps still have, and the wagmi connector, against the same pages.
//
//   AIR_URL=http://127.0.0.1:8300 AIRKIT_URL=https://localhost:8200 node --test airkit-versions.test.mjs
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { Partner } from "./airkit/partner.mjs";
import { Visit, launch } from "./airkit/visit.mjs";

let partner;
let browser;
let context;
before(async () => {
  partner = await Partner.start("Zenith Versions");
  browser = await launch();
  context = await browser.newContext();
  context.setDefaultTimeout(30_000);
});
after(async () => {
  await browser?.close();
  partner?.stop();
});

let people = 0;
const somebody = () => `version${(people += 1)}.${Date.now()}@example.com`;

function value(result) {
  assert.equal(result.error, undefined, JSON.stringify(result.error));
  return result.value;
}

/** A page with this SDK. Its `development` may be plain http, so that the sandbox is what all of them share. */
const visitWith = (sdk) => Visit.open(context, partner, { buildEnv: "sandbox", url: `${partner.url}?sdk=${sdk}` });

for (const version of ["1.6.0", "1.7.0", "1.8.0", "1.10.0"]) {
  const isAtLeast = (minor) => Number(version.split(".")[1]) >= minor;

  test(`SDK ${version} logs in, issues and verifies`, async () => {
    const visit = await visitWith(version);
    // Before the login: what preloading asks the wallet must not end in an error that nobody handles.
    value(await visit.init({ preloadCredential: isAtLeast(7) }));
    const initialized = visit.page.evaluate(
      () =>
        new Promise((resolve) => {
          air.on((event) => event.event === "wallet_initialized" && resolve(event.result ?? {}));
          setTimeout(() => resolve({}), 20_000);
        }),
    );
    const email = somebody();
    const login = value(await visit.call("login", { authToken: partner.token("issue", { email, partnerUserId: "user-7" }) }));
    assert.equal(login.isMFASetup, false);
    const info = value(await visit.call("getUserInfo"));
    assert.equal(info.user.email, email);
    assert.equal(info.partnerUserId, "user-7");
    const issued = value(await visit.call("issueCredential", partner.order()));
    if (isAtLeast(8)) assert.match(issued.cakPublicKey, /^0x04[0-9a-f]{128}$/);
    const plain = { credentialId: partner.ids.programs.member, credentialSubject: { level: 3 } };
    value(await visit.call("issueCredential", partner.order(plain)));
    await partner.settled(email);
    const question = partner.question({ programId: partner.ids.verificationPrograms.member });
    assert.equal(value(await visit.call("verifyCredential", question)).status, "Compliant");
    assert.equal(typeof (await initialized).isMFASetup, "boolean");
    const { token } = value(await visit.call("getAccessToken"));
    const claims = JSON.parse(Buffer.from(token.split(".")[1], "base64url"));
    assert.equal(claims.partnerId, partner.ids.partnerId);
    assert.equal(claims.partnerUserId, "user-7");
    assert.match(claims.abstractAccountAddress, /^0x[0-9a-fA-F]{40}$/);
    assert.ok(claims.exp - claims.iat <= 900, "15 minutes at most");
    value(await visit.call("logout"));
    // SDK 1.7.0 prefetches the pages in a way that browsers block; the frames load them all the same.
    assert.deepEqual(visit.complaints.filter((text) => !/link prefetch|net::ERR_FAILED/.test(text)), []);
    await visit.close();
  });
}

test("the wagmi connector 1.6.0 connects", async () => {
  const visit = await visitWith("connector");
  const connected = await visit.page.evaluate(
    async ([partnerId, authToken]) => {
      const make = window.AirkitConnector.airConnector({ partnerId, buildEnv: "sandbox" });
      const connector = make({ chains: [], emitter: { emit() {} } });
      const { accounts, chainId } = await connector.connect({ authToken });
      const login = connector.getLoginResult();
      await connector.disconnect();
      return { accounts, chainId, isLoggedIn: login.isLoggedIn };
    },
    [partner.ids.partnerId, partner.token("issue", { email: somebody() })],
  );
  assert.deepEqual(connected, { accounts: [], chainId: 0x366a8, isLoggedIn: true });
  await visit.close();
});

test("a page is initialised once: a hostile page gets no login of another partner", async () => {
  const other = await Partner.start("Nadir Versions");
  const page = await context.newPage();
  await page.goto(partner.url);
  const asked = await page.evaluate(
    async ([first, second]) => {
      const origin = "https://localhost:8200";
      const frame = document.createElement("iframe");
      const answers = [];
      const heard = (type) =>
        new Promise((resolve) => {
          const listen = ({ data }) => {
            if (data !== type && data?.type !== type) return;
            window.removeEventListener("message", listen);
            resolve(data.payload);
          };
          window.addEventListener("message", listen);
        });
      const init = async (partnerId) => {
        const answer = heard("air_auth_initialization_response");
        const payload = { sessionId: "s", partnerId, sdkVersion: "1.10.0", enableAutomation: false };
        frame.contentWindow.postMessage({ type: "air_auth_initialization_request", payload }, origin);
        answers.push(await answer);
      };
      const started = heard("air_auth_setup_completed");
      frame.src = `${origin}/auth/`;
      document.body.append(frame);
      await started;
      await init(first);
      // The panel is open for the first partner when the page says that it is another's.
      const login = heard("air_auth_login_response");
      frame.contentWindow.postMessage({ type: "air_auth_login_request", payload: {} }, origin);
      await heard("air_auth_iframe_visibility_request");
      await init(second);
      window.login = login;
      return answers;
    },
    [partner.ids.partnerId, other.ids.partnerId],
  );
  assert.equal(asked[0].success, true, JSON.stringify(asked));
  assert.equal(asked[1].success, false, JSON.stringify(asked));
  assert.equal(asked[1].errorName, "CLIENT_ERROR");
  const frame = page.frameLocator("iframe");
  await frame.getByLabel("Your e-mail address", { exact: true }).fill(somebody());
  await frame.getByRole("button", { name: "Log in", exact: true }).click();
  const login = await page.evaluate(() => window.login);
  const claims = JSON.parse(Buffer.from(login.partnerAccessToken.split(".")[1], "base64url"));
  assert.equal(claims.aud, partner.ids.partnerId, "the partner whose page this was from the beginning");
  await page.close();
  other.stop();
});
