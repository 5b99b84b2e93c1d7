// Sealing and opening on P-256 with WebCrypto. A container's chunks are independent messages of AES-GCM, so the chunks of a batch are
// computed concurrently.

import { TAG_LENGTH, encodeHeader, infoOf, parseHeader } from "./container.js";
import { chunkRejected, notAContainer, wrongKey } from "./error.js";
import { importPoint, setupReceiver, setupSender } from "./hpke.js";

/** Seals batches of chunks: whole chunks, except in the last batch. */
export class Sealer {
  #key;
  #baseNonce;
  #sequence = 0;

  /** @param {import("./hpke.js").Schedule} schedule @param {Uint8Array} header @param {number} chunk */
  constructor({ key, baseNonce }, header, chunk) {
    this.#key = key;
    this.#baseNonce = baseNonce;
    this.header = header;
    /** The number of plaintext bytes in a chunk. */
    this.chunk = chunk;
  }

  /** @param {import("./hpke.js").Point} recipient @param {Uint8Array} context @param {Uint8Array} label @param {number} log2 */
  static async start(recipient, context, label, log2) {
    const { enc, schedule } = await setupSender(recipient, infoOf(context, label, log2));
    return new Sealer(schedule, encodeHeader(log2, enc, schedule.commit), 2 ** log2);
  }

  /** The sealed chunks of a batch. @param {Uint8Array} batch @param {boolean} isLast */
  async seal(batch, isLast) {
    const chunks = split(batch, this.chunk);
    const sealed = await Promise.all(
      chunks.map((text, index) => {
        const algorithm = message(this.#baseNonce, this.#sequence + index, isLast && index === chunks.length - 1);
        return crypto.subtle.encrypt(algorithm, this.#key, text);
      }),
    );
    this.#sequence += chunks.length;
    return sealed.map((bytes) => new Uint8Array(bytes));
  }

  free() {
    this.#baseNonce.fill(0);
  }
}

/** Opens batches of chunks: whole chunks, except in the last batch. */
export class Opener {
  #key;
  #baseNonce;
  #sequence = 0;

  /** @param {import("./hpke.js").Schedule} schedule @param {number} chunk */
  constructor({ key, baseNonce }, chunk) {
    this.#key = key;
    this.#baseNonce = baseNonce;
    /** The number of bytes of a chunk with its tag. */
    this.chunk = chunk;
  }

  /**
   * Checks the header against key, context and label.
   * @param {{ privateKey: CryptoKey, publicKey: Uint8Array }} recipient
   * @param {Uint8Array} context @param {Uint8Array} label @param {Uint8Array} header
   */
  static async start({ privateKey, publicKey }, context, label, header) {
    const { log2, enc, commit } = parseHeader(header);
    const info = infoOf(context, label, log2);
    const point = await importPoint(enc);
    if (!point) throw notAContainer("the encapsulated key is not a point of its curve");
    const schedule = await setupReceiver(privateKey, publicKey, point, info);
    if (!areEqual(schedule.commit, commit)) throw wrongKey();
    return new Opener(schedule, 2 ** log2 + TAG_LENGTH);
  }

  /** The plaintext of a batch, after all of its chunks have authenticated. @param {Uint8Array} batch @param {boolean} isLast */
  async open(batch, isLast) {
    const first = this.#sequence;
    const chunks = split(batch, this.chunk);
    const opened = await Promise.allSettled(
      chunks.map(async (sealed, index) => {
        // A chunk is empty only when the document is empty.
        if (sealed.length < TAG_LENGTH || (sealed.length === TAG_LENGTH && first + index > 0)) throw chunkRejected(first + index);
        const algorithm = message(this.#baseNonce, first + index, isLast && index === chunks.length - 1);
        return crypto.subtle.decrypt(algorithm, this.#key, sealed);
      }),
    );
    this.#sequence += chunks.length;
    const failed = opened.findIndex(({ status }) => status === "rejected");
    const texts = opened.flatMap((outcome) => (outcome.status === "fulfilled" ? [new Uint8Array(outcome.value)] : []));
    if (failed < 0) return texts;
    for (const text of texts) text.fill(0);
    const { reason } = /** @type {PromiseRejectedResult} */ (opened[failed]);
    throw reason?.name === "OperationError" ? chunkRejected(first + failed) : reason;
  }

  free() {
    this.#baseNonce.fill(0);
  }
}

/** At least one part. @param {Uint8Array} batch @param {number} length */
function split(batch, length) {
  const parts = Math.max(1, Math.ceil(batch.length / length));
  return Array.from({ length: parts }, (_, index) => batch.subarray(index * length, (index + 1) * length));
}

/** What AES-GCM needs of a chunk beside key and text. @param {Uint8Array} baseNonce @param {number} sequence @param {boolean} isLast */
function message(baseNonce, sequence, isLast) {
  return { name: "AES-GCM", iv: nonceOf(baseNonce, sequence), additionalData: Uint8Array.of(isLast ? 1 : 0) };
}

/** `base_nonce XOR I2OSP(seq, 12)`. @param {Uint8Array} baseNonce @param {number} sequence below 2^53, which no document reaches */
export function nonceOf(baseNonce, sequence) {
  const nonce = baseNonce.slice();
  const view = new DataView(nonce.buffer);
  view.setUint32(4, view.getUint32(4) ^ Math.floor(sequence / 2 ** 32));
  view.setUint32(8, view.getUint32(8) ^ sequence % 2 ** 32);
  return nonce;
}

/** In constant time. @param {Uint8Array} one @param {Uint8Array} other of the same length */
function areEqual(one, other) {
  return one.reduce((difference, byte, at) => difference | (byte ^ other[at]), 0) === 0;
}
