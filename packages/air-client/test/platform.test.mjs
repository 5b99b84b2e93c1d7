// The client against a local platform.
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { AirClient, SigningKey } from "air-client";
import { newPem, serve, startPlatform } from "./support/platform.mjs";

let platform;
before(async () => { platform = await startPlatform(); });
after(() => platform.stop());

test("issues on behalf and waits until the credential is anchored, with both algorithms", async () => {
  for (const [name, signingKey] of Object.entries(platform.keys)) {
    const client = platform.client({ signingKey });
    const issued = await client.issueOnBehalf(`${name}@example.com`, platform.order);
    const seen = [];
    const status = await client.waitUntilAnchored(issued.coreClaimHash, {
      onStatus: ({ vcStatus }) => seen.push(vcStatus),
    });
    assert.equal(status.vcStatus, "ONCHAIN");
    assert.equal(status.issuerDid, platform.seeded.issuerDid);
    assert.ok(seen.every((other) => other === "WAIT_ONCHAIN"), String(seen));
  }
});

test("signs with a CryptoKey and with another signer", async () => {
  const { es256 } = platform.keys;
  const der = Buffer.from(platform.pem.replace(/-----.*-----/g, ""), "base64");
  const algorithm = { name: "ECDSA", namedCurve: "P-256" };
  const key = await crypto.subtle.importKey("pkcs8", der, algorithm, false, ["sign"]);
  const signingKey = SigningKey.fromCryptoKey(key, es256.kid);
  await platform.client({ signingKey }).issueOnBehalf("webcrypto@example.com", platform.order);
  const remote = { algorithm: "ES256", kid: es256.kid, sign: (input) => es256.sign(input) };
  const issued = await platform.client({ signingKey: remote })
    .issueOnBehalf("remote@example.com", platform.order);
  assert.match(issued.coreClaimHash, /^[0-9a-f]{64}$/);
});

test("the same idempotency key issues once, also with `revoke`", async () => {
  const client = platform.client();
  const order = { ...platform.order, onDuplicate: "revoke" };
  const idempotencyKey = "order-4711";
  const first = await client.issueOnBehalf("once@example.com", order, { idempotencyKey });
  const again = await client.issueOnBehalf("once@example.com", order, { idempotencyKey });
  assert.equal(again.coreClaimHash, first.coreClaimHash);
  const other = await client.issueOnBehalf("once@example.com", order);
  assert.notEqual(other.coreClaimHash, first.coreClaimHash);
});

test("a lost response is repeated with the same key", async () => {
  const client = platform.client();
  const rule = { path: "/v1/credentials/issue-on-behalf", times: 1, kind: "loseAnswer" };
  await platform.faults([rule]);
  const order = { ...platform.order, onDuplicate: "revoke" };
  const issued = await client.issueOnBehalf("lost@example.com", order);
  const status = await client.waitUntilAnchored(issued.coreClaimHash);
  assert.equal(status.sandbox?.revokedAt, undefined, "a second credential revoked the first");
});

test("without support for keys, a lost response with `revoke` is an error", async () => {
  const client = platform.client({ keepsIdempotencyKeys: false });
  await platform.faults([{ path: "/v1/credentials", times: 1, kind: "loseAnswer" }]);
  const order = { ...platform.order, onDuplicate: "revoke" };
  await assert.rejects(client.issueOnBehalf("unclear@example.com", order), {
    code: "ANSWER_LOST",
    isSafeToRepeat: false,
    isRetryable: true,
  });
  await platform.faults([{ path: "/v1/credentials", times: 1, kind: "loseAnswer" }]);
  await client.issueOnBehalf("unclear@example.com", platform.order);
});

test("a refused token is signed again, once", async () => {
  const client = platform.client();
  const { coreClaimHash } = await client.issueOnBehalf("renew@example.com", platform.order);
  await client.status(coreClaimHash);
  await platform.faults([{ path: "/v1/credentials/status", times: 1, kind: "status", status: 401 }]);
  await client.status(coreClaimHash);
  const stranger = platform.client({ signingKey: await SigningKey.from(await newPem("ES256")) });
  await assert.rejects(stranger.status(coreClaimHash), { code: "NOT_AUTHORISED", status: 401 });
});

test("errors have the platform's reason and request ID", async () => {
  const client = platform.client();
  const order = { ...platform.order, credentialSubject: { isOver18: "yes" } };
  await assert.rejects(client.issueOnBehalf("bad@example.com", order), (error) => {
    assert.equal(error.code, "REJECTED");
    assert.match(error.message, /isOver18/);
    assert.match(error.requestId, /./);
    assert.equal(error.isSafeToRepeat, true);
    assert.equal(error.isRetryable, false);
    return true;
  });
  await assert.rejects(client.status("0".repeat(64)), { code: "NOT_FOUND", status: 404 });
  const idempotencyKey = "order-4712";
  await client.issueOnBehalf("key@example.com", platform.order, { idempotencyKey });
  await assert.rejects(
    client.issueOnBehalf("another@example.com", platform.order, { idempotencyKey }),
    { code: "REJECTED", status: 422 },
  );
});

test("a stuck chain is an error at the deadline, and an abort stops the wait", async () => {
  const client = platform.client();
  const { coreClaimHash } = await client.issueOnBehalf("stuck@example.com", platform.order);
  const waiting = JSON.stringify({ coreClaimHash, vcStatus: "WAIT_ONCHAIN" });
  const stuck = platform.client({ fetch: async () => new Response(waiting) });
  const schedule = { firstMs: 10, longestMs: 10, deadlineMs: 40 };
  await assert.rejects(stuck.waitUntilAnchored(coreClaimHash, { schedule }), {
    code: "NOT_ANCHORED",
    isSafeToRepeat: true,
  });
  const controller = new AbortController();
  const reason = new Error("the request of the user ended");
  const waited = stuck.waitUntilAnchored(coreClaimHash, {
    signal: controller.signal,
    onStatus: () => controller.abort(reason),
  });
  await assert.rejects(waited, reason);
});

test("lists the catalogue without a key", async () => {
  const client = new AirClient({ environment: platform.url });
  const titles = [];
  for await (const schema of client.catalogue.schemas({ limit: 1 })) titles.push(schema.title);
  assert.deepEqual(titles, ["Proof of age"]);
  const { schemas, programs, verificationPrograms } = platform.seeded;
  assert.equal((await client.catalogue.schema(schemas.age)).schemaId, schemas.age);
  const credential = await client.catalogue.credential(programs.age);
  assert.equal(credential.credentialId, programs.age);
  const program = await client.catalogue.program(verificationPrograms.age);
  assert.equal(program.programId, verificationPrograms.age);
  const ids = [];
  for await (const listed of client.catalogue.programs()) ids.push(listed.programId);
  assert.deepEqual(ids, [verificationPrograms.age]);
  const found = await client.catalogue.search({ q: "age" });
  assert.equal(found.credentials.total, 1);
  await assert.rejects(client.catalogue.schema("../v1/issuer"), { code: "INVALID_ARGUMENT" });
  await assert.rejects(client.status("0".repeat(64)), { code: "NO_SIGNING_KEY" });
});

test("a platform that does not listen is unreachable", async () => {
  const closed = await serve(() => undefined);
  closed.close();
  const client = platform.client({ environment: closed.url, attempts: 1 });
  await assert.rejects(client.issueOnBehalf("ada@example.com", platform.order), {
    code: "UNREACHABLE",
    isSafeToRepeat: true,
    isRetryable: true,
  });
});
