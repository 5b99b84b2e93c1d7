// Sealing and opening at the browser's own speed: WebCrypto's P-256, HKDF and AES-GCM, with the bytes of the module `core`. That module
// does the rest, and is loaded when it is needed first.

import * as argument from "./argument.js";
import { hex, unhex } from "./argument.js";
import { HEADER_LENGTH, TAG_LENGTH, chunkLog2, infoOf } from "./container.js";
import { core, hasWebCrypto } from "./core.js";
import { airError, invalidArgument } from "./error.js";
import * as fallback from "./fallback.js";
import { importPoint, importPrivateKey } from "./hpke.js";
import * as native from "./native.js";
import { opening, sealing, streamOptions } from "./stream.js";

/** A public key in hex, uncompressed: the one form that WebCrypto imports. */
const UNCOMPRESSED = /^(?:0x)?(04[0-9a-f]{128})$/i;
/** Of documents in memory: the most bytes that are sealed concurrently, a multiple of every chunk size. */
const BATCH = 2 ** 24;

/** @typedef {ReturnType<typeof argument.context>} Context */

/** The public half of a key, and its context: it seals. */
export class CakPublicKey {
  /** Of a key on P-256, where there is WebCrypto. @type {import("./hpke.js").Point | null} */
  #point;
  #publicKey;
  /** @type {Context} */
  #context;

  /** @param {symbol} from @param {import("./hpke.js").Point | null} point @param {string} publicKey @param {Context} context */
  constructor(from, point, publicKey, context) {
    if (from !== OWN) throw new TypeError("use CakPublicKey.import");
    this.#point = point;
    this.#publicKey = publicKey;
    this.#context = context;
  }

  /** @param {unknown} publicKey @param {unknown} context */
  static async import(publicKey, context) {
    const text = argument.text("publicKey", publicKey);
    const read = argument.context(context);
    const { point, hex } = await readPublicKey(text, read);
    return new CakPublicKey(OWN, point, hex, read);
  }

  get publicKey() {
    return this.#publicKey;
  }

