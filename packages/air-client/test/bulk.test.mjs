// Bulk runs against a local platform: each row once, whatever happens to the run.
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { bulk, ndjsonFile, rowsOf } from "air-client/bulk";
import { startPlatform } from "./support/platform.mjs";

let platform;
let order;
before(async () => {
  platform = await startPlatform();
  const { issuerDid, credentialId } = platform.order;
  order = { issuerDid, credentialId };
});
after(() => platform.stop());

const people = (prefix, count) =>
  Array.from({ length: count }, (_, index) => ({
    email: `${prefix}-${index}@example.com`,
    credentialSubject: { isOver18: true },
  }));

const journalOf = (name) => join(platform.folder, `${name}.journal`);

test("the rows of a query are taken as the JSON that is sent", async () => {
  const at = (day) => ({ email: "ada@example.com", credentialSubject: { born: new Date(day) } });
  const cyclic = {};
  cyclic.self = cyclic;
  const rows = [at(0), at(86_400_000), at(0), { email: "a@b.cd", credentialSubject: { n: 1n } }, cyclic];
  const shown = [];
  for await (const { content } of rowsOf("dates", rows).rows()) {
    shown.push(content.reason ?? content.credentialSubject.born);
  }
  const [first, second] = ["1970-01-01T00:00:00.000Z", "1970-01-02T00:00:00.000Z"];
  assert.deepEqual(shown, [first, second, first, "not_json", "not_json"]);
});

test("a line that is not UTF-8 is refused", async () => {
  const file = join(platform.folder, "latin.ndjson");
  const line = '{"email":"a@b.cd","credentialSubject":{"name":"Ren\u00e9"}}';
  await writeFile(file, Buffer.from(line, "latin1"));
  const { value: row } = await (await ndjsonFile(file)).rows().next();
  assert.deepEqual(row.content, { reason: "not_json", pointer: "" });
});

async function collect(run) {
  const rows = [];
  for (;;) {
    const { done, value } = await run.next();
    if (done) return { rows, summary: value };
    rows.push(value);
  }
}


test("issues each row once, refuses bad rows, and yields each outcome", async () => {
  const file = join(platform.folder, "people.ndjson");
  const [ada, bob] = people("file", 2).map((row) => JSON.stringify(row));
  const lines = [
    `\uFEFF${ada}`,
    "",
    bob,
    ada,
    "{",
    "[1]",
    '{"credentialSubject":{}}',
    '{"email":"Ada","credentialSubject":{}}',
    '{"email":"a@example.com"}',
    '{"email":"a@example.com","credentialSubject":{},"expiration":"2030-01-01"}',
    '{"email":"a@example.com","credentialSubject":{"isOver18":9007199254740993}}',
    '{"email":"a@example.com","credentialSubject":{"isOver18":true,"isOver18":false}}',
    `{"email":"a@example.com","credentialSubject":{"x":${"[".repeat(5000)}${"]".repeat(5000)}}}`,
    '{"email":"a@example.com","credentialSubject":{"isOver18":"yes"}}',
    `{"email":"a@example.com","credentialSubject":{"x":"${"y".repeat(1024 * 1024)}"}}`,
  ];
  await writeFile(file, lines.join("\r\n"));
  const journal = journalOf("file");
  const input = await ndjsonFile(file);
  const { rows, summary } = await collect(bulk(platform.client(), order, input, { journal }));
  const shown = rows.sort((one, other) => one.row - other.row).map(({ line, status, ...row }) =>
    status === "issued" ? [line, status] : [line, row.reason, row.pointer]);
  assert.deepEqual(shown, [
    [1, "issued"],
    [3, "issued"],
    [4, "duplicate", ""],
    [5, "not_json", ""],
    [6, "not_an_object", ""],
    [7, "missing", "/email"],
    [8, "not_an_email", "/email"],
    [9, "missing", "/credentialSubject"],
    [10, "unknown_member", "/expiration"],
    [11, "inexact_number", "/credentialSubject/isOver18"],
    [12, "duplicate_member", "/credentialSubject/isOver18"],
    [13, "not_json", ""],
    [14, "rejected", "/credentialSubject/isOver18"],
    [15, "too_long", ""],
  ]);
  assert.deepEqual(summary, { issued: 2, refused: 12, unclear: 0 });
  const text = await readFile(journal, "utf8");
  assert.equal(text.includes("example.com"), false, "the journal has an address");
  assert.equal((await stat(journal)).mode & 0o777, 0o600);
  await assert.rejects(stat(`${journal}.lock`), { code: "ENOENT" });
});

test("a run under faults issues each row once", async () => {
  await platform.faults([
    { path: "/v1/credentials", times: 3, kind: "loseAnswer" },
    { path: "/v1/credentials", times: 3, kind: "status", status: 429 },
    { path: "/v1/credentials", times: 3, kind: "drop" },
    { path: "/v1/credentials", times: 3, kind: "status", status: 503, retryAfter: 0 },
  ]);
  const rows = people("faults", 60);
  const revoking = { ...order, onDuplicate: "revoke" };
  const run = bulk(platform.client(), revoking, rowsOf("faults", rows), {
    journal: journalOf("faults"),
  });
  const { rows: outcomes, summary } = await collect(run);
  assert.equal(summary.issued, 60);
  await assertNoneRevoked(outcomes);
});

