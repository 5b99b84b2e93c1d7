// Retries, limits and cancellation, with a fake platform and a fake clock.
import assert from "node:assert/strict";
import { test } from "node:test";
import { newIdempotencyKey } from "air-client";
import { backoff, retryAfter } from "../dist/retry.js";
import { Transport } from "../dist/transport.js";

/** Returns a transport whose platform gives these answers, and what it recorded. */
function played(answers, options = {}) {
  const record = { sent: [], waits: [] };
  const clock = {
    time: 0,
    now: () => clock.time,
    random: () => 0.5,
    sleep: async (milliseconds, signal) => {
      signal?.throwIfAborted();
      record.waits.push(milliseconds);
      clock.time += milliseconds;
    },
  };
  const fetch = async (url, init) => {
    record.sent.push({ url, ...init });
    const answer = answers[Math.min(record.sent.length, answers.length) - 1];
    return typeof answer === "function" ? answer(init) : answer.clone();
  };
  const transport = new Transport({
    base: new URL("http://platform.example"),
    fetch,
    clock,
    tokens: undefined,
    userAgent: "test",
    attempts: 4,
    timeoutMs: 30_000,
    deadlineMs: 90_000,
    keepsIdempotencyKeys: false,
    ...options,
  });
  return { transport, record };
}

const GET = { method: "GET", path: "/v1/x" };
const POST = { method: "POST", path: "/v1/x", idempotencyKey: "k", body: { a: 1 } };
const OK = new Response('{"ok":true}');
const failed = (status, headers = {}) => new Response('{"message":"no"}', { status, headers });
const broken = () => { throw new TypeError("fetch failed", { cause: { code: "ECONNRESET" } }); };
const refused = () => { throw new TypeError("fetch failed", { cause: { code: "ECONNREFUSED" } }); };

test("a query is repeated after each failure that may pass", async () => {
  for (const answer of [failed(500), failed(408), failed(429), failed(503), broken, refused]) {
    const { transport, record } = played([answer, answer, answer, OK]);
    assert.deepEqual(await transport.receive(GET), { ok: true });
    assert.deepEqual(record.waits, [100, 200, 400]);
    const persistent = played([answer]);
    await assert.rejects(persistent.transport.receive(GET), { isRetryable: true });
    assert.equal(persistent.record.sent.length, 4);
  }
});

test("a call that could issue twice is sent once after a lost response", async () => {
  for (const answer of [failed(500), failed(408), failed(503), broken]) {
    const unsafe = played([answer, OK]);
    await assert.rejects(unsafe.transport.receive(POST), { isSafeToRepeat: false });
    assert.equal(unsafe.record.sent.length, 1);
    for (const [call, options] of [
      [{ ...POST, repeatsSafely: true }, {}],
      [POST, { keepsIdempotencyKeys: true }],
    ]) {
      const safe = played([answer, OK], options);
      await safe.transport.receive(call);
      const keys = safe.record.sent.map(({ headers }) => headers["idempotency-key"]);
      assert.deepEqual(keys, ["k", "k"]);
    }
  }
});

test("a call that was not executed is repeated, after the required wait", async () => {
  for (const answer of [
    refused,
    failed(429, { "retry-after": "2" }),
    failed(503, { "retry-after": "2" }),
    failed(409, { "retry-after": "2" }),
  ]) {
    const { transport, record } = played([answer, OK]);
    await transport.receive(POST);
    assert.deepEqual(record.waits, [answer === refused ? 100 : 2100]);
  }
});

test("a wait that would end after the deadline is not begun", async () => {
  const { transport, record } = played([failed(429, { "retry-after": "120" })]);
  await assert.rejects(transport.receive(GET), { code: "RATE_LIMITED", retryAfterMs: 120_000 });
  assert.deepEqual([record.sent.length, record.waits.length], [1, 0]);
});

