// The Ethereum provider of the AIR Kit SDK: accounts, signatures that the user agrees to, events; and nothing that gives a CAK away.
//
//   AIR_URL=… AIRKIT_URL=… node --test airkit-provider.test.mjs
import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { Partner } from "./airkit/partner.mjs";
import { Visit, launch } from "./airkit/visit.mjs";

/** The SDK knows the codes of EIP-1193 alone: of any other it makes this one, with our sentence inside. */
const NO_PROVIDER_CODE = -32603;
const PIN = "correct horse";
const OWN_CHAIN = "0x366a8";
const SIGNATURE = /^0x[0-9a-f]{128}(1b|1c)$/;
const ADDRESS = /^0x[0-9a-fA-F]{40}$/;

let partner;
let browser;
let visit;
before(async () => {
  partner = await Partner.start("Zenith Wallets");
  browser = await launch();
});
after(async () => {
  await browser?.close();
  partner?.stop();
});

let people = 0;
const somebody = () => `holder${(people += 1)}.${Date.now()}@example.com`;

/** A page whose app notes every event of the provider. */
async function fresh(options) {
  await visit?.context.close();
  const context = await browser.newContext();
  context.setDefaultTimeout(30_000);
  visit = await Visit.open(context, partner, { automation: false, ...options });
}

async function enter(email = somebody()) {
  const entered = await visit.enter(email);
  assert.equal(entered.error, undefined, JSON.stringify(entered.error));
  await visit.page.evaluate(() => {
    window.told = [];
    for (const event of ["accountsChanged", "connect", "disconnect"]) air.getProvider().on(event, (data) => told.push([event, data]));
  });
  return email;
}

/** A request to the provider: `{ value }` or `{ code, message }`. */
const ask = (method, params = []) =>
  visit.page.evaluate(
    ([method, params]) => air.getProvider().request({ method, params }).then((value) => ({ value }), ({ code, message }) => ({ code, message })),
    [method, params],
  );
const told = () => visit.page.evaluate(() => told.splice(0));
const press = (name) => visit.frame("wallet").getByRole("button", { name, exact: true }).click();
const type = (label, text) => visit.frame("wallet").getByLabel(label, { exact: true }).fill(text);
const heading = (name) => visit.frame("wallet").getByRole("heading", { level: 1, name });

async function choosePin() {
  await heading("Choose a PIN for your wallet").waitFor();
  await type("New PIN or passphrase", PIN);
  await type("The same again", PIN);
  await press("Make the wallet");
}

/** Typed data of a shop. */
const order = () => ({
  types: {
    EIP712Domain: [{ name: "name", type: "string" }, { name: "chainId", type: "uint256" }],
    Order: [{ name: "goods", type: "Goods[]" }, { name: "note", type: "string" }],
    Goods: [{ name: "name", type: "string" }, { name: "price", type: "uint256" }],
  },
  primaryType: "Order",
  domain: { name: "Shop", chainId: 222888 },
  message: { goods: [{ name: "Tea", price: "115792089237316195423570985008687907853269984665640564039457584007913129639935" }], note: "gift\u202ewrap" },
});

/** What the wallet itself signs for a CAK. */
const cak = () => ({
  types: {
    EIP712Domain: [{ name: "name", type: "string" }, { name: "version", type: "string" }, { name: "chainId", type: "uint256" }],
    ComplianceAccessKey: ["user", "issuer", "schema", "curve"].map((name) => ({ name, type: "string" })),
  },
  primaryType: "ComplianceAccessKey",
  domain: { name: "AIR Compliance Access Key", version: "1", chainId: 222888 },
  message: { user: "u", issuer: "did:x:i", schema: "s", curve: "secp256r1" },
});

