// Documents and containers as sources of blocks with a length that the reader chooses. Blocks are reused or freed, since a page's garbage
// collector lets the memory of many pass before it runs.

import { invalidArgument } from "./error.js";
import { release } from "./memory.js";

/** Shorter blocks are not read ahead: they are headers. */
const SHORTEST_AHEAD = 4_096;

/**
 * @typedef {object} Source
 * @property {number | undefined} total the number of bytes, where it is known
 * @property {(length: number) => Promise<Uint8Array>} read as many bytes as asked for, or fewer at the end; valid until the next call
 * @property {() => Promise<boolean>} isAtEnd whether no byte follows
 * @property {(reason: unknown) => Promise<void>} cancel
 */

/** Streams of this module, which fill the memory of their reader. @type {WeakSet<ReadableStream>} */
const own = new WeakSet();

/** @template {ReadableStream} S @param {S} stream a stream of bytes */
export function remember(stream) {
  own.add(stream);
  return stream;
}

/** @param {unknown} value @returns {Source} */
export function sourceOf(value) {
  if (value instanceof Blob) return new BlobSource(value);
  if (!(value instanceof ReadableStream) || value.locked) throw invalidArgument("source", "a Blob, a File or an unlocked ReadableStream");
  return own.has(value) ? new ByteSource(value.getReader({ mode: "byob" })) : new PieceSource(value.getReader());
}

/** Reads slices, and the next one while the reader works. Chromium 156's `Blob.stream()` stalls at times when it is read as bytes. */
class BlobSource {
  #blob;
  #at = 0;
  /** @type {{ length: number, block: Promise<Uint8Array> } | undefined} */
  #ahead;
  /** @type {Uint8Array | undefined} */
  #used;

  /** @param {Blob} blob */
  constructor(blob) {
    this.#blob = blob;
    this.total = blob.size;
  }

  /** @param {number} length */
  async read(length) {
    if (this.#used) release([this.#used]);
    this.#used = undefined;
    const ahead = this.#ahead;
    this.#ahead = undefined;
    const block = await (ahead?.length === length ? ahead.block : this.#slice(length));
    this.#at += block.length;
    this.#used = block;
    if (length >= SHORTEST_AHEAD && this.#at < this.total) {
      this.#ahead = { length, block: this.#slice(length) };
      // Its failure counts when the block is read.
      this.#ahead.block.catch(() => {});
    }
    return block;
  }

  async isAtEnd() {
    return this.#at === this.total;
  }

  async cancel() {}

  /** @param {number} length */
  async #slice(length) {
    const end = Math.min(this.#at + length, this.total);
    const expected = end - this.#at;
    const block = new Uint8Array(await this.#blob.slice(this.#at, end).arrayBuffer());
    if (block.length !== expected) throw new DOMException("the file changed while it was read", "NotReadableError");
    return block;
  }
}

/** A stream of this module. */
class ByteSource {
  #reader;
  #memory = new ArrayBuffer(0);
  /** A byte that was read to see whether it follows. @type {number | undefined} */
  #ahead;
  #isDone = false;

  total = undefined;

  /** @param {ReadableStreamBYOBReader} reader */
  constructor(reader) {
    this.#reader = reader;
  }

  /** @param {number} length */
  async read(length) {
    if (this.#memory.byteLength < length) this.#memory = new ArrayBuffer(length);
    let filled = 0;
    if (this.#ahead !== undefined) {
      new Uint8Array(this.#memory)[0] = this.#ahead;
      this.#ahead = undefined;
      filled = 1;
    }
    while (filled < length && !this.#isDone) {
      const { done, value } = await this.#reader.read(new Uint8Array(this.#memory, filled, length - filled));
      this.#isDone = done;
      // The stream took the memory, and gives it back unless it was cancelled.
      if (value) this.#memory = value.buffer;
      filled += value?.length ?? 0;
    }
    return new Uint8Array(this.#memory, 0, filled);
  }

  async isAtEnd() {
    if (this.#ahead === undefined && !this.#isDone) {
      const { done, value } = await this.#reader.read(new Uint8Array(1));
      this.#isDone = done;
      this.#ahead = value?.[0];
    }
    return this.#ahead === undefined;
  }

  /** @param {unknown} reason */
  async cancel(reason) {
    await this.#reader.cancel(reason);
  }
}

/** Any other stream. Its pieces may be the page's, so they are copied. */
class PieceSource {
  #reader;
  #memory = new Uint8Array();
  /** Bytes that were read before they were asked for. */
  #rest = new Uint8Array();

  total = undefined;

  /** @param {ReadableStreamDefaultReader<unknown>} reader */
  constructor(reader) {
    this.#reader = reader;
  }

  /** @param {number} length */
  async read(length) {
    if (this.#memory.length < length) this.#memory = new Uint8Array(length);
    let filled = 0;
    while (filled < length && !(await this.isAtEnd())) {
      const part = this.#rest.subarray(0, length - filled);
      this.#rest = this.#rest.subarray(part.length);
      this.#memory.set(part, filled);
      filled += part.length;
    }
    return this.#memory.subarray(0, filled);
  }

  async isAtEnd() {
    while (this.#rest.length === 0) {
      const { done, value } = await this.#reader.read();
      if (done) return true;
      if (!(value instanceof Uint8Array)) throw invalidArgument("source", "a stream of Uint8Arrays");
      this.#rest = value;
    }
    return false;
  }

  /** @param {unknown} reason */
  async cancel(reason) {
    await this.#reader.cancel(reason);
  }
}
