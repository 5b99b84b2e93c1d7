import { pointer, type Refusal } from "./row.js";

/** A string, a structural character, or another value of JSON. */
const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]|[^\s"{}[\],:]+/g;
/** The maximum number of significant digits of a decimal, and of one beyond 2^53. */
const DIGITS = { usual: 17, large: 15 };
/** The smallest double with full precision. */
const SMALLEST_NORMAL = 2 ** -1022;

/** An object or array that is being read. */
interface Open {
  /** The names of an object's members; undefined for an array. */
  names: Set<string> | undefined;
  pointer: string;
  /** The place of the current member or element. */
  place: string;
  index: number;
}

/**
 * Returns the first member that occurs twice in its object, or the first number that JavaScript
 * rounds, in JSON that `JSON.parse` accepted. The rules are those of the crate `air-json`.
 */
export function lossOf(json: string): Refusal | undefined {
  const open: Open[] = [];
  let text: string | undefined;
  for (const [token] of json.matchAll(TOKEN)) {
    const inner = open.at(-1);
    const place = inner?.place ?? "";
    if (token === "{" || token === "[") {
      const names = token === "{" ? new Set<string>() : undefined;
      open.push({ names, pointer: place, place: token === "{" ? place : `${place}/0`, index: 0 });
    } else if (token === "}" || token === "]") {
      open.pop();
    } else if (token === ":" && inner?.names !== undefined && text !== undefined) {
      const name = JSON.parse(text) as string;
      inner.place = pointer(inner.pointer, name);
      if (inner.names.has(name)) return { reason: "duplicate_member", pointer: inner.place };
      inner.names.add(name);
    } else if (token === "," && inner !== undefined && inner.names === undefined) {
      inner.index += 1;
      inner.place = `${inner.pointer}/${inner.index}`;
    } else if (/^[-0-9]/.test(token) && !isExact(token)) {
      return { reason: "inexact_number", pointer: place };
    }
    text = token.startsWith('"') ? token : undefined;
  }
  return undefined;
}

/** Whether the text of a number is exact as a double. */
export function isExact(text: string): boolean {
  const value = Number(text);
  if (/^-?[0-9]+$/.test(text)) return Number.isSafeInteger(value);
  const [mantissa = ""] = text.split(/[eE]/);
  const digits = mantissa.replace(/[^0-9]/g, "").replace(/^0+|0+$/g, "").length;
  if (digits === 0) return true;
  const size = Math.abs(value);
  const limit = size <= Number.MAX_SAFE_INTEGER ? DIGITS.usual : DIGITS.large;
  return Number.isFinite(value) && size >= SMALLEST_NORMAL && digits <= limit;
}
