// A partner: keys that it publishes, tokens that it signs, programs at the platform, and a web app with the SDK as npm has it.
import assert from "node:assert/strict";
import { generateKeyPairSync, sign } from "node:crypto";
import { readFile } from "node:fs/promises";
import http from "node:http";
import { createRequire } from "node:module";

const { AIR_URL } = process.env;
/** The SDK's versions that are tested, and the wagmi connector, which has an SDK of its own in it. */
const PACKAGES = {
  "1.6.0": "airkit-1.6.0",
  "1.7.0": "airkit-1.7.0",
  "1.8.0": "airkit-1.8.0",
  "1.10.0": "@mocanetwork/airkit",
  connector: "@mocanetwork/airkit-connector",
};
const NEWEST = "1.10.0";
/** A page with one of them; `/?sdk=1.6.0` says which. */
const page = (sdk) => `<!doctype html><html lang="en"><meta charset="utf-8"><title>Partner</title><link rel="icon" href="data:,">
<h1>Partner</h1><script src="/sdk/${sdk}.js"></script>`;

/** @param {string} name of a package: its script for a page */
async function script(name) {
  return readFile(createRequire(import.meta.url).resolve(name).replace(/cjs\.js$/, "umd.js"));
}

/** One API call, with whatever it answers. */
export async function api(method, path, body, token) {
  const headers = { "content-type": "application/json", ...(token && { "x-partner-auth": token }) };
  const answered = await fetch(`${AIR_URL}${path}`, { method, headers, body: body && JSON.stringify(body) });
  const answer = answered.status === 204 ? null : await answered.json();
  assert.ok(answered.ok, `${path}: ${JSON.stringify(answer)}`);
  return answer;
}

const encode = (value) => Buffer.from(typeof value === "string" || value instanceof Uint8Array ? value : JSON.stringify(value)).toString("base64url");

/** A partner with a server of its own: its page and its keys are there. */
export class Partner {
  static async start(name) {
    const partner = new Partner();
    const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    partner.key = privateKey;
    const jwk = { ...publicKey.export({ format: "jwk" }), kid: "key-1", alg: "ES256", use: "sig" };
    partner.server = http.createServer(async (request, response) => {
      const { pathname, searchParams } = new URL(request.url, "http://partner");
      const sdk = PACKAGES[pathname.match(/^\/sdk\/(.+)\.js$/)?.[1]];
      const [type, body] =
        pathname === "/jwks.json" ? ["application/json", JSON.stringify({ keys: [jwk] })]
        : sdk ? ["text/javascript", await script(sdk)]
        : ["text/html", page(searchParams.get("sdk") ?? NEWEST)];
      response.writeHead(200, { "content-type": type }).end(body);
    });
    await new Promise((resolve) => partner.server.listen(0, "127.0.0.1", resolve));
    partner.port = partner.server.address().port;
    partner.url = `http://127.0.0.1:${partner.port}/`;
    const adult = { attribute: "age", operator: "greater", value: 17 };
    partner.ids = await api("POST", "/sandbox/v1/seed", {
      partner: { name, jwksUrl: `${partner.url}jwks.json`, issueOnBehalf: true, allowedOrigins: [`http://app.localhost:${partner.port}`] },
      schemas: [
        { key: "adult", title: "Proof of age", attributes: [
          { name: "age", title: "Age", type: "integer", required: true, minimum: 0 },
          { name: "country", title: "Country", type: "string", required: true },
        ] },
        { key: "member", title: "Membership", attributes: [{ name: "level", title: "Level", type: "integer", required: true }] },
      ],
      programs: [
        { key: "adult", schema: "adult", cak: true, expiration: "90d", publish: true },
        { key: "draft", schema: "adult", publish: false },
        { key: "member", schema: "member", cak: false, expiration: "1d", publish: true },
      ],
      verificationPrograms: [
        { key: "adult", schema: "adult", requireCak: true, conditions: [adult] },
        { key: "old", schema: "adult", requireCak: false, conditions: [{ ...adult, value: 90 }] },
        { key: "member", schema: "member", requireCak: false, conditions: [{ attribute: "level", operator: "greater", value: 0 }] },
      ],
    });
    return partner;
  }

  stop() {
    this.server.close();
    this.server.closeAllConnections();
  }

  /** A Partner JWT, as `jose` makes it: without `typ`, which the platform demands on behalf only. */
  token(scope, claims = {}, { key = this.key } = {}) {
    const now = Math.floor(Date.now() / 1000);
    const header = { alg: "ES256", kid: "key-1", ...(scope.includes("on-behalf") && { typ: "JWT" }) };
    const payload = { partnerId: this.ids.partnerId, scope, iat: now, exp: now + 300, ...claims };
    const signed = `${encode(header)}.${encode(payload)}`;
    return `${signed}.${encode(sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" }))}`;
  }

  /** The parameters of `issueCredential`. */
  order(more = {}) {
    return {
      authToken: this.token("issue"),
      issuerDid: this.ids.issuerDid,
      credentialId: this.ids.programs.adult,
      credentialSubject: { age: 21, country: "UTO" },
      ...more,
    };
  }

  /** The parameters of `verifyCredential`. */
  question(more = {}) {
    return { authToken: this.token("verify"), programId: this.ids.verificationPrograms.adult, ...more };
  }

  /** Issues to an address from the backend: its core claim hash. */
  async issueOnBehalf(email, credentialId, credentialSubject) {
    const order = { issuerDid: this.ids.issuerDid, credentialId, credentialSubject };
    return (await api("POST", "/v1/credentials/issue-on-behalf", order, this.token("issue on-behalf", { email }))).coreClaimHash;
  }

  /** Waits until a block has all that this user was issued. */
  async settled(email) {
    await this.anchored(await this.issueOnBehalf(email, this.ids.programs.member, { level: 3 }));
  }

  async anchored(hash) {
    for (let tries = 0; tries < 100; tries += 1) {
      const { vcStatus } = await api("GET", `/v1/credentials/status?coreClaimHash=${hash}`, undefined, this.token("issue"));
      if (vcStatus === "ONCHAIN") return;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    assert.fail("no block took it");
  }
}
