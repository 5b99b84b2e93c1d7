// Keys and tokens against the vectors of air-jwt: RFC 7515, RFC 7638, and keys that OpenSSL made.
import assert from "node:assert/strict";
import { createPublicKey, verify } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { test } from "node:test";
import { SigningKey } from "air-client";
import { thumbprint } from "../dist/key.js";
import { Tokens } from "../dist/tokens.js";
import { ROOT } from "./support/platform.mjs";

const VECTORS = join(ROOT, "crates/air-jwt/tests/vectors");
const json = async (file) => JSON.parse(await readFile(join(VECTORS, file), "utf8"));
const text = (file) => readFile(join(VECTORS, "keys", file), "utf8");

test("signs the examples of RFC 7515, and RS256's with the same bytes", async () => {
  const vectors = await json("rfc.json");
  for (const [name, algorithm] of [["rs256", "RS256"], ["es256", "ES256"]]) {
    const { key: jwk, signingInput, signature } = vectors[name];
    const key = await SigningKey.from(JSON.stringify(jwk));
    assert.equal(key.algorithm, algorithm);
    const made = await key.sign(new TextEncoder().encode(signingInput));
    if (name === "rs256") assert.equal(Buffer.from(made).toString("base64url"), signature);
    assert.ok(isValid(key, signingInput, made), name);
    assert.ok(isValid(key, signingInput, Buffer.from(signature, "base64url")), name);
  }
});

test("thumbprints are those of the RFCs, for each key of a supported type", async () => {
  const vectors = await json("jose-rfc/jwk-thumbprints.json");
  const supported = vectors.filter(({ jwk }) => jwk.kty === "RSA" || jwk.crv === "P-256");
  assert.equal(supported.length, 3);
  for (const { jwk, sha256, source } of supported) {
    assert.equal(await thumbprint(jwk), sha256, source);
  }
});

test("the ID of a key is its thumbprint, its own, or the caller's", async () => {
  const { rs256, es256 } = await json("rfc.json");
  for (const { key: jwk } of [rs256, es256]) {
    const { kid: _, ...plain } = jwk;
    const key = await SigningKey.fromJwk(plain);
    assert.equal(key.kid, await thumbprint(plain));
    assert.equal((await SigningKey.fromJwk({ ...plain, kid: "own" })).kid, "own");
    assert.equal((await SigningKey.fromJwk(plain, { kid: "given" })).kid, "given");
    assert.equal("d" in key.publicJwk, false);
  }
});

test("reads OpenSSL's keys, and refuses other types and sizes", async () => {
  const message = await readFile(join(VECTORS, "keys/message"));
  const ec = await SigningKey.fromPem(await text("ec-pkcs8.pem"));
  assert.ok(isValid(ec, message, await ec.sign(new Uint8Array(message))));
  const rsa = await SigningKey.fromPem(await text("rsa-pkcs8.pem"));
  const signature = await readFile(join(VECTORS, "keys/rsa-signature.bin"));
  assert.deepEqual(Buffer.from(await rsa.sign(new Uint8Array(message))), signature);
  await SigningKey.fromPem(await text("rsa-4096.pem"));
  for (const file of [
    "ec-encrypted.pem",
    "ec-p384.pem",
    "ec-sec1.pem",
    "ed25519.pem",
    "rsa-1024.pem",
    "rsa-5120.pem",
    "rsa-pkcs1.pem",
  ]) {
    await assert.rejects(SigningKey.from(await text(file)), { code: "KEY_REJECTED" }, file);
  }
  const { es256 } = await json("rfc.json");
  const { d: _, ...publicHalf } = es256.key;
  for (const jwk of [publicHalf, { ...es256.key, use: "enc" }, { ...es256.key, alg: "ES384" }]) {
    await assert.rejects(SigningKey.fromJwk(jwk), { code: "KEY_REJECTED" });
  }
});

test("a token is cached for its scope and address until a minute before it expires", async () => {
  const key = await SigningKey.fromPem(await text("ec-pkcs8.pem"));
  let signatures = 0;
  let now = 1_700_000_000;
  const signer = { algorithm: "ES256", kid: key.kid, sign: (input) => (signatures += 1, key.sign(input)) };
  const tokens = new Tokens("partner-1", signer, 300, { now: () => now * 1000 });
  const issue = { scope: "issue" };
  const [first, second] = await Promise.all([tokens.token(issue), tokens.token(issue)]);
  assert.equal(first.jwt, second.jwt);
  assert.deepEqual([first.isReused, second.isReused, signatures], [false, true, 1]);
  const [header, claims, signature] = first.jwt.split(".");
  const decoded = (part) => JSON.parse(Buffer.from(part, "base64url"));
  assert.deepEqual(decoded(header), { alg: "ES256", kid: key.kid, typ: "JWT" });
  assert.deepEqual(decoded(claims), {
    partnerId: "partner-1",
    scope: "issue",
    iat: now,
    exp: now + 300,
  });
  assert.ok(isValid(key, `${header}.${claims}`, Buffer.from(signature, "base64url")));
  now += 239;
  assert.equal((await tokens.token(issue)).isReused, true);
  now += 1;
  assert.equal((await tokens.token(issue)).isReused, false);
  now -= 1000;
  assert.equal((await tokens.token(issue)).isReused, false, "the clock was set back");
  for (let user = 0; user < 256; user += 1) {
    await tokens.token({ scope: "issue on-behalf", email: `user-${user}@example.com` });
  }
  assert.equal((await tokens.token(issue)).isReused, false, "the cache has at most 256 tokens");
});

test("a signer that fails is tried again by the next call", async () => {
  const key = await SigningKey.fromPem(await text("ec-pkcs8.pem"));
  let isUp = false;
  const signer = {
    algorithm: "ES256",
    kid: key.kid,
    sign: async (input) => {
      if (!isUp) throw new Error("the HSM is locked");
      return key.sign(input);
    },
  };
  const tokens = new Tokens("partner-1", signer, 300, { now: () => 0 });
  await assert.rejects(tokens.token({ scope: "verify" }), { code: "NOT_SIGNED" });
  isUp = true;
  assert.equal((await tokens.token({ scope: "verify" })).isReused, false);
});

function isValid(key, input, signature) {
  const publicKey = createPublicKey({ key: key.publicJwk, format: "jwk" });
  const options = { key: publicKey, dsaEncoding: "ieee-p1363" };
  return verify("sha256", Buffer.from(input), options, signature);
}