describe("a person's wallet", () => {
  let account;
  let email;

  test("is made when an app asks for accounts, and the app hears of it", async () => {
    await fresh();
    email = await enter();
    assert.deepEqual((await ask("eth_accounts")).value, []);
    const refused = ask("eth_requestAccounts");
    await heading("Choose a PIN for your wallet").waitFor();
    await press("Cancel");
    assert.equal((await refused).code, 4001);
    const asked = ask("eth_requestAccounts");
    await choosePin();
    [account] = (await asked).value;
    assert.match(account, ADDRESS);
    assert.deepEqual(await told(), [["connect", { chainId: OWN_CHAIN }], ["accountsChanged", [account]]]);
    assert.deepEqual((await ask("eth_accounts")).value, [account]);
  });

  test("signs a message that the person read", async () => {
    const refused = ask("personal_sign", ["I am Ada.", account]);
    await heading("Sign this message?").waitFor();
    await visit.frame("wallet").getByText(`127.0.0.1:${partner.port}`).waitFor();
    await visit.frame("wallet").getByText("I am Ada.").waitFor();
    await press("Refuse");
    assert.equal((await refused).code, 4001);
    const signing = ask("personal_sign", [`0x${Buffer.from("I am Ada.").toString("hex")}`, account.toLowerCase()]);
    await visit.frame("wallet").getByText("I am Ada.").waitFor();
    assert.equal((await ask("personal_sign", ["another", account])).code, NO_PROVIDER_CODE, "one at a time");
    await press("Sign");
    const { value } = await signing;
    assert.match(value, SIGNATURE);
    const again = ask("personal_sign", ["I am Ada.", account]);
    await press("Sign");
    assert.equal((await again).value, value, "text and its bytes are one message");
  });

  test("signs typed data whose every value the person read", async () => {
    const signing = ask("eth_signTypedData_v4", [account, JSON.stringify(order())]);
    await heading("Sign this data?").waitFor();
    const text = await visit.frame("wallet").locator(".card").innerText();
    for (const shown of ["Shop", "222888", "Order", "goods[0].name", "Tea", order().message.goods[0].price, "gift\\u{202e}wrap"]) {
      assert.ok(text.includes(shown), `${shown} in ${text}`);
    }
    await press("Sign");
    const { value } = await signing;
    assert.match(value, SIGNATURE);
    const again = ask("eth_signTypedData_v4", [account, order()]);
    await press("Sign");
    assert.equal((await again).value, value, "an object, or its JSON");
  });

  test("signs for its own account alone, and by no other method", async () => {
    const stranger = "0x52908400098527886E0F7030069857D2E4169EE7";
    assert.equal((await ask("personal_sign", ["hello", stranger])).code, 4100);
    assert.equal((await ask("eth_signTypedData_v4", [stranger, order()])).code, 4100);
    assert.equal((await ask("personal_sign", [7, account])).code, NO_PROVIDER_CODE);
    assert.equal((await ask("eth_signTypedData_v4", [account])).code, NO_PROVIDER_CODE);
    assert.equal((await ask("personal_sign", [`0x${"00".repeat(70_000)}`, account])).code, NO_PROVIDER_CODE, "too long");
    for (const method of ["eth_sign", "eth_signTypedData", "eth_signTypedData_v3", "eth_sendTransaction"]) {
      assert.equal((await ask(method, [account, `0x${"00".repeat(32)}`])).code, 4200, method);
    }
  });

  test("gives no CAK away, whatever the typed data looks like", async () => {
    const plain = JSON.stringify(cak());
    const changed = (change) => {
      const data = cak();
      change(data);
      return JSON.stringify(data);
    };
    const harmless = [{ name: "nonce", type: "uint256" }];
    const primary = '"primaryType":"ComplianceAccessKey"';
    const disguises = {
      plain,
      object: cak(),
      "escaped type": plain.replaceAll("ComplianceAccessKey", "Complianc\\u0065AccessKey"),
      "escaped domain": plain.replaceAll("ComplianceAccessKey", "Key").replace("AIR ", "\\u0041IR\\u0020"),
      "two primary types": plain.replace(primary, `"primaryType":"Mail",${primary}`),
      "type twice": plain.replace('"types":{', `"types":{"ComplianceAccessKey":${JSON.stringify(harmless)},`),
      "another domain": changed((data) => (data.domain.name = "Shop")),
      "no domain name": changed((data) => {
        delete data.domain.name;
        data.types.EIP712Domain.shift();
      }),
      "no domain type": changed((data) => delete data.types.EIP712Domain),
      nested: changed((data) => {
        data.types.Mail = [{ name: "key", type: "ComplianceAccessKey" }];
        data.primaryType = "Mail";
        data.message = { key: data.message };
      }),
      "in a list": changed((data) => {
        data.types.Mail = [{ name: "keys", type: "ComplianceAccessKey[]" }];
        data.primaryType = "Mail";
        data.message = { keys: [data.message] };
      }),
      unused: changed((data) => {
        data.types.Mail = harmless;
        data.primaryType = "Mail";
        data.message = { nonce: 1 };
        data.domain.name = "Shop";
      }),
      "list as a type": changed((data) => {
        data.types["ComplianceAccessKey[]"] = data.types.ComplianceAccessKey;
        delete data.types.ComplianceAccessKey;
        data.primaryType = "ComplianceAccessKey[]";
      }),
      "the wallet's envelope": changed((data) => {
        data.types = { EIP712Domain: data.types.EIP712Domain, WalletEnvelope: harmless };
        data.primaryType = "WalletEnvelope";
        data.domain.name = "AIR Wallet";
        data.message = { nonce: 1 };
      }),
    };
    for (const [name, disguise] of Object.entries(disguises)) {
      assert.equal((await ask("eth_signTypedData_v4", [account, disguise])).code, 4200, name);
    }
    assert.ok(await visit.page.locator('iframe[id^="air-wallet"]').isHidden(), "nobody was asked");
  });

  test("stays on its chain", async () => {
    assert.equal((await ask("wallet_switchEthereumChain", [{ chainId: OWN_CHAIN }])).value, null);
    assert.equal((await ask("wallet_switchEthereumChain", [{ chainId: "0x1" }])).code, 4902);
    assert.equal((await ask("wallet_switchEthereumChain", [{ chainId: 1 }])).code, NO_PROVIDER_CODE);
    assert.equal((await ask("wallet_switchEthereumChain")).code, NO_PROVIDER_CODE);
  });

  test("is announced after its PIN was set, and after a logout", async () => {
    await visit.reload();
    await enter(email);
    const changing = visit.call("setupOrUpdateMfa");
    await type("Your PIN or passphrase now", PIN);
    await type("New PIN or passphrase", `${PIN} battery`);
    await type("The same again", `${PIN} battery`);
    await press("Change it");
    assert.equal((await changing).error, undefined);
    assert.deepEqual(await told(), [["connect", { chainId: OWN_CHAIN }], ["accountsChanged", [account]]]);
    assert.equal((await visit.call("logout")).error, undefined);
    const [gone, [event, error]] = await told();
    assert.deepEqual(gone, ["accountsChanged", []]);
    assert.equal(event, "disconnect");
    assert.equal(error.code, 4900);
  });

  test("comes with the first CAK, and the app hears of it", async () => {
    await fresh();
    await enter();
    const issuing = visit.call("issueCredential", partner.order());
    await visit.frame("credential").getByRole("button", { name: "Take it", exact: true }).click();
    await choosePin();
    assert.equal((await issuing).error, undefined);
    const [connect, [event, [address]]] = await told();
    assert.equal(connect[0], "connect");
    assert.equal(event, "accountsChanged");
    assert.match(address, ADDRESS);
  });
});

describe("a wallet of automated tests", () => {
  let email;
  let automated;

  test("signs without a question", async () => {
    await fresh({ automation: true });
    email = await enter();
    [automated] = (await ask("eth_requestAccounts")).value;
    assert.match((await ask("personal_sign", ["hello", automated])).value, SIGNATURE);
    assert.equal((await ask("eth_signTypedData_v4", [automated, cak()])).code, 4200);
  });

  test("is nobody's in a page that is not automated: the person makes one", async () => {
    await fresh();
    await enter(email);
    const setting = visit.call("setupOrUpdateMfa");
    await heading("Choose a PIN for your wallet").waitFor();
    assert.ok(!(await visit.frame("wallet").locator(".card").innerText()).includes("automat"));
    await choosePin();
    assert.equal((await setting).error, undefined);
    const [own] = (await ask("eth_accounts")).value;
    assert.match(own, ADDRESS);
    assert.notEqual(own, automated);
  });

  test("is not made in production", async () => {
    await fresh({ automation: true, buildEnv: "production" });
    await enter();
    const asked = ask("eth_requestAccounts");
    await heading("Choose a PIN for your wallet").waitFor();
    await press("Cancel");
    assert.equal((await asked).code, 4001);
  });
});
