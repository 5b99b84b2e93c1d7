import { createHash, randomBytes } from "node:crypto";
import { open, type FileHandle } from "node:fs/promises";
import { AirError } from "../errors.js";
import type { OnDuplicate } from "../api.js";
import { Lock } from "./lock.js";
import { Chain, parseEntry, parseHeader, type Entry, type Header, type Outcome } from "./line.js";

/** The maximum length of a journal in bytes. */
const SIZE_LIMIT = 256 * 1024 * 1024;
/** The maximum age of a resumable run in seconds: an hour less than the platform keeps keys. */
const KEYS_LAST = 23 * 3600;
/** The maximum number of lines that a power loss may remove. Their rows are sent again. */
const UNSYNCED_LIMIT = 256;
/** The interval in milliseconds at which the journal is synced to disk. */
const SYNC_PERIOD = 200;

/** The settings that all rows of a run share. */
export interface BulkOrder {
  issuerDid: string;
  /** The issuance program. */
  credentialId: string;
  /** What happens to an earlier credential of a user [default: `ignore`]. */
  onDuplicate?: OnDuplicate;
}

/** The numbers of a run. */
export interface BulkSummary {
  issued: number;
  refused: number;
  /** Rows that may have been issued, whose responses were lost. */
  unclear: number;
}

/**
 * The journal of a run: an append-only file with the outcome of each row. It has row numbers and
 * outcomes, and no address or claim. Only its owner can read it.
 */
export class Journal {
  readonly #file: FileHandle;
  readonly #lock: Lock;
  readonly #header: Header;
  readonly #chain: Chain;
  readonly #done: Set<number>;
  readonly summary: BulkSummary;
  #writing: Promise<void> = Promise.resolve();
  #unsynced = 0;
  #syncedAt = Date.now();

  private constructor(file: FileHandle, lock: Lock, header: Header, chain: Chain, done: Entry[]) {
    this.#file = file;
    this.#lock = lock;
    this.#header = header;
    this.#chain = chain;
    this.#done = new Set(done.map((entry) => entry.row));
    this.summary = { issued: 0, refused: 0, unclear: 0 };
    for (const entry of done) this.#count(entry);
  }

  /** Creates a journal in a new file. Its header is on disk when this returns. */
  static async create(path: string, order: Required<BulkOrder>, input: string): Promise<Journal> {
    const lock = await Lock.acquire(path);
    try {
      const file = await open(path, "ax", 0o600).catch((error: NodeJS.ErrnoException) => {
        throw error.code === "EEXIST" ? exists() : error;
      });
      const header = {
        airClientJournal: 1 as const,
        run: randomBytes(16).toString("hex"),
        ...order,
        input,
        startedAt: Math.floor(Date.now() / 1000),
      };
      const chain = new Chain();
      await file.appendFile(chain.seal(header));
      await file.sync();
      return new Journal(file, lock, header, chain, []);
    } catch (error) {
      await lock.release();
      throw error;
    }
  }

  /** Opens an existing journal. Removes an incomplete last line, whose row is sent again. */
  static async resume(
    path: string,
    order: Required<BulkOrder>,
    input: string,
    keepsKeys: boolean,
  ): Promise<Journal> {
    const lock = await Lock.acquire(path);
    let file: FileHandle | undefined;
    try {
      file = await open(path, "r+");
      const { header, chain, entries, whole } = await readAll(file);
      checkSame(header, order, input);
      if (header.onDuplicate !== "ignore") checkKeys(header, keepsKeys);
      await file.truncate(whole);
      await file.close();
      file = await open(path, "a");
      return new Journal(file, lock, header, chain, entries);
    } catch (error) {
      await file?.close().catch(() => undefined);
      await lock.release();
      throw error;
    }
  }

  isDone(row: number): boolean {
    return this.#done.has(row);
  }

