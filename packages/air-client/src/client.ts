import { unexpected } from "./answer.js";
import type { CallbackRecord, CredentialStatus, IssuedOnBehalf, IssueOnBehalf, IssuerRecord } from "./api.js";
import { Catalogue } from "./catalogue.js";
import { baseUrl, isLoopback, type Environment } from "./environment.js";
import { AirError, invalid } from "./errors.js";
import { checkedKey, newIdempotencyKey } from "./idempotency.js";
import { share } from "./internals.js";
import type { Signer } from "./key.js";
import { HOSTED_SCHEDULE, LOCAL_SCHEDULE, waits, type PollSchedule } from "./poll.js";
import { systemClock, within } from "./retry.js";
import { checkedEmail, LIFETIME, Tokens } from "./tokens.js";
import { Transport, type Fetch } from "./transport.js";
import { VERSION } from "./version.js";

/** The settings of a client. */
export interface AirClientOptions {
  /** `sandbox`, `production`, `local`, or a URL without a path. */
  environment: Environment;
  /** The partner whose tokens the client signs. Requires `signingKey`. */
  partnerId?: string;
  /** The partner's key, whose public half is in its published set; or a signer, such as a KMS. */
  signingKey?: Signer;
  /** The lifetime of tokens in seconds, 10 to 900 [default: 300]. */
  tokenLifetime?: number;
  /** The timeout of one attempt in milliseconds [default: 30,000]. */
  timeoutMs?: number;
  /** The timeout of a call with all its attempts and waits in milliseconds [default: 90,000]. */
  deadlineMs?: number;
  /** The maximum number of attempts of a call that is safe to repeat [default: 4]. */
  attempts?: number;
  /**
   * Whether the platform supports idempotency keys [default: true for a platform on this machine,
   * false otherwise, since the hosted platforms ignore the header]. If this is true for a platform
   * without support, a retry after a lost response can issue twice.
   */
  keepsIdempotencyKeys?: boolean;
  /** The name of the calling program, such as `acme-issuer/2.1`. */
  userAgent?: string;
  /** The function that sends requests, for example through a proxy [default: the global `fetch`]. */
  fetch?: Fetch;
}

/** The options of a call. */
export interface CallOptions {
  /** Cancels the call. It rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
}

/** The options of an issuing call. */
export interface IssueOptions extends CallOptions {
  /**
   * Your own idempotency key, stored with the order, so that you can repeat the call after a crash
   * [default: a new key].
   */
  idempotencyKey?: string;
}

/** The options of a wait. */
export interface WaitOptions extends CallOptions {
  /** When to ask [default: `LOCAL_SCHEDULE` on this machine, `HOSTED_SCHEDULE` otherwise]. */
  schedule?: PollSchedule;
  /** Called with each status before `ONCHAIN`. */
  onStatus?: (status: CredentialStatus) => void;
}

/** The timeout of the last request of a wait. */
const LAST_ANSWER = 5_000;

/** A client of one platform. Share it: it caches tokens. */
export class AirClient {
  /** The public catalogue. */
  readonly catalogue: Catalogue;
  readonly #transport: Transport;
  readonly #isLocal: boolean;

