// Streams of sealed or opened chunks. A stream works when it is read, a batch at a time, so that its memory is constant.

import { members } from "./argument.js";
import { HEADER_LENGTH } from "./container.js";
import { invalidArgument } from "./error.js";
import { release } from "./memory.js";
import { remember, sourceOf } from "./source.js";

/** The number of bytes that are read at once: one chunk, or as many as fit. */
const BATCH = 2 ** 20;

/**
 * @typedef {object} Work what a stream does with the batches of its source
 * @property {Uint8Array[]} before what the stream begins with
 * @property {number} chunk a batch is a multiple of it, but for the last
 * @property {(batch: Uint8Array, isLast: boolean) => Promise<Uint8Array[]>} next
 * @property {() => void} free
 */

/**
 * @typedef {object} Observer
 * @property {AbortSignal | undefined} signal
 * @property {((progress: { loaded: number, total?: number }) => void) | undefined} onProgress
 */

/** @param {unknown} source @param {Observer} observer @param {() => Promise<import("./native.js").Sealer | import("./fallback.js").Sealer>} start */
export function sealing(source, observer, start) {
  return stream(source, observer, async () => {
    const sealer = await start();
    return {
      before: [sealer.header],
      chunk: sealer.chunk,
      async next(batch, isLast) {
        try {
          return await sealer.seal(batch, isLast);
        } finally {
          batch.fill(0);
        }
      },
      free: () => sealer.free(),
    };
  });
}

/**
 * @param {unknown} source @param {Observer} observer
 * @param {(header: Uint8Array) => Promise<import("./native.js").Opener | import("./fallback.js").Opener>} start
 */
export function opening(source, observer, start) {
  return stream(source, observer, async (read) => {
    const opener = await start(await read(HEADER_LENGTH));
    return {
      before: [],
      chunk: opener.chunk,
      next: (batch, isLast) => opener.open(batch, isLast),
      free: () => opener.free(),
    };
  });
}

/** The options of a stream. @param {unknown} options @param {string[]} known those that the caller reads */
export function streamOptions(options, known) {
  const given = options === undefined ? {} : members("options", options, ["label", ...known, "signal", "onProgress"]);
  const { signal, onProgress } = given;
  if (signal !== undefined && !(signal instanceof AbortSignal)) throw invalidArgument("options.signal", "an AbortSignal");
  if (onProgress !== undefined && typeof onProgress !== "function") throw invalidArgument("options.onProgress", "a function");
  return { given, observer: /** @type {Observer} */ ({ signal, onProgress }) };
}

/**
 * A stream of bytes. A reader that brings its own memory (`mode: "byob"`) gets the results copied to it, and their memory is freed.
 * @param {unknown} from @param {Observer} observer
 * @param {(read: (length: number) => Promise<Uint8Array>) => Promise<Work>} begin
 * @returns {ReadableStream<Uint8Array>}
 */
function stream(from, { signal, onProgress }, begin) {
  const source = sourceOf(from);
  /** @type {Work | undefined} */
  let work;
  /** Results that were not passed on. @type {Uint8Array[]} */
  let results = [];
  let loaded = 0;
  let isLast = false;
  let isOver = false;

  /** @param {number} length */
  async function read(length) {
    const block = await source.read(length);
    loaded += block.length;
    return block;
  }

  /** Works on the next batch. */
  async function advance() {
    if (!work) {
      work = await begin(read);
      if (isOver) return work.free();
      results.push(...work.before);
    }
    const batch = await read(Math.max(1, Math.floor(BATCH / work.chunk)) * work.chunk);
    isLast = await source.isAtEnd();
    if (isOver) return;
    const parts = await work.next(batch, isLast);
    if (isOver) return release(parts);
    results.push(...parts.filter(({ length }) => length > 0));
    onProgress?.({ loaded, total: source.total });
  }

  /** @param {ReadableByteStreamController} controller */
  async function pull(controller) {
    while (results.length === 0 && !isLast && !isOver) await advance();
    if (isOver) return;
    const request = controller.byobRequest;
    if (results.length === 0) {
      end();
      controller.close();
      return request?.respond(0);
    }
    if (request?.view) return request.respond(fill(request.view));
    for (const result of results.splice(0)) controller.enqueue(result);
  }

  /** Moves results to a reader's memory, and returns their length. @param {ArrayBufferView} view */
  function fill(view) {
    const memory = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
    let filled = 0;
    const used = [];
    while (results.length > 0 && filled < memory.length) {
      const part = results[0].subarray(0, memory.length - filled);
      memory.set(part, filled);
      filled += part.length;
      if (part.length < results[0].length) results[0] = results[0].subarray(part.length);
      else used.push(new Uint8Array(/** @type {Uint8Array} */ (results.shift()).buffer));
    }
    release(used);
    return filled;
  }

  function end() {
    isOver = true;
    signal?.removeEventListener("abort", abort);
    release(results.splice(0).map(({ buffer }) => new Uint8Array(buffer)));
    work?.free();
  }

  /** @param {unknown} reason */
  function fail(reason) {
    end();
    source.cancel(reason).catch(() => {});
  }

  let abort = () => {};
  return newStream({
    start(controller) {
      abort = () => {
        controller.error(signal?.reason);
        fail(signal?.reason);
      };
      if (signal?.aborted) return abort();
      signal?.addEventListener("abort", abort);
    },
    async pull(controller) {
      try {
        await pull(controller);
      } catch (error) {
        if (isOver) return;
        controller.error(error);
        fail(error);
      }
    },
    cancel: fail,
  });
}

/** A stream of bytes; in a browser without such streams, one of pieces. @param {Omit<UnderlyingByteSource, "type">} source */
function newStream(source) {
  const strategy = { highWaterMark: 0 };
  try {
    return remember(new ReadableStream({ ...source, type: "bytes" }, strategy));
  } catch {
    return new ReadableStream(/** @type {UnderlyingDefaultSource} */ (source), strategy);
  }
}