test("a run that was left is resumed, and skips the rows that are done", async () => {
  const journal = journalOf("resumed");
  const input = rowsOf("resumed", people("resumed", 40));
  const seen = new Set();
  for await (const { row } of bulk(platform.client(), order, input, { journal, concurrency: 4 })) {
    seen.add(row);
    if (seen.size === 10) break;
  }
  await assert.rejects(collect(bulk(platform.client(), order, input, { journal })), {
    code: "JOURNAL_EXISTS",
  });
  // The calls in progress were completed. A line that was being written is removed.
  const done = (await readFile(journal, "utf8")).trim().split("\n").length - 1;
  assert.ok(done >= 10 && done < 40, String(done));
  await writeFile(journal, '{"row":39,"li', { flag: "a" });
  const resumed = bulk(platform.client(), order, input, { journal, resume: true });
  const { rows, summary } = await collect(resumed);
  assert.equal(rows.length, 40 - done);
  assert.deepEqual(summary, { issued: 40, refused: 0, unclear: 0 });
});

test("a process that is killed loses no row and issues none twice", async () => {
  const journal = journalOf("killed");
  const revoking = { ...order, onDuplicate: "revoke" };
  const rows = people("killed", 200);
  const program = fileURLToPath(new URL("support/bulk-run.mjs", import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ["pipe", "ignore", "inherit"] });
  const { url, pem, seeded } = platform;
  child.stdin.end(JSON.stringify({ url, pem, partnerId: seeded.partnerId, revoking, rows, journal }));
  assert.deepEqual(await once(child, "close"), [null, "SIGKILL"]);
  await stat(`${journal}.lock`);
  const run = bulk(platform.client(), revoking, rowsOf("killed", rows), { journal, resume: true });
  const { summary } = await collect(run);
  assert.deepEqual(summary, { issued: 200, refused: 0, unclear: 0 });
  const lines = (await readFile(journal, "utf8")).trim().split("\n").slice(1);
  await assertNoneRevoked(lines.map((line) => ({ coreClaimHash: JSON.parse(line).issued })));
});

test("an abort stops the run, and a locked or foreign journal is refused", async () => {
  const journal = journalOf("aborted");
  const input = rowsOf("aborted", people("aborted", 40));
  const controller = new AbortController();
  const reason = new Error("deploying");
  const run = bulk(platform.client(), order, input, {
    journal,
    concurrency: 2,
    signal: controller.signal,
  });
  await run.next();
  const again = { journal, resume: true };
  await assert.rejects(collect(bulk(platform.client(), order, input, again)), {
    code: "JOURNAL_IN_USE",
  });
  controller.abort(reason);
  await assert.rejects(collect(run), reason);
  for (const [other, rows] of [
    [{ ...order, credentialId: "another" }, input],
    [{ ...order, onDuplicate: "revoke" }, input],
    [order, rowsOf("another", people("aborted", 40))],
  ]) {
    await assert.rejects(collect(bulk(platform.client(), other, rows, again)), {
      code: "JOURNAL_OF_ANOTHER",
    });
  }
  const text = await readFile(journal, "utf8");
  await writeFile(journal, text.replace('"row":1', '"row":9'));
  await assert.rejects(collect(bulk(platform.client(), order, input, again)), {
    code: "JOURNAL_DAMAGED",
  });
});

test("without idempotency keys, `revoke` leaves a lost row unclear and cannot be resumed", async () => {
  const journal = journalOf("unclear");
  const client = platform.client({ keepsIdempotencyKeys: false });
  const revoking = { ...order, onDuplicate: "revoke" };
  const input = rowsOf("unclear", people("unclear", 3));
  await platform.faults([{ path: "/v1/credentials", times: 1, kind: "loseAnswer" }]);
  const { summary } = await collect(bulk(client, revoking, input, { journal }));
  assert.deepEqual(summary, { issued: 2, refused: 0, unclear: 1 });
  const again = bulk(client, revoking, input, { journal, resume: true });
  await assert.rejects(collect(again), { code: "WOULD_REPEAT" });
});

test("an error that every row would get ends the run, which can be resumed", async () => {
  const input = rowsOf("ended", people("ended", 10));
  const journal = journalOf("ended");
  await platform.faults([{ path: "/v1/credentials", kind: "status", status: 403 }]);
  await assert.rejects(collect(bulk(platform.client(), order, input, { journal })), {
    code: "NOT_AUTHORISED",
  });
  await platform.faults([]);
  const { summary } = await collect(bulk(platform.client(), order, input, { journal, resume: true }));
  assert.equal(summary.issued, 10);
});

/** With `revoke`, a row that was issued twice has a revoked credential. */
async function assertNoneRevoked(outcomes) {
  const client = platform.client();
  for (const { coreClaimHash } of outcomes) {
    const status = await client.status(coreClaimHash);
    assert.equal(status.sandbox?.revokedAt, undefined, "a row was issued twice");
  }
}
