import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { invalid } from "../errors.js";
import { checkedRow, type NumberedRow, type Row } from "./row.js";
import { lossOf } from "./strict.js";

/** The maximum length of a line in bytes. */
const LINE_LIMIT = 1024 * 1024;
/** The characters of an input's ID. */
const ID = /^[!-~]{1,200}$/;

/** The rows of a run. A resumed run must have the same rows in the same order. */
export interface BulkInput {
  /** Identifies the input in the journal, so that a run is not resumed with another one. */
  readonly id: string;
  /** Returns the rows from the first one. */
  rows(): AsyncIterable<NumberedRow>;
}

/**
 * Returns the rows of an NDJSON file: `{"email", "credentialSubject": {..}}` on each line. Reads the
 * file twice in bounded memory: for its SHA-256, and for its rows.
 */
export async function ndjsonFile(path: string): Promise<BulkInput> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer);
  return { id: `sha256:${hash.digest("hex")}`, rows: () => linesOf(path) };
}

/**
 * Returns the rows of an iterable, such as the records of a database query in a fixed order. `id`
 * identifies them: use another one for other rows.
 */
export function rowsOf(id: string, rows: Iterable<Row> | AsyncIterable<Row>): BulkInput {
  if (!ID.test(id)) throw invalid("invalid ID of rows: must be 1 to 200 visible ASCII characters");
  return { id, rows: () => numbered(rows) };
}

async function* numbered(rows: Iterable<Row> | AsyncIterable<Row>): AsyncGenerator<NumberedRow> {
  let number = 0;
  for await (const row of rows) {
    number += 1;
    yield { number, line: number, content: plainRow(row) };
  }
}

/** Takes the JSON of a row, as it is sent: a `Date` is a text, and a `bigint` is refused. */
function plainRow(row: Row): NumberedRow["content"] {
  try {
    return checkedRow(JSON.parse(JSON.stringify(row)));
  } catch {
    return { reason: "not_json", pointer: "" };
  }
}

async function* linesOf(path: string): AsyncGenerator<NumberedRow> {
  let [number, line] = [0, 0];
  for await (const bytes of splitLines(path)) {
    line += 1;
    if (bytes === undefined) {
      number += 1;
      yield { number, line, content: { reason: "too_long", pointer: "" } };
      continue;
    }
    if (bytes.every((byte) => byte <= 0x20)) continue;
    number += 1;
    yield { number, line, content: parsedRow(bytes) };
  }
}

/** Refuses a line that is not UTF-8, since it would be issued with other claims. */
function parsedRow(bytes: Uint8Array): NumberedRow["content"] {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    return lossOf(text) ?? checkedRow(value);
  } catch {
    return { reason: "not_json", pointer: "" };
  }
}

/** Returns the lines of a file; undefined for a line that is too long. */
async function* splitLines(path: string): AsyncGenerator<Buffer | undefined> {
  let parts: Buffer[] = [];
  let size = 0;
  const add = (part: Buffer) => {
    size += part.length;
    if (size <= LINE_LIMIT) parts.push(part);
    else parts = [];
  };
  const line = () => {
    const whole = size <= LINE_LIMIT ? Buffer.concat(parts) : undefined;
    [parts, size] = [[], 0];
    return whole;
  };
  for await (const data of createReadStream(path)) {
    let rest = data as Buffer;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      add(rest.subarray(0, end));
      yield line();
      rest = rest.subarray(end + 1);
    }
    add(rest);
  }
  if (size > 0) yield line();
}
