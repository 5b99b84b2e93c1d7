// The issuer's own service of a partner, as `air issuer serve` runs it, registered at the platform as the partner's backend.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import net from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { api } from "./partner.mjs";

const { AIR_BINARY, AIR_URL } = process.env;
const SCHEMA = { title: "Membership", attributes: [{ name: "level", title: "Level", type: "integer", required: true }] };

/** A port that is free now. The origin of the issuer has it, so it is chosen before the service starts. */
async function freePort() {
  const server = net.createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

const pem = (key) => key.export({ type: "pkcs8", format: "pem" });

export class Issuer {
  /** Issues the schema `member` of a partner. @param {Record<string, number>} levels of users, by address */
  static async start(partner, levels) {
    const issuer = new Issuer();
    const port = await freePort();
    [issuer.apiKey, issuer.adminKey] = [0, 1].map(() => randomBytes(32).toString("hex"));
    issuer.url = `http://localhost:${port}`;
    issuer.did = `did:web:localhost%3A${port}`;
    issuer.folder = await mkdtemp(join(tmpdir(), "air-issuer-"));
    const write = (name, text) => writeFile(join(issuer.folder, name), text, { mode: 0o600 });
    // The platform knows the partner by this key.
    await write("tokens.pem", pem(partner.key));
    await write("credentials.pem", pem(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey));
    await write("member.json", JSON.stringify(SCHEMA));
    await write("members.csv", ["userId,credentialSubject.level", ...Object.entries(levels).map((row) => row.join())].join("\n"));
    await write(
      "issuer.toml",
      `origin = "${issuer.url}"
listen = "127.0.0.1"
port = ${port}
sqlite = "data"
[air]
partner-id = "${partner.ids.partnerId}"
chain-origin = "${AIR_URL}"
[keys]
tokens = { file = "tokens.pem", kid = "key-1" }
credentials = { file = "credentials.pem" }
status-lists = { file = "credentials.pem" }
[status-list]
partition-size = 80000
[[schemas]]
id = "${partner.ids.schemas.member}"
valid-for = "90d"
document = "member.json"
claims = { table = "members.csv" }
`,
    );
    const environment = { ...process.env, API_KEY: issuer.apiKey, ADMIN_API_KEY: issuer.adminKey };
    const options = { env: environment, stdio: ["ignore", "pipe", "inherit"] };
    issuer.process = spawn(AIR_BINARY, ["issuer", "serve", "--config", join(issuer.folder, "issuer.toml")], options);
    const [line] = await Promise.race([
      new Promise((resolve) => createInterface(issuer.process.stdout).once("line", (line) => resolve([line]))),
      new Promise((_, reject) => issuer.process.once("exit", (code) => reject(new Error(`the service ended with ${code}`)))),
    ]);
    assert.equal(JSON.parse(line).ready, true);
    await api("PUT", `/sandbox/v1/partners/${partner.ids.partnerId}/issuer-backend`, {
      did: issuer.did,
      availableVcApiUrl: `${issuer.url}/available-vc`,
      issueVcApiUrl: `${issuer.url}/issue-vc`,
      apiKey: issuer.apiKey,
    });
    return issuer;
  }

  async stop() {
    const ended = new Promise((resolve) => this.process.once("exit", resolve));
    this.process.kill("SIGTERM");
    await ended;
    await rm(this.folder, { recursive: true });
  }

  /** What it issued, newest first. */
  async history() {
    const answered = await this.#admin("/admin/issuance-history?order=id_desc");
    return (await answered.json()).data;
  }

  async revoke(nonce) {
    const answered = await this.#admin("/admin/revoke", { method: "POST", body: JSON.stringify({ nonce }) });
    assert.equal(answered.status, 201);
  }

  #admin(path, request = {}) {
    const headers = { "content-type": "application/json", "x-admin-api-key": this.adminKey };
    return fetch(`${this.url}${path}`, { ...request, headers });
  }
}
