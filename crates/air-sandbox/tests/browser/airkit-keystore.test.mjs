// A wallet's key at rest, as the wallet page keeps it: the module itself, in Node.
import assert from "node:assert/strict";
import { test } from "node:test";
import { open, seal } from "../../assets/airkit/keystore.js";

const USER = "7f01c42c-02cf-4325-96ed-ba034700f724";
const ADDRESS = "0x52908400098527886E0F7030069857D2E4169EE7";
const key = crypto.getRandomValues(new Uint8Array(32));

test("what leaves the browser has no byte of the key, and opens by the PIN, for its user and address alone", async () => {
  const sealed = await seal(key, ADDRESS, USER, "caf\u00e9 au lait");
  const bytes = Buffer.concat([sealed.salt, sealed.iv, sealed.ciphertext].map((part) => Buffer.from(part, "base64")));
  for (let at = 0; at + 8 <= key.length; at += 1) assert.equal(bytes.indexOf(key.subarray(at, at + 8)), -1);
  assert.equal(Buffer.from(sealed.ciphertext, "base64").length, 48);
  assert.equal(sealed.iterations, 600_000);
  assert.deepEqual(await open(sealed, USER, "cafe\u0301 au lait"), key, "however the accent is typed");
  assert.equal(await open(sealed, USER, "cafe au lait"), null);
  assert.equal(await open(sealed, USER.replace("7", "8"), "caf\u00e9 au lait"), null);
  assert.equal(await open({ ...sealed, address: ADDRESS.replace("5", "6") }, USER, "caf\u00e9 au lait"), null);
});

test("the same key under the same PIN is never the same twice", async () => {
  const [one, two] = await Promise.all([0, 1].map(() => seal(key, ADDRESS, USER, "correct horse")));
  for (const part of ["salt", "iv", "ciphertext"]) assert.notEqual(one[part], two[part]);
});
