import { issued, type AirClient } from "../client.js";
import { AirError, invalid } from "../errors.js";
import { transportOf } from "../internals.js";
import { backoff } from "../retry.js";
import type { Transport } from "../transport.js";
import type { Gate } from "./gate.js";
import type { BulkOrder } from "./journal.js";
import type { Outcome } from "./line.js";
import { pointer, type Reason, type Row } from "./row.js";

/** What an error means for a row. */
type Meaning = "rejected" | "conflict" | "slow-down" | "away" | "again" | "unclear" | "fatal";

/** Sends rows, each until its outcome is known. */
export class Sending {
  readonly #transport: Transport;
  readonly #order: Required<BulkOrder>;
  readonly #gate: Gate;
  readonly #maxOutage: number;
  readonly #stop: AbortSignal;
  #lastProgress: number;

  constructor(
    client: AirClient,
    order: Required<BulkOrder>,
    gate: Gate,
    maxOutage: number,
    stop: AbortSignal,
  ) {
    this.#transport = transportOf(client);
    if (this.#transport.options.tokens === undefined) {
      throw invalid("a bulk run needs a client with `partnerId` and `signingKey`");
    }
    this.#order = order;
    this.#gate = gate;
    this.#maxOutage = maxOutage;
    this.#stop = stop;
    this.#lastProgress = this.#transport.options.clock.now();
  }

  /** Returns the outcome of a row, or undefined if the row is left to the next run. */
  async send(row: Row, key: string): Promise<Outcome | undefined> {
    const { clock } = this.#transport.options;
    let stuckSince: number | undefined;
    for (let failures = 1; ; failures += 1) {
      const since = await this.#entered();
      if (since === undefined) return undefined;
      let error: AirError;
      try {
        const { coreClaimHash } = await this.#issue(row, key);
        this.#progressed();
        return { issued: coreClaimHash };
      } catch (cause) {
        if (!(cause instanceof AirError)) throw cause;
        error = cause;
      }
      const wait = backoff(failures, error.retryAfterMs, clock);
      const meaning = meaningOf(error);
      switch (meaning) {
        case "rejected":
        case "conflict":
          this.#progressed();
          return { refused: meaning, pointer: placeOf(meaning, error, row) };
        case "fatal":
          throw error;
        case "unclear":
          return { unclear: error.requestId ?? "" };
        case "slow-down":
          this.#gate.slowedDown(since, wait);
          stuckSince = undefined;
          if (this.#withoutProgress() > Math.max(this.#maxOutage, 2 * wait)) throw error;
          continue;
        case "away":
          this.#gate.pause(wait);
          break;
        case "again":
          if (!(await this.#waited(wait))) return undefined;
          break;
      }
      stuckSince ??= clock.now();
      if (clock.now() - stuckSince <= this.#maxOutage) continue;
      if (this.#withoutProgress() > this.#maxOutage) throw error;
      return undefined;
    }
  }

  async #issue(row: Row, key: string) {
    const { tokens } = this.#transport.options;
    // Each row has another recipient, so its token is not cached.
    const token = await tokens?.sign({ scope: "issue on-behalf", email: row.email });
    const answer = await this.#transport.receive({
      method: "POST",
      path: "/v1/credentials/issue-on-behalf",
      ...(token === undefined ? {} : { token }),
      idempotencyKey: key,
      repeatsSafely: this.#order.onDuplicate === "ignore",
      attempts: 1,
      body: { ...this.#order, credentialSubject: row.credentialSubject },
    });
    return issued(answer);
  }

  /** Returns the time at which the call may start, or undefined if the run was stopped. */
  async #entered(): Promise<number | undefined> {
    if (this.#stop.aborted) return undefined;
    try {
      return await this.#gate.enter(this.#stop);
    } catch {
      return undefined;
    }
  }

  /** Waits. Returns false if the run was stopped. */
  async #waited(wait: number): Promise<boolean> {
    try {
      await this.#transport.options.clock.sleep(wait, this.#stop);
      return true;
    } catch {
      return false;
    }
  }

  #progressed(): void {
    this.#gate.succeeded();
    this.#lastProgress = this.#transport.options.clock.now();
  }

  #withoutProgress(): number {
    return this.#transport.options.clock.now() - this.#lastProgress;
  }
}

function meaningOf(error: AirError): Meaning {
  switch (error.code) {
    case "REJECTED":
      return "rejected";
    case "CONFLICT":
      return "conflict";
    case "RATE_LIMITED":
      return "slow-down";
    case "UNREACHABLE":
      return "away";
    case "IN_PROGRESS":
      return "again";
    case "PLATFORM_FAILED":
      if (error.status === 503 && error.retryAfterMs !== undefined) return "slow-down";
      return error.isSafeToRepeat ? "again" : "unclear";
    case "TIMED_OUT":
    case "ANSWER_LOST":
      return error.isSafeToRepeat ? "again" : "unclear";
    default:
      return "fatal";
  }
}

/** Returns the claim that the platform's message names, if the row has it. Keeps no message. */
function placeOf(reason: Reason, error: AirError, row: Row): string {
  if (reason !== "rejected") return "";
  const words = error.message.split(/[ :;,]/);
  const named = Object.keys(row.credentialSubject).find((name) =>
    words.includes(`/${name}`) || words.includes(`\`${name}\``));
  return named === undefined ? "/credentialSubject" : pointer("/credentialSubject", named);
}
