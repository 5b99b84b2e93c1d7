import { read, lost, tooLong, type Answer } from "./answer.js";
import { AirError } from "./errors.js";
import { IDEMPOTENCY_KEY } from "./idempotency.js";
import { backoff, within, type Clock } from "./retry.js";
import type { CallToken, TokenPurpose, Tokens } from "./tokens.js";

/** The function that sends requests, such as the global `fetch`. */
export type Fetch = (url: string, init: RequestInit) => Promise<Response>;

/** The maximum size of a response in bytes. */
const ANSWER_LIMIT = 4 * 1024 * 1024;
/** The maximum length of a request ID that is kept. */
const REQUEST_ID_LIMIT = 128;

/** A request. It is sent more than once if that is safe. */
export interface Call {
  method: "GET" | "POST";
  path: string;
  query?: Record<string, string>;
  /** The purpose of the token. Defaults to no token. */
  purpose?: TokenPurpose;
  /** A token that is used once, in place of a cached one. */
  token?: string;
  idempotencyKey?: string;
  /** Whether a second call changes nothing. */
  repeatsSafely?: boolean;
  /** The maximum number of attempts, in place of the client's setting. */
  attempts?: number;
  body?: unknown;
  signal?: AbortSignal | undefined;
}

/** The settings of a transport. */
export interface TransportOptions {
  base: URL;
  fetch: Fetch;
  clock: Clock;
  tokens: Tokens | undefined;
  userAgent: string;
  attempts: number;
  timeoutMs: number;
  deadlineMs: number;
  keepsIdempotencyKeys: boolean;
}

/** Sends calls to one platform. */
export class Transport {
  readonly options: TransportOptions;

  constructor(options: TransportOptions) {
    this.options = options;
  }

  /** Sends the call and returns the JSON of the response. */
  async receive(call: Call): Promise<unknown> {
    const { clock, deadlineMs, attempts } = this.options;
    const deadline = clock.now() + deadlineMs;
    const most = call.attempts ?? attempts;
    let mayRenew = true;
    for (let attempt = 1; ; ) {
      call.signal?.throwIfAborted();
      const token = await this.#token(call);
      let error: AirError;
      try {
        return await this.#sendOnce(call, token, deadline - clock.now());
      } catch (cause) {
        if (!(cause instanceof AirError)) throw cause;
        error = cause;
      }
      // A refused call was not executed. The clock or the published keys may have changed since the
      // token was signed.
      if (error.status === 401 && this.#forget(call, token) && mayRenew) {
        mayRenew = false;
        continue;
      }
      if (!error.isRetryable || !error.isSafeToRepeat) throw error;
      const wait = backoff(attempt, error.retryAfterMs, clock);
      if (attempt >= most || clock.now() + wait >= deadline) throw error;
      await clock.sleep(wait, call.signal);
      attempt += 1;
    }
  }

  /** Whether a repetition of the call is executed at most once. */
  repeatsSafely(call: Call): boolean {
    return call.method === "GET"
      || call.repeatsSafely === true
      || (call.idempotencyKey !== undefined && this.options.keepsIdempotencyKeys);
  }

