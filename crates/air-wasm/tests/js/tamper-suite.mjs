// Changed containers: `air-wasm/webcrypto` refuses each as the module `core` does, in memory and as a stream. A stream passes on only bytes
// of the document, and never closes.

import { equal, refuses, rejects } from "./checks.mjs";

const CONTEXT = { user: "u-1", issuer: "did:example:issuer", schema: "s-1" };
const SEED = Uint8Array.from({ length: 32 }, (_, index) => index);
const HEADER = 115;
const SEALED_CHUNK = 4_096 + 16;
const REFUSED = /^(NOT_A_CONTAINER|WRONG_KEY|CHUNK_REJECTED)$/;

export function tampering({ core, webcrypto }) {
  return ["secp256r1", "secp256k1"].flatMap((curve) => {
    const context = { ...CONTEXT, curve };
    const cak = core.Root.fromSeed(SEED).derive(context);

    /** A container of chunks of 4 KiB, and its document. */
    async function container(length) {
      const document = Uint8Array.from({ length }, (_, index) => (index * 31) % 249);
      const key = await webcrypto.CakPublicKey.import(cak.publicKey, context);
      const sealed = new Uint8Array(await new Response(key.sealStream(new Blob([document]), { chunkLog2: 12 })).arrayBuffer());
      return { document, sealed };
    }

    /** Refused in memory as by the module, and as a stream. */
    async function isRefused(key, changed, document, what) {
      const theirs = refuses(REFUSED, () => cak.open(changed), what);
      const ours = await rejects(theirs.code, key.open(changed), what);
      equal(ours.message, theirs.message);
      for (const source of [new Blob([changed]), inPieces(changed, 1_000)]) {
        const { bytes, error } = await drain(key.openStream(source));
        equal(error?.code, theirs.code);
        equal(error.message, theirs.message);
        equal(bytes.every((byte, index) => byte === document[index]), true);
      }
    }

    return [
      [`webcrypto: each bit of a header on ${curve}`, async () => {
        const key = await webcrypto.CakPrivateKey.fromCak(cak);
        const { document, sealed } = await container(100);
        for (let bit = 0; bit < 8 * HEADER; bit += 1) {
          const changed = sealed.slice();
          changed[bit >> 3] ^= 1 << (bit & 7);
          const theirs = refuses(REFUSED, () => cak.open(changed), `bit ${bit}`);
          const ours = await rejects(theirs.code, key.open(changed), `bit ${bit}`);
          equal(ours.message, theirs.message);
        }
        await isRefused(key, flipped(sealed, 60), document, "the point");
      }],
      [`webcrypto: each byte of a chunk on ${curve}`, async () => {
        const key = await webcrypto.CakPrivateKey.fromCak(cak);
        const { sealed } = await container(100);
        for (let place = HEADER; place < sealed.length; place += 1) {
          await rejects("CHUNK_REJECTED", key.open(flipped(sealed, place)), `byte ${place}`);
        }
      }],
      [`webcrypto: chunks that are moved, left out, repeated or added on ${curve}`, async () => {
        const key = await webcrypto.CakPrivateKey.fromCak(cak);
        const { document, sealed } = await container(5 * 4_096);
        const other = (await container(5 * 4_096)).sealed;
        const header = sealed.subarray(0, HEADER);
        const chunks = (of) => Array.from({ length: 5 }, (_, index) => of.subarray(HEADER + index * SEALED_CHUNK, HEADER + (index + 1) * SEALED_CHUNK));
        const [a, b, c, d, e] = chunks(sealed);
        const foreign = chunks(other);
        const changes = {
          "two chunks change places": [a, c, b, d, e],
          "the last is the first": [e, b, c, d, a],
          "the first is left out": [b, c, d, e],
          "one in the middle is left out": [a, b, d, e],
          "the last is left out": [a, b, c, d],
          "all are left out": [],
          "one is repeated": [a, b, b, c, d, e],
          "the last is repeated": [a, b, c, d, e, e],
          "the first follows the last": [a, b, c, d, e, a],
          "another container's chunk": [a, foreign[1], c, d, e],
          "another container's last chunk": [a, b, c, d, foreign[4]],
          "an added empty chunk": [a, b, c, d, e, new Uint8Array(16)],
          "an added byte": [a, b, c, d, e, Uint8Array.of(0)],
          "another container's chunks": foreign,
        };
        for (const [what, parts] of Object.entries(changes)) await isRefused(key, join(header, ...parts), document, what);
      }],
      [`webcrypto: a container that is cut short anywhere on ${curve}`, async () => {
        const key = await webcrypto.CakPrivateKey.fromCak(cak);
        const { document, sealed } = await container(2 * 4_096 + 10);
        const ends = new Set([0, 1, 15, 16, 17, 82, 83, 114, 115, 116, 130, 131, sealed.length - 1]);
        for (const chunk of [1, 2]) for (const by of [-17, -16, -1, 0, 1, 15, 16, 17]) ends.add(HEADER + chunk * SEALED_CHUNK + by);
        for (const end of ends) await isRefused(key, sealed.slice(0, end), document, `${end} bytes`);
      }],
      [`webcrypto: an empty document ends with its only chunk on ${curve}`, async () => {
        const key = await webcrypto.CakPrivateKey.fromCak(cak);
        const { document, sealed } = await container(0);
        equal((await key.open(sealed)).length, 0);
        await isRefused(key, join(sealed, sealed.subarray(HEADER)), document, "twice");
        await isRefused(key, sealed.slice(0, HEADER), document, "none");
      }],
    ];
  });
}

function flipped(bytes, place) {
  const changed = bytes.slice();
  changed[place] ^= 1;
  return changed;
}

/** What a stream passed on, and how it failed. */
async function drain(stream) {
  const parts = [];
  const reader = stream.getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return { bytes: join(...parts) };
      parts.push(value);
    }
  } catch (error) {
    return { bytes: join(...parts), error };
  }
}

function inPieces(bytes, length) {
  let at = 0;
  return new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, at + length));
      at += length;
    },
  });
}

function join(...parts) {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
