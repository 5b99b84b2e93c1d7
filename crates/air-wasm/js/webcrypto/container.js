// The container's header: the bytes before the first chunk (CAK specification, section 4). Of the suites, this module knows the one with
// P-256.

import { FIELD_LIMIT, concat, lengthPrefixed, u16 } from "./argument.js";
import { fieldTooLong, invalidArgument, notAContainer, wrongKey } from "./error.js";

export const HEADER_LENGTH = 115;
export const TAG_LENGTH = 16;
export const POINT_LENGTH = 65;

const PREFIX_LENGTH = 16;
const DEFAULT_CHUNK_LOG2 = 16;
const KEM_P256 = 0x0010;
const KEM_SECP256K1 = 0x0016;
const KDF_HKDF_SHA256 = 0x0001;
const AEAD_AES_256_GCM = 0x0002;
const VERSION = 1;

const encoder = new TextEncoder();
const MAGIC = encoder.encode("AIR-SEAL");
const SEAL = encoder.encode("seal");

/** The base-2 logarithm of a chunk size. @param {unknown} value */
export function chunkLog2(value = DEFAULT_CHUNK_LOG2) {
  if (!Number.isInteger(value) || Number(value) < 12 || Number(value) > 24) throw invalidArgument("chunkLog2", "12 to 24");
  return Number(value);
}

/** `"seal" || LP(prefix) || LP(context) || LP(aad)`. @param {Uint8Array} context @param {Uint8Array} label @param {number} log2 */
export function infoOf(context, label, log2) {
  if (label.length > FIELD_LIMIT) throw fieldTooLong("label", label.length, FIELD_LIMIT);
  // Three fields of full length make a context that is too long.
  if (context.length > FIELD_LIMIT) throw fieldTooLong("context", context.length, FIELD_LIMIT);
  return concat(SEAL, lengthPrefixed(prefixOf(log2)), lengthPrefixed(context), lengthPrefixed(label));
}

/** @param {number} log2 @param {Uint8Array} enc @param {Uint8Array} commit */
export function encodeHeader(log2, enc, commit) {
  return concat(prefixOf(log2), lengthPrefixed(enc), commit);
}

/** @param {number} log2 */
function prefixOf(log2) {
  const suite = [KEM_P256, KDF_HKDF_SHA256, AEAD_AES_256_GCM].map(u16);
  return concat(MAGIC, Uint8Array.of(VERSION), ...suite, Uint8Array.of(log2));
}

/** Reads the header of a container for P-256. @param {Uint8Array} bytes the first 115, or fewer where the container ends */
export function parseHeader(bytes) {
  if (bytes.length < PREFIX_LENGTH) throw cutShort();
  const number = (/** @type {number} */ at) => (bytes[at] << 8) | bytes[at + 1];
  if (MAGIC.some((byte, at) => bytes[at] !== byte)) throw notAContainer("it does not begin with AIR-SEAL");
  if (bytes[8] !== VERSION) throw notAContainer("its version is not 1");
  const kem = number(9);
  if (kem !== KEM_P256 && kem !== KEM_SECP256K1) throw notAContainer("its KEM is neither P-256 nor secp256k1");
  if (number(11) !== KDF_HKDF_SHA256) throw notAContainer("its KDF is not HKDF-SHA256");
  if (number(13) !== AEAD_AES_256_GCM) throw notAContainer("its AEAD is not AES-256-GCM");
  const log2 = bytes[15];
  if (log2 < 12 || log2 > 24) throw notAContainer("its chunk size is not 2^12 to 2^24 bytes");
  if (bytes.length < HEADER_LENGTH) throw cutShort();
  if (number(PREFIX_LENGTH) !== POINT_LENGTH) throw notAContainer("the encapsulated key is not 65 bytes long");
  if (kem !== KEM_P256) throw wrongKey();
  const [begin, end] = [PREFIX_LENGTH + 2, PREFIX_LENGTH + 2 + POINT_LENGTH];
  return { log2, enc: bytes.slice(begin, end), commit: bytes.slice(end, HEADER_LENGTH) };
}

function cutShort() {
  return notAContainer("it ends before its first chunk");
}
