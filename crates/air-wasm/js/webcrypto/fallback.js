// Sealing and opening in WebAssembly, in the batches of `native.js`.

import { TAG_LENGTH } from "./container.js";
import { core } from "./core.js";

/** The most bytes that are passed to WebAssembly at once. */
const PIECE = 2 ** 20;

export class Sealer {
  /** Until the last chunk. @type {import("../core/air_wasm.js").Sealer | undefined} */
  #sealer;

  /** @param {import("../core/air_wasm.js").Sealer} sealer @param {number} chunk */
  constructor(sealer, chunk) {
    this.#sealer = sealer;
    this.header = sealer.seal(new Uint8Array());
    this.chunk = chunk;
  }

  /** @param {string} publicKey @param {import("../core/air_wasm.js").CakContext} context @param {Uint8Array} label @param {number} log2 */
  static async start(publicKey, context, label, log2) {
    const { Sealer: Inner } = await core();
    return new Sealer(new Inner(publicKey, context, label, log2), 2 ** log2);
  }

  /** @param {Uint8Array} batch @param {boolean} isLast */
  async seal(batch, isLast) {
    const sealer = this.#sealer;
    if (!sealer) throw new Error("the container is finished");
    const sealed = pieces(batch).map((piece) => sealer.seal(piece));
    if (isLast) {
      this.#sealer = undefined;
      sealed.push(sealer.finish());
    }
    return sealed;
  }

  free() {
    this.#sealer?.free();
    this.#sealer = undefined;
  }
}

export class Opener {
  #opener;

  /** @param {import("../core/air_wasm.js").Opener} opener @param {number} chunk */
  constructor(opener, chunk) {
    this.#opener = opener;
    this.chunk = chunk;
  }

  /** @param {import("../core/air_wasm.js").Cak} cak @param {Uint8Array} label @param {Uint8Array} header */
  static async start(cak, label, header) {
    const { Opener: Inner } = await core();
    const opener = new Inner(cak, header, label);
    return new Opener(opener, 2 ** header[PREFIX_CHUNK] + TAG_LENGTH);
  }

  /** @param {Uint8Array} batch @param {boolean} isLast */
  async open(batch, isLast) {
    const given = pieces(batch);
    return given.map((piece, index) => this.#opener.open(piece, isLast && index === given.length - 1));
  }

  free() {
    this.#opener.free();
  }
}

/** Where the header has the chunk size. */
const PREFIX_CHUNK = 15;

/** At least one piece. @param {Uint8Array} batch */
function pieces(batch) {
  const count = Math.max(1, Math.ceil(batch.length / PIECE));
  return Array.from({ length: count }, (_, index) => batch.subarray(index * PIECE, (index + 1) * PIECE));
}
