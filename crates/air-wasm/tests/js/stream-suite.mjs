// Streams of `air-wasm/webcrypto`: sources of every kind, progress, abortion, errors, and memory.

import { equal, refuses, same } from "./checks.mjs";

const CONTEXT = { user: "u-1", issuer: "did:example:issuer", schema: "s-1" };
const SEED = Uint8Array.from({ length: 32 }, (_, index) => index);
const MIB = 2 ** 20;

export function streaming({ core, webcrypto }) {
  return ["secp256r1", "secp256k1"].flatMap((curve) => onCurve({ core, webcrypto }, { ...CONTEXT, curve }));
}

function onCurve({ core, webcrypto }, context) {
  const { curve } = context;
  const cak = core.Root.fromSeed(SEED).derive(context);
  const pair = async () => ({
    seals: await webcrypto.CakPublicKey.import(cak.publicKey, context),
    opens: await webcrypto.CakPrivateKey.fromCak(cak),
  });
  return [
    [`webcrypto: streams of every length and chunk size on ${curve}`, async () => {
      const { seals, opens } = await pair();
      for (const chunkLog2 of [12, 16, 20, 24]) {
        const chunk = 2 ** chunkLog2;
        const lengths = chunkLog2 > 20 ? [0, 5_000] : [0, 1, chunk - 1, chunk, chunk + 1, MIB + chunk];
        for (const length of lengths) {
          const document = patterned(length);
          const sealed = await read(seals.sealStream(new Blob([document]), { chunkLog2 }));
          equal(sealed.length, 115 + length + 16 * Math.max(1, Math.ceil(length / chunk)));
          same(cak.open(sealed), document);
          same(await opens.open(sealed), document);
          same(await read(opens.openStream(new Blob([sealed]))), document);
          same(await read(opens.openStream(inPieces(sealed, 100_003))), document);
        }
      }
    }],
    [`webcrypto: pieces of a stream have any length on ${curve}`, async () => {
      const { seals, opens } = await pair();
      const document = patterned(3 * MIB + 7);
      for (const length of [997, 65_536, MIB, 4 * MIB]) {
        const sealed = await read(seals.sealStream(inPieces(document, length)));
        same(cak.open(sealed), document);
        same(await read(opens.openStream(inPieces(sealed, length))), document);
      }
      const oneByOne = seals.sealStream(inPieces(document.subarray(0, 300), 1), { label: "l" });
      same(await read(opens.openStream(oneByOne, { label: "l" })), document.subarray(0, 300));
      const kept = document.slice(0, 100);
      await read(seals.sealStream(inPieces(kept, 100)));
      same(kept, document.subarray(0, 100));
    }],
    [`webcrypto: a reader brings its own memory, of any length, on ${curve}`, async () => {
      const { seals, opens } = await pair();
      const document = patterned(2 * MIB + 77);
      for (const length of [1_000, 65_552, MIB, 8 * MIB]) {
        const sealed = await readInto(seals.sealStream(new Blob([document])), length);
        same(cak.open(sealed), document);
        same(await readInto(opens.openStream(new Blob([sealed])), length), document);
      }
      const sealed = seals.sealStream(new Blob([document]));
      const changed = new Uint8Array(await new Response(sealed).arrayBuffer());
      changed[changed.length - 1] ^= 1;
      const failed = await readInto(opens.openStream(new Blob([changed])), MIB).catch((error) => error);
      equal(failed.code, "CHUNK_REJECTED");
      const over = new AbortController();
      const reader = seals.sealStream(new Blob([document]), { signal: over.signal }).getReader({ mode: "byob" });
      equal((await reader.read(new Uint8Array(10))).value.length, 10);
      over.abort();
      equal((await reader.read(new Uint8Array(10)).catch((error) => error)).name, "AbortError");
    }],
    [`webcrypto: a browser without streams of bytes has streams of pieces on ${curve}`, async () => {
      const { seals, opens } = await pair();
      const document = patterned(2 * MIB + 77);
      const sealed = await read(withoutByteStreams(() => seals.sealStream(new Blob([document]))));
      same(cak.open(sealed), document);
      same(await read(withoutByteStreams(() => opens.openStream(new Blob([sealed])))), document);
    }],
    [`webcrypto: a File is a source on ${curve}`, async () => {
      const { seals, opens } = await pair();
      const document = patterned(100_000);
      const sealed = await new Response(seals.sealStream(new File([document], "scan.png"))).blob();
      same(await read(opens.openStream(new File([sealed], "scan.png.sealed"))), document);
    }],
    [`webcrypto: progress grows to the length of the source on ${curve}`, async () => {
      const { seals, opens } = await pair();
      const document = patterned(3 * MIB + 7);
      const seen = [];
      const onProgress = (progress) => seen.push(progress);
      const sealed = await read(seals.sealStream(new Blob([document]), { onProgress }));
      grows(seen, document.length, document.length);
      await read(opens.openStream(new Blob([sealed]), { onProgress }));
      grows(seen, sealed.length, sealed.length);
      await read(seals.sealStream(inPieces(document, 10_000), { onProgress }));
      grows(seen, document.length, undefined);
    }],
    [`webcrypto: an AbortSignal ends a stream with its reason on ${curve}`, async () => {
      const { seals, opens } = await pair();
      const sealed = cak.seal(patterned(4 * MIB));
      const streams = [(source, signal) => seals.sealStream(source, { signal }), (source, signal) => opens.openStream(source, { signal })];
      for (const start of streams) {
        const before = await drained(start(new Blob([sealed]), AbortSignal.abort()));
        equal(before.name, "AbortError");

        const later = new AbortController();
        const source = cancellable(sealed);
        const reader = start(source.stream, later.signal).getReader();
        equal((await reader.read()).done, false);
        later.abort(new RangeError("no longer needed"));
        equal((await reader.closed.catch((error) => error)).message, "no longer needed");
        equal((await source.cancelled).message, "no longer needed");

        // A source that never answers does not hold the stream.
        const waiting = new AbortController();
        const silent = start(new ReadableStream({}), waiting.signal).getReader();
        const answer = silent.read().catch((error) => error);
        waiting.abort();
        equal((await answer).name, "AbortError");

        const done = new AbortController();
        await read(start(new Blob([sealed]), done.signal));
        done.abort();
      }
    }],
    [`webcrypto: a stream that is cancelled cancels its source on ${curve}`, async () => {
      const { seals } = await pair();
      const source = cancellable(patterned(4 * MIB));
      const reader = seals.sealStream(source.stream).getReader();
      await reader.read();
      await reader.cancel(new RangeError("no longer needed"));
      equal((await source.cancelled).message, "no longer needed");
    }],
    [`webcrypto: errors of the source and of the page end a stream on ${curve}`, async () => {
      const { seals, opens } = await pair();
      const failing = () => new ReadableStream({ pull: () => { throw new RangeError("the network failed"); } });
      equal((await drained(seals.sealStream(failing()))).message, "the network failed");
      equal((await drained(opens.openStream(failing()))).message, "the network failed");
      const onProgress = () => { throw new RangeError("the page failed"); };
      equal((await drained(seals.sealStream(new Blob([SEED]), { onProgress }))).message, "the page failed");
      const texts = new ReadableStream({ start: (controller) => controller.enqueue("text") });
      equal((await drained(seals.sealStream(texts))).code, "INVALID_ARGUMENT");
    }],
    [`webcrypto: a stream reads no further than it is read on ${curve}`, async () => {
      const { seals, opens } = await pair();
      const total = 24 * MIB;
      let made = 0;
      let taken = 0;
      let ahead = 0;
      const piece = patterned(65_536);
      const source = new ReadableStream(
        {
          pull(controller) {
            if (made === total) return controller.close();
            controller.enqueue(piece.slice());
            made += piece.length;
            ahead = Math.max(ahead, made - taken);
          },
        },
        { highWaterMark: 0 },
      );
      const document = opens.openStream(seals.sealStream(source));
      for (const reader = document.getReader(); ;) {
        const { done, value } = await reader.read();
        if (done) break;
        equal(value[0], piece[taken % piece.length]);
        taken += value.length;
      }
      equal(taken, total);
      equal(ahead < 4 * MIB, true);
    }],
    [`webcrypto: values that are not a source or an option are refused on ${curve}`, async () => {
      const { seals, opens } = await pair();
      const locked = new ReadableStream();
      locked.getReader();
      for (const source of [undefined, null, "text", SEED, {}, locked]) {
        refuses("INVALID_ARGUMENT", () => seals.sealStream(source));
        refuses("INVALID_ARGUMENT", () => opens.openStream(source));
      }
      const blob = new Blob([SEED]);
      for (const options of [null, "label", { labels: "l" }, { label: 7 }, { signal: {} }, { onProgress: 7 }]) {
        refuses("INVALID_ARGUMENT", () => seals.sealStream(blob, options));
        refuses("INVALID_ARGUMENT", () => opens.openStream(blob, options));
      }
      for (const chunkLog2 of [11, 25, 16.5, "16", null]) refuses("INVALID_ARGUMENT", () => seals.sealStream(blob, { chunkLog2 }));
      refuses("INVALID_ARGUMENT", () => opens.openStream(blob, { chunkLog2: 16 }));
      refuses("FIELD_TOO_LONG", () => seals.sealStream(blob, { label: "l".repeat(65_536) }));
      equal((await drained(opens.openStream(seals.sealStream(blob, { label: "l" })))).code, "WRONG_KEY");
    }],
    [`webcrypto: the module seals and opens pieces itself on ${curve}`, () => {
      const document = patterned(200_000);
      const sealer = new core.Sealer(cak.publicKey, context, "l", 12);
      const parts = [document.subarray(0, 1), document.subarray(1, 150_000), document.subarray(150_000)].map((piece) => sealer.seal(piece));
      const sealed = joined([...parts, sealer.finish()]);
      same(cak.open(sealed, "l"), document);
      const opener = new core.Opener(cak, sealed.subarray(0, 115), "l");
      const opened = [opener.open(sealed.subarray(115, 4_227), false), opener.open(sealed.subarray(4_227, 100_000), false)];
      equal(opened[0].length, 0);
      same(joined([...opened, opener.open(sealed.subarray(100_000), true)]), document);
      opener.free();
      refuses("WRONG_KEY", () => new core.Opener(cak, sealed.subarray(0, 115)));
      refuses("NOT_A_CONTAINER", () => new core.Opener(cak, sealed.subarray(0, 114), "l"));
      for (const chunkLog2 of [11, 25, 1.5, "16"]) refuses("INVALID_ARGUMENT", () => new core.Sealer(cak.publicKey, context, "l", chunkLog2));
      const short = new core.Opener(cak, sealed.subarray(0, 115), "l");
      refuses("CHUNK_REJECTED", () => short.open(sealed.subarray(115, sealed.length - 1), true));
    }],
  ];
}

