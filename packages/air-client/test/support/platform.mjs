// A local platform for the tests, with a partner whose ES256 and RS256 keys are published.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { AirClient, SigningKey } from "air-client";

/** The root of the repository. */
export const ROOT = fileURLToPath(new URL("../../../../", import.meta.url));
/** The `air` that the tests start. */
const AIR = process.env.AIR_BINARY ?? join(ROOT, "target/debug/air");

/** Returns a new private key as PKCS#8 PEM. */
export async function newPem(algorithm) {
  const options = algorithm === "ES256"
    ? { name: "ECDSA", namedCurve: "P-256" }
    : {
        name: "RSASSA-PKCS1-v1_5",
        hash: "SHA-256",
        modulusLength: 2048,
        publicExponent: new Uint8Array([1, 0, 1]),
      };
  const pair = await crypto.subtle.generateKey(options, true, ["sign", "verify"]);
  const der = Buffer.from(await crypto.subtle.exportKey("pkcs8", pair.privateKey));
  const lines = der.toString("base64").match(/.{1,64}/g).join("\n");
  return `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`;
}

/** Starts a platform. `stop` ends it. */
export async function startPlatform() {
  const folder = await mkdtemp(join(tmpdir(), "air-client-"));
  const pem = await newPem("ES256");
  const keys = {
    es256: await SigningKey.from(pem),
    rs256: await SigningKey.from(await newPem("RS256")),
  };
  const published = await serve((request, response) => {
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ keys: Object.values(keys).map((key) => key.publicJwk) }));
  });
  const seed = join(folder, "seed.json");
  await writeFile(seed, JSON.stringify({
    partner: { name: "Zenith", jwksUrl: `${published.url}/jwks.json`, issueOnBehalf: true },
    schemas: [{
      key: "age",
      title: "Proof of age",
      attributes: [{ name: "isOver18", type: "boolean", required: true }],
    }],
    programs: [{ key: "age", schema: "age", cak: true, expiration: "90d", publish: true }],
    verificationPrograms: [{
      key: "age",
      schema: "age",
      conditions: [{ attribute: "isOver18", operator: "equals", value: true }],
      requireCak: true,
    }],
  }));
  const child = spawn(AIR, ["sandbox", "up", "--listen", "127.0.0.1:0", "--seed", seed, "--json"], {
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, XDG_STATE_HOME: folder },
  });
  const [line] = await Promise.race([
    once(createInterface({ input: child.stdout }), "line"),
    once(child, "exit").then(([code]) => { throw new Error(`${AIR} ended with ${code}`); }),
  ]);
  const { url, seeded } = JSON.parse(line);
  const order = {
    issuerDid: seeded.issuerDid,
    credentialId: seeded.programs.age,
    credentialSubject: { isOver18: true },
    onDuplicate: "ignore",
  };
  const client = (options = {}) =>
    new AirClient({
      environment: url,
      partnerId: seeded.partnerId,
      signingKey: keys.es256,
      ...options,
    });
  return {
    url,
    pem,
    keys,
    seeded,
    order,
    folder,
    client,
    faults: (rules) => send(`${url}/sandbox/v1/faults`, "PUT", { rules }),
    async stop() {
      child.kill();
      await once(child, "exit");
      published.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Sends JSON and returns the JSON of the response. */
export async function send(url, method, body, headers = {}) {
  const response = await fetch(url, {
    method,
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${text}`);
  return text === "" ? undefined : JSON.parse(text);
}

/** Starts an HTTP server on a free port of this machine. */
export async function serve(listener) {
  const server = createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const close = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${server.address().port}`, close };
}

/** Runs `air`, and returns its output. Fails if it fails. */
export async function air(args, options = {}) {
  const child = spawn(AIR, args, { stdio: ["ignore", "pipe", "inherit"], ...options });
  const chunks = [];
  child.stdout.on("data", (chunk) => chunks.push(chunk));
  const [code] = await once(child, "close");
  if (code !== 0) throw new Error(`air ${args.slice(0, 2).join(" ")} ended with ${code}`);
  return Buffer.concat(chunks).toString();
}
