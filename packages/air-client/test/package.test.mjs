// The packed package in an empty project: its size, its types, and the README's example as written.
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startPlatform } from "./support/platform.mjs";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
/** The maximum size of the tarball in bytes. */
const SIZE_LIMIT = 64 * 1024;
const run = promisify(execFile);

let project;
let platform;
let packed;
before(async () => {
  project = await mkdtemp(join(tmpdir(), "air-client-project-"));
  await writeFile(join(project, "package.json"), '{"private":true,"type":"module"}');
  // Without the script that builds again, since other tests are using the build.
  await run(process.execPath, ["scripts/licences.mjs"], { cwd: PACKAGE });
  const options = ["pack", "--json", "--pack-destination", project, "--ignore-scripts"];
  const { stdout } = await run("npm", options, { cwd: PACKAGE });
  [packed] = Object.values(JSON.parse(stdout));
  const install = ["install", "--no-audit", "--no-fund", "--offline", `./${packed.filename}`];
  await run("npm", install, { cwd: project });
  platform = await startPlatform();
});
after(async () => {
  await platform?.stop();
  await rm(project, { recursive: true });
});

test("the package has the build, the README and the licences, and no dependency", async () => {
  const files = packed.files.map(({ path }) => path).filter((path) => !path.startsWith("dist/"));
  assert.deepEqual(files.sort(), ["LICENSE-APACHE", "LICENSE-MIT", "README.md", "package.json"]);
  assert.ok(packed.size < SIZE_LIMIT, `${packed.size} bytes`);
  const manifest = JSON.parse(await readFile(join(PACKAGE, "package.json"), "utf8"));
  assert.equal(manifest.dependencies, undefined);
});

/** The runtimes that run the example: Deno and Bun if they are installed. */
const RUNTIMES = [[process.execPath], ["deno", "run", "--allow-all"], ["bun", "run"]];

for (const [runtime, ...options] of RUNTIMES) {
  const name = runtime === process.execPath ? "Node" : runtime;
  test(`the README's example runs as written: ${name}`, async (context) => {
    const isThere = await run(runtime, ["--version"]).then(() => true, () => false);
    if (!isThere) return context.skip(`${name} is not installed`);
    const readme = await readFile(join(project, "node_modules/air-client/README.md"), "utf8");
    const [, example] = /## Issue on behalf[\s\S]*?```js\n([\s\S]*?)```/.exec(readme);
    await writeFile(join(project, "issue.js"), example);
    await writeFile(join(project, "key.pem"), platform.pem);
    const { stdout } = await run(runtime, [...options, "issue.js"], {
      cwd: project,
      env: {
        ...process.env,
        AIR_URL: platform.url,
        AIR_KEY: "key.pem",
        AIR_PARTNER_ID: platform.seeded.partnerId,
        AIR_ISSUER: platform.seeded.issuerDid,
        AIR_PROGRAM: platform.seeded.programs.age,
      },
    });
    assert.equal(stdout, "ONCHAIN\n");
  });
}

test("the types compile with those of Node, and with those of the web alone", async () => {
  const use = `
    import { AirClient, AirError, CallbackReceiver, SigningKey } from "air-client";
    export async function issue(text: string, signal: AbortSignal): Promise<string> {
      const signingKey = await SigningKey.from(text);
      const client = new AirClient({ environment: "sandbox", partnerId: "p", signingKey });
      const order = { issuerDid: "i", credentialId: "c", credentialSubject: {}, onDuplicate: "ignore" } as const;
      for await (const schema of client.catalogue.schemas()) console.log(schema.title);
      const { coreClaimHash } = await client.issueOnBehalf("ada@example.com", order, { signal });
      const status = await client.waitUntilAnchored(coreClaimHash, { signal });
      // @ts-expect-error the policy for duplicates is required
      void client.issueOnBehalf("ada@example.com", { issuerDid: "i", credentialId: "c", credentialSubject: {} });
      return status.vcStatus;
    }
    export async function receive(request: Request): Promise<string> {
      const receiver = new CallbackReceiver({ secrets: ["whsec_AAAA"] });
      try {
        const { event } = await receiver.verify(await request.text(), request.headers);
        return event.type === "cak.released" ? event.verifierDid : event.userId;
      } catch (error) {
        return error instanceof AirError && error.isSafeToRepeat ? error.code : "";
      }
    }
  `;
  const bulk = `
    import type { AirClient } from "air-client";
    import { bulk, rowsOf, type BulkSummary } from "air-client/bulk";
    export async function run(client: AirClient): Promise<BulkSummary> {
      const rows = rowsOf("q-1", [{ email: "ada@example.com", credentialSubject: { isOver18: true } }]);
      const run = bulk(client, { issuerDid: "i", credentialId: "c" }, rows, { journal: "j" });
      for (;;) {
        const next = await run.next();
        if (next.done) return next.value;
        if (next.value.status === "issued") console.log(next.value.coreClaimHash);
      }
    }
  `;
  await writeFile(join(project, "use.ts"), use);
  const { page, files } = await pageExamples();
  assert.equal(files.length, 4, page);
  await writeFile(join(project, "bulk.ts"), bulk);
  const common = ["--strict", "--noEmit", "--module", "NodeNext", "--target", "ES2022"];
  const tsc = join(PACKAGE, "node_modules/typescript/bin/tsc");
  const roots = ["--typeRoots", join(PACKAGE, "node_modules/@types")];
  for (const options of [
    ["--lib", "ES2022,DOM,DOM.AsyncIterable", "--typeRoots", "none", "use.ts"],
    ["--lib", "ES2022", ...roots, "--types", "node", "use.ts", "bulk.ts", ...files],
  ]) {
    await run(process.execPath, [tsc, ...common, ...options], { cwd: project })
      .catch((error) => assert.fail(error.stdout));
  }
});

/** Writes each TypeScript example of the book's page to a file, with the names that it assumes. */
async function pageExamples() {
  const page = fileURLToPath(new URL("../../../docs/book/src/guide/typescript.md", import.meta.url));
  const blocks = [...(await readFile(page, "utf8")).matchAll(/^```ts\n([\s\S]*?)^```/gm)];
  const texts = ["partnerId", "pem", "issuerDid", "credentialId", "email", "idempotencyKey", "rawBody"];
  const names = [
    ...["newSecret", "oldSecret", ...texts].map((name) => `const ${name}: string;`),
    "const signal: AbortSignal;",
    "const headers: Headers;",
    'const order: import("air-client").IssueOnBehalf;',
    "function later(order: unknown, waitMs: number | undefined): Promise<void>;",
    "function released(id: string, userId: string, verifierDid: string): Promise<void>;",
    'const client: import("air-client").AirClient;',
  ];
  const files = [];
  for (const [index, [, block]] of blocks.entries()) {
    const assumed = names.filter((name) => !(name.includes("client:") && block.includes("const client")));
    const file = `page-${index}.ts`;
    const declared = assumed.map((name) => `declare ${name}`).join("\n");
    await writeFile(join(project, file), `${block}\n${declared}\n`);
    files.push(file);
  }
  return { page, files };
}