test("other refusals are final, and have their codes", async () => {
  for (const [status, code] of [
    [400, "REJECTED"],
    [403, "NOT_AUTHORISED"],
    [404, "NOT_FOUND"],
    [409, "CONFLICT"],
    [413, "REJECTED"],
    [422, "REJECTED"],
    [302, "UNEXPECTED_ANSWER"],
  ]) {
    const { transport, record } = played([failed(status)]);
    await assert.rejects(transport.receive(GET), { code, isRetryable: false });
    assert.equal(record.sent.length, 1);
    assert.equal(record.sent[0].redirect, "manual");
  }
});

test("a certificate that is not trusted is an error at once", async () => {
  for (const code of ["SELF_SIGNED_CERT_IN_CHAIN", "ERR_TLS_CERT_ALTNAME_INVALID", "CERT_HAS_EXPIRED"]) {
    const { transport, record } = played([() => {
      throw new TypeError("fetch failed", { cause: { code } });
    }]);
    await assert.rejects(transport.receive(POST), {
      code: "UNTRUSTED_CERTIFICATE",
      isRetryable: false,
      isSafeToRepeat: true,
    });
    assert.equal(record.sent.length, 1);
  }
});

test("responses are limited in size, and must be JSON", async () => {
  const long = played([new Response("x".repeat(4 * 1024 * 1024 + 1))]);
  await assert.rejects(long.transport.receive(GET), { code: "UNEXPECTED_ANSWER" });
  const page = played([new Response("<html>")]);
  await assert.rejects(page.transport.receive(GET), { code: "UNEXPECTED_ANSWER" });
});

test("an attempt ends in time, and a caller's abort with its reason", async () => {
  const silent = (init) => new Promise((_, reject) => {
    if (init.signal.aborted) reject(init.signal.reason);
    init.signal.addEventListener("abort", () => reject(init.signal.reason), { once: true });
  });
  const late = played([silent], { timeoutMs: 1, attempts: 1 });
  await assert.rejects(late.transport.receive(POST), { code: "TIMED_OUT", isSafeToRepeat: false });
  const controller = new AbortController();
  const reason = new Error("shutting down");
  const aborted = played([(init) => (controller.abort(reason), silent(init))]);
  await assert.rejects(aborted.transport.receive({ ...GET, signal: controller.signal }), reason);
  const early = played([OK]);
  await assert.rejects(early.transport.receive({ ...GET, signal: AbortSignal.abort(reason) }), reason);
  assert.equal(early.record.sent.length, 0);
});

test("reads Retry-After in both forms, and bounds it", () => {
  const now = 784_111_777_000;
  assert.equal(retryAfter("7", now), 7000);
  assert.equal(retryAfter("Sun, 06 Nov 1994 08:49:47 GMT", now), 10_000);
  assert.equal(retryAfter("Sun, 06 Nov 1994 08:49:27 GMT", now), 0);
  for (const long of ["3601", "99999999999999999999999", "Mon, 06 Nov 2034 08:49:37 GMT"]) {
    assert.equal(retryAfter(long, now), 3_600_000, long);
  }
  for (const none of [null, "", "-1", "1.5", "soon"]) assert.equal(retryAfter(none, now), undefined);
});

test("waits double up to ten seconds, on top of the required wait", () => {
  for (const [attempt, longest] of [[1, 200], [2, 400], [7, 10_000], [100, 10_000]]) {
    assert.equal(backoff(attempt, 3000, { random: () => 1 }), 3000 + longest);
    assert.equal(backoff(attempt, undefined, { random: () => 0 }), 0);
  }
});

test("a new idempotency key is a UUID of version 7", () => {
  const key = newIdempotencyKey();
  assert.match(key, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  assert.notEqual(newIdempotencyKey(), key);
  const time = Number.parseInt(key.slice(0, 13).replace("-", ""), 16);
  assert.ok(Math.abs(Date.now() - time) < 60_000);
});
