// No secret in errors, in what `util.inspect` and JSON show, or in messages of a platform.
import assert from "node:assert/strict";
import { test } from "node:test";
import { inspect } from "node:util";
import { AirClient, CallbackReceiver, SigningKey } from "air-client";
import { newPem } from "./support/platform.mjs";

const pem = await newPem("ES256");
const [, privatePart] = pem.split("\n");
const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;

/** Everything that a log could show of a value. */
const shown = (value) =>
  inspect(value, { depth: 20, showHidden: true }) + JSON.stringify(value) + String(value);

test("clients, keys and receivers show no secret", async () => {
  const signingKey = await SigningKey.from(pem);
  let token;
  const client = new AirClient({
    environment: "local",
    partnerId: "partner-1",
    signingKey,
    fetch: async (_, { headers }) => {
      token = headers["x-partner-auth"];
      const body = JSON.stringify({ message: `do not log ${token} or ${secret}\u0007` });
      return new Response(body, { status: 400 });
    },
  });
  const error = await client.status("00").then(assert.fail, (reason) => reason);
  const text = [client, signingKey, new CallbackReceiver({ secrets: [secret] }), error].map(shown);
  for (const hidden of [token, token.split(".")[2], secret, secret.slice(6), privatePart]) {
    assert.equal(text.join().includes(hidden), false, "a secret is shown");
  }
  assert.equal(error.message, "the platform rejected the call: do not log [token] or [secret] ");
});

test("an invalid key, secret or address is not quoted", async () => {
  const damaged = pem.replace("PRIVATE KEY", "EC PRIVATE KEY").replace("PRIVATE KEY", "x");
  const errors = [
    await SigningKey.from(damaged).then(assert.fail, (reason) => reason),
    await SigningKey.from('{"kty":"EC","crv":"P-256","d":"c2VjcmV0"}')
      .then(assert.fail, (reason) => reason),
    await new AirClient({ environment: "local" })
      .issueOnBehalf("Ada Lovelace", {}).then(assert.fail, (reason) => reason),
  ];
  const text = errors.map(shown).join();
  for (const hidden of [privatePart, "c2VjcmV0", "Lovelace"]) {
    assert.equal(text.includes(hidden), false, hidden);
  }
});

test("an order without a policy for duplicates is not sent", async () => {
  const client = new AirClient({ environment: "local", fetch: () => assert.fail("sent") });
  const order = { issuerDid: "i", credentialId: "c", credentialSubject: {} };
  await assert.rejects(client.issueOnBehalf("ada@example.com", order), /onDuplicate/);
});

test("settings are checked when the client is created", async () => {
  const signingKey = await SigningKey.from(pem);
  for (const options of [
    { environment: "http://127.0.0.1:8300/v1" },
    { environment: "ftp://127.0.0.1" },
    { environment: "https://user:word@host.example" },
    { environment: "local", partnerId: "partner-1" },
    { environment: "local", signingKey },
    { environment: "local", partnerId: "partner-1", signingKey: pem },
    { environment: "local", partnerId: "partner-1", signingKey, tokenLifetime: 901 },
    { environment: "local", attempts: 0 },
    { environment: "local", userAgent: "a\nb" },
  ]) {
    assert.throws(() => new AirClient(options), { code: "INVALID_ARGUMENT" }, JSON.stringify(options));
  }
});
