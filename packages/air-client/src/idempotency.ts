import { invalid } from "./errors.js";

/** The header that carries an idempotency key. */
export const IDEMPOTENCY_KEY = "idempotency-key";

/**
 * Returns a new idempotency key: a UUID of version 7 (RFC 9562, 5.7), the time and 74 random bits.
 */
export function newIdempotencyKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const view = new DataView(bytes.buffer);
  const now = Date.now();
  view.setUint32(0, Math.floor(now / 2 ** 16));
  view.setUint16(4, now % 2 ** 16);
  view.setUint8(6, (view.getUint8(6) & 0x0f) | 0x70);
  view.setUint8(8, (view.getUint8(8) & 0x3f) | 0x80);
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const [, ...groups] = /^(.{8})(.{4})(.{4})(.{4})(.{12})$/.exec(hex) ?? [];
  return groups.join("-");
}

/** Returns the key if it is 1 to 255 visible ASCII characters without `"` and `\`. */
export function checkedKey(key: string): string {
  if (/^[!#-[\]-~]{1,255}$/.test(key)) return key;
  throw invalid(
    "invalid idempotency key: must be 1 to 255 visible ASCII characters without quotation marks, "
      + "such as a random UUID",
  );
}
