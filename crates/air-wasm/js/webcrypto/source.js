// Documents and containers as sources of blocks with a length that the reader chooses. A source reuses the memory of its blocks, since a
// page's garbage collector lets the memory of many pass before it runs.

import { invalidArgument } from "./error.js";

/**
 * @typedef {object} Source
 * @property {number | undefined} total the number of bytes, where it is known
 * @property {(length: number) => Promise<Uint8Array>} read as many bytes as asked for, or fewer at the end; valid until the next call
 * @property {() => Promise<boolean>} isAtEnd whether no byte follows
 * @property {(reason: unknown) => Promise<void>} cancel
 */

/** @param {unknown} value @returns {Source} */
export function sourceOf(value) {
  if (value instanceof Blob) return ofStream(value.stream(), value.size);
  if (value instanceof ReadableStream && !value.locked) return ofStream(value, undefined);
  throw invalidArgument("source", "a Blob, a File or an unlocked ReadableStream");
}

/** @param {ReadableStream} stream @param {number | undefined} total */
function ofStream(stream, total) {
  const reader = byteReader(stream);
  return reader ? new ByteSource(reader, total) : new PieceSource(stream.getReader(), total);
}

/** Of a stream of bytes, which fills memory of the reader's. @param {ReadableStream} stream */
function byteReader(stream) {
  try {
    return stream.getReader({ mode: "byob" });
  } catch {
    return null;
  }
}

class ByteSource {
  #reader;
  #memory = new ArrayBuffer(0);
  /** A byte that was read to see whether it follows. @type {number | undefined} */
  #ahead;
  #isDone = false;

  /** @param {ReadableStreamBYOBReader} reader @param {number | undefined} total */
  constructor(reader, total) {
    this.#reader = reader;
    this.total = total;
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

class PieceSource {
  #reader;
  #memory = new Uint8Array();
  /** Bytes that were read before they were asked for. */
  #rest = new Uint8Array();

  /** @param {ReadableStreamDefaultReader<unknown>} reader @param {number | undefined} total */
  constructor(reader, total) {
    this.#reader = reader;
    this.total = total;
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
