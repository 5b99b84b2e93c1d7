import type { AirClient } from "../client.js";
import { AirError, invalid } from "../errors.js";
import { transportOf } from "../internals.js";
import { Gate } from "./gate.js";
import type { BulkInput } from "./input.js";
import { Journal, type BulkOrder, type BulkSummary } from "./journal.js";
import type { Outcome } from "./line.js";
import { digestOf, type NumberedRow, type Reason, type Refusal, type Row } from "./row.js";
import { Sending } from "./sending.js";

export { ndjsonFile, rowsOf, type BulkInput } from "./input.js";
export type { BulkOrder, BulkSummary } from "./journal.js";
export type { NumberedRow, Reason, Refusal, Row } from "./row.js";

/** The maximum number of rows of one run, since their hashes are in memory. */
export const ROW_LIMIT = 1_000_000;

/** The outcome of a row. */
export type RowOutcome = {
  /** The row's number, from 1. */
  row: number;
  /** The line where it starts, from 1. */
  line: number;
} & (
  | { status: "issued"; coreClaimHash: string }
  | { status: "refused"; reason: Reason; pointer: string }
  /** The row may have been issued, and a retry could issue it twice. */
  | { status: "unclear"; requestId: string | undefined }
);

/** The settings of a run. */
export interface BulkOptions {
  /** The file of the journal. */
  journal: string;
  /** Whether the journal is that of an interrupted run [default: false, and the file must be new]. */
  resume?: boolean;
  /** The maximum number of concurrent calls, 1 to 256 [default: 32]. */
  concurrency?: number;
  /** How long a row is tried without a response, in milliseconds [default: 300,000]. */
  maxOutageMs?: number;
  /** Stops the run: no more rows are sent, and the calls in progress are completed. */
  signal?: AbortSignal;
}

/**
 * Issues a program's credentials to many users. Yields the outcome of each row that this run
 * finished, in any order; rows that the journal has are skipped. Returns the numbers of the whole run.
 *
 * A loop that is left early completes the calls in progress. A run that was stopped or crashed is
 * resumed with the same input and `resume: true`, and issues no row twice.
 *
 * @throws AirError for the journal, for an error that every other row would get, too, and
 * `ROWS_LEFT` if rows got no response
 */
export async function* bulk(
  client: AirClient,
  order: BulkOrder,
  input: BulkInput,
  options: BulkOptions,
): AsyncGenerator<RowOutcome, BulkSummary> {
  const { concurrency = 32, maxOutageMs = 300_000, resume = false, signal } = options;
  if (!Number.isInteger(concurrency) || concurrency < 1 || concurrency > 256) {
    throw invalid("invalid `concurrency`: must be a whole number from 1 to 256");
  }
  signal?.throwIfAborted();
  const { clock, keepsIdempotencyKeys } = transportOf(client).options;
  const complete = {
    issuerDid: order.issuerDid,
    credentialId: order.credentialId,
    onDuplicate: order.onDuplicate ?? "ignore",
  } as const;
  const stop = new AbortController();
  const gate = new Gate(concurrency, clock);
  const sending = new Sending(client, complete, gate, maxOutageMs, stop.signal);
  const journal = resume
    ? await Journal.resume(options.journal, complete, input.id, keepsIdempotencyKeys)
    : await Journal.create(options.journal, complete, input.id);
  const onAbort = () => stop.abort();
  signal?.addEventListener("abort", onAbort, { once: true });
  const run = new Run(journal, sending);
  try {
    yield* run.outcomes(input.rows(), gate, stop.signal);
    signal?.throwIfAborted();
    if (run.left > 0) throw rowsLeft(run.left);
    return { ...journal.summary };
  } finally {
    signal?.removeEventListener("abort", onAbort);
    stop.abort();
    await run.settled();
    await journal.close();
  }
}

/** The state of a run in progress. */
class Run {
  readonly #journal: Journal;
  readonly #sending: Sending;
  readonly #seen = new Set<string>();
  readonly #underWay = new Map<number, Promise<void>>();
  readonly #ready: RowOutcome[] = [];
  #failure: { error: unknown } | undefined;
  /** The number of rows without an outcome. */
  left = 0;

  constructor(journal: Journal, sending: Sending) {
    this.#journal = journal;
    this.#sending = sending;
  }

  async *outcomes(
    rows: AsyncIterable<NumberedRow>,
    gate: Gate,
    stop: AbortSignal,
  ): AsyncGenerator<RowOutcome, void> {
    for await (const row of rows) {
      if (stop.aborted) break;
      if (row.number > ROW_LIMIT) throw invalid(`the input has more than ${ROW_LIMIT} rows; split it`);
      await this.#take(row);
      while (this.#failure === undefined && this.#underWay.size >= gate.window) await this.#next();
      yield* this.#ready.splice(0);
      this.#throwFailure();
    }
    while (this.#underWay.size > 0) {
      await this.#next();
      yield* this.#ready.splice(0);
      this.#throwFailure();
    }
    yield* this.#ready.splice(0);
  }

  /** Waits for the calls in progress. */
  async settled(): Promise<void> {
    await Promise.all(this.#underWay.values());
  }

  /** Starts to send a row, unless it is done or refused. */
  async #take(row: NumberedRow): Promise<void> {
    // A row that is done is checked as well, because a later row may repeat it.
    const checked = this.#checked(row.content);
    if (this.#journal.isDone(row.number)) return;
    if ("reason" in checked) {
      await this.#record(row, { refused: checked.reason, pointer: checked.pointer });
      return;
    }
    const key = this.#journal.key(row.number, checked.digest);
    const sent = this.#send(row, checked.row, key).catch((error: unknown) => {
      this.#failure ??= { error };
    });
    const ended = sent.finally(() => this.#underWay.delete(row.number));
    this.#underWay.set(row.number, ended);
  }

  async #send(row: NumberedRow, content: Row, key: string): Promise<void> {
    const outcome = await this.#sending.send(content, key);
    if (outcome === undefined) this.left += 1;
    else await this.#record(row, outcome);
  }

  async #record(row: NumberedRow, outcome: Outcome): Promise<void> {
    await this.#journal.record(row.number, row.line, outcome);
    this.#ready.push({ row: row.number, line: row.line, ...shownOutcome(outcome) });
  }

  /** Refuses a row that an earlier row repeats. */
  #checked(content: Row | Refusal): { row: Row; digest: Buffer } | Refusal {
    if ("reason" in content) return content;
    const digest = digestOf(content);
    const short = digest.toString("latin1", 0, 12);
    if (this.#seen.has(short)) return { reason: "duplicate", pointer: "" };
    this.#seen.add(short);
    return { row: content, digest };
  }

  async #next(): Promise<void> {
    await Promise.race(this.#underWay.values());
  }

  #throwFailure(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}

type ShownOutcome =
  | { status: "issued"; coreClaimHash: string }
  | { status: "refused"; reason: Reason; pointer: string }
  | { status: "unclear"; requestId: string | undefined };

function shownOutcome(outcome: Outcome): ShownOutcome {
  if ("issued" in outcome) return { status: "issued", coreClaimHash: outcome.issued };
  if ("refused" in outcome) {
    return { status: "refused", reason: outcome.refused, pointer: outcome.pointer };
  }
  return { status: "unclear", requestId: outcome.unclear === "" ? undefined : outcome.unclear };
}

function rowsLeft(count: number): AirError {
  return new AirError(
    "ROWS_LEFT",
    `${count} ${count === 1 ? "row" : "rows"} got no response; resume the run with its journal`,
  );
}