function grows(seen, last, total) {
  const all = seen.splice(0);
  equal(all.length > 2, true);
  all.forEach((progress, index) => {
    equal(progress.total, total);
    equal(progress.loaded > (all[index - 1]?.loaded ?? 0), true);
  });
  equal(all.at(-1).loaded, last);
}

function patterned(length) {
  return Uint8Array.from({ length }, (_, index) => index % 251);
}

function inPieces(bytes, length) {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + length));
      // An empty piece is no end.
      controller.enqueue(new Uint8Array());
      at += length;
    },
  });
}

/** A stream that does not end, and the reason why it was cancelled. */
function cancellable(bytes) {
  let cancel;
  const cancelled = new Promise((resolve) => { cancel = resolve; });
  const stream = new ReadableStream({ start: (controller) => controller.enqueue(bytes), cancel });
  return { stream, cancelled };
}

async function read(stream) {
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

function withoutByteStreams(start) {
  const { ReadableStream } = globalThis;
  globalThis.ReadableStream = class extends ReadableStream {
    constructor(source, strategy) {
      if (source?.type === "bytes") throw new TypeError("not supported");
      super(source, strategy);
    }
  };
  try {
    const stream = start();
    refusesMemory(stream);
    return stream;
  } finally {
    globalThis.ReadableStream = ReadableStream;
  }
}

function refusesMemory(stream) {
  const refused = (() => {
    try {
      stream.getReader({ mode: "byob" });
    } catch {
      return true;
    }
    return false;
  })();
  equal(refused, true);
}

async function readInto(stream, length) {
  const parts = [];
  const reader = stream.getReader({ mode: "byob" });
  for (;;) {
    const { done, value } = await reader.read(new Uint8Array(length));
    if (done) return joined(parts);
    parts.push(value);
  }
}

/** How a stream failed. */
async function drained(stream) {
  try {
    for await (const part of stream) equal(part instanceof Uint8Array, true);
    return undefined;
  } catch (error) {
    return error;
  }
}

function joined(parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
