// The examples for Express, Fastify and Next.js receive callbacks that a local platform signs and posts.
import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { CallbackReceiver } from "air-client";
import { createApp as createExpressApp } from "../build/examples/express.js";
import { createApp as createFastifyApp } from "../build/examples/fastify.js";
import { Tokens } from "../dist/tokens.js";
import { send, serve, startPlatform } from "./support/platform.mjs";

let platform;
let tokens;
before(async () => {
  platform = await startPlatform();
  const { keys, seeded } = platform;
  tokens = new Tokens(seeded.partnerId, keys.es256, 300, { now: () => Date.now() });
});
after(() => platform.stop());

test("Express", async () => {
  await receives("express", async (receiver, handle) => {
    const server = createExpressApp(receiver, handle).listen(0, "127.0.0.1");
    await once(server, "listening");
    return { url: `http://127.0.0.1:${server.address().port}`, close: () => server.close() };
  });
});

test("Fastify", async () => {
  await receives("fastify", async (receiver, handle) => {
    const app = createFastifyApp(receiver, handle);
    const url = await app.listen({ port: 0, host: "127.0.0.1" });
    return { url, close: () => app.close() };
  });
});

test("Next.js: the route handler, called with the requests that Next.js passes", async (context) => {
  await receives("next", async (_receiver, handle, secrets) => {
    process.env.AIR_CALLBACK_SECRETS = secrets.join(" ");
    const { POST } = await import("../build/examples/next/route.js");
    context.mock.method(console, "log", (id, type) => handle(id, { type }));
    return serve(async (request, response) => {
      const web = new Request("http://app.example/air", {
        method: "POST",
        headers: Object.entries(request.headers),
        body: request,
        duplex: "half",
      });
      const answer = await POST(web);
      response.writeHead(answer.status);
      response.end(await answer.text());
    });
  });
});

/**
 * Starts a server by `start`, makes it the callback URL, and lets a user release a key. The secrets
 * are those of a rotation: the platform signs with the new one.
 */
async function receives(name, start) {
  const events = [];
  const arrived = Promise.withResolvers?.() ?? withResolvers();
  const handle = async (id, event) => {
    events.push({ id, ...event });
    arrived.resolve();
  };
  // The first URL makes a secret; a rotation makes another one that is known here.
  await platform.client().modifyIssuer("http://127.0.0.1:9/air");
  const { callbackSecret } = await rotated();
  const secrets = [callbackSecret, `whsec_${Buffer.alloc(32, 1).toString("base64")}`];
  const server = await start(new CallbackReceiver({ secrets }), handle, secrets);
  try {
    const { url } = server;
    await platform.client().modifyIssuer(`${url}/air`);
    await platform.client().initializeVerification(platform.seeded.issuerDid);
    const userId = await releaseKey(`${name}@example.com`);
    await arrived.promise;
    assert.equal(events[0].type, "cak.released");
    if (name !== "next") {
      assert.equal(events[0].userId, userId);
      assert.equal(events[0].verifierDid, platform.seeded.verifierDid);
      assert.equal(events[0].schemaId, platform.seeded.schemas.age);
    }
    const forged = await fetch(`${url}/air`, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "webhook-id": "evt-1",
        "webhook-timestamp": String(Math.floor(Date.now() / 1000)),
        "webhook-signature": `v1,${Buffer.alloc(32).toString("base64")}`,
      },
      body: "{}",
    });
    assert.equal(forged.status, 400);
    assert.match(await forged.text(), /no signature matches/);
    assert.equal(events.length, 1);
  } finally {
    await server.close();
  }
}

async function rotated() {
  return send(`${platform.url}/sandbox/v1/callbacks/secret`, "POST", {}, await auth("issue"));
}

/** A user gets a credential with a key, and releases the key to the verifier. Returns the user's ID. */
async function releaseKey(email) {
  const { url, seeded, order } = platform;
  const issue = await auth("issue");
  const session = await send(`${url}/sandbox/v1/sessions`, "POST", { email }, issue);
  const bearer = { authorization: `Bearer ${session.sessionToken}` };
  const issued = await send(
    `${url}/sandbox/v1/credentials/issue`,
    "POST",
    { ...order, cakPublicKey: await newPublicKey() },
    { ...issue, ...bearer },
  );
  await platform.client().waitUntilAnchored(issued.coreClaimHash);
  const verifier = { ...await auth("verify"), ...bearer };
  const program = { programId: seeded.verificationPrograms.age };
  const started = await send(`${url}/sandbox/v1/verifications`, "POST", program, verifier);
  const consent = `${url}/sandbox/v1/verifications/${started.verificationId}/consent`;
  const result = await send(consent, "POST", { decision: "agree" }, verifier);
  assert.equal(result.status, "Compliant");
  return session.userUuid ?? session.userId;
}

/** Returns a point on P-256 in hex. */
async function newPublicKey() {
  const algorithm = { name: "ECDH", namedCurve: "P-256" };
  const { publicKey } = await crypto.subtle.generateKey(algorithm, true, ["deriveBits"]);
  const point = await crypto.subtle.exportKey("raw", publicKey);
  return `0x${Buffer.from(point).toString("hex")}`;
}

async function auth(scope) {
  const { jwt } = await tokens.token({ scope });
  return { "x-partner-auth": jwt };
}

function withResolvers() {
  const resolvers = {};
  resolvers.promise = new Promise((resolve, reject) => Object.assign(resolvers, { resolve, reject }));
  return resolvers;
}
