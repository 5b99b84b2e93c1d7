// Signatures of callbacks against the vectors of Standard Webhooks.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { CallbackReceiver } from "air-client";
import { ROOT } from "./support/platform.mjs";

const FILE = join(ROOT, "crates/air-cli/tests/vectors/standard-webhooks/vectors.json");
const vectors = JSON.parse(await readFile(FILE, "utf8"));

test("runs each group of vectors", () => {
  const groups = ["sign", "verify", "unpadded_secrets", "empty_secrets_rejected"];
  assert.deepEqual(Object.keys(vectors), groups);
});

/**
 * Whether the signature of a vector is valid. The payloads of the vectors are not events of the
 * platform, and the receiver checks the event last.
 */
async function isSigned({ secret, payload, headers, now }) {
  const receiver = new CallbackReceiver({ secrets: [secret], now: () => now * 1000 });
  try {
    await receiver.verify(payload, headers);
  } catch (error) {
    assert.equal(error.code, "CALLBACK_REJECTED");
    return /is not an event that this version knows/.test(error.message);
  }
  assert.fail("the payload is an event of the platform");
}

for (const vector of vectors.verify) {
  test(`verify: ${vector.name}`, async () => {
    assert.equal(await isSigned(vector), vector.valid);
  });
}

for (const [index, vector] of [...vectors.sign, ...vectors.unpadded_secrets].entries()) {
  test(`sign: ${vector.name ?? `unpadded secret ${index}`}`, async () => {
    const headers = {
      "webhook-id": vector.msg_id,
      "webhook-timestamp": String(vector.timestamp),
      "webhook-signature": vector.signature,
    };
    assert.ok(await isSigned({ ...vector, headers, now: vector.timestamp }));
    const changed = `${vector.payload} `;
    assert.equal(await isSigned({ ...vector, payload: changed, headers, now: vector.timestamp }), false);
  });
}

test("refuses empty secrets", () => {
  for (const secret of vectors.empty_secrets_rejected) {
    assert.throws(() => new CallbackReceiver({ secrets: [secret] }), { code: "INVALID_ARGUMENT" });
  }
  assert.throws(() => new CallbackReceiver({ secrets: [] }), { code: "INVALID_ARGUMENT" });
});

test("returns each event, and refuses others", async () => {
  const secret = `whsec_${Buffer.alloc(32, 7).toString("base64")}`;
  const old = `whsec_${Buffer.alloc(32, 8).toString("base64")}`;
  const now = 1_700_000_000;
  const receiver = new CallbackReceiver({ secrets: [secret, old], now: () => now * 1000 });
  const released = { userId: "u-1", verifierDid: "did:v", schemaId: "s-1" };
  const available = {
    type: "cak.available",
    userId: "u-1",
    issuerDid: "did:i",
    schemaId: "s-1",
    curve: "secp256r1",
  };
  const changed = {
    type: "credential.status_changed",
    verificationId: "v-1",
    programId: "p-1",
    userId: "u-1",
    status: "revoked",
  };
  for (const [body, event] of [
    [released, { type: "cak.released", ...released }],
    [available, available],
    [changed, changed],
  ]) {
    // During a rotation, either secret may have signed. Headers are those of Node or of the web.
    for (const [signer, web] of [[secret, false], [old, true]]) {
      const { text, headers } = await signed(body, signer, now);
      const bytes = new TextEncoder().encode(text);
      const callback = await receiver.verify(bytes, web ? new Headers(headers) : headers);
      assert.deepEqual(callback, { id: "evt-1", signedAt: new Date(now * 1000), event });
    }
  }
  for (const body of [{ ...released, type: "other" }, { userId: "u-1" }, [], null, "text"]) {
    const { text, headers } = await signed(body, secret, now);
    await assert.rejects(receiver.verify(text, headers), { code: "CALLBACK_REJECTED" });
  }
  const { headers } = await signed(released, secret, now);
  await assert.rejects(receiver.verify(released, headers), /raw body/);
});

async function signed(body, secret, timestamp) {
  const { createHmac } = await import("node:crypto");
  const text = JSON.stringify(body);
  const key = Buffer.from(secret.slice("whsec_".length), "base64");
  const signature = createHmac("sha256", key).update(`evt-1.${timestamp}.${text}`).digest("base64");
  const headers = {
    "webhook-id": "evt-1",
    "webhook-timestamp": String(timestamp),
    "webhook-signature": `v1,${signature}`,
  };
  return { text, headers };
}