  async #token(call: Call): Promise<CallToken | undefined> {
    if (call.token !== undefined) return { jwt: call.token, isReused: false };
    if (call.purpose === undefined) return undefined;
    if (this.options.tokens === undefined) {
      throw new AirError(
        "NO_SIGNING_KEY",
        "the client has no signing key: set `partnerId` and `signingKey` in its options",
      );
    }
    return this.options.tokens.token(call.purpose);
  }

  /** Removes a refused token from the cache. Returns whether a new one may be accepted. */
  #forget(call: Call, token: CallToken | undefined): boolean {
    if (call.purpose === undefined || call.token !== undefined) return false;
    this.options.tokens?.forget(call.purpose);
    return token?.isReused === true;
  }

  async #sendOnce(call: Call, token: CallToken | undefined, left: number): Promise<unknown> {
    const { base, timeoutMs } = this.options;
    const isSafeToRepeat = this.repeatsSafely(call);
    const timedOut = () => lost("TIMED_OUT", base.host, isSafeToRepeat);
    if (left <= 0) throw timedOut();
    const answer = await within(Math.min(timeoutMs, left), call.signal, timedOut, (signal) =>
      this.#exchange(call, token, signal));
    return read(answer, { host: base.host, isSafeToRepeat, now: this.options.clock.now() });
  }

  async #exchange(call: Call, token: CallToken | undefined, signal: AbortSignal): Promise<Answer> {
    const { base, fetch, userAgent } = this.options;
    const url = new URL(call.path, base);
    for (const [name, value] of Object.entries(call.query ?? {})) url.searchParams.set(name, value);
    const headers: Record<string, string> = { accept: "application/json", "user-agent": userAgent };
    if (token !== undefined) headers["x-partner-auth"] = token.jwt;
    if (call.idempotencyKey !== undefined) headers[IDEMPOTENCY_KEY] = call.idempotencyKey;
    const init: RequestInit = { method: call.method, headers, redirect: "manual", signal };
    if (call.body !== undefined) {
      headers["content-type"] = "application/json";
      init.body = JSON.stringify(call.body);
    }
    let response: Response | undefined;
    try {
      response = await fetch(url.href, init);
      const body = await readLimited(response, ANSWER_LIMIT);
      if (body === undefined) throw tooLong(requestIdOf(response));
      return {
        status: response.status,
        retryAfter: response.headers.get("retry-after"),
        requestId: requestIdOf(response),
        body,
      };
    } catch (cause) {
      if (cause instanceof AirError || signal.aborted) throw cause;
      throw failure(cause, base.host, this.repeatsSafely(call), response);
    }
  }
}

/** Returns the body as text, or undefined if it is longer than the limit. */
async function readLimited(response: Response, limit: number): Promise<string | undefined> {
  const reader = response.body?.getReader();
  if (reader === undefined) return "";
  const decoder = new TextDecoder();
  let [text, size] = ["", 0];
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return text + decoder.decode();
    size += value.byteLength;
    if (size > limit) {
      // The connection is closed; nothing waits for it.
      void reader.cancel().catch(() => undefined);
      return undefined;
    }
    text += decoder.decode(value, { stream: true });
  }
}

function requestIdOf(response: Response): string | undefined {
  return response.headers.get("x-request-id")?.slice(0, REQUEST_ID_LIMIT);
}

/** The codes of Node's errors for a connection that was not established. */
const NOT_CONNECTED = [
  "ECONNREFUSED",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
  "UND_ERR_CONNECT_TIMEOUT",
];
/** The codes of Node's errors for a certificate that is not trusted. */
const CERTIFICATE = /^(CERT_|ERR_TLS_CERT|SELF_SIGNED|DEPTH_ZERO|UNABLE_TO_(GET|VERIFY))/;

/**
 * Interprets an error of `fetch`. Errors of other runtimes have other codes; they count as lost
 * responses, after which a call is repeated only if that is safe.
 */
function failure(
  error: unknown,
  host: string,
  isSafeToRepeat: boolean,
  response: Response | undefined,
): AirError {
  const code = codeOf(error);
  if (response === undefined && NOT_CONNECTED.includes(code)) return lost("UNREACHABLE", host, true);
  if (response === undefined && CERTIFICATE.test(code)) {
    return lost("UNTRUSTED_CERTIFICATE", host, true);
  }
  const requestId = response === undefined ? undefined : requestIdOf(response);
  return lost("ANSWER_LOST", host, isSafeToRepeat, requestId);
}

function codeOf(error: unknown): string {
  const { code, cause } = Object(error) as { code?: unknown; cause?: unknown };
  if (typeof code === "string") return code;
  return cause === undefined ? "" : codeOf(cause);
}