  /** @throws AirError `INVALID_ARGUMENT` */
  constructor(options: AirClientOptions) {
    const base = baseUrl(options.environment);
    this.#isLocal = isLoopback(base);
    this.#transport = new Transport({
      base,
      clock: systemClock,
      fetch: options.fetch ?? ((url, init) => fetch(url, init)),
      tokens: tokensOf(options),
      userAgent: userAgentOf(options.userAgent),
      attempts: bounded("attempts", options.attempts, 4, 1, 100),
      timeoutMs: bounded("timeoutMs", options.timeoutMs, 30_000, 1, 600_000),
      deadlineMs: bounded("deadlineMs", options.deadlineMs, 90_000, 1, 3_600_000),
      keepsIdempotencyKeys: options.keepsIdempotencyKeys ?? this.#isLocal,
    });
    this.catalogue = new Catalogue(this.#transport);
    share(this, this.#transport);
  }

  /**
   * Issues a credential to a user who need not be present. After a lost response, the call is
   * repeated only if that can't issue twice: with `onDuplicate: "ignore"`, or if the platform
   * supports idempotency keys.
   *
   * @throws AirError `REJECTED` for a subject that does not conform; after another error,
   * `isSafeToRepeat` says whether a second call could issue once more.
   */
  async issueOnBehalf(
    email: string,
    order: IssueOnBehalf,
    options: IssueOptions = {},
  ): Promise<IssuedOnBehalf> {
    const purpose = { scope: "issue on-behalf", email: checkedEmail(email) } as const;
    if (!["ignore", "revoke"].includes(order.onDuplicate)) {
      throw invalid("the order has no policy for duplicates: set `onDuplicate` to `ignore` or `revoke`");
    }
    const idempotencyKey = checkedKey(options.idempotencyKey ?? newIdempotencyKey());
    const repeatsSafely = order.onDuplicate === "ignore";
    try {
      const answer = await this.#transport.receive({
        method: "POST",
        path: "/v1/credentials/issue-on-behalf",
        purpose,
        idempotencyKey,
        repeatsSafely,
        body: order,
        signal: options.signal,
      });
      return issued(answer);
    } catch (error) {
      throw options.idempotencyKey === undefined && !repeatsSafely ? withoutItsKey(error) : error;
    }
  }

  /**
   * Fetches the anchoring status of a credential.
   *
   * @throws AirError `NOT_FOUND` for an unknown hash
   */
  async status(coreClaimHash: string, options: CallOptions = {}): Promise<CredentialStatus> {
    const answer = await this.#transport.receive({
      method: "GET",
      path: "/v1/credentials/status",
      query: { coreClaimHash },
      purpose: { scope: "issue" },
      signal: options.signal,
    });
    const { vcStatus } = Object(answer) as { vcStatus?: unknown };
    if (typeof vcStatus === "string") return answer as CredentialStatus;
    throw unexpected("its status has another form");
  }

  /**
   * Asks for the status by the schedule until the credential is `ONCHAIN`, with a last request at
   * the deadline.
   *
   * @throws AirError `NOT_ANCHORED` at the deadline: check the status later, and do not issue again
   */
  async waitUntilAnchored(
    coreClaimHash: string,
    options: WaitOptions = {},
  ): Promise<CredentialStatus> {
    const schedule = options.schedule ?? (this.#isLocal ? LOCAL_SCHEDULE : HOSTED_SCHEDULE);
    const end = schedule.deadlineMs + Math.min(schedule.longestMs, LAST_ANSWER);
    const late = () => notAnchored(schedule.deadlineMs);
    return within(end, options.signal, late, async (signal) => {
      const begun = performance.now();
      for (const wait of waits(schedule)) {
        const status = await this.status(coreClaimHash, { signal });
        if (status.vcStatus === "ONCHAIN") return status;
        const left = schedule.deadlineMs - (performance.now() - begun);
        if (left <= 0) throw late();
        options.onStatus?.(status);
        await systemClock.sleep(Math.min(wait, left), signal);
      }
      throw late();
    });
  }

  /**
   * Sets the callback URL of the partner's issuer. For the first URL, the response of the local
   * platform has the secret that signs callbacks. It is returned only once.
   */
  async modifyIssuer(callbackUrl: string, options: CallOptions = {}): Promise<IssuerRecord> {
    return await this.#transport.receive({
      method: "POST",
      path: "/v1/issuer/modify",
      purpose: { scope: "issue" },
      idempotencyKey: newIdempotencyKey(),
      // Setting the same URL again changes nothing.
      repeatsSafely: true,
      body: { callbackUrl },
      signal: options.signal,
    }) as IssuerRecord;
  }

  /** Opens a callback record at an issuer, which is notified when a CAK is released. */
  async initializeVerification(
    issuerDid: string,
    options: CallOptions = {},
  ): Promise<CallbackRecord> {
    try {
      return await this.#transport.receive({
        method: "POST",
        path: "/v1/verifier/verify/initialize",
        purpose: { scope: "verify" },
        idempotencyKey: newIdempotencyKey(),
        body: { issuerDid },
        signal: options.signal,
      }) as CallbackRecord;
    } catch (error) {
      throw withoutItsKey(error);
    }
  }
}

/** Returns the response of an issuing call, if it has a hash. */
export function issued(answer: unknown): IssuedOnBehalf {
  const { coreClaimHash } = Object(answer) as { coreClaimHash?: unknown };
  if (typeof coreClaimHash === "string" && /^[0-9a-f]{64}$/.test(coreClaimHash)) {
    return answer as IssuedOnBehalf;
  }
  throw unexpected("it has no coreClaimHash");
}

/** Marks a call whose idempotency key is lost as unsafe to repeat: it could be executed twice. */
function withoutItsKey(error: unknown): unknown {
  const unclear = ["TIMED_OUT", "ANSWER_LOST", "PLATFORM_FAILED"];
  if (!(error instanceof AirError) || !unclear.includes(error.code)) return error;
  const { code, message, status, requestId, retryAfterMs } = error;
  const isSafeToRepeat = status === 503 && retryAfterMs !== undefined;
  return new AirError(code, message, { status, requestId, retryAfterMs, isSafeToRepeat });
}

function notAnchored(deadlineMs: number): AirError {
  const seconds = Math.round(deadlineMs / 1000);
  return new AirError(
    "NOT_ANCHORED",
    `the credential was not anchored within ${seconds} s; check its status later, and do not issue `
      + "again",
  );
}

function tokensOf(options: AirClientOptions): Tokens | undefined {
  const { partnerId, signingKey, tokenLifetime } = options;
  if ((partnerId === undefined) !== (signingKey === undefined)) {
    throw invalid("`partnerId` and `signingKey` belong together: set both, or neither");
  }
  if (partnerId === undefined || signingKey === undefined) return undefined;
  if (typeof signingKey !== "object" || typeof signingKey.sign !== "function") {
    throw invalid("`signingKey` must be a SigningKey or another Signer: `await SigningKey.from(text)`");
  }
  const { shortest, usual, longest } = LIFETIME;
  const lifetime = bounded("tokenLifetime", tokenLifetime, usual, shortest, longest);
  return new Tokens(partnerId, signingKey, lifetime, systemClock);
}

function userAgentOf(product: string | undefined): string {
  const own = `air-client-js/${VERSION}`;
  if (product === undefined) return own;
  if (/^[ -~]{1,200}$/.test(product)) return `${product} ${own}`;
  throw invalid("invalid `userAgent`: must be 1 to 200 printable ASCII characters");
}

/** Returns a whole number within bounds, or its default. */
function bounded(
  name: string,
  value: number | undefined,
  usual: number,
  least: number,
  most: number,
): number {
  const number = value ?? usual;
  if (Number.isInteger(number) && number >= least && number <= most) return number;
  throw invalid(`invalid \`${name}\`: must be a whole number from ${least} to ${most}`);
}