  /**
   * Derives the idempotency key of a row from the run's random ID. The same row of the same run has
   * the same key, so no key must be stored before the row is sent.
   */
  key(row: number, digest: Buffer): string {
    const number = Buffer.alloc(8);
    number.writeBigUInt64BE(BigInt(row));
    const hash = createHash("sha256").update(Buffer.from(this.#header.run, "hex"));
    return hash.update(number).update(digest).digest("hex");
  }

  /** Appends the outcome of a row. */
  record(row: number, line: number, outcome: Outcome): Promise<void> {
    const entry = { row, line, ...outcome };
    // After a failed write the last line may be incomplete, so nothing is appended: the queue stays
    // rejected.
    this.#writing = this.#writing.then(async () => {
      await this.#file.appendFile(this.#chain.seal(entry));
      this.#done.add(row);
      this.#count(entry);
      this.#unsynced += 1;
      const isDue = Date.now() - this.#syncedAt >= SYNC_PERIOD;
      if (isDue || this.#unsynced >= UNSYNCED_LIMIT) await this.#sync();
    });
    return this.#writing;
  }

  /** Syncs the journal to disk, closes it and unlocks it. */
  async close(): Promise<void> {
    try {
      await this.#writing;
      await this.#sync();
    } finally {
      await this.#file.close();
      await this.#lock.release();
    }
  }

  async #sync(): Promise<void> {
    if (this.#unsynced === 0) return;
    this.#unsynced = 0;
    this.#syncedAt = Date.now();
    await this.#file.datasync();
  }

  #count(entry: Entry): void {
    if ("issued" in entry) this.summary.issued += 1;
    else if ("refused" in entry) this.summary.refused += 1;
    else this.summary.unclear += 1;
  }
}

interface Contents {
  header: Header;
  chain: Chain;
  entries: Entry[];
  /** The length of the whole lines in bytes. */
  whole: number;
}

async function readAll(file: FileHandle): Promise<Contents> {
  if ((await file.stat()).size > SIZE_LIMIT) throw damaged("is too long");
  const bytes = await file.readFile();
  const whole = bytes.lastIndexOf(10) + 1;
  const lines = bytes.subarray(0, whole).toString("utf8").split("\n").slice(0, -1);
  const [first, ...rest] = lines;
  if (first === undefined) {
    throw damaged("has no header, so nothing was sent; remove it and start again");
  }
  const chain = new Chain();
  const header = parseHeader(chain.open(first));
  if (header === undefined) throw damaged("has an invalid header, or an unsupported version");
  const seen = new Set<number>();
  const entries = rest.map((line, index) => {
    const entry = parseEntry(chain.open(line));
    if (entry === undefined || seen.has(entry.row)) throw damaged(`is damaged in line ${index + 2}`);
    seen.add(entry.row);
    return entry;
  });
  return { header, chain, entries, whole };
}

function checkSame(header: Header, order: Required<BulkOrder>, input: string): void {
  const expected: Record<string, string> = { ...order, input };
  const actual = header as unknown as Record<string, unknown>;
  const different = Object.keys(expected).find((name) => actual[name] !== expected[name]);
  if (different !== undefined) {
    throw new AirError("JOURNAL_OF_ANOTHER", `the journal belongs to another ${different}`);
  }
}

/** Only a run with `ignore` can be resumed without idempotency keys. */
function checkKeys(header: Header, keepsKeys: boolean): void {
  const age = Math.abs(Math.floor(Date.now() / 1000) - header.startedAt);
  if (keepsKeys && age <= KEYS_LAST) return;
  const reason = keepsKeys
    ? `the run began ${Math.floor(age / 3600)} hours ago, but the platform keeps idempotency keys for `
      + "24 hours"
    : "the platform does not support idempotency keys";
  throw new AirError(
    "WOULD_REPEAT",
    `${reason}, so the last rows could be issued twice; only a run with onDuplicate \`ignore\` can be `
      + "resumed",
  );
}

function exists(): AirError {
  return new AirError(
    "JOURNAL_EXISTS",
    "the journal already exists; resume its run, or choose another file",
  );
}

function damaged(reason: string): AirError {
  return new AirError("JOURNAL_DAMAGED", `the journal ${reason}`);
}
