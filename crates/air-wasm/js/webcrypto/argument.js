// Arguments, with the checks and limits of the WebAssembly modules.

import { airError, fieldTooLong, invalidArgument, tooLarge } from "./error.js";

/** The maximum number of bytes of a document in memory. */
export const DOCUMENT_LIMIT = 64 * 2 ** 20;
/** The maximum number of bytes of a container in memory, including the tags of the smallest chunks. */
export const CONTAINER_LIMIT = DOCUMENT_LIMIT + 2 ** 20;
/** The longest input of `LP`. */
export const FIELD_LIMIT = 65_535;
/** The maximum number of UTF-16 units of a text. */
const TEXT_LIMIT = 4 * 2 ** 20;
/** The maximum number of bytes of a label that are copied. `container.js` accepts fewer. */
const LABEL_LIMIT = 2 ** 20;

const encoder = new TextEncoder();
const CONTEXT_MEMBERS = ["user", "issuer", "schema", "curve"];

/** @param {string} name @param {unknown} value @returns {string} */
export function text(name, value) {
  if (typeof value !== "string") throw invalidArgument(name, "a string");
  if (value.length > TEXT_LIMIT) throw tooLarge(name, value.length, TEXT_LIMIT);
  return value;
}

/** @param {string} name @param {unknown} value @param {number} limit @returns {Uint8Array} */
export function bytes(name, value, limit) {
  if (!(value instanceof Uint8Array)) throw invalidArgument(name, "a Uint8Array");
  if (value.length > limit) throw tooLarge(name, value.length, limit);
  // WebCrypto takes no memory that is shared.
  return value.buffer instanceof ArrayBuffer ? value : value.slice();
}

/** A label as bytes of its own: text is encoded as UTF-8, and undefined or null is the empty label. @param {unknown} value */
export function label(value) {
  if (value === undefined || value === null) return new Uint8Array();
  if (typeof value === "string") return encoder.encode(text("label", value));
  return bytes("label", value, LABEL_LIMIT).slice();
}

/**
 * Rejects unknown members, so that a misspelt option can't disable a check.
 * @param {string} name @param {unknown} value @param {string[]} known
 * @returns {Record<string, unknown>}
 */
export function members(name, value, known) {
  if (!(value instanceof Object)) throw invalidArgument(name, "an object");
  if (Object.keys(value).some((key) => !known.includes(key))) {
    throw invalidArgument(name, `an object with no other members than ${known.join(", ")}`);
  }
  return /** @type {Record<string, unknown>} */ (value);
}

/**
 * A copy of a context, checked, and its encoding `cak_context` (CAK specification, section 1).
 * @param {unknown} value
 */
export function context(value) {
  const given = members("context", value, CONTEXT_MEMBERS);
  const curve = given.curve === undefined ? "secp256r1" : text("context.curve", given.curve);
  if (curve !== "secp256r1" && curve !== "secp256k1") {
    throw airError("UNKNOWN_CURVE", "unknown curve: must be secp256r1 or secp256k1");
  }
  const [user, issuer, schema] = ["user", "issuer", "schema"].map((name) => field(name, given[name]));
  const parts = [curve, user, issuer, schema].map((part) => lengthPrefixed(encoder.encode(part)));
  const read = /** @type {Required<import("../core/air_wasm.js").CakContext>} */ ({ user, issuer, schema, curve });
  return { context: read, encoded: concat(encoder.encode("AIR-CAK-v1"), ...parts) };
}

/** @param {string} name @param {unknown} value */
function field(name, value) {
  const given = text(`context.${name}`, value);
  const { length } = encoder.encode(given);
  if (length === 0) throw airError("FIELD_EMPTY", `${name} is empty: must be at least one byte`);
  if (length > FIELD_LIMIT) throw fieldTooLong(name, length, FIELD_LIMIT);
  return given;
}

/** `LP(x) = u16(len(x)) || x`. @param {Uint8Array} bytes at most 65,535 */
export function lengthPrefixed(bytes) {
  return concat(u16(bytes.length), bytes);
}

/** @param {number} value */
export function u16(value) {
  return Uint8Array.of(value >> 8, value & 0xff);
}

/** @param {...Uint8Array} parts */
export function concat(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** @param {Uint8Array} bytes */
export function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Reads hex digits. @param {string} digits an even number of them */
export function unhex(digits) {
  const bytes = new Uint8Array(digits.length / 2);
  for (let at = 0; at < bytes.length; at += 1) bytes[at] = Number.parseInt(digits.slice(2 * at, 2 * at + 2), 16);
  return bytes;
}