  get context() {
    return { ...this.#context.context };
  }

  /** @param {unknown} document @param {unknown} [label] */
  async seal(document, label) {
    const bound = argument.label(label);
    const bytes = argument.bytes("document", document, argument.DOCUMENT_LIMIT);
    const { context, encoded } = this.#context;
    if (!this.#point) return (await core()).seal(this.#publicKey, context, bytes, bound);
    const { length } = bytes;
    const sealer = await native.Sealer.start(this.#point, encoded, bound, chunkLog2());
    try {
      const chunks = Math.max(1, Math.ceil(length / sealer.chunk));
      const whole = new Uint8Array(HEADER_LENGTH + length + chunks * TAG_LENGTH);
      whole.set(sealer.header);
      await inBatches("document", bytes, 0, length, whole, HEADER_LENGTH, BATCH, (batch, isLast) => sealer.seal(batch, isLast));
      return whole;
    } finally {
      sealer.free();
    }
  }

  /** @param {unknown} source @param {unknown} [options] */
  sealStream(source, options) {
    const { given, observer } = streamOptions(options, ["chunkLog2"]);
    const label = argument.label(given.label);
    const log2 = chunkLog2(given.chunkLog2);
    const { context, encoded } = this.#context;
    infoOf(encoded, label, log2);
    const point = this.#point;
    return sealing(source, observer, () =>
      point ? native.Sealer.start(point, encoded, label, log2) : fallback.Sealer.start(this.#publicKey, context, label, log2),
    );
  }
}

/** The private half of a key, and its context: it opens. */
export class CakPrivateKey {
  /** @type {{ privateKey: CryptoKey, publicKey: Uint8Array } | null} */
  #native = null;
  /** @type {import("../core/air_wasm.js").Cak | null} */
  #cak = null;
  #publicKey;
  /** @type {Context} */
  #context;

  /**
   * @param {symbol} from @param {string} publicKey @param {Context} context
   * @param {{ native: CryptoKey } | { cak: import("../core/air_wasm.js").Cak }} key
   */
  constructor(from, publicKey, context, key) {
    if (from !== OWN) throw new TypeError("use CakPrivateKey.import, fromCak or fromCryptoKey");
    this.#publicKey = publicKey;
    this.#context = context;
    if ("native" in key) this.#native = { privateKey: key.native, publicKey: unhex(publicKey.slice(2)) };
    else this.#cak = key.cak;
  }

  /** @param {unknown} privateKey @param {unknown} context */
  static async import(privateKey, context) {
    const text = argument.text("privateKey", privateKey);
    argument.context(context);
    const { Cak } = await core();
    const cak = Cak.fromPrivateKey(text, /** @type {import("../core/air_wasm.js").CakContext} */ (context));
    try {
      return await CakPrivateKey.fromCak(cak);
    } finally {
      cak.free();
    }
  }

  /** @param {import("../core/air_wasm.js").Cak} cak */
  static async fromCak(cak) {
    const { publicKey } = cak;
    const context = argument.context(cak.context);
    const isNative = cak.curve === "secp256r1" && hasWebCrypto();
    const scalar = cak.exposePrivateKeyBytes();
    try {
      const key = isNative
        ? { native: await importPrivateKey(scalar, unhex(publicKey.slice(2))) }
        : { cak: (await core()).Cak.fromPrivateKey(hex(scalar), context.context) };
      return new CakPrivateKey(OWN, publicKey, context, key);
    } finally {
      scalar.fill(0);
    }
  }

  /** @param {unknown} key @param {unknown} publicKey @param {unknown} context */
  static async fromCryptoKey(key, publicKey, context) {
    if (!hasWebCrypto() || !(key instanceof CryptoKey) || !isRecipient(key)) {
      throw invalidArgument("key", "a private CryptoKey of ECDH on P-256 that can derive bits");
    }
    const text = argument.text("publicKey", publicKey);
    const read = argument.context(context);
    if (read.context.curve !== "secp256r1") {
      throw airError("CURVE_MISMATCH", "the context is for secp256k1 and the key is on secp256r1; use the same curve for both");
    }
    return new CakPrivateKey(OWN, (await readPublicKey(text, read)).hex, read, { native: key });
  }

  get publicKey() {
    return this.#publicKey;
  }

  get context() {
    return { ...this.#context.context };
  }

  get cryptoKey() {
    return this.#native?.privateKey;
  }

  /** @param {unknown} sealed @param {unknown} [label] */
  async open(sealed, label) {
    const bound = argument.label(label);
    const bytes = argument.bytes("sealed", sealed, argument.CONTAINER_LIMIT);
    const { length } = bytes;
    const key = this.#key();
    if (!key.native) return key.cak.open(bytes, bound);
    const opener = await native.Opener.start(key.native, this.#context.encoded, bound, bytes.slice(0, HEADER_LENGTH));
    const chunks = Math.max(1, Math.ceil((length - HEADER_LENGTH) / opener.chunk));
    const whole = new Uint8Array(Math.max(0, length - HEADER_LENGTH - chunks * TAG_LENGTH));
    const batch = (BATCH / (opener.chunk - TAG_LENGTH)) * opener.chunk;
    try {
      await inBatches("sealed", bytes, HEADER_LENGTH, length, whole, 0, batch, (batch, isLast) => opener.open(batch, isLast));
      return whole;
    } catch (error) {
      whole.fill(0);
      throw error;
    } finally {
      opener.free();
    }
  }

  /** @param {unknown} source @param {unknown} [options] */
  openStream(source, options) {
    const { given, observer } = streamOptions(options, []);
    const label = argument.label(given.label);
    const { encoded } = this.#context;
    const key = this.#key();
    return opening(source, observer, (header) =>
      key.native ? native.Opener.start(key.native, encoded, label, header) : fallback.Opener.start(key.cak, label, header),
    );
  }

  free() {
    this.#cak?.free();
    this.#cak = null;
    this.#native = null;
  }

  #key() {
    const native = this.#native;
    const cak = this.#cak;
    if (native) return { native };
    if (cak) return { cak };
    throw invalidArgument("key", "a key that was not freed");
  }

  static {
    if (Symbol.dispose) Object.defineProperty(this.prototype, Symbol.dispose, { value: this.prototype.free });
  }
}

/** @param {unknown} publicKey @param {unknown} context @param {unknown} document @param {unknown} [label] */
export async function seal(publicKey, context, document, label) {
  return (await CakPublicKey.import(publicKey, context)).seal(document, label);
}

/** @param {unknown} privateKey @param {unknown} context @param {unknown} sealed @param {unknown} [label] */
export async function open(privateKey, context, sealed, label) {
  const key = await CakPrivateKey.import(privateKey, context);
  try {
    return await key.open(sealed, label);
  } finally {
    key.free();
  }
}

/** Only this module constructs keys. */
const OWN = Symbol("own");

/**
 * Reads a public key in any form. WebCrypto imports the uncompressed form only, so WebAssembly reads the others.
 * @param {string} text @param {Context} context
 */
async function readPublicKey(text, { context }) {
  const isNative = context.curve === "secp256r1" && hasWebCrypto();
  const digits = isNative ? UNCOMPRESSED.exec(text)?.[1] : undefined;
  const given = digits ? `0x${digits.toLowerCase()}` : (await core()).readPublicKey(text, context);
  if (!isNative) return { point: null, hex: given };
  const point = await importPoint(unhex(given.slice(2)));
  if (!point) {
    throw airError("INVALID_POINT", "public key is not a point of secp256r1: must be SEC1 bytes, compressed (33) or uncompressed (65)");
  }
  return { point, hex: given };
}

/** @param {CryptoKey} key */
function isRecipient({ type, algorithm, usages }) {
  const { name, namedCurve } = /** @type {EcKeyAlgorithm} */ (algorithm);
  return type === "private" && name === "ECDH" && namedCurve === "P-256" && usages.includes("deriveBits");
}

/**
 * Works on the bytes from `begin` to `end` in batches, and writes the results to `whole`.
 * @param {string} name @param {Uint8Array} bytes @param {number} begin @param {number} end @param {Uint8Array} whole @param {number} place
 * @param {number} length of a batch @param {(batch: Uint8Array, isLast: boolean) => Promise<Uint8Array[]>} work
 */
async function inBatches(name, bytes, begin, end, whole, place, length, work) {
  let at = begin;
  do {
    const next = Math.min(at + length, end);
    // An array that was transferred in the meantime is empty.
    if (bytes.length < next) throw invalidArgument(name, "left unchanged until the result is there");
    for (const part of await work(bytes.subarray(at, next), next === end)) {
      whole.set(part, place);
      place += part.length;
      part.fill(0);
    }
    at = next;
  } while (at < end);
}
