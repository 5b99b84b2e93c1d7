import { createHash } from "node:crypto";
import type { OnDuplicate } from "../api.js";
import type { Reason } from "./row.js";

/** The first line of a journal. */
export interface Header {
  airClientJournal: 1;
  /** The run's random ID: 32 hex digits. */
  run: string;
  issuerDid: string;
  credentialId: string;
  onDuplicate: OnDuplicate;
  input: string;
  /** Seconds since 1970. */
  startedAt: number;
}

/** The outcome of a row. */
export type Outcome =
  | { issued: string }
  | { refused: Reason; pointer: string }
  /** The platform's request ID; empty if it is unknown. */
  | { unclear: string };

/** Any other line of a journal. */
export type Entry = { row: number; line: number } & Outcome;

const MEMBER = ',"check":"';
const END = '"}';

/** A checksum of four bytes over all lines so far: it reveals changed, missing and moved lines. */
export class Chain {
  #check: Buffer = Buffer.alloc(4);

  /** Encodes the next line, with its line end. */
  seal(value: object): string {
    const json = JSON.stringify(value).slice(0, -1);
    this.#check = this.#after(json);
    return `${json}${MEMBER}${this.#check.toString("hex")}${END}\n`;
  }

  /** Decodes the next line. Returns undefined if it was changed. */
  open(line: string): unknown {
    const json = line.slice(0, -(MEMBER.length + 8 + END.length));
    const next = this.#after(json);
    if (line !== `${json}${MEMBER}${next.toString("hex")}${END}`) return undefined;
    this.#check = next;
    try {
      return JSON.parse(`${json}}`);
    } catch {
      return undefined;
    }
  }

  #after(json: string): Buffer {
    return createHash("sha256").update(this.#check).update(json).digest().subarray(0, 4);
  }
}

/** Returns the header if the value is one of this version. */
export function parseHeader(value: unknown): Header | undefined {
  const header = Object(value) as Partial<Record<keyof Header, unknown>>;
  const isHeader = header.airClientJournal === 1
    && typeof header.run === "string"
    && /^[0-9a-f]{32}$/.test(header.run)
    && Number.isSafeInteger(header.startedAt);
  return isHeader ? value as Header : undefined;
}

/** Returns the entry if the value is one. */
export function parseEntry(value: unknown): Entry | undefined {
  const entry = Object(value) as Record<string, unknown>;
  const outcomes = [entry["issued"], entry["refused"], entry["unclear"]];
  const isEntry = Number.isSafeInteger(entry["row"])
    && outcomes.filter((outcome) => typeof outcome === "string").length === 1;
  return isEntry ? value as Entry : undefined;
}
