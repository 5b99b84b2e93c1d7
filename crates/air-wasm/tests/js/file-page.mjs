// A page that seals and opens a file of any length with a progress bar. The results are read and dropped: what a page keeps of them is not
// the module's memory.

import * as byHand from "/tests/by-hand.mjs";
import { CakPrivateKey, CakPublicKey } from "/package/webcrypto/index.js";

const LABEL = "scan";
const CONTEXT = { user: "u-1", issuer: "did:example:issuer", schema: "s-1" };

const [input, bar, state] = ["file", "progress", "state"].map((id) => document.getElementById(id));
const encoded = byHand.encode(CONTEXT);

/** The key comes from the test, which has the other half. */
let recipient;
let seals;
let opens;

/** Work on the chosen file. Each returns the number of bytes of its result. */
const jobs = {
  seal: (file, onProgress) => drain(seals.sealStream(file, { label: LABEL, onProgress })),
  open: (file, onProgress) => drain(opens.openStream(file, { label: LABEL, onProgress })),
  sealByHand: (file) => counted((take) => byHand.sealFile(recipient, encoded, LABEL, file, take)),
  openByHand: (file) => counted((take) => byHand.openFile(recipient, encoded, LABEL, file, take)),
  // Both at once: the sealed stream is opened, and compared with the file.
  roundTrip: (file, onProgress) => compare(opens.openStream(seals.sealStream(file, { label: LABEL, onProgress }), { label: LABEL }), file),
};

window.use = async (jwk) => {
  const curve = { name: "ECDH", namedCurve: "P-256" };
  const { d, ...publicJwk } = jwk;
  const privateKey = await crypto.subtle.importKey("jwk", { ...publicJwk, d }, curve, false, ["deriveBits"]);
  const publicKey = await crypto.subtle.importKey("jwk", publicJwk, curve, true, []);
  const bytes = new Uint8Array(await crypto.subtle.exportKey("raw", publicKey));
  const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  recipient = { privateKey, publicKey, bytes };
  seals = await CakPublicKey.import(digits, CONTEXT);
  opens = await CakPrivateKey.fromCryptoKey(privateKey, digits, CONTEXT);
};

/** Works on the chosen file, and returns the result's length, the time, how often and how far the bar moved, and whether the page loaded the module `core`. */
window.work = async (job) => {
  let moves = 0;
  const begin = performance.now();
  state.value = job;
  const length = await jobs[job](input.files[0], ({ loaded, total }) => {
    moves += 1;
    bar.value = loaded / total;
  });
  state.value = "done";
  const milliseconds = performance.now() - begin;
  const loadsCore = performance.getEntriesByType("resource").some(({ name }) => name.includes("/core/"));
  return { length, milliseconds, moves, bar: bar.value, loadsCore };
};

state.value = "ready";

/** Reads a stream with one block of memory. */
async function read(stream, take) {
  const reader = stream.getReader({ mode: "byob" });
  for (let memory = new ArrayBuffer(2 ** 20); ; ) {
    const { done, value } = await reader.read(new Uint8Array(memory));
    if (done) return;
    await take(value);
    memory = value.buffer;
  }
}

async function drain(stream) {
  let length = 0;
  await read(stream, (part) => {
    length += part.length;
  });
  return length;
}

async function counted(run) {
  let length = 0;
  await run((part) => {
    length += part.length;
  });
  return length;
}

/** Compares a stream with a file. */
async function compare(stream, file) {
  let length = 0;
  await read(stream, async (part) => {
    const original = new Uint8Array(await file.slice(length, length + part.length).arrayBuffer());
    if (original.length !== part.length || original.some((byte, index) => byte !== part[index])) throw new Error(`differs after byte ${length}`);
    length += part.length;
  });
  return length;
}
